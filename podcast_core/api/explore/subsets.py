"""Subsets of a collection: counts, and acts that move clips, put them out of sight, bring them back or undo that."""

import uuid
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from podcast_core.api.dependencies import Asking, Opened
from podcast_core.api.explore.bulk import ActId, Numbers
from podcast_core.api.wire import Person, Wire
from podcast_core.domain.clip import Subset
from podcast_core.services.explore import subsets

router = APIRouter(tags=["explore"], prefix="/api/v1/collections/{collection_id}")


class ClipActIn(Wire):
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
    annotator: Person | None = None


class ClipActDone(BaseModel):
    """How many clips were changed, and the act's id, to undo it."""

    id: str
    changed: int


class LabelCounts(BaseModel):
    """Clips in sight with a label (empty: without one), by subset."""

    label: str
    raw: int
    train: int
    dev: int
    test: int


class SubsetsOut(BaseModel):
    """How many clips of a collection have which label in which subset, and how many are out of sight."""

    items: list[LabelCounts]
    evicted: int
    duplicates: int


@router.get("/subsets")
def count_subsets(workspace: Opened, collection_id: str) -> SubsetsOut:
    """Count clips by label and subset."""
    found = subsets.count_subsets(workspace, collection_id=collection_id)
    items = [
        LabelCounts(label=label, **{subset.value: count for subset, count in counts.items()})
        for label, counts in found.by_label.items()
    ]
    return SubsetsOut(items=items, evicted=found.evicted, duplicates=found.duplicates)


@router.post("/acts")
def act_on_clips(workspace: Opened, caller: Asking, collection_id: str, body: ClipActIn) -> ClipActDone:
    """Move clips between subsets, put them out of sight, or take such an act back."""
    who = body.annotator or caller.person or workspace.settings.annotator
    caller.check_name(who)
    act_id = body.id or str(uuid.uuid4())
    place = {"act_id": act_id, "collection_id": collection_id, "who": who}
    match body.deed:
        case "subset":
            changed = subsets.move(
                workspace, **place, numbers=body.numbers, subset=body.subset, only_labelled=body.only_labelled
            )
        case "evict" | "restore":
            changed = subsets.evict(workspace, **place, numbers=body.numbers, is_evicted=body.deed == "evict")
        case "deduplicate":
            changed = subsets.deduplicate(workspace, **place)
        case "balance":
            changed = subsets.balance(workspace, **place, subset=body.subset, per_label=body.per_label, seed=body.seed)
        case "undo":
            changed = subsets.undo(workspace, **place, undoes=body.undoes)
    return ClipActDone(id=act_id, changed=changed)
