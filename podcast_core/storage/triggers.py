"""Sums over a round's sessions, kept by the database itself: whoever changes a session's rows changes the sums.

`CONTRIBUTIONS` says what one row adds to which sum. SQLite's triggers run for each row, PostgreSQL's once for each
statement, because a sum that one transaction changes a million times becomes slow there. Most rows are never updated
(see `podcast_core.storage.deriving`), so there are triggers for insertion and deletion, and for updates of `UPDATED`.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlalchemy import Connection, text

from podcast_core.domain.review import Verdict
from podcast_core.domain.standing import ANSWERED, SEARCHED
from podcast_core.storage.schema import metadata


@dataclass(frozen=True, slots=True)
class Contribution:
    """What a row adds to a sum, as SQL about the row ``r``: its group, label, count, microseconds; where it does.

    ``of``: the round whose sum it is, or the model run.
    """

    measure: str
    group: str = "''"
    label: str = "''"
    count: str = "1"
    amount_us: str = "0"
    where: str = ""
    of: str = "r.round_id"


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def _rounded(value: str) -> str:
    """Round a number to four digits, in thousandths: a median is found among some thousand values at most.

    By ``FLOOR``: of a half, one database's ``ROUND`` goes up, and the other's to the even number.
    """
    step = f"CASE WHEN {value} < 10 THEN 1 WHEN {value} < 100 THEN 10 WHEN {value} < 1000 THEN 100 ELSE 1000 END"
    return f"CAST(CAST(FLOOR({value} * 1000.0 / ({step}) + 0.5) AS BIGINT) * ({step}) AS TEXT)"


def _list_values(measure: str, value: str, where: str) -> tuple[Contribution, ...]:
    """Count values (`_rounded`) by their size, that is their number of digits and the first two; and each of a size.

    A median is found among the some hundred sizes, and then among the hundred values of one.
    """
    rounded = _rounded(value)
    size = f"LENGTH({rounded}) || '/' || SUBSTR({rounded}, 1, 2)"
    return (
        Contribution(measure, size, where=where),
        Contribution(f"{measure}, values", size, rounded, where=where),
    )


def _to_hundredths(score: str) -> str:
    """Write the largest hundredth that is not above a score; a product with 100 is rounded, and may be beside it."""
    whole = f"FLOOR({score} * 100)"
    exact = f"CASE WHEN {score} >= ({whole} + 1) / 100.0 THEN {whole} + 1 WHEN {score} < {whole} / 100.0"
    return f"CAST(CAST({exact} THEN {whole} - 1 ELSE {whole} END AS INTEGER) AS TEXT)"


def _coarsen(seconds: str) -> str:
    """Round seconds for medians of many days: to 0.1 s below 10 s, 0.5 s below 100 s, 5 s below 1000 s, else 50 s.

    In tenths of a second, as text. A day of one person then has some hundred values at most.
    """
    step = f"CASE WHEN {seconds} < 10 THEN 1 WHEN {seconds} < 100 THEN 5 WHEN {seconds} < 1000 THEN 50 ELSE 500 END"
    return f"CAST(CAST(FLOOR({seconds} * 10.0 / ({step}) + 0.5) AS BIGINT) * ({step}) AS TEXT)"


def _to_us(seconds: str) -> str:
    return f"CAST(FLOOR({seconds} * 1000000 + 0.5) AS BIGINT)"


_ANSWERED = _one_of("r.standing", ANSWERED)
_LEARNABLE = _one_of("r.outcome", SEARCHED)
_DECIDED = "(r.box_count + r.rejected_count)"
_WORKED = f"{_ANSWERED} AND r.active_s IS NOT NULL"
_EDITED = f"{_ANSWERED} AND r.action_count IS NOT NULL"
_REVIEW = "r.outcome || '/' || r.review_state || '/' || r.annotator"
_OF_LABEL = "r.model = '' AND r.label <> ''"
_PLACE = "r.starts_on || '/' || r.site"
SEPARATOR = "\x1f"  # no name has one: they are printable
_WORK = f"r.answered_on || '{SEPARATOR}' || r.annotator || '{SEPARATOR}' || r.site"
_SOUND = f"r.starts_in || '{SEPARATOR}' || r.annotator || '{SEPARATOR}' || r.site"
_JUDGED = _one_of("r.review_state", tuple(each.value for each in Verdict))
_PIECE_STATE = (
    "CASE WHEN r.took_s IS NULL THEN 'left' ELSE 'done' END || CASE WHEN r.error = '' THEN '' ELSE '/failed' END"
)
_HOUR = "r.recording_id || '/' || r.channel || '/' || CAST(FLOOR(r.start_s / 3600) AS INTEGER)"

CONTRIBUTIONS: dict[str, tuple[Contribution, ...]] = {
    "sessions": (Contribution("sessions of a recording", "r.recording_id"),),  # archived ones, too
    "submissions": (Contribution("all answers", "r.annotator"),),
    "reviews": (Contribution("all reviews", "r.reviewer"),),
    "session_states": (
        Contribution("standing", "r.standing", amount_us="r.duration_us"),
        Contribution("site", "r.site"),
        Contribution("open", where="r.is_open"),
        Contribution("open by site", "r.site", where="r.is_open"),
        Contribution("answered in part", where="r.is_open AND r.answers_left < r.answers_wanted"),
        Contribution("open by place", _PLACE, where="r.is_open"),
        Contribution("review", _REVIEW),
        Contribution("answered", _WORK, "r.standing", amount_us="r.duration_us", where=_ANSWERED),
        Contribution("sound", _SOUND, "r.standing", amount_us="r.duration_us"),
        Contribution("judged", _WORK, "r.review_state", where=_JUDGED),
        Contribution("seconds", _WORK, _coarsen("r.active_s"), where=_WORKED),
        Contribution("actions", _WORK, "CAST(r.action_count AS TEXT)", where=_EDITED),
        *_list_values("work", "r.active_s", _WORKED),
        *_list_values("edits", "r.action_count", _EDITED),
        *_list_values("work per box", f"(r.active_s / {_DECIDED})", f"{_WORKED} AND {_DECIDED} > 0"),
        *_list_values("edits per box", f"(1.0 * r.action_count / {_DECIDED})", f"{_EDITED} AND {_DECIDED} > 0"),
    ),
    "session_people": (
        Contribution("open left", "r.annotator", "r.site", where="r.is_open"),
        Contribution("open done", "r.annotator", "r.site", where="r.is_open AND r.is_done"),
    ),
    "session_boxes": (
        Contribution("boxes by origin", "r.origin", "r.label", "r.count", where="r.is_answered"),
        Contribution("boxes", _WORK, "r.label", "r.count", where="r.is_answered"),
        Contribution("sessions with", _WORK, "r.label", where="r.is_answered AND r.is_first"),
        Contribution("calls", _SOUND, "r.label", "r.count", where="r.is_answered"),
        Contribution("boxes searched", label="r.label", count="r.count", where=f"r.is_answered AND {_LEARNABLE}"),
        Contribution("review", _REVIEW, "r.label", where="r.is_first"),
        Contribution("boxes listed", _REVIEW, "r.label", "r.count"),
    ),
    "session_predictions": (
        *(
            Contribution(fate, "r.model", "r.label", f"r.{fate}", where=f"r.model <> '' AND r.{fate} > 0")
            for fate in ("confirmed", "relabelled", "rejected", "unreviewed", "in_bulk")
        ),
        Contribution("predicted", label="r.label", where=f"{_OF_LABEL} AND r.shown > 0"),
        Contribution("waiting", label="r.label", count="r.waiting", where=f"{_OF_LABEL} AND r.waiting > 0"),
        Contribution("shown", "r.model", count="r.shown", where="r.model <> '' AND r.shown > 0"),
        Contribution("open predicted by place", _PLACE, "r.label", where="r.model = '' AND r.is_open AND r.shown > 0"),
        Contribution("open waiting by place", _PLACE, "r.label", where="r.model = '' AND r.waiting > 0"),
    ),
    "run_pieces": (
        Contribution("run pieces", _PIECE_STATE, amount_us=_to_us("(r.end_s - r.start_s)"), of="r.run_id"),
        Contribution("run hours", _HOUR, of="r.run_id"),
        Contribution("run work", "r.device", amount_us=_to_us("r.took_s"), where="r.took_s IS NOT NULL", of="r.run_id"),
        Contribution(
            "run best scores", _to_hundredths("(-r.negative_best)"), where="r.negative_best IS NOT NULL", of="r.run_id"
        ),
    ),
    "run_boxes": (Contribution("run calls", _to_hundredths("r.score"), "r.label", of="r.run_id"),),
}
UPDATED = ("run_pieces",)
ALIKE = ("session_boxes", "session_predictions")
VARIED = ("label", "starts_in", "starts_on", "model", "shown", "count", "is_open")  # the most in rows of `ALIKE`
_EVENTS = {"INSERT": {"NEW": 1}, "DELETE": {"OLD": -1}, "UPDATE": {"OLD": -1, "NEW": 1}}
_COLUMNS = "round_id, measure, grp, label, count, amount_us"
_ADD = (
    "ON CONFLICT (round_id, measure, grp, label) DO UPDATE SET "
    "count = tallies.count + excluded.count, amount_us = tallies.amount_us + excluded.amount_us"
)
_SAME_KEY = " AND ".join(f"t.{name} = kept.{name}" for name in ("round_id", "measure", "grp", "label"))


def select_contributions(table: str, source: str, sign: int = 1) -> str:
    """Write the query of what rows add to sums, not added up; ``source`` names the rows ``r``."""
    return " UNION ALL ".join(
        f"SELECT {_name_values(each, sign)} FROM {source} WHERE {each.where or 'true'}"  # nosec B608  # our own names
        for each in CONTRIBUTIONS[table]
    )


def _name_values(each: Contribution, sign: int = 1) -> str:
    values = (each.of, f"'{each.measure}'", each.group, each.label, f"{sign} * {each.count}")
    named = zip((*values, f"{sign} * {each.amount_us}"), _COLUMNS.split(", "), strict=True)
    return ", ".join(f"{value} AS {name}" for value, name in named)


def select_sums(
    tables: Iterable[str] = tuple(CONTRIBUTIONS), *, of: str = "true", sign: int = 1, by: Collection[str] = ()
) -> str:
    """Write the query of the sums of tables, worked out from their rows, or from those (``of``) that a condition names.

    With ``by``, only of the sums that follow from one of these columns.

    Each contribution is added up by itself: what SQLite sorts for that is as narrow as it can be. Many sessions have
    the same kinds of boxes and predictions: these are counted first, and each sum is made of some thousand rows.
    """
    counted, parts = [], []
    for table in tables:
        source, each = f"{table} AS r WHERE {of}", CONTRIBUTIONS[table]
        if by:
            each = tuple(one for one in each if _list_columns([one]).intersection(by))
        if table in ALIKE:
            counted.append(f"alike_{table} AS MATERIALIZED ({_count_alike(table, of, each)})")
            source = f"alike_{table} AS r WHERE true"
            each = tuple(replace(one, count=f"r.times * {one.count}") for one in each)  # none of them has an amount
        parts += [f"SELECT {_name_values(one, sign)} FROM {source} AND {one.where or 'true'}" for one in each]  # nosec B608  # our own names
    return (f"WITH {', '.join(counted)} " if counted else "") + _add_up(" UNION ALL ".join(map(_add_up, parts)))


def _count_alike(table: str, of: str, contributions: Iterable[Contribution]) -> str:
    """Write the query that counts the rows of a table by the columns that sums are made of."""
    found = sorted(_list_columns(contributions))
    names = ", ".join(sorted(found, key=lambda name: name not in VARIED))  # two rows are told apart by the first ones
    return f"SELECT {names}, COUNT(*) AS times FROM {table} AS r WHERE {of} GROUP BY {names}"  # nosec B608  # our own names


def _list_columns(contributions: Iterable[Contribution]) -> set[str]:
    """List the columns that sums are made of."""
    said = " ".join(f"{_name_values(each)} {each.where}" for each in contributions)
    return set(re.findall(r"\br\.(\w+)", said))


def add_sums(tables: Iterable[str], *, of: str, sign: int, by: Collection[str] = ()) -> str:
    """Write what adds the sums of rows, or takes them off, which must be there or still be there."""
    sums = select_sums(tables, of=of, sign=sign, by=by)
    return f"INSERT INTO tallies ({_COLUMNS}) {sums} {_ADD}"  # nosec B608  # our own names


def _add_up(parts: str) -> str:
    key = "round_id, measure, grp, label"
    sums = ", ".join(f"CAST(SUM({name}) AS BIGINT) AS {name}" for name in ("count", "amount_us"))
    return f"SELECT {key}, {sums} FROM ({parts}) AS parts GROUP BY {key}"  # nosec B608  # our own names


def create_triggers(connection: Connection, tables: Iterable[str] = tuple(CONTRIBUTIONS)) -> None:
    """Make the triggers, anew where they are there already."""
    make = _create_in_postgresql if connection.dialect.name == "postgresql" else _create_in_sqlite
    for table, event in _list_triggers(tables):
        for statement in make(table, event):
            connection.exec_driver_sql(statement)


def _list_triggers(tables: Iterable[str]) -> list[tuple[str, str]]:
    """List the tables and events of triggers."""
    return [(table, event) for table in tables for event in _EVENTS if event != "UPDATE" or table in UPDATED]


@contextmanager
def without_triggers(connection: Connection, tables: Collection[str] = tuple(CONTRIBUTIONS)) -> Iterator[None]:
    """Keep no sums of tables meanwhile, where that would cost something for each row: `remake_sums` does it at once."""
    if connection.dialect.name == "sqlite":
        for table, event in _list_triggers(tables):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {_name(table, event)}")
    yield
    if connection.dialect.name == "sqlite":
        create_triggers(connection, tables)


def _name(table: str, event: str) -> str:
    return f"tally_{table}_{event.lower()}"


def _create_in_sqlite(table: str, event: str) -> list[str]:
    name = _name(table, event)
    columns = [column.name for column in metadata.tables[table].c]
    rows = {
        f"(SELECT {', '.join(f'{row}.{column} AS {column}' for column in columns)}) AS r": sign
        for row, sign in _EVENTS[event].items()
    }
    parts = " UNION ALL ".join(select_contributions(table, source, sign) for source, sign in rows.items())
    return [
        f"DROP TRIGGER IF EXISTS {name}",
        f"CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN INSERT INTO tallies ({_COLUMNS}) {parts} {_ADD}; END",
    ]


def _create_in_postgresql(table: str, event: str) -> list[str]:
    name, rows = _name(table, event), _EVENTS[event]
    parts = " UNION ALL ".join(select_contributions(table, f"rows_{row} AS r", sign) for row, sign in rows.items())
    # In the order of their keys, so that two transactions never wait for each other. What has come to nothing goes at
    # once: with an index of that, PostgreSQL would add to all indexes for each change of a sum.
    add = f"INSERT INTO tallies ({_COLUMNS}) {_add_up(parts)} ORDER BY 1, 2, 3, 4 {_ADD}"  # nosec B608  # names of ours
    drop = f"DELETE FROM tallies AS t WHERE {_SAME_KEY}"  # nosec B608  # names of ours
    is_nothing = "kept.count = 0 AND kept.amount_us = 0"
    body = f"FOR kept IN {add} RETURNING * LOOP IF {is_nothing} THEN {drop}; END IF; END LOOP; RETURN NULL;"
    tables = " ".join(f"{row} TABLE AS rows_{row}" for row in rows)
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"DECLARE kept record; BEGIN {body} END $$",
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {tables} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    ]


def remake_sums(connection: Connection) -> None:
    """Work out all sums anew from the rows of the sessions."""
    connection.execute(text("DELETE FROM tallies"))
    connection.execute(text(f"INSERT INTO tallies ({_COLUMNS}) {select_sums()}"))
