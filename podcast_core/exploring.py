"""What is explored: many clips of a round at once, each described by a vector and drawn as a point of a map."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from podcast_core.checks import check_between, check_box, check_id, check_optional_text, check_text, check_utc
from podcast_core.domain import utc_now
from podcast_core.errors import InvalidInput

LONGEST_WINDOW_S = 3600.0
SHORTEST_WINDOW_S = 0.005
LONGEST_RULE = 500


class Unit(StrEnum):
    """What a clip of a collection is."""

    SESSION = "session"
    WINDOW = "window"
    ANNOTATION = "annotation"
    PREDICTION = "prediction"


class Subset(StrEnum):
    """What a clip is for. Models learn from train and dev; test is held out; raw is everything else."""

    RAW = "raw"
    TRAIN = "train"
    DEV = "dev"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Collection:
    """The clips of one round that are explored together, described by one embedder.

    ``embedder`` is its name and version (``three-views/1``). ``window_s`` and ``hop_s`` are those of windows, None for
    other units. ``dimension`` is 0 until the first clips are described; ``finished_at`` is None until all are.
    """

    id: str
    round_id: str
    name: str
    unit: Unit
    embedder: str
    who: str
    window_s: float | None = None
    hop_s: float | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime = field(default_factory=utc_now)
    dimension: int = 0
    finished_at: datetime | None = None
    clip_count: int = 0

    def __post_init__(self) -> None:
        check_id(self.id, "Collection")
        check_text(self.name, "A collection's name", 120)
        check_text(self.embedder, "An embedder", 120)
        check_text(self.who, "The person's name", 80)
        check_utc(self.created_at, "created_at")
        check_utc(self.finished_at, "finished_at")
        has_window = self.window_s is not None and self.hop_s is not None
        if (self.unit is Unit.WINDOW) != has_window or (self.window_s is None) != (self.hop_s is None):
            raise InvalidInput(
                f"Windows, and only windows, have a length and a hop, found {self.window_s} s and {self.hop_s} s "
                f"for the unit {self.unit.value!r}."
            )
        check_between(self.window_s, "A window's length", SHORTEST_WINDOW_S, LONGEST_WINDOW_S, " s")
        check_between(self.hop_s, "The hop between windows", SHORTEST_WINDOW_S, LONGEST_WINDOW_S, " s")


@dataclass(frozen=True, slots=True)
class Clip:
    """A stretch of one channel of a recording; ``number`` counts from 0 within its collection.

    Times are seconds of the recording. ``box_id`` names the annotation (``SUBMISSION:POSITION``) or prediction that it
    is. ``given_label`` and ``url`` are what a table said; ``error`` says why there is no vector. ``label`` is what the
    answer that counts says, and follows from it. A clip of which a table named audio that is not there has no session.
    """

    collection_id: str
    number: int
    session_id: str
    recording_id: str
    channel: int
    start_s: float
    end_s: float
    low_hz: float | None = None
    high_hz: float | None = None
    box_id: str = ""
    subset: Subset = Subset.RAW
    given_label: str = ""
    url: str = ""
    error: str = ""
    label: str = ""
    evicted: bool = False
    duplicate_of: int | None = None

    def __post_init__(self) -> None:
        if self.recording_id:
            check_box(self.start_s, self.end_s, self.low_hz, self.high_hz)
        elif not self.error:
            raise InvalidInput(f"Clip {self.number} has neither a recording nor a reason why not.")


class ClipDeed(StrEnum):
    """What people do to clips of a collection, beside labelling them."""

    SUBSET = "subset"
    EVICT = "evict"
    RESTORE = "restore"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class ClipAct:
    """Clips moved to a subset, put out of sight (evicted), brought back, or found to be duplicates of others.

    ``of`` names, for each of ``numbers``, the clip that it is a duplicate of. ``undoes`` names the act that was taken
    back by this one (or brought again, when it had been).
    """

    id: str
    collection_id: str
    deed: ClipDeed
    numbers: tuple[int, ...]
    who: str
    subset: Subset | None = None
    of: tuple[int, ...] = ()
    undoes: str = ""
    acted_at: datetime = field(default_factory=utc_now)

    def __post_init__(self) -> None:
        check_id(self.id, "Act")
        check_text(self.who, "The name of who did it", 80)
        check_utc(self.acted_at, "acted_at")
        if not self.numbers or min(self.numbers) < 0:
            raise InvalidInput("An act needs at least one clip, and clips count from 0.")
        if (self.deed is ClipDeed.SUBSET) != (self.subset is not None):
            raise InvalidInput("Moving to a subset, and only that, names the subset.")
        if len(self.of) != (len(self.numbers) if self.deed is ClipDeed.DUPLICATE else 0):
            raise InvalidInput("Duplicates, and only they, name the clip that each is a duplicate of.")


@dataclass(frozen=True, slots=True)
class Map:
    """A place in 2 or 3 dimensions for every clip of a collection; ``is_fitted_on`` says from which clips it learnt."""

    id: str
    collection_id: str
    method: str
    dimensions: int
    who: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime = field(default_factory=utc_now)
    finished_at: datetime | None = None
    is_fitted_on: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_id(self.id, "Map")
        check_text(self.method, "A map's method", 40)
        check_between(self.dimensions, "The number of a map's dimensions", 2, 3)
        check_text(self.who, "The person's name", 80)
        check_utc(self.created_at, "created_at")
        check_utc(self.finished_at, "finished_at")


@dataclass(frozen=True, slots=True)
class RuleState:
    """A rule of a collection as somebody wrote it: clips for which the expression is true get the label.

    A rule that is changed has another state of the same ``rule_id``; the newest counts. One without an expression says
    that the rule was removed.
    """

    id: str
    collection_id: str
    rule_id: str
    expression: str
    label: str
    who: str
    kept_at: datetime = field(default_factory=utc_now)

    def __post_init__(self) -> None:
        check_id(self.id, "State of a rule")
        check_id(self.rule_id, "Rule")
        check_optional_text(self.expression, "A rule", LONGEST_RULE)
        check_text(self.label, "A label", 80)
        check_text(self.who, "The person's name", 80)
        check_utc(self.kept_at, "kept_at")


class Heard(StrEnum):
    """What somebody says of a drawn clip: the call is there, it is not, it cannot be told; or a verdict taken back."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"
    TAKEN_BACK = ""


