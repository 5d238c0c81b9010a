"""Rounds in the database."""

import json
import unicodedata
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Text, bindparam, cast, insert, select, update
from sqlalchemy.exc import IntegrityError

from podcast_core.domain.assignment import Assignment
from podcast_core.domain.calibration import read_calibration
from podcast_core.domain.coordinates import SiteCoordinates
from podcast_core.domain.display import Display
from podcast_core.domain.example import read_example
from podcast_core.domain.ids import make_id
from podcast_core.domain.label import Label
from podcast_core.domain.person import call_now
from podcast_core.domain.round import Round
from podcast_core.errors import Conflict, NotFound
from podcast_core.storage import deriving, people, wanted_answers
from podcast_core.storage.schema import rounds

_JSON = ("labels", "display", "renamed", "sites", "examples", "assignments", "calibration")
_NAMES = tuple(column.name for column in rounds.c)
# JSON comes as text, by which a round is known that was read before.
_SELECT = select(*(cast(column, Text) if column.name in _JSON else column for column in rounds.c))
_FIND = _SELECT.where(rounds.c.id == bindparam("round_id"))
_FIND_NAMES = select(rounds.c.renamed).where(rounds.c.id == bindparam("round_id"))


def find_round(connection: Connection, round_id: str) -> Round | None:
    """Find a round by id."""
    row = connection.execute(_FIND, {"round_id": round_id}).one_or_none()
    return None if row is None else _to_round(*row)


def get_round(connection: Connection, round_id: str) -> Round:
    """Get a round by id; NotFound when there is none."""
    round_ = find_round(connection, round_id)
    if round_ is None:
        raise NotFound(f"There is no round {round_id[:80]!r}.")
    return round_


def find_called(connection: Connection, name: str) -> Round | None:
    """Find a round by its name as people read it."""
    wanted = fold_name(name)
    return next((each for each in list_rounds(connection) if fold_name(each.name) == wanted), None)


def find_named(connection: Connection, text: str) -> Round | None:
    """Find a round by id, by name, or by the id that was made of a name which it had before.

    Raises
    ------
    Conflict
        When it is one round's id and another one's name.
    """
    by_id, by_name = find_round(connection, text), find_called(connection, text)
    if by_id and by_name and by_id != by_name:
        raise Conflict(
            f"{text!r} is the id of the round {by_id.name!r} and the name of another one, whose id is {by_name.id}: "
            "rename one of them."
        )
    return by_id or by_name or (find_round(connection, make_id(text, fallback="?")) if text.isascii() else None)


def fold_name(name: str) -> str:
    """Write a name as two that look the same are compared: one form of accents, small letters, single spaces."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def list_rounds(connection: Connection, *, with_opened: bool = False) -> list[Round]:
    """List all rounds, the newest first; those of files that were only opened where they are wanted."""
    newest_first = (rounds.c.created_at.desc(), rounds.c.id)
    found = [_to_round(*row) for row in connection.execute(_SELECT.order_by(*newest_first))]
    return [each for each in found if with_opened or not each.is_opened]


def check_free(connection: Connection, round_id: str) -> None:
    """Refuse an id that is taken (Conflict)."""
    if find_round(connection, round_id) is not None:
        raise Conflict(f"There is a round {round_id!r} already.")


def add_round(connection: Connection, round_: Round) -> None:
    """Add a round; Conflict when the id is taken."""
    try:
        connection.execute(insert(rounds).values(_to_values(call_now(round_, people.find_names(connection)))))
    except IntegrityError as error:
        raise Conflict(f"There is a round {round_.id!r} already.") from error


def replace_round(connection: Connection, round_: Round) -> None:
    """Replace a round's texts, labels and display; NotFound when there is none."""
    table = rounds.c  # these are what a session's state is made of
    followed = select(table.site, table.answers_wanted, table.double_share).where(table.id == round_.id)
    before = connection.execute(followed).one_or_none()
    called = call_now(round_, people.find_names(connection))
    values = {name: value for name, value in _to_values(called).items() if name != "id"}  # which all sessions name
    changed = connection.execute(update(rounds).where(rounds.c.id == round_.id).values(values))
    if changed.rowcount == 0:
        raise NotFound(f"There is no round {round_.id!r}.")
    if before is None or before.site != round_.site:
        deriving.refresh(connection, round_.id)
    elif before != (round_.site, round_.answers_wanted, round_.double_share):
        wanted_answers.refresh_wanted(connection, round_.id)


def find_names(connection: Connection, round_id: str) -> dict[str, str]:
    """Find what labels of a round are called now, by the names that they had before."""
    return dict(connection.execute(_FIND_NAMES, {"round_id": round_id}).scalar() or {})


def _to_values(round_: Round) -> dict[str, Any]:
    return {
        "id": round_.id,
        "name": round_.name,
        "labels": [asdict(label) for label in round_.labels],
        "description": round_.description,
        "instructions": round_.instructions,
        "site": round_.site,
        "site_url": round_.site_url,
        "created_at": round_.created_at,
        "display": asdict(round_.display),
        "own_review": round_.own_review,
        "sites": [asdict(each) for each in round_.sites],
        "examples": [{**asdict(each), "added_at": each.added_at.isoformat()} for each in round_.examples],
        "answers_wanted": round_.answers_wanted,
        "double_share": round_.double_share,
        "assignments": [asdict(each) for each in round_.assignments],
        "assigned_only": round_.assigned_only,
        "calibration": asdict(round_.calibration),
    }  # what follows from acts is written by `storage.acts`


@lru_cache(maxsize=256)
def _to_round(*values: Any) -> Round:
    """Make a round, which checks itself and its labels: it is read with every session, and seldom another one."""
    fields = dict(zip(_NAMES, values, strict=True))
    told = [json.loads(fields[name]) for name in _JSON]
    labels, display, renamed, sites, examples, assignments, calibration = told
    fields["labels"] = tuple(Label(**label) for label in labels)
    fields["display"] = Display(**display)
    fields["sites"] = tuple(SiteCoordinates(**each) for each in sites)
    fields["examples"] = tuple(read_example(each) for each in examples)
    fields["assignments"] = tuple(Assignment(**each) for each in assignments)
    fields["calibration"] = read_calibration(calibration)
    fields["renamed"] = tuple(sorted(renamed.items()))
    return Round(**fields)
