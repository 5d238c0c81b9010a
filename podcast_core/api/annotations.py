"""Annotations of the answers that count, found across rounds; and what was found given another label."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from podcast_core.api.dependencies import Asking, Opened, choose_who
from podcast_core.api.paging import Part
from podcast_core.services.labels import searching
from podcast_core.services.labels.searching import FoundBox
from podcast_core.wire import annotations as wire
from podcast_core.wire.base import Page

router = APIRouter(tags=["annotations"], prefix="/api/v1")
Where = Annotated[str, Query(description='an expression, e.g. label == "call" and near("noise", 2)')]


@router.get("/annotations", response_model=Page[wire.FoundAnnotation])
def search_annotations(
    workspace: Opened,
    part: Part,
    where: Where = "",
    round_id: Annotated[list[str], Query(description="in these rounds; default: in all that are not archived")] = [],  # noqa: B006  # FastAPI copies it
) -> Response:
    """Search the annotations that count; ``total`` counts up to 10,000, and as far as it comes in a moment."""
    window = part.window
    after = None if window["after"] is None else searching.read_key(window["after"])
    found = searching.search(
        workspace,
        where=where,
        round_ids=round_id,
        limit=window["limit"] + (0 if after else window["offset"]),
        after=after,
    )[0 if after else window["offset"] :]
    counted = searching.count(workspace, where=where, round_ids=round_id)
    return part.answer(found, wire.FoundAnnotation, counted.total, key=lambda box: box.key, show=_show)


@router.get("/rounds/{round_id}/labels/split")
def preview_split(workspace: Opened, round_id: str, where: Where) -> wire.SplitPreview:
    """Count what giving another label to what a search finds would change; releases never change."""
    found = searching.preview_split(workspace, round_id=round_id, where=where)
    return wire.SplitPreview.model_validate(found)


@router.post("/rounds/{round_id}/labels/split")
def split_label(workspace: Opened, caller: Asking, round_id: str, body: wire.SplitIn) -> wire.SplitDone:
    """Give the annotations of a round that a search finds another label, by one bulk act, which can be undone."""
    done = searching.split_label(
        workspace,
        act_id=body.id,
        round_id=round_id,
        where=body.where,
        label=body.label,
        who=choose_who(workspace, caller),
    )
    return wire.SplitDone(act_id=done.act.id, changed=done.act.changed, left=done.act.left, repeated=done.repeated)


def _show(box: FoundBox) -> wire.FoundAnnotation:
    return wire.FoundAnnotation(submission_id=box.submission_id, **searching.to_row(box))
