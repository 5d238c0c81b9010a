"""Assignments of single sessions to people: listed, made, taken back, and undone. Sites are assigned with the round."""

from functools import partial
from urllib.parse import parse_qsl

from fastapi import APIRouter

from podcast_core.api.dependencies import Asking, Opened, choose_who
from podcast_core.domain.queue_link import read_params
from podcast_core.domain.session_assignment import AssignmentAct
from podcast_core.services.labels import assignments
from podcast_core.services.labels.assignments import Meant
from podcast_core.wire import assignments as wire

router = APIRouter(tags=["rounds"], prefix="/api/v1/rounds/{round_id}/assignments")


@router.get("")
def list_assignments(workspace: Opened, round_id: str) -> wire.Assignments:
    """List whose single sessions of a round are whose, and the acts that said so."""
    return wire.Assignments(
        people=[
            wire.PersonAssigned.model_validate(each) for each in assignments.count_people(workspace, round_id=round_id)
        ],
        acts=[_show(each.act, each.undone_by) for each in assignments.list_acts(workspace, round_id=round_id)],
    )


@router.post("", status_code=201)
def add_assignment(workspace: Opened, caller: Asking, round_id: str, body: wire.AssignmentIn) -> wire.AssignmentAct:
    """Assign sessions to people, or take them back; the same act again, by its id, is harmless."""
    meant = Meant(tuple(body.session_ids or ()))
    if body.session_ids is None:
        asked = dict(parse_qsl(body.query, keep_blank_values=True))
        selection = read_params({("is_open" if name == "open" else name): value for name, value in asked.items()})
        meant = Meant(selection=selection, limit=body.limit)
    act = partial(
        assignments.take_back if body.takes_back else partial(assignments.assign, only=body.only),
        workspace,
        act_id=body.act_id,
        round_id=round_id,
        meant=meant,
        people=body.people,
        who=choose_who(workspace, caller, body.who),
    )
    return _show(act())


@router.post("/{act_id}/undo", status_code=204)
def undo_assignment(workspace: Opened, caller: Asking, round_id: str, act_id: str, body: wire.UndoAssignmentIn) -> None:
    """Undo an assignment: whose sessions these were before, they are again."""
    who = choose_who(workspace, caller, body.who)
    assignments.undo(workspace, act_id=body.act_id, round_id=round_id, undoes=act_id, who=who)


def _show(act: AssignmentAct, undone_by: str = "") -> wire.AssignmentAct:
    return wire.AssignmentAct(
        id=act.id,
        who=act.who,
        people=list(act.people),
        sessions=len(act.session_ids),
        only=act.only,
        takes_back=act.takes_back,
        acted_at=act.acted_at,
        undone_by=undone_by,
    )
