"""Clips: the stretches of a collection, each a number in it; and what people do to them, beside labelling."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from podcast_core.domain.box import Box
from podcast_core.domain.checks import check_box, check_text, check_utc
from podcast_core.domain.ids import check_id
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput


class Subset(StrEnum):
    """What a clip is for. Models learn from train and dev; test is held out; raw is everything else."""

    RAW = "raw"
    TRAIN = "train"
    DEV = "dev"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Clip(Box):
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


PART_CLIPS = 8192  # of a collection's clips lie together in one object of the store


@dataclass(frozen=True, slots=True)
class ClipPart:
    """Clips of a collection that lie beside each other; ``columns`` has the same number of values under each name.

    Part 2 holds the clips from number 2 x 8192 on; the collection has ``total`` in all. Names are those of
    `podcast_core.storage.clips.GIVEN`.
    """

    collection_id: str
    position: int
    total: int
    columns: Mapping[str, tuple[Any, ...]]

    @property
    def first(self) -> int:
        """The number of its first clip."""
        return self.position * PART_CLIPS

    @property
    def count(self) -> int:
        """How many clips it has."""
        return len(self.columns["session_id"])
