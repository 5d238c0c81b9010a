"""Assignments of single sessions to people."""

from datetime import datetime

from pydantic import Field

from podcast_core.domain.session_assignment import MAX_ASSIGNED, MAX_PEOPLE
from podcast_core.wire.base import ActId, Body, PersonName, Shape


class AssignmentIn(Body):
    """Sessions that become some people's to label, or (``takes_back``) are theirs no more."""

    act_id: ActId
    people: list[PersonName] = Field(default=[], max_length=MAX_PEOPLE, description="empty: taken back from everybody")
    session_ids: list[str] | None = Field(default=None, max_length=MAX_ASSIGNED, description="null: what `query` finds")
    query: str = Field(default="", max_length=2000, description="a filter, as in the address of the sessions")
    limit: int | None = Field(default=None, description="only the first so many that are open and nobody's")
    only: bool = Field(default=False, description="nobody else gets these sessions")
    takes_back: bool = False
    who: PersonName | None = None


class UndoAssignmentIn(Body):
    """What undoes an assignment."""

    act_id: ActId = Field(description="of the undo")
    who: PersonName | None = None


class AssignmentAct(Shape):
    """An assignment of sessions to people; ``sessions`` counts them."""

    id: str
    who: str
    people: list[str]
    sessions: int
    only: bool
    takes_back: bool
    acted_at: datetime
    undone_by: str = Field(description="empty: it stands")


class PersonAssigned(Shape):
    """How many single sessions of a round are somebody's, and how many of these need an answer still."""

    person: str
    sessions: int
    left: int


class Assignments(Shape):
    """Whose single sessions of a round are whose, and how they became so, the newest act first."""

    people: list[PersonAssigned]
    acts: list[AssignmentAct]
