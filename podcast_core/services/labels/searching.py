"""Search over annotations across rounds, as a list, a count and a table; and what was found given another label.

An expression says what is looked for (`podcast_core.storage.annotation_search`): labels joined by and, or, not, in one
session or within seconds of each other, and what else is known of a box. It is searched in the answers that count. Of
rounds in which people answer independently, only reviewers find anything.
"""

import ast
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from podcast_core.domain.bulk_act import MAX_CLIPS, BulkDeed, How
from podcast_core.domain.expression import ExpressionFault, Odd, find_place, flatten, parse
from podcast_core.errors import InvalidInput, count_of
from podcast_core.services.access import needs
from podcast_core.services.labels import bulk, independence
from podcast_core.services.labels.bulk_answers import BulkStretch
from podcast_core.storage import annotation_search, rounds
from podcast_core.storage.annotation_search import After, Counted
from podcast_core.storage.annotation_search import FoundBox as FoundBox  # what callers are given
from podcast_core.workspace import Workspace

MAX_COUNT = 10_000  # chosen: nobody looks through more, and up to there counting takes no longer than a page
PATIENCE_S = 0.3  # of whoever waits for a page
AT_ONCE = 1_000  # rows of a table


@dataclass(frozen=True, slots=True)
class SplitPreview:
    """What would get another label: boxes, and the sessions that get a new answer."""

    annotations: int
    sessions: int


def search(
    workspace: Workspace,
    *,
    where: str = "",
    round_ids: Sequence[str] = (),
    limit: int,
    after: After | None = None,
) -> list[FoundBox]:
    """List annotations of the answers that count for which an expression is true, by round, session and time.

    Parameters
    ----------
    where
        The expression; empty: all of them.
    round_ids
        In these rounds; none: in all that are not archived.
    after
        The key of the one before (`FoundBox.key`).

    Raises
    ------
    NotFound
        When there is no such round.
    ExpressionFault
        With what is wrong with the expression, and where.
    """
    tree = read(where)
    with workspace.database.reading() as connection:
        wanted = _choose_rounds(connection, round_ids)
        return annotation_search.search(connection, wanted, tree, limit=limit, after=after)


def count(
    workspace: Workspace,
    *,
    where: str = "",
    round_ids: Sequence[str] = (),
    most: int = MAX_COUNT,
    patience_s: float = PATIENCE_S,
) -> Counted:
    """Count what `search` finds, up to ``most`` and as far as it comes in some seconds; raises as that does."""
    tree = read(where)
    with workspace.database.reading() as connection:
        wanted = _choose_rounds(connection, round_ids)
        return annotation_search.count(connection, wanted, tree, most=most, patience_s=patience_s)


def read_all(workspace: Workspace, *, where: str = "", round_ids: Sequence[str] = ()) -> Iterator[FoundBox]:
    """Go through everything that `search` finds."""
    after: After | None = None
    while True:
        found = search(workspace, where=where, round_ids=round_ids, limit=AT_ONCE, after=after)
        yield from found
        if len(found) < AT_ONCE:
            return
        after = found[-1].key


def write_csv(workspace: Workspace, *, where: str = "", round_ids: Sequence[str] = ()) -> Iterator[str]:
    """Write everything that `search` finds as lines of a table; none at all where it finds nothing."""
    for number, box in enumerate(read_all(workspace, where=where, round_ids=round_ids)):
        row = to_row(box)
        text = io.StringIO()
        writer = csv.DictWriter(text, list(row))
        if not number:
            writer.writeheader()
        writer.writerow(row)
        yield text.getvalue()


def read_key(keys: Sequence[Any]) -> After:
    """Read where a list goes on; InvalidInput for keys that no annotation can have."""
    return annotation_search.read_key(keys)


def to_row(box: FoundBox) -> dict[str, Any]:
    """Write a box as a row of a table; times are seconds of the recording."""
    return {
        "round_id": box.round_id,
        "session_id": box.session_id,
        "file_name": box.file_name,
        "label": box.label,
        "start_s": box.start_s,
        "end_s": box.end_s,
        "start_in_session_s": box.at_s,
        "low_hz": box.low_hz,
        "high_hz": box.high_hz,
        "annotator": box.annotator,
        "outcome": box.outcome,
        "origin": box.origin,
        "score": box.score,
        "individual": box.individual,
        "call_type": box.call_type,
        "unsure": box.unsure,
        "comment": box.comment,
        "site": box.site,
        "date": box.starts_on,
    }


def read(where: str) -> ast.expr:
    """Read an expression that is searched for; ExpressionFault says what is wrong with it, and where."""
    if not where.strip():
        return ast.Constant(True)
    tree = parse(where, what="search")
    try:
        annotation_search.check(tree)
    except Odd as error:
        raise ExpressionFault(str(error), *find_place(where, error.node)) from error
    return tree


def preview_split(workspace: Workspace, *, round_id: str, where: str) -> SplitPreview:
    """Count what `split_label` would change; raises as `search` does."""
    found = [box.session_id for box in read_all(workspace, where=where, round_ids=[round_id])]
    return SplitPreview(len(found), len(set(found)))


@needs("admin")
def split_label(workspace: Workspace, *, act_id: str, round_id: str, where: str, label: str, who: str) -> bulk.BulkDone:
    """Give the annotations of a round that a search finds another label, or (an empty one) take them away.

    It is one bulk act, which can be undone as a whole; the same id again is harmless.

    Raises
    ------
    NotFound
        When there is no such round.
    InvalidInput
        When nothing is found, everything would be, the expression is wrong, or the label is not in the round's list.
    Conflict
        As `bulk.act_in_bulk`.
    """
    if not where.strip():
        raise InvalidInput("Say which annotations: a search without a condition finds all of them.")
    known = bulk.find_acts(workspace, act_ids=[act_id]).get(act_id)
    if known is not None and (known.query, known.label, known.who) == (flatten(where), label, who):
        return bulk.BulkDone(known, 0, repeated=True)
    found = []
    for box in read_all(workspace, where=where, round_ids=[round_id]):
        found.append(box)
        if len(found) > MAX_CLIPS:
            raise InvalidInput(f"More than {count_of(MAX_CLIPS, 'annotation')} found: narrow the search.")
    if not found:
        raise InvalidInput("The search finds no annotation in this round. Nothing was changed.")
    stretches = [
        BulkStretch(
            *(box.start_s, box.end_s),
            low_hz=box.low_hz,
            high_hz=box.high_hz,
            session_id=box.session_id,
            label=box.label,
        )
        for box in found
    ]
    deed = BulkDeed.LABEL if label else BulkDeed.REMOVE
    asked = bulk.BulkRequest(act_id, round_id, deed, stretches, who, label, How.QUERY, query=flatten(where))
    return bulk.act_in_bulk(workspace, asked)


def _choose_rounds(connection: Any, round_ids: Sequence[str]) -> list[str]:
    """Choose the rounds that are searched: those that are named, or all of which who asks may see the answers."""
    if round_ids:
        return [independence.get_round(connection, each).id for each in dict.fromkeys(round_ids)]
    known = rounds.list_rounds(connection)
    return [each.id for each in known if each.archived_at is None and independence.find_own(each) is None]
