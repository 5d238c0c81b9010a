"""Sessions of a round: listed, what they can be filtered by, and one as the editor shows it."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from podcast_core.api import views
from podcast_core.api.dependencies import Opened
from podcast_core.api.paging import Part
from podcast_core.domain.annotation import Origin
from podcast_core.domain.summary import REVIEW_STATES, SORTS, Selection
from podcast_core.services.labels import listing, queue_choices, session_views
from podcast_core.services.labels.listing import ListedSession
from podcast_core.services.labels.queue_choices import QueueOptions
from podcast_core.wire import sessions as wire
from podcast_core.wire.base import Page

router = APIRouter(tags=["sessions"], prefix="/api/v1/rounds/{round_id}")


@router.get("/queue")
def get_queue_options(workspace: Opened, round_id: str) -> wire.QueueOptions:
    """List what a round's sessions can be filtered by."""
    return _show_options(queue_choices.list_options(workspace, round_id=round_id))


def read_place(
    recording_id: Annotated[str | None, Query(description="pieces of this recording")] = None,
    site: Annotated[str | None, Query(description="recorded there")] = None,
    date_from: Annotated[date | None, Query(description="that start on this day (UTC) or later")] = None,
    date_to: Annotated[date | None, Query(description="that start on this day (UTC) or before")] = None,
    hour_from: Annotated[int | None, Query(description="that start in this hour of the day (UTC) or later")] = None,
    hour_to: Annotated[int | None, Query(description="or before the end of this one; 22 to 3 is over midnight")] = None,
) -> Selection:
    """Read where and when sessions were recorded."""
    return Selection(
        recording_id=recording_id,
        site=site,
        date_from=date_from,
        date_to=date_to,
        hour_from=hour_from,
        hour_to=hour_to,
    )


def read_boxes(
    label: Annotated[str | None, Query(description="with an annotation of this label")] = None,
    origin: Annotated[str | None, Query(description=f"with one of this origin: {', '.join(Origin)}")] = None,
    score_from: Annotated[float | None, Query(description="lowest score of its boxes: at least this")] = None,
    score_to: Annotated[float | None, Query(description="lowest score of its boxes: at most this")] = None,
    *,
    place: Annotated[Selection, Depends(read_place)],
) -> Selection:
    """Read what boxes sessions have, and where they were recorded."""
    return replace(place, label=label, origin=origin, score_from=score_from, score_to=score_to)


def read_selection(
    outcome: Annotated[str | None, Query(description="of the answer that counts, or unreviewed")] = None,
    open: Annotated[bool | None, Query(description="whether it still needs an answer")] = None,
    annotator: Annotated[str | None, Query(description="whose answer counts")] = None,
    verdict: Annotated[str | None, Query(description=f"where its review stands: {', '.join(REVIEW_STATES)}")] = None,
    text: Annotated[str | None, Query(max_length=200, description="a part of a comment, in any case")] = None,
    tag: Annotated[str | None, Query(max_length=40, description="that has this tag")] = None,
    sort: Annotated[str, Query(description=f"one of {', '.join(SORTS)}")] = "position",
    by_author: Annotated[bool | None, Query(description="whether only who answered it has accepted it")] = None,
    audit: Annotated[str | None, Query(max_length=120, description="drawn for this audit")] = None,
    *,
    boxes: Annotated[Selection, Depends(read_boxes)],
) -> Selection:
    """Read which sessions are asked for, and in which order."""
    asked = replace(boxes, outcome=outcome, is_open=open, annotator=annotator, verdict=verdict)
    return replace(asked, text=text or None, tag=tag or None, by_author=by_author, audit=audit, sort=sort)


Selected = Annotated[Selection, Depends(read_selection)]


@router.get("/sessions", response_model=Page[wire.ListedSession])
def list_sessions(workspace: Opened, part: Part, round_id: str, selection: Selected) -> Response:
    """List a round's sessions with the answer that counts, in the order of the queue unless another is asked for."""
    found, total = listing.list_sessions(workspace, round_id=round_id, selection=selection, **part.window)

    def name(each: ListedSession) -> tuple[Any, ...]:
        return listing.name_session(each, selection.sort)

    return part.answer(found, wire.ListedSession, total, key=name, show=_show_listed)


@router.get("/sessions/{session_id}")
def get_session(
    workspace: Opened,
    round_id: str,
    session_id: str,
    holder: str = "",
    annotator: Annotated[str | None, Query(description="who answers it, and sees no answers of others then")] = None,
) -> wire.Session:
    """Get one session as the editor shows it."""
    view = session_views.get_view(workspace, round_id=round_id, session_id=session_id, seen_by=annotator)
    return views.write_view(workspace, view, holder)


def _show_listed(each: ListedSession) -> wire.ListedSession:
    session, told = each.session, each.summary
    return wire.ListedSession(
        session_id=session.id,
        position=session.position,
        recording_id=session.recording_id,
        channel=session.channel,
        start_s=session.start_s,
        end_s=session.end_s,
        duration_s=session.duration_s,
        open=told.is_open,
        outcome=told.outcome,
        submission_id=told.submission_id,
        annotator=told.annotator,
        submitted_at=told.submitted_at,
        labels=list(told.labels),
        annotation_count=told.annotation_count,
        unsure_count=told.unsure_count,
        rejected_count=told.rejected_count,
        unreviewed_count=told.unreviewed_count,
        lowest_score=told.lowest_score,
        verdict=told.verdict,
        review_state=told.review_state,
        site=told.site,
        starts_at=told.starts_at,
        reviewer=told.reviewer,
    )


def _show_options(options: QueueOptions) -> wire.QueueOptions:
    return wire.QueueOptions(
        sites=[wire.Choice(name=name, sessions=count) for name, count in options.sites],
        labels=[wire.Choice(name=name, sessions=count) for name, count in options.labels],
        first_day=options.first_day,
        last_day=options.last_day,
    )
