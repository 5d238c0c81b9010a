"""Which sessions need an answer: worked out from the answers, and for one person from what is kept of that."""

from functools import cache

from sqlalchemy import BindParameter, ColumnElement, and_, exists, not_, or_, tuple_
from sqlalchemy.sql.selectable import FromClause

from podcast_core.domain.submission import Outcome
from podcast_core.storage.counting_answers import is_rejected, stands_as_gold
from podcast_core.storage.schema import passed_over, session_states, sessions, submissions

_IS_SKIP = submissions.c.outcome == Outcome.SKIPPED.value


def needs_answer() -> ColumnElement[bool]:
    """Say of a row of ``sessions`` that no answer closes it (see `Submission.closes`), whoever asks.

    Gold closes it. A verification that closed it counts no more once a verdict was taken back, and no answer does that
    a review rejected, nor one before that (see `podcast_core.domain.standing.find_standing_answers`).
    """
    closes = and_(
        not_(_IS_SKIP),
        not_(submissions.c.beside),
        not_(submissions.c.taken_back),
        not_(_leaves_over(submissions)),
        not_(_is_opened_again()),
        not_(_was_rejected()),
    )
    answered = and_(submissions.c.round_id == sessions.c.round_id, submissions.c.session_id == sessions.c.id)
    return and_(not_(sessions.c.archived), not_(exists().where(answered, or_(closes, stands_as_gold(submissions)))))


def is_open(annotator: str | BindParameter[str] | None, *, to_verify: bool = False) -> ColumnElement[bool]:
    """Say of a row of ``session_states`` that the session needs an answer.

    What this annotator skipped, or verified with predictions left over, is for others (None: whoever did it); who
    wants to verify goes on with the latter.
    """
    states = session_states.c
    if annotator is None:
        return states.is_open
    return and_(states.is_open, not_(and_(states.is_touched, is_left_by(annotator, to_verify=to_verify))))


def is_left_by(annotator: str | BindParameter[str], *, to_verify: bool) -> ColumnElement[bool]:
    """Say of a row of ``session_states`` that this annotator has left the session to others."""
    says = and_(not_(_was_rejected()), not_(submissions.c.taken_back), not_(submissions.c.partial))
    left = _IS_SKIP if to_verify else or_(_IS_SKIP, says)
    of_session = (
        submissions.c.round_id == session_states.c.round_id,
        submissions.c.session_id == session_states.c.session_id,
    )
    return exists().where(*of_session, submissions.c.annotator == annotator, left)


def _leaves_over(answers: FromClause) -> ColumnElement[bool]:
    left_over = exists().where(passed_over.c.submission_id == answers.c.id)
    return and_(answers.c.outcome == Outcome.VERIFIED.value, or_(answers.c.partial, left_over))


def _is_opened_again() -> ColumnElement[bool]:
    """Say that after this verification, somebody took a verdict on a prediction back."""
    newer = submissions.alias("newer")
    taken_back = exists().where(
        newer.c.round_id == submissions.c.round_id,
        newer.c.session_id == submissions.c.session_id,
        tuple_(newer.c.submitted_at, newer.c.id) > tuple_(submissions.c.submitted_at, submissions.c.id),
        not_(newer.c.beside),
        not_(newer.c.taken_back),
        _leaves_over(newer),
    )
    return and_(submissions.c.outcome == Outcome.VERIFIED.value, taken_back)


@cache  # putting it together takes longer than the rest of a claim
def _was_rejected() -> ColumnElement[bool]:
    """Say that a review rejected this answer or one that took its place since."""
    newer = submissions.alias("not_older")
    return exists().where(
        newer.c.round_id == submissions.c.round_id,
        newer.c.session_id == submissions.c.session_id,
        tuple_(newer.c.submitted_at, newer.c.id) >= tuple_(submissions.c.submitted_at, submissions.c.id),
        newer.c.outcome != Outcome.SKIPPED.value,
        not_(newer.c.beside),
        not_(newer.c.taken_back),
        is_rejected(newer),
    )
