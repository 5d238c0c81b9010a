"""Subsets of a collection: counts, and acts that move clips, put them out of sight, bring them back or undo that."""

import uuid

from fastapi import APIRouter

from podcast_core.api.dependencies import Asking, Opened, choose_who
from podcast_core.services.explore import subsets
from podcast_core.wire import subsets as wire

router = APIRouter(tags=["explore"], prefix="/api/v1/collections/{collection_id}")


@router.get("/subsets")
def count_subsets(workspace: Opened, collection_id: str) -> wire.Subsets:
    """Count clips by label and subset."""
    found = subsets.count_subsets(workspace, collection_id=collection_id)
    items = [
        wire.LabelCounts(label=label, **{subset.value: count for subset, count in counts.items()})
        for label, counts in found.by_label.items()
    ]
    return wire.Subsets(items=items, evicted=found.evicted, duplicates=found.duplicates)


@router.post("/acts")
def act_on_clips(workspace: Opened, caller: Asking, collection_id: str, body: wire.ClipActIn) -> wire.ClipActDone:
    """Move clips between subsets, put them out of sight, or take such an act back."""
    who = choose_who(workspace, caller, body.annotator)
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
    return wire.ClipActDone(id=act_id, changed=changed)
