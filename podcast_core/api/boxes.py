"""Boxes of the answers that count, one by one; and what a reviewer who saw them does to many at once."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Response

from podcast_core.api.dependencies import Asking, Opened, choose_who
from podcast_core.api.paging import Part
from podcast_core.api.sessions import Selected
from podcast_core.domain.summary import BOX_ORDERS
from podcast_core.services.labels import box_corrections, box_lists
from podcast_core.services.labels.box_corrections import Correcting, SeenBox
from podcast_core.wire import box_lists as wire
from podcast_core.wire.base import Page

router = APIRouter(tags=["reviews"], prefix="/api/v1/rounds/{round_id}/boxes")


@router.get("", response_model=Page[wire.ListedBox])
def list_boxes(
    workspace: Opened,
    part: Part,
    round_id: str,
    selection: Selected,
    order: Annotated[str, Query(description=", ".join(BOX_ORDERS))] = BOX_ORDERS[0],
) -> Response:
    """List the boxes of a queue's answers; label, origin and scores are asked of each box, all else of its session."""
    window = part.window
    first = 0 if window["after"] else window["offset"]
    found = box_lists.list_boxes(
        workspace,
        round_id=round_id,
        selection=selection,
        order=order,
        limit=first + window["limit"],
        after=window["after"],
    )[first:]
    total = box_lists.count_boxes(workspace, round_id=round_id, selection=selection)

    return part.answer(found, wire.ListedBox, total, key=lambda each: each.key)


@router.post("/corrections/preview")
def preview_box_corrections(workspace: Opened, round_id: str, body: wire.CorrectingIn) -> wire.Correcting:
    """Say what giving boxes another label, or removing them, would do; nothing is kept."""
    found = box_corrections.preview(workspace, round_id=round_id, boxes=_read_boxes(body.boxes), label=body.label)
    return _show(found)


@router.post("/corrections", status_code=201)
def correct_boxes(workspace: Opened, caller: Asking, round_id: str, body: wire.BoxCorrectionsIn) -> wire.Correcting:
    """Correct many answers box by box, by one bulk act, which can be undone; what cannot be corrected is left."""
    done = box_corrections.correct_boxes(
        workspace,
        act_id=body.act_id,
        round_id=round_id,
        boxes=_read_boxes(body.boxes),
        label=body.label,
        who=choose_who(workspace, caller, body.reviewer),
    )
    return _show(done)


def _read_boxes(boxes: Sequence[wire.SeenBox]) -> list[SeenBox]:
    return [SeenBox(each.session_id, each.submission_id, each.number) for each in boxes]


def _show(found: Correcting) -> wire.Correcting:
    return wire.Correcting(
        act_id=found.act.id if found.act else None,
        changed=found.changed,
        kept=found.kept,
        answers=[wire.CorrectedAnswer.model_validate(each) for each in found.answers],
        left=[
            wire.LeftBox(session_id=each.box.session_id, number=each.box.number, reason=each.reason)
            for each in found.left
        ],
        reasons=found.reasons,
    )