@dataclass(frozen=True, slots=True)
class Stratum:
    """Clips with scores in a range: how many there are, and some of them in the order in which they are to be heard."""

    low: float
    high: float
    clips: int
    numbers: tuple[int, ...]
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Draw:
    """Clips drawn once, by score, to find out in how many of all clips a call is (`podcast_core.ml.agile.density`)."""

    id: str
    collection_id: str
    classifier_id: str
    label: str
    strata: tuple[Stratum, ...]
    who: str
    drawn_at: datetime = field(default_factory=utc_now)

    def __post_init__(self) -> None:
        check_id(self.id, "Draw")
        check_text(self.label, "A label", 80)
        check_text(self.who, "The person's name", 80)
        check_utc(self.drawn_at, "drawn_at")


@dataclass(frozen=True, slots=True)
class DrawAnswer:
    """What somebody heard in clips of a draw, by number; of several answers about a clip the newest counts."""

    id: str
    collection_id: str
    draw_id: str
    heard: Mapping[int, Heard]
    who: str
    answered_at: datetime = field(default_factory=utc_now)

    def __post_init__(self) -> None:
        check_id(self.id, "Answer")
        check_text(self.who, "The person's name", 80)
        check_utc(self.answered_at, "answered_at")
        if not self.heard or min(self.heard) < 0:
            raise InvalidInput("An answer is about at least one clip, and clips count from 0.")
