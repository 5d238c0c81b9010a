"""Labels for many clips in one go, what was done before, selections and the quick check."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from podcast_core.domain.bulk_act import BulkDeed, How
from podcast_core.domain.limits import MAX_QUICK_CHECK, QUICK_CHECK_FARTHEST, QUICK_CHECK_MEMBERS
from podcast_core.wire.base import MAX_NUMBERS, ActId, Body, Numbers, PersonName, Shape


class BulkIn(Body):
    """What is to be done to clips. The same ``id`` again changes nothing."""

    id: ActId
    deed: BulkDeed = BulkDeed.LABEL
    label: str = Field("", description="the label to give; or the only one to remove")
    numbers: Annotated[Numbers, Field(min_length=1)]
    how: How = How.LASSO
    heard: int = Field(0, ge=0, le=MAX_NUMBERS, description="clips that were heard before")
    agreed: int = Field(0, ge=0, le=MAX_NUMBERS, description="of those, how many fitted")
    annotator: PersonName | None = None


class UndoIn(Body):
    """Take an act back; ``id`` names this act, and the same again changes nothing."""

    id: ActId | None = None
    annotator: PersonName | None = None


class BulkAct(Shape):
    """Something that was done in bulk. ``left`` were not changed though they were asked for."""

    id: str
    round_id: str
    collection_id: str
    deed: BulkDeed
    label: str
    how: How
    who: str
    clip_count: int
    changed: int
    left: int
    heard: int
    agreed: int
    undoes: str = Field(description="the act that an undo takes back")
    acted_at: datetime


class ListedBulkAct(BulkAct):
    """An act, and the undo that took it back where somebody did."""

    undone_by: str | None
    undone_who: str | None


class BulkDone(Shape):
    """What became of an act: how many clips have another label now, and in how many sessions."""

    act: BulkAct
    changed: int
    left: int
    sessions: int
    repeated: bool


class NumbersIn(Body):
    """Clips by number."""

    numbers: Numbers


class Selection(Shape):
    """What somebody has selected."""

    numbers: list[int]


class Kept(Shape):
    """How many clips are selected now."""

    count: int


class QuickCheck(Shape):
    """Clips to hear: a few at random, and those farthest from the middle, the farthest first."""

    members: list[int]
    farthest: list[int]


class Purity(Shape):
    """Which share of a selection fits, with the 95 % interval."""

    share: float
    low: float
    high: float


class QuickCheckIn(Body):
    """A selection to be checked: ``count`` clips of it, drawn by the seed, and those farthest from the middle."""

    numbers: Annotated[Numbers, Field(min_length=1)]
    count: Annotated[int, Field(ge=1, le=MAX_QUICK_CHECK)] = QUICK_CHECK_MEMBERS
    farthest: Annotated[int, Field(ge=0, le=MAX_QUICK_CHECK)] = QUICK_CHECK_FARTHEST
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
