"""Rounds: listed, made, changed, and how far they are."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Response

from podcast_core.api import views
from podcast_core.api.dependencies import Asking, IfNoneMatch, Opened, choose_who
from podcast_core.api.downloads import IMMUTABLE
from podcast_core.api.paging import Part, answer, by
from podcast_core.domain.assignment import Assignment
from podcast_core.domain.coordinates import SiteCoordinates
from podcast_core.domain.display import Display
from podcast_core.domain.label import Label
from podcast_core.domain.round import Round
from podcast_core.services.labels import rounds
from podcast_core.wire import rounds as wire
from podcast_core.wire.base import Page
from podcast_core.workspace import Workspace

router = APIRouter(tags=["rounds"], prefix="/api/v1/rounds")
_ANSWERS = {"answers_wanted", "double_share", "assigned_only"}
_PLAIN = {"name", "description", "instructions", "site", "site_url", "own_review", *_ANSWERS}


@router.get("", response_model=Page[wire.Round])
def list_rounds(
    workspace: Opened,
    part: Part,
    archived: Annotated[bool, Query(description="those that are archived instead")] = False,
) -> Response:
    """List rounds that are not archived, the newest first."""
    found = rounds.list_rounds(workspace, is_archived=archived)
    return part.answer(found, wire.Round, key=by("id"))


@router.post("", status_code=201)
def add_round(workspace: Opened, caller: Asking, body: wire.RoundIn) -> wire.Round:
    """Add a round; 409 when its id is taken."""
    texts = body.model_dump(include=_PLAIN - _ANSWERS)
    labels, display, sites = _read_labels(body.labels), Display(**body.display.model_dump()), _read_sites(body.sites)
    made = rounds.add_round(workspace, round_id=body.id, labels=labels, display=display, **texts)
    assigned = _read_assignments(made, body.assignments, choose_who(workspace, caller))
    whole = replace(made, sites=sites, assignments=assigned, **body.model_dump(include=_ANSWERS))
    if whole != made:
        made = rounds.change_round(workspace, whole)
    return wire.Round.model_validate(made)


@router.get("/{round_id}", response_model=wire.Round)
def get_round(workspace: Opened, round_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """Get a round."""
    return answer(wire.Round.model_validate(rounds.get_round(workspace, round_id=round_id)), if_none_match)


@router.patch("/{round_id}")
def change_round(workspace: Opened, caller: Asking, round_id: str, body: wire.RoundChange) -> wire.Round:
    """Change texts, labels or display of a round; labels that are in use must stay."""
    changed = _change(rounds.get_round(workspace, round_id=round_id), body)
    if body.assignments is not None:
        who = choose_who(workspace, caller)
        changed = replace(changed, assignments=_read_assignments(changed, body.assignments, who))
    return wire.Round.model_validate(rounds.change_round(workspace, changed))


@router.get("/{round_id}/labels", response_model=wire.LabelList)
def get_labels(
    workspace: Opened,
    round_id: str,
    v: Annotated[str, Query(description="the labels_id of a session: the answer can then be cached indefinitely")] = "",
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Get a round's labels; sessions name them by ``labels_id``, and do not repeat them."""
    labels = rounds.get_round(workspace, round_id=round_id).labels
    shown = [wire.Label.model_validate(each) for each in labels]
    told = wire.LabelList(labels_id=views.identify_labels(labels), labels=shown)
    sent = answer(told, if_none_match)
    if v == told.labels_id:
        sent.headers["cache-control"] = IMMUTABLE
    return sent


@router.get("/{round_id}/progress", response_model=wire.Progress)
def get_progress(workspace: Opened, round_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """Count a round's sessions by outcome."""
    return answer(_count(workspace, round_id), if_none_match)


def _count(workspace: Workspace, round_id: str) -> wire.Progress:
    rounds.get_round(workspace, round_id=round_id)
    outcomes = rounds.count_standings(workspace, round_id=round_id)
    left = rounds.count_open(workspace, round_id=round_id)
    return wire.Progress(sessions=sum(outcomes.values()), open=left, outcomes=outcomes)


def _change(known: Round, body: wire.RoundChange) -> Round:
    changes = body.model_dump(exclude_none=True, include=_PLAIN)
    if body.labels is not None:
        changes["labels"] = _read_labels(body.labels)
    if body.display is not None:
        changes["display"] = Display(**body.display.model_dump())
    if body.sites is not None:
        changes["sites"] = _read_sites(body.sites)
    return replace(known, **changes)


def _read_sites(given: list[wire.SiteCoordinates]) -> tuple[SiteCoordinates, ...]:
    return rounds.read_sites([each.model_dump() for each in given])


def _read_assignments(known: Round, given: list[wire.AssignmentIn], who: str) -> tuple[Assignment, ...]:
    return rounds.read_assignments([each.model_dump() for each in given], known=known, who=who)


def _read_labels(given: list[wire.Label]) -> tuple[Label, ...]:
    return rounds.read_labels([each.model_dump() for each in given])
