"""Model runs: what is looked at, what was found, how far it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from podcast_core.domain.box import Call
from podcast_core.domain.checks import check_between, check_text, check_utc
from podcast_core.domain.ids import check_id
from podcast_core.domain.piece import Piece
from podcast_core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class ModelRun:
    """One version of a model, applied to pieces of recordings.

    ``model``, ``version``, ``kind``, ``weights_sha256``, ``parameters`` and ``labels`` are those of the registry.
    Everything with a score of at least ``floor`` is kept; ``threshold`` is what is shown at first. ``round_ids`` are
    the rounds that were chosen, none where recordings were; ``recordings`` maps the ids of all to the SHA-256 of their
    audio. A run is ready when it has ``finished_at``, which is no part of what was asked for.
    """

    id: str
    model: str
    version: int
    kind: str
    weights_sha256: str
    parameters: Mapping[str, Any]
    labels: tuple[str, ...]
    floor: float
    threshold: float
    round_ids: tuple[str, ...]
    recordings: Mapping[str, str]
    who: str
    created_at: datetime
    finished_at: datetime | None = None

    def __post_init__(self) -> None:
        check_id(self.id, "Model run")
        check_between(self.floor, "The lowest score to keep", 0, 1)
        check_between(self.threshold, "The threshold", 0, 1)
        if self.threshold < self.floor:
            raise InvalidInput(
                f"The threshold must not be below the lowest score kept, found {self.threshold:g} and {self.floor:g}."
            )
        check_text(self.who, "The person's name", 80)
        check_utc(self.created_at, "created_at")
        check_utc(self.finished_at, "finished_at")

    @property
    def model_id(self) -> str:
        """Name and version of the model, as the registry writes them."""
        return f"{self.model}/{self.version}"

    @property
    def is_ready(self) -> bool:
        """Whether all of it is there."""
        return self.finished_at is not None


@dataclass(frozen=True, slots=True)
class RunPlan:
    """A run with all pieces that it looks at, in their order."""

    run: ModelRun
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class RunBox(Call):
    """A call that a run found; times in seconds of the recording. A model that gives no score counts as sure: 1."""

    score: float


@dataclass(frozen=True, slots=True)
class PieceFound:
    """What was found in a piece, how long that took (seconds), and what computed it."""

    run_id: str
    position: int
    took_s: float
    device: str
    boxes: tuple[RunBox, ...]


@dataclass(frozen=True, slots=True)
class RunEnd:
    """That a run is complete; ``failed`` maps pieces that could not be looked at to the reason."""

    run_id: str
    finished_at: datetime
    failed: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunTotals:
    """How far a run is. Seconds of audio, and of work: ``took_s`` for the pieces that are done."""

    pieces: int = 0
    done: int = 0
    failed: int = 0
    audio_s: float = 0.0
    done_s: float = 0.0
    took_s: float = 0.0
    device: str = ""

    @property
    def speed(self) -> float | None:
        """How many seconds of audio a second of work gets through; None before there is anything."""
        return self.done_s / self.took_s if self.took_s > 0 else None


@dataclass(frozen=True, slots=True)
class PieceScore:
    """A piece, whether it is done, its best score (None: nothing was found) and how many calls reach a threshold."""

    position: int
    piece: Piece
    is_done: bool
    error: str
    score: float | None
    count: int
