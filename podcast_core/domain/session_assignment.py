"""Assignments of single sessions to people by name: given, taken back, and undone as one."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from podcast_core.domain.checks import check_text, check_utc
from podcast_core.domain.ids import check_id
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput

MAX_ASSIGNED = 20_000  # pairs of session and person in a round: each claim counts them, which takes 30 ms then
MAX_PEOPLE = 50  # of one act; chosen: as many as work on a round


@dataclass(frozen=True, slots=True)
class AssignmentAct:
    """Sessions of a round that become some people's to label, or (``takes_back``) are theirs no more.

    ``only``: nobody else gets these sessions. Without people, it takes them back from everybody. One that ``undoes``
    another names neither. ``asked`` is a digest of what was asked for, by which a second try knows itself.
    """

    id: str
    round_id: str
    who: str
    people: tuple[str, ...] = ()
    session_ids: tuple[str, ...] = ()
    only: bool = False
    takes_back: bool = False
    undoes: str = ""
    asked: str = ""
    acted_at: datetime = field(default_factory=utc_now)

    def __post_init__(self) -> None:
        check_id(self.id, "Assignment")
        check_text(self.who, "The name of who assigns", 80)
        check_utc(self.acted_at, "acted_at")
        for each in self.people:
            check_text(each, "The name of who gets sessions", 80)
        if self.undoes:
            return
        if not self.session_ids or len(self.session_ids) > MAX_ASSIGNED:
            raise InvalidInput(
                f"An assignment is about 1 to {MAX_ASSIGNED:,} sessions; found {len(self.session_ids):,}. Assign whole "
                "sites where these are more."
            )
        if len(self.people) > MAX_PEOPLE or not (self.people or self.takes_back):
            raise InvalidInput(f"Sessions are assigned to 1 to {MAX_PEOPLE} people; found {len(self.people)}.")

    def describe(self, count: str) -> str:
        """Say what it did, of so many sessions: ``12 sessions to Ann, Bob, nobody else``."""
        names = ", ".join(self.people) or "everybody"
        if self.takes_back:
            return f"{count} taken back from {names}"
        return f"{count} to {names}{', nobody else' if self.only else ''}"


@dataclass(frozen=True, slots=True)
class Assigned:
    """What is somebody's now, and by which act. ``only``: nobody else's, but for those whom other acts name."""

    session_id: str
    person: str
    only: bool
    act_id: str


def replay(acts: Iterable[AssignmentAct], names: dict[str, str]) -> list[Assigned]:
    """Find out whose sessions are whose, from all acts of a round and the names that people have now.

    The newest act about a session and a person counts; of what was undone, nothing does.
    """
    in_order = sorted(acts, key=lambda each: (each.acted_at, each.id))
    undone = {each.undoes for each in in_order if each.undoes}
    found: dict[str, dict[str, Assigned]] = {}
    for act in in_order:
        if act.id in undone:
            continue
        people = [names.get(each, each) for each in act.people]
        for session_id in act.session_ids:
            theirs = found.setdefault(session_id, {})
            if act.takes_back:
                for each in people or list(theirs):
                    theirs.pop(each, None)
            else:
                theirs.update({each: Assigned(session_id, each, act.only, act.id) for each in people})
    return [each for session_id in sorted(found) for _, each in sorted(found[session_id].items())]
