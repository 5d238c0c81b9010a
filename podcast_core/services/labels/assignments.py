"""Single sessions assigned to people by name, taken back, and undone.

An act is one object in the store. What is assigned to somebody comes to them first; others get it, too, unless the act
says that nobody else does. Whole sites are assigned with the round (`Round.assignments`); where both speak of a
session, its own assignment counts.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from podcast_core.domain.session_assignment import MAX_ASSIGNED, AssignmentAct, replay
from podcast_core.domain.summary import Selection
from podcast_core.errors import Conflict, InvalidInput, NotFound, count_of, name_some
from podcast_core.services.access import needs
from podcast_core.services.labels.archive import check_not_archived
from podcast_core.services.store import assignment_records
from podcast_core.storage import assigned, people, rounds, summaries
from podcast_core.workspace import Workspace

AT_ONCE = 1_000  # sessions that are looked at for those that nobody has


@dataclass(frozen=True, slots=True)
class Meant:
    """Which sessions are meant: those that are named, or what a selection finds.

    ``limit``: only so many of the selection, the first that need an answer and are nobody's.
    """

    session_ids: tuple[str, ...] = ()
    selection: Selection | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class ShownAssignment:
    """An act, and who undid it where somebody did."""

    act: AssignmentAct
    undone_by: str


@dataclass(frozen=True, slots=True)
class PersonAssigned:
    """How many single sessions of a round are somebody's, and how many of these need an answer still."""

    person: str
    sessions: int
    left: int


@needs("review")
def assign(
    workspace: Workspace,
    *,
    act_id: str,
    round_id: str,
    meant: Meant,
    people: Sequence[str],
    who: str,
    only: bool = False,
) -> AssignmentAct:
    """Give sessions to people; the same act again, by its id, is harmless.

    Parameters
    ----------
    only
        Nobody else gets these sessions.

    Raises
    ------
    NotFound
        When there is no such round.
    InvalidInput
        When no session is meant, one is not in the round, or these are too many.
    Conflict
        When the round is archived, or the id was used for another act.
    """
    return _act(workspace, act_id, round_id, meant, tuple(people), who, only=only)


@needs("review")
def take_back(
    workspace: Workspace, *, act_id: str, round_id: str, meant: Meant, who: str, people: Sequence[str] = ()
) -> AssignmentAct:
    """Take sessions back from people, or from everybody; answers stay. Raises as `assign`."""
    return _act(workspace, act_id, round_id, meant, tuple(people), who, takes_back=True)


def _act(
    workspace: Workspace,
    act_id: str,
    round_id: str,
    meant: Meant,
    names: tuple[str, ...],
    who: str,
    *,
    only: bool = False,
    takes_back: bool = False,
) -> AssignmentAct:
    names = tuple(dict.fromkeys(each.strip() for each in names if each.strip()))
    said = repr((round_id, sorted(meant.session_ids), meant.selection, meant.limit, names, who, only, takes_back))
    asked = hashlib.sha256(said.encode()).hexdigest()
    with workspace.database.holding(f"assignments/{round_id}", f"assignment/{act_id}"):
        with workspace.database.reading() as connection:
            known = assigned.find_act(connection, act_id)
            check_not_archived(connection, rounds.get_round(connection, round_id))
            if known is None:
                ids = _find_sessions(connection, round_id, meant)
                act = AssignmentAct(act_id, round_id, who, names, ids, only, takes_back, asked=asked)
                _check_room(connection, act)
        kept = known or _keep(workspace, act)
    if kept.asked != asked:
        raise Conflict(f"Act id {act_id} was used before, by {kept.who}, for something else. Nothing was changed.")
    return kept


@needs("review")
def undo(workspace: Workspace, *, act_id: str, round_id: str, undoes: str, who: str) -> AssignmentAct:
    """Undo an act: whose sessions these were before, they are again.

    Raises
    ------
    NotFound
        When the round has no such act.
    Conflict
        When it was undone already, or the id was used for another act.
    """
    with workspace.database.holding(f"assignments/{round_id}", f"assignment/{act_id}"):
        with workspace.database.reading() as connection:
            target = assigned.find_act(connection, undoes)
            if target is None or target.undoes or target.round_id != round_id:
                raise NotFound(f"Round {round_id!r} has no assignment {undoes[:80]!r} that could be undone.")
            known = assigned.find_act(connection, act_id)
            of_round = assigned.list_acts(connection, round_id)
        earlier = next((each for each in of_round if each.undoes == undoes), None)
        if known is None and earlier is not None:
            raise Conflict(f"{earlier.who} undid this on {earlier.acted_at:%Y-%m-%d %H:%M} UTC. Nothing was changed.")
        act = known or _keep(workspace, AssignmentAct(act_id, round_id, who, undoes=undoes))
    if (act.undoes, act.who) != (undoes, who):
        raise Conflict(f"Act id {act_id} was used before, by {act.who}, for something else. Nothing was changed.")
    return act


