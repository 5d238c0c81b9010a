"""Reviews in the database."""

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, insert, select, tuple_
from sqlalchemy.sql.selectable import FromClause

from podcast_core.domain import Review, Verdict
from podcast_core.storage.schema import reviews, submissions


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


def rejected_answers(round_id: str) -> Select[tuple[str]]:
    """Select the ids of the round's submissions whose newest review rejected them."""
    of_round = select(submissions.c.id).join(reviews, reviews.c.submission_id == submissions.c.id)
    return of_round.where(submissions.c.round_id == round_id, _rejects())


def is_rejected(answers: FromClause) -> ColumnElement[bool]:
    """Say that the newest review of an answer rejected it."""
    return exists().where(reviews.c.submission_id == answers.c.id, _rejects())


def _rejects() -> ColumnElement[bool]:
    """Say that a review rejects, and that it is the newest of its answer."""
    newer = reviews.alias("newer_review")
    is_newer = tuple_(newer.c.created_at, newer.c.id) > tuple_(reviews.c.created_at, reviews.c.id)
    replaced = exists().where(newer.c.submission_id == reviews.c.submission_id, is_newer)
    return and_(reviews.c.verdict == Verdict.REJECT.value, ~replaced.correlate(reviews))


def list_rejected_answers(connection: Connection, round_id: str) -> set[str]:
    """List the ids of the round's submissions whose newest review rejected them."""
    return set(connection.scalars(rejected_answers(round_id)))


def _list(connection: Connection, query: Select[tuple[object, ...]]) -> list[Review]:
    rows = connection.execute(query.order_by(reviews.c.created_at, reviews.c.id))
    return [Review(**{**row._mapping, "verdict": Verdict(row.verdict)}) for row in rows]
