"""Reviews in the database."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from podcast_core.domain.review import Review, Verdict
from podcast_core.storage import clip_labels, deriving, keyset, people, tallies
from podcast_core.storage.counting_answers import is_rejected, rejected_answers
from podcast_core.storage.many_rows import insert_many
from podcast_core.storage.schema import reviews, submissions

MAX_NAMED = 1_000  # in one statement
_COLUMNS = tuple(column for column in reviews.c if column.name != "round_id")
_NAMES = tuple(column.name for column in _COLUMNS)  # as the nouns have them, too
_take = attrgetter(*_NAMES)
_LIST = select(*_COLUMNS).order_by(reviews.c.created_at, reviews.c.id)  # those that were withdrawn, too
_LIST_OF = _LIST.where(reviews.c.submission_id == bindparam("submission_id"))


def add_review(connection: Connection, review: Review) -> None:
    """Add a review whose id is not there yet."""
    add_reviews(connection, [review])


def add_reviews(connection: Connection, new: Sequence[Review]) -> None:
    """Add reviews whose ids are not there yet."""
    places: dict[str, tuple[str, str]] = {}
    answers = sorted({name for each in new for name in (each.submission_id, each.corrected_id) if name})
    for start in range(0, len(answers), MAX_NAMED):
        of = submissions.c.id.in_(answers[start : start + MAX_NAMED])
        for answer_id, *place in connection.execute(
            select(submissions.c.id, submissions.c.round_id, submissions.c.session_id).where(of)
        ):
            places[answer_id] = (place[0], place[1])
    names = people.find_names(connection)
    insert_many(
        connection,
        reviews,
        (*_NAMES, "round_id"),
        (
            (
                *_take(replace(each, reviewer=names.get(each.reviewer, each.reviewer))),
                places.get(each.submission_id, ("",))[0],
            )
            for each in new
        ),
    )
    touched: dict[str, set[str]] = defaultdict(set)
    for round_id, session_id in places.values():
        touched[round_id].add(session_id)
    for round_id, session_ids in touched.items():
        clip_labels.relabel(connection, round_id, sorted(session_ids))
        deriving.refresh(connection, round_id, session_ids)


def find_review(connection: Connection, review_id: str) -> Review | None:
    """Find a review by its id."""
    return next(iter(_list(connection, _LIST.where(reviews.c.id == review_id))), None)


def list_reviews_of(connection: Connection, submission_id: str, *, with_withdrawn: bool = False) -> list[Review]:
    """List the reviews of a submission, the oldest first."""
    found = _list(connection, _LIST_OF, submission_id=submission_id)
    return [each for each in found if with_withdrawn or not each.withdrawn]


def list_reviews(connection: Connection, round_id: str, submission_ids: Sequence[str] | None = None) -> list[Review]:
    """List the reviews of a round's submissions, or of some of them, that still count, the oldest first."""
    query = _LIST.where(reviews.c.round_id == round_id, ~reviews.c.withdrawn)
    if submission_ids is not None:
        query = query.where(reviews.c.submission_id.in_(submission_ids))
    return _list(connection, query)


def list_facts(connection: Connection, round_id: str) -> list[Review]:
    """List the reviews of a round that follow from no act."""
    return _list(connection, _LIST.where(reviews.c.round_id == round_id, reviews.c.act_id == ""))


def list_part(connection: Connection, round_id: str, *, reviewer: str = "", **part: Any) -> tuple[list[Review], int]:
    """List a part of a round's reviews, or of those of one person, the oldest first; and count all.

    ``part`` is that of `keyset.cut`: keys are moment and id.
    """
    wanted = [reviews.c.round_id == round_id, *([reviews.c.reviewer == reviewer] if reviewer else [])]
    counts = tallies.list_groups(connection, round_id, "all reviews")
    total = counts.get(reviewer, 0) if reviewer else sum(counts.values())
    order = (reviews.c.created_at, reviews.c.id)
    return _list(connection, keyset.cut(select(*_COLUMNS).where(*wanted), order, **part)), total


def list_rejected_answers(connection: Connection, round_id: str) -> set[str]:
    """List the ids of the round's submissions whose newest review rejected them."""
    return set(connection.scalars(rejected_answers(round_id)))


def find_rejected(connection: Connection, submission_ids: Sequence[str]) -> set[str]:
    """Find those of some submissions whose newest review rejected them."""
    found: set[str] = set()
    for start in range(0, len(submission_ids), MAX_NAMED):
        is_named = submissions.c.id.in_(submission_ids[start : start + MAX_NAMED])
        found |= set(connection.scalars(select(submissions.c.id).where(is_named, is_rejected(submissions))))
    return found


def _list(connection: Connection, query: Select[tuple[object, ...]], **asked: str) -> list[Review]:
    rows = connection.execute(query, asked)
    return [Review(**{**row._mapping, "verdict": Verdict(row.verdict)}) for row in rows]
