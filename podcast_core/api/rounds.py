"""Rounds: listed, made, changed, and how far they are."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, BeforeValidator, Field

from podcast_core.api import shapes, views
from podcast_core.api.dependencies import Opened
from podcast_core.api.downloads import IMMUTABLE
from podcast_core.api.paging import IfNoneMatch, Page, Part, Shown, answer
from podcast_core.api.shapes import DisplayShape, LabelShape
from podcast_core.api.wire import Wire
from podcast_core.domain.display import Display
from podcast_core.domain.label import Label
from podcast_core.domain.round import Round
from podcast_core.services.labels import rounds
from podcast_core.workspace import Workspace

router = APIRouter(tags=["rounds"], prefix="/api/v1/rounds")


class RoundIn(Wire):
    """A new round; its id is made from the name unless it is given."""

    name: str
    labels: Annotated[list[LabelShape], Field(min_length=1)]
    id: str = ""
    description: str = ""
    instructions: str = ""
    site: str = ""
    site_url: str = ""
    display: DisplayShape = DisplayShape()
    own_review: bool = Field(False, description="people may accept their own answers")


class RoundChange(Wire):
    """What of a round is changed; what is left out stays."""

    name: str | None = None
    labels: list[LabelShape] | None = None
    description: str | None = None
    instructions: str | None = None
    site: str | None = None
    site_url: str | None = None
    display: DisplayShape | None = None
    own_review: bool | None = None


class RoundOut(Shown):
    """A round."""

    id: str
    name: str
    labels: list[LabelShape]
    description: str
    instructions: str
    site: str
    site_url: str
    created_at: datetime
    display: DisplayShape
    archived_at: datetime | None = Field(description="null: it is not archived")
    renamed: Annotated[dict[str, str], BeforeValidator(dict)] = Field(
        description="earlier names of labels, and what they are called now"
    )
    own_review: bool


class ProgressOut(BaseModel):
    """Sessions of a round by outcome (``unreviewed``: no answer yet), and how many need an answer still."""

    sessions: int
    open: int
    outcomes: dict[str, int]


@router.get("", response_model=Page[RoundOut])
def list_rounds(
    workspace: Opened,
    part: Part,
    archived: Annotated[bool, Query(description="those that are archived instead")] = False,
) -> Response:
    """List rounds that are not archived, the newest first."""
    found = rounds.list_rounds(workspace, is_archived=archived)
    return part.answer(found, RoundOut)


@router.post("", status_code=201)
def add_round(workspace: Opened, body: RoundIn) -> RoundOut:
    """Add a round; 409 when its id is taken."""
    texts = body.model_dump(include={"name", "description", "instructions", "site", "site_url", "own_review"})
    display = Display(**body.display.model_dump())
    made = rounds.add_round(workspace, round_id=body.id, labels=_read_labels(body.labels), display=display, **texts)
    return RoundOut.model_validate(made)


@router.get("/{round_id}", response_model=RoundOut)
def get_round(workspace: Opened, round_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """Get a round."""
    return answer(RoundOut.model_validate(rounds.get_round(workspace, round_id=round_id)), if_none_match)


@router.patch("/{round_id}")
def change_round(workspace: Opened, round_id: str, body: RoundChange) -> RoundOut:
    """Change texts, labels or display of a round; labels that are in use must stay."""
    known = rounds.get_round(workspace, round_id=round_id)
    return RoundOut.model_validate(rounds.change_round(workspace, _change(known, body)))


@router.get("/{round_id}/labels", response_model=shapes.LabelListOut)
def get_labels(
    workspace: Opened,
    round_id: str,
    v: Annotated[str, Query(description="the labels_id of a session: the answer may then be kept for ever")] = "",
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Get a round's labels; sessions name them by ``labels_id``, and do not repeat them."""
    told = views.write_labels(rounds.get_round(workspace, round_id=round_id).labels)
    sent = answer(told, if_none_match)
    if v == told.labels_id:
        sent.headers["cache-control"] = IMMUTABLE
    return sent


@router.get("/{round_id}/progress", response_model=ProgressOut)
def get_progress(workspace: Opened, round_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """Count a round's sessions by outcome."""
    return answer(_count(workspace, round_id), if_none_match)


def _count(workspace: Workspace, round_id: str) -> ProgressOut:
    rounds.get_round(workspace, round_id=round_id)
    outcomes = rounds.count_standings(workspace, round_id=round_id)
    left = rounds.count_open(workspace, round_id=round_id)
    return ProgressOut(sessions=sum(outcomes.values()), open=left, outcomes=outcomes)


def _change(known: Round, body: RoundChange) -> Round:
    plain = {"name", "description", "instructions", "site", "site_url", "own_review"}
    changes = body.model_dump(exclude_none=True, include=plain)
    if body.labels is not None:
        changes["labels"] = _read_labels(body.labels)
    if body.display is not None:
        changes["display"] = Display(**body.display.model_dump())
    return replace(known, **changes)


def _read_labels(given: list[LabelShape]) -> tuple[Label, ...]:
    return rounds.read_labels([each.model_dump() for each in given])
