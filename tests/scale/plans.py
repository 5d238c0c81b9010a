"""Look at how a database would find what a statement asks for: never by looking at every row of a table that grows."""

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from tests.scale.work import Statement

# Tables that have a row, or several, for each session; recordings are a hundredth of that.
GROWING_TABLES = (
    *("sessions", "predictions", "submissions", "annotations", "rejections", "passed_over", "reviews"),
    *("run_pieces", "run_boxes", "clips", "suggested_places"),
    *("session_states", "session_boxes", "session_predictions"),
)
READS = ("SELECT", "WITH", "UPDATE", "DELETE", "INSERT")


def find_scans(connection: Connection, statement: Statement) -> set[str]:
    """Find the growing tables that SQLite would go through from end to end, with or without an index."""
    lines = [row[3] for row in _explain(connection, "EXPLAIN QUERY PLAN ", statement)]
    names = [match[1] for line in lines if (match := re.match(r"SCAN (\w+)", line))]
    return {table for name in names if (table := _find_table(statement.text, name)) in GROWING_TABLES}


def sorts(connection: Connection, statement: Statement) -> bool:
    """Tell whether SQLite would sort or group in a table of its own."""
    return any("TEMP B-TREE" in row[3] for row in _explain(connection, "EXPLAIN QUERY PLAN ", statement))


def _find_table(text: str, name: str) -> str:
    """Find the table that has a name in a statement; a subquery or a list of values has none."""
    match = re.search(rf"\b(\w+) AS {re.escape(name)}\b", text)
    return match[1] if match and name not in GROWING_TABLES else name


def find_seq_scans(connection: Connection, statement: Statement) -> Iterator[str]:
    """Find the growing tables that PostgreSQL would go through without an index, even if it would rather not.

    How many rows it expects is no use here: it guesses that of lists in JSON, and of what is below a limit.
    """
    for (found,) in _explain(connection, "EXPLAIN (FORMAT JSON) ", statement):
        for node in _walk(found):
            if node["Node Type"] == "Seq Scan" and node["Relation Name"] in GROWING_TABLES:
                yield node["Relation Name"]


def _walk(nodes: Any) -> Iterator[dict[str, Any]]:
    """List a plan's nodes."""
    for each in nodes:
        node = each.get("Plan", each)
        yield node
        yield from _walk(node.get("Plans", ()))


def _explain(connection: Connection, how: str, statement: Statement) -> list[Any]:
    if not statement.text.lstrip("( ").upper().startswith(READS):
        return []
    return list(connection.exec_driver_sql(how + statement.text, statement.parameters).all())
