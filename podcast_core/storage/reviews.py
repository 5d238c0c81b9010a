"""Reviews in the database."""

from collections.abc import Sequence

from sqlalchemy import Connection, Select, insert, select

from podcast_core.domain.review import Review, Verdict
from podcast_core.storage import clip_labels, deriving
from podcast_core.storage.counting_answers import is_rejected, rejected_answers
from podcast_core.storage.schema import reviews, submissions

MAX_NAMED = 1_000  # in one statement


def add_review(connection: Connection, review: Review) -> None:
    """Add a review whose id is not there yet."""
    connection.execute(
        insert(reviews).values(
            id=review.id,
            submission_id=review.submission_id,
            reviewer=review.reviewer,
            verdict=review.verdict.value,
            comment=review.comment,
            corrected_id=review.corrected_id,
            created_at=review.created_at,
        )
    )
    about = submissions.c.id.in_([each for each in (review.submission_id, review.corrected_id) if each])
    query = select(submissions.c.round_id, submissions.c.session_id).where(about).distinct()
    for round_id, session_id in connection.execute(query).all():
        clip_labels.relabel(connection, round_id, [session_id])
        deriving.refresh(connection, round_id, [session_id])


def find_review(connection: Connection, review_id: str) -> Review | None:
    """Find a review by its id."""
    return next(iter(_list(connection, select(reviews).where(reviews.c.id == review_id))), None)


def list_reviews_of(connection: Connection, submission_id: str) -> list[Review]:
    """List the reviews of a submission, the oldest first."""
    return _list(connection, select(reviews).where(reviews.c.submission_id == submission_id))


def list_reviews(connection: Connection, round_id: str) -> list[Review]:
    """List the reviews of a round's submissions, the oldest first."""
    query = select(reviews).join(submissions, submissions.c.id == reviews.c.submission_id)
    return _list(connection, query.where(submissions.c.round_id == round_id))


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


def _list(connection: Connection, query: Select[tuple[object, ...]]) -> list[Review]:
    rows = connection.execute(query.order_by(reviews.c.created_at, reviews.c.id))
    return [Review(**{**row._mapping, "verdict": Verdict(row.verdict)}) for row in rows]
