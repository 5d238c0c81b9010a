"""Models: one trained state of each is a version, which never changes; the one that was promoted last is in use."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from podcast_core.domain.checks import check_between, check_text, check_utc
from podcast_core.errors import InvalidInput

ENERGY = "energy-detector"
NAME_PATTERN = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One version of a model: all that is known about it. Versions count from 1; what nobody trained here is 0.

    ``parent`` is ``NAME/VERSION`` of what it was trained from, or empty. ``training`` (data: rounds or releases with
    revisions, checksums, submissions), ``parameters`` and ``metrics`` hold what fits in JSON.
    """

    name: str
    version: int
    kind: str
    labels: tuple[str, ...]
    created_at: datetime
    parameters: Mapping[str, Any] = field(default_factory=dict)
    parent: str = ""
    training: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    weights_sha256: str = ""

    def __post_init__(self) -> None:
        check_model_name(self.name)
        check_model_name(self.kind, "A kind of model")
        if self.version < 0:
            raise InvalidInput(f"Versions count from 1, found {self.version}.")
        for name in ("parameters", "training", "metrics"):
            if not isinstance(found := getattr(self, name), Mapping):
                raise InvalidInput(f"What a model says about {name} must be names with values, found {found!r:.80}.")
        for label in self.labels:
            check_text(label, "A label", 80)
        check_utc(self.created_at, "created_at")
        if self.weights_sha256 and not re.fullmatch("[0-9a-f]{64}", self.weights_sha256):
            raise InvalidInput(f"Expected a SHA-256 of 64 hexadecimal digits, found {self.weights_sha256[:80]!r}.")

    @property
    def id(self) -> str:
        """Name and version, as ``parent`` of others has it."""
        return f"{self.name}/{self.version}"

    @property
    def is_built_in(self) -> bool:
        """Whether it comes with Pod.Cast."""
        return self.name == ENERGY

    @property
    def is_placed(self) -> bool:
        """Whether it is a checkpoint that somebody put into the file store."""
        return self.version == 0 and not self.is_built_in


def check_model_name(name: str, what: str = "A model's name") -> None:
    """Refuse a name that is not safe in paths and URLs (InvalidInput)."""
    if not NAME_PATTERN.fullmatch(name):
        raise InvalidInput(
            f"{what} has 1 to 80 small letters, digits, '.', '_' or '-' and starts with a letter or digit, "
            f"found {name[:100]!r}."
        )


@dataclass(frozen=True, slots=True)
class Promotion:
    """That a version of a model is in use from a moment on."""

    name: str
    version: int
    who: str
    promoted_at: datetime

    def __post_init__(self) -> None:
        check_text(self.who, "The name of who promotes a version", 80)
        check_utc(self.promoted_at, "promoted_at")


@dataclass(frozen=True, slots=True)
class LabelThresholds:
    """From which score (0 to 1) on predictions of a version are kept, by label, from a moment on.

    ``precision`` is the share of right ones that was wanted; ``sample_id`` names the verification sample that says so.
    """

    name: str
    version: int
    thresholds: Mapping[str, float]
    precision: float
    sample_id: str
    who: str
    kept_at: datetime

    def __post_init__(self) -> None:
        check_text(self.who, "The name of who keeps thresholds", 80)
        check_utc(self.kept_at, "kept_at")
        check_between(self.precision, "The wanted precision", 0, 1)
        if not self.thresholds:
            raise InvalidInput("Thresholds are kept for at least one label, found none.")
        for label, threshold in self.thresholds.items():
            check_text(label, "A label", 80)
            check_between(threshold, f"The threshold of {label[:80]!r}", 0, 1)
