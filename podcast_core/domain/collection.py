"""Collections: many clips of a round at once, each described by a vector; and what people do to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from podcast_core.domain.checks import check_between, check_box, check_text, check_utc
from podcast_core.domain.ids import check_id
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput

MAX_WINDOW_S = 3600.0
MIN_WINDOW_S = 0.005


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
        check_between(self.window_s, "A window's length", MIN_WINDOW_S, MAX_WINDOW_S, " s")
        check_between(self.hop_s, "The hop between windows", MIN_WINDOW_S, MAX_WINDOW_S, " s")


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
