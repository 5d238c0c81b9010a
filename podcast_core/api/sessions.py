"""Sessions of a round: listed, what they can be filtered by, and one as the editor shows it."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from podcast_core.api import shapes, views
from podcast_core.api.dependencies import Opened
from podcast_core.api.paging import Page, Part
from podcast_core.services.labels import labelling, listing, queue, review
from podcast_core.services.labels.review import Selection

router = APIRouter(tags=["sessions"], prefix="/api/v1/rounds/{round_id}")


@router.get("/queue")
def get_queue_options(workspace: Opened, round_id: str) -> shapes.QueueOptionsOut:
    """List what a round's sessions can be filtered by."""
    return views.write_options(queue.list_options(workspace, round_id=round_id))


@router.get("/sessions", response_model=Page[shapes.ListedSession])
def list_sessions(
    workspace: Opened,
    part: Part,
    round_id: str,
    outcome: Annotated[str | None, Query(description="of the answer that counts, or unreviewed")] = None,
    open: Annotated[bool | None, Query(description="those that need an answer still, or do not")] = None,
    annotator: Annotated[str | None, Query(description="whose answer counts")] = None,
    label: Annotated[str | None, Query(description="with an annotation of this label")] = None,
    verdict: Annotated[str | None, Query(description="of the newest review, or waiting")] = None,
    recording_id: Annotated[str | None, Query(description="pieces of this recording")] = None,
    sort: Annotated[str, Query(description=f"one of {', '.join(review.SORTS)}")] = "position",
) -> Response:
    """List a round's sessions with the answer that counts, in the order of the queue unless another is asked for."""
    found = listing.list_sessions(
        workspace,
        round_id=round_id,
        selection=Selection(outcome, annotator, verdict, label, sort),
        recording_id=recording_id,
        is_open=open,
    )
    return part.answer([views.write_listed(each) for each in found], shapes.ListedSession)


@router.get("/sessions/{session_id}")
def get_session(workspace: Opened, round_id: str, session_id: str, holder: str = "") -> shapes.SessionOut:
    """Get one session as the editor shows it."""
    view = labelling.get_view(workspace, round_id=round_id, session_id=session_id)
    return views.write_view(workspace, view, holder)
