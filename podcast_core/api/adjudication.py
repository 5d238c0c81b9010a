"""Adjudication: where people disagree, and what they say there. Who decides submits an answer with ``decides``."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from podcast_core.api import views
from podcast_core.api.dependencies import IfNoneMatch, Opened
from podcast_core.api.paging import answer
from podcast_core.services.labels import adjudication
from podcast_core.services.labels.adjudication import Case, Matter, Side
from podcast_core.services.labels.agreement import MAX_LISTED
from podcast_core.wire import adjudication as wire
from podcast_core.wire.statistics import SessionAgreement

router = APIRouter(tags=["adjudication"], prefix="/api/v1/rounds/{round_id}")


@router.get("/adjudication", response_model=wire.Adjudication)
def get_adjudication(
    workspace: Opened,
    round_id: str,
    limit: Annotated[int, Query(ge=1, le=MAX_LISTED, description="maximum number of sessions")] = 100,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """List the sessions about which somebody should decide, those first in which people agree least."""
    found = adjudication.get_queue(workspace, round_id=round_id, limit=limit)
    listed = [SessionAgreement.model_validate(each) for each in found.sessions]
    shown = wire.Adjudication(left=found.left, settled=found.settled, measured_at=found.measured_at, sessions=listed)
    return answer(shown, if_none_match)


@router.get("/sessions/{session_id}/consensus", response_model=wire.Consensus)
def get_consensus(workspace: Opened, round_id: str, session_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """Get what people say about a session, and what they say together."""
    case = adjudication.get_case(workspace, round_id=round_id, session_id=session_id)
    shown = wire.Consensus(
        session_id=session_id,
        revision=case.revision,
        gold_by=None if case.gold is None else case.gold.annotator,
        sides=[_write_side(case, each) for each in case.sides],
        matters=[_write_matter(case, each) for each in case.matters],
    )
    return answer(shown, if_none_match)


def _write_side(case: Case, side: Side) -> wire.Side:
    said = side.answer
    return wire.Side(
        submission_id=said.id,
        annotator=said.annotator,
        revision=said.revision,
        outcome=said.outcome,
        comment=said.comment,
        submitted_at=said.submitted_at,
        reliability=side.reliability,
        boxes=[views.write_noted_box(box, case.session) for box in said.annotations],
    )


def _write_matter(case: Case, matter: Matter) -> wire.Matter:
    proposed = None if matter.proposed is None else views.write_noted_box(matter.proposed, case.session)
    return wire.Matter(boxes=list(matter.boxes), agreed=matter.is_agreed, proposed=proposed, support=matter.support)
