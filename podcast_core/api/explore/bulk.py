"""Labels for many clips in one go, what was done before, selections and the quick check."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Response

from podcast_core.api.dependencies import Asking, Opened, choose_who
from podcast_core.api.paging import Part, by
from podcast_core.domain.bulk_act import BulkAct
from podcast_core.services.explore import clip_labelling, quick_check, selections
from podcast_core.services.explore.clip_labelling import ClipRequest
from podcast_core.services.labels import bulk, label_acts
from podcast_core.services.labels.bulk import BulkDone
from podcast_core.wire import bulk as wire
from podcast_core.wire.base import MAX_NUMBERS, Page

router = APIRouter(tags=["explore"], prefix="/api/v1")

Who = Annotated[str, Query(max_length=80, description="whose it is; by default of the token's person")]


@router.post("/collections/{collection_id}/bulk")
def act_in_bulk(workspace: Opened, caller: Asking, collection_id: str, body: wire.BulkIn) -> wire.BulkDone:
    """Give clips a label, or take theirs off: one new answer in each session, and one act to undo."""
    request = ClipRequest(
        id=body.id,
        collection_id=collection_id,
        deed=body.deed,
        numbers=body.numbers,
        who=choose_who(workspace, caller, body.annotator),
        label=body.label,
        how=body.how,
        heard=body.heard,
        agreed=body.agreed,
        may_add=caller.may("admin"),
    )
    return _show_done(clip_labelling.act_on_clips(workspace, request))


@router.post("/bulk/{act_id}/undo")
def undo_bulk(workspace: Opened, caller: Asking, act_id: str, body: wire.UndoIn) -> wire.BulkDone:
    """Take an act back (an undo, too); what others have changed since stays, and ``left`` counts it."""
    who = choose_who(workspace, caller, body.annotator)
    return _show_done(label_acts.undo_deletion(workspace, act_id=body.id or str(uuid.uuid4()), undoes=act_id, who=who))


@router.get("/rounds/{round_id}/bulk", response_model=Page[wire.ListedBulkAct])
def list_bulk_acts(workspace: Opened, round_id: str, part: Part) -> Response:
    """List what was done in bulk in a round, the newest first."""
    found = [
        wire.ListedBulkAct(
            **_show(each.act).model_dump(),
            undone_by=each.undone_by.id if each.undone_by else None,
            undone_who=each.undone_by.who if each.undone_by else None,
        )
        for each in bulk.list_acts(workspace, round_id=round_id)
    ]
    return part.answer(found, wire.ListedBulkAct, key=by("id"))


@router.get("/collections/{collection_id}/selection")
def get_selection(workspace: Opened, caller: Asking, collection_id: str, annotator: Who = "") -> wire.Selection:
    """Get what somebody has selected, by number."""
    who = choose_who(workspace, caller, annotator)
    return wire.Selection(numbers=selections.get_selection(workspace, collection_id=collection_id, who=who))


@router.put("/collections/{collection_id}/selection")
def keep_selection(
    workspace: Opened, caller: Asking, collection_id: str, body: wire.NumbersIn, annotator: Who = ""
) -> wire.Kept:
    """Keep what somebody has selected, in place of what was before."""
    who = choose_who(workspace, caller, annotator)
    count = selections.keep_selection(workspace, collection_id=collection_id, who=who, numbers=body.numbers)
    return wire.Kept(count=count)


@router.post("/collections/{collection_id}/quick-check")
def check_selection(workspace: Opened, collection_id: str, body: wire.QuickCheckIn) -> wire.QuickCheck:
    """Choose which clips of a selection are to be heard before it is labelled."""
    found = quick_check.check_selection(
        workspace,
        collection_id=collection_id,
        numbers=body.numbers,
        count=body.count,
        farthest=body.farthest,
        seed=body.seed,
    )
    return wire.QuickCheck.model_validate(found)


@router.get("/collections/{collection_id}/quick-check/purity")
def get_purity(
    collection_id: str,  # noqa: ARG001  # of the address; the estimate is the same for all
    heard: Annotated[int, Query(ge=0, le=MAX_NUMBERS)],
    agreed: Annotated[int, Query(ge=0, le=MAX_NUMBERS)],
) -> wire.Purity:
    """Estimate which share of a selection fits, when ``agreed`` of ``heard`` did."""
    found = quick_check.estimate_purity(heard, agreed)
    return wire.Purity(share=found.value, low=found.low, high=found.high)


def _show_done(done: BulkDone) -> wire.BulkDone:
    act = _show(done.act)
    return wire.BulkDone(
        act=act, changed=act.changed, left=act.left, sessions=done.session_count, repeated=done.repeated
    )


def _show(act: BulkAct) -> wire.BulkAct:
    return wire.BulkAct.model_validate(act)
