"""Which answer of a session counts, for other queries to start from."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Subquery,
    Text,
    and_,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    type_coerce,
)
from sqlalchemy.sql.selectable import FromClause

from podcast_core.domain.review import Verdict
from podcast_core.domain.standing import REJECTED
from podcast_core.domain.submission import Outcome
from podcast_core.storage.schema import reviews, sessions, submissions

SessionIds = str | Sequence[str] | Select[Any] | None


def rank_submissions(
    round_id: str | BindParameter[str], session_ids: SessionIds, *, brought_back: Sequence[str] = ()
) -> Subquery:
    """Rank the submissions of each session by time (``revision``) and by what counts (``age`` 1).

    Of one session, of some, or (None) of all. Gold ranks before the others. What was taken back has no age.
    ``standing`` says what each of them counts for, as `podcast_core.domain.standing.find_standing` does.
    ``brought_back`` names answers that are looked at as if nobody had taken them back.
    """
    taken_back: ColumnElement[bool] = submissions.c.taken_back
    if brought_back:
        taken_back = and_(taken_back, submissions.c.id.not_in(brought_back))
    in_time = (submissions.c.submitted_at, submissions.c.id)
    by_session = (submissions.c.round_id, submissions.c.session_id)
    is_skip = submissions.c.outcome == Outcome.SKIPPED.value
    rejects = and_(~is_skip, is_rejected(submissions))
    newest_first = (submissions.c.submitted_at.desc(), submissions.c.id.desc())
    order = (taken_back, ~stands_as_gold(submissions), is_skip, submissions.c.beside, *newest_first)
    age = func.row_number().over(partition_by=by_session, order_by=order)
    is_archived = exists().where(
        sessions.c.round_id == submissions.c.round_id, sessions.c.id == submissions.c.session_id, sessions.c.archived
    )
    query = select(
        submissions,
        func.row_number().over(partition_by=by_session, order_by=in_time).label("revision"),
        # In a session whose recording is archived, no answer counts.
        case((or_(is_archived, taken_back), 0), else_=age).label("age"),
        case((rejects, REJECTED), else_=submissions.c.outcome).label("standing"),
    ).where(submissions.c.round_id == round_id)
    if session_ids is not None:
        wanted = [session_ids] if isinstance(session_ids, str) else session_ids
        query = query.where(submissions.c.session_id.in_(wanted))
    return query.subquery()


def archived_sessions(round_id: str) -> Select[tuple[str]]:
    """Select the ids of a round's sessions whose recording is archived in it."""
    return select(sessions.c.id).where(sessions.c.round_id == round_id, sessions.c.archived)


def rejected_answers(round_id: str) -> Select[tuple[str]]:
    """Select the ids of the round's submissions whose newest review rejected them."""
    of_round = select(submissions.c.id).join(reviews, reviews.c.submission_id == submissions.c.id)
    return of_round.where(submissions.c.round_id == round_id, _rejects())


def is_gold(answers: FromClause) -> ColumnElement[bool]:
    """Say that an answer decides between others."""
    return type_coerce(answers.c.decides, Text) != literal_column("''")  # as the index of gold has it


def stands_as_gold(answers: FromClause) -> ColumnElement[bool]:
    """Say that an answer is gold, and that no review rejected it or newer gold (see `domain.submission.find_gold`)."""
    newer = submissions.alias("newer_gold")
    was_rejected = exists().where(
        newer.c.round_id == answers.c.round_id,
        newer.c.session_id == answers.c.session_id,
        tuple_(newer.c.submitted_at, newer.c.id) >= tuple_(answers.c.submitted_at, answers.c.id),
        is_gold(newer),
        ~newer.c.taken_back,
        is_rejected(newer),
    )
    return and_(is_gold(answers), ~answers.c.taken_back, ~was_rejected)


def is_rejected(answers: FromClause) -> ColumnElement[bool]:
    """Say that the newest review of an answer rejected it."""
    return exists().where(reviews.c.submission_id == answers.c.id, _rejects())


def _rejects() -> ColumnElement[bool]:
    """Say that a review rejects, and that it is the newest of its answer."""
    newer = reviews.alias("newer_review")
    is_newer = tuple_(newer.c.created_at, newer.c.id) > tuple_(reviews.c.created_at, reviews.c.id)
    counts = (newer.c.submission_id == reviews.c.submission_id, ~newer.c.withdrawn)
    replaced = exists().where(*counts, is_newer)
    rejects = (reviews.c.verdict == Verdict.REJECT.value, ~reviews.c.withdrawn)
    return and_(*rejects, ~replaced.correlate(reviews))
