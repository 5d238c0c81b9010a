"""Sessions of a round: listed, what they can be filtered by, and one as the editor shows it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from podcast_core.api import views
from podcast_core.api.dependencies import Opened
from podcast_core.api.paging import Part
from podcast_core.domain.summary import SORTS, Selection
from podcast_core.services.labels import labelling, listing, queue_choices
from podcast_core.services.labels.listing import ListedSession
from podcast_core.services.labels.queue_choices import QueueOptions
from podcast_core.wire import sessions as wire
from podcast_core.wire.base import Page

router = APIRouter(tags=["sessions"], prefix="/api/v1/rounds/{round_id}")


@router.get("/queue")
def get_queue_options(workspace: Opened, round_id: str) -> wire.QueueOptions:
    """List what a round's sessions can be filtered by."""
    return _show_options(queue_choices.list_options(workspace, round_id=round_id))


@router.get("/sessions", response_model=Page[wire.ListedSession])
def list_sessions(
    workspace: Opened,
    part: Part,
    round_id: str,
    outcome: Annotated[str | None, Query(description="of the answer that counts, or unreviewed")] = None,
    open: Annotated[bool | None, Query(description="whether it still needs an answer")] = None,
    annotator: Annotated[str | None, Query(description="whose answer counts")] = None,
    label: Annotated[str | None, Query(description="with an annotation of this label")] = None,
    verdict: Annotated[str | None, Query(description="of the newest review, or waiting")] = None,
    recording_id: Annotated[str | None, Query(description="pieces of this recording")] = None,
    sort: Annotated[str, Query(description=f"one of {', '.join(SORTS)}")] = "position",
) -> Response:
    """List a round's sessions with the answer that counts, in the order of the queue unless another is asked for."""
    selection = Selection(outcome, annotator, verdict, label, sort, recording_id, open)
    found, total = listing.list_sessions(workspace, round_id=round_id, selection=selection, **part.window)

    def name(each: ListedSession) -> tuple[Any, ...]:
        return listing.name_session(each, sort)

    return part.answer(found, wire.ListedSession, total, key=name, show=_show_listed)


@router.get("/sessions/{session_id}")
def get_session(workspace: Opened, round_id: str, session_id: str, holder: str = "") -> wire.Session:
    """Get one session as the editor shows it."""
    view = labelling.get_view(workspace, round_id=round_id, session_id=session_id)
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
        reviewer=told.reviewer,
    )


def _show_options(options: QueueOptions) -> wire.QueueOptions:
    return wire.QueueOptions(
        sites=[wire.Choice(name=name, sessions=count) for name, count in options.sites],
        labels=[wire.Choice(name=name, sessions=count) for name, count in options.labels],
        first_day=options.first_day,
        last_day=options.last_day,
    )
