"""Subsets of a collection: counts, and acts that move clips, put them out of sight, bring them back or undo that."""

from typing import Annotated, Literal

from pydantic import Field

from podcast_core.domain.clip import Subset
from podcast_core.wire.base import ActId, Body, Numbers, PersonName, Shape


class ClipActIn(Body):
    """What is to be done to clips. The same ``id`` again changes nothing.

    ``subset`` moves ``numbers`` to a subset (with ``only_labelled``: those with a label); ``evict`` and ``restore`` put
    them out of sight and back; ``deduplicate`` looks at all clips; ``balance`` moves what a label of a subset has more
    than ``per_label`` (default: the rarest label's number) back to raw; ``undo`` takes the act ``undoes`` back.
    """

    id: ActId | None = None
    deed: Literal["subset", "evict", "restore", "deduplicate", "balance", "undo"]
    numbers: Numbers = []
    subset: Subset = Subset.TRAIN
    only_labelled: bool = False
    per_label: Annotated[int | None, Field(ge=1)] = None
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    undoes: str = ""
    annotator: PersonName | None = None


class ClipActDone(Shape):
    """How many clips were changed, and the act's id, to undo it."""

    id: str
    changed: int


class LabelCounts(Shape):
    """Clips in sight with a label (empty: without one), by subset."""

    label: str
    raw: int
    train: int
    dev: int
    test: int


class Subsets(Shape):
    """How many clips of a collection have which label in which subset, and how many are out of sight."""

    items: list[LabelCounts]
    evicted: int
    duplicates: int