def is_any_free(workspace: Workspace, *, round_id: str, selection: Selection) -> bool:
    """Tell whether any session that a filter finds needs an answer and is nobody's."""
    with workspace.database.reading() as connection:
        return next(_list_selected(connection, round_id, selection, 1), None) is not None


def list_acts(workspace: Workspace, *, round_id: str) -> list[ShownAssignment]:
    """List the acts of a round but the undos, the newest first; NotFound when there is no such round."""
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
        found = assigned.list_acts(connection, round_id)
    undone = {each.undoes: each.who for each in found if each.undoes}
    return [ShownAssignment(each, undone.get(each.id, "")) for each in reversed(found) if not each.undoes]


def count_people(workspace: Workspace, *, round_id: str) -> list[PersonAssigned]:
    """Count by person, in the order of their names, the sessions that are theirs; NotFound without such a round."""
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
        return [PersonAssigned(*each) for each in assigned.list_people(connection, round_id)]


def count_own(workspace: Workspace, *, round_id: str, person: str) -> PersonAssigned:
    """Count the single sessions of a round that are somebody's, by the name that they have now."""
    with workspace.database.reading() as connection:
        name = people.call_now(connection, person)
        return next(
            (PersonAssigned(*each) for each in assigned.list_people(connection, round_id, name)),
            PersonAssigned(name, 0, 0),
        )


def _find_sessions(connection: Connection, round_id: str, meant: Meant) -> tuple[str, ...]:
    if meant.selection is not None:
        found = list(_list_selected(connection, round_id, meant.selection, meant.limit))
        if not found:
            if meant.limit is None:
                raise InvalidInput("The filter finds no session. Nothing was changed.")
            raise InvalidInput(
                "No session needs an answer and is still unassigned. Nothing was changed. To have sessions answered "
                "again, raise the answers per session (Rounds, Edit)."
            )
        return tuple(found)
    ids = tuple(dict.fromkeys(meant.session_ids))
    known = {each.session_id for each in summaries.list_named(connection, round_id, ids)}
    if missing := [each for each in ids if each not in known]:
        raise InvalidInput(f"Round {round_id!r} has no session {name_some(missing)}. Nothing was changed.")
    return ids


def _list_selected(connection: Connection, round_id: str, selection: Selection, limit: int | None) -> Iterator[str]:
    if limit is None:
        count = summaries.count_summaries(connection, round_id, selection)
        if count > MAX_ASSIGNED:
            raise InvalidInput(
                f"At most {MAX_ASSIGNED:,} sessions are assigned singly; these are {count:,}. Filter further, take the "
                "next few, or assign whole sites."
            )
        yield from (each.session_id for each in summaries.list_summaries(connection, round_id, selection))
        return
    if not 1 <= limit <= MAX_ASSIGNED:
        raise InvalidInput(f"Between 1 and {MAX_ASSIGNED:,} sessions are assigned at once, found {limit}.")
    waiting, last, left = replace(selection, is_open=True, sort="position"), None, limit
    while left:
        part = summaries.list_summaries(connection, round_id, waiting, limit=AT_ONCE, after=last)
        taken = assigned.list_holders(connection, round_id, [each.session_id for each in part])
        free = [each.session_id for each in part if each.session_id not in taken][:left]
        yield from free
        left -= len(free)
        if len(part) < AT_ONCE:
            return
        last = summaries.name_place(part[-1], waiting.sort)


def _check_room(connection: Connection, act: AssignmentAct) -> None:
    """Refuse what would make more pairs of sessions and people than a round can have."""
    names = people.find_names(connection)
    count = len(replay([*assigned.list_acts(connection, act.round_id), act], names))
    if not act.takes_back and count > MAX_ASSIGNED:
        raise InvalidInput(
            f"A round has at most {MAX_ASSIGNED:,} single assignments, of one session to one person each; with these "
            f"it would have {count_of(count, 'assignment')}. Take some back, or assign whole sites."
        )


def _keep(workspace: Workspace, act: AssignmentAct) -> AssignmentAct:
    stored = assignment_records.save_act(workspace.files, act)
    with workspace.database.writing() as connection:
        assigned.add_acts(connection, [stored])
    return stored
