"""Claims: which session is held by whom, and until when. One statement takes a session, so there is no race."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, not_, or_, select, tuple_, update
from sqlalchemy.sql.selectable import FromClause

from podcast_core.domain.claim import Claim
from podcast_core.domain.queue import QueueChoice
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Outcome
from podcast_core.storage.counting_answers import is_rejected
from podcast_core.storage.queue_order import arrange
from podcast_core.storage.schema import passed_over, sessions, submissions

EVERYTHING = QueueChoice()
_NOTHING = {"claim_holder": None, "claim_annotator": None, "claim_expires_at": None}


def claim_sessions(
    connection: Connection,
    *,
    round_id: str,
    holder: str,
    annotator: str,
    count: int,
    now: datetime,
    expires_at: datetime,
    include_skipped: bool = False,
    choice: QueueChoice = EVERYTHING,
    exclude_ids: Sequence[str] = (),
) -> list[str]:
    """Take the first ``count`` open sessions of a choice that nobody else holds, except those of ``exclude_ids``.

    Open are sessions that need an answer (`is_open`); those that this annotator skipped, or verified with
    predictions left over, only with ``include_skipped``. The holder's own claims count as free and are renewed.

    Returns
    -------
    list of str
        Ids of the sessions that are held now, in the order of the choice.
    """
    wanted = arrange(round_id, choice)
    free = (
        select(sessions.c.id)
        .select_from(wanted.source)
        .where(
            *wanted.conditions,
            is_open(None if include_skipped else annotator, to_verify=choice.unjudged),
            is_free(holder, now),
            sessions.c.id.not_in(exclude_ids),
        )
        .order_by(*wanted.keys)
        .limit(count)
        # PostgreSQL; SQLite has one writer at a time. An answer that is being written does not hinder anybody.
        .with_for_update(of=sessions, skip_locked=True, key_share=True)
        .cte("free")  # PostgreSQL asks a subquery as often as it likes, and would take more than was asked for
    )
    taken = connection.scalars(
        update(sessions)
        .where(sessions.c.round_id == round_id, sessions.c.id.in_(select(free.c.id)))
        .values(claim_holder=holder, claim_annotator=annotator, claim_expires_at=expires_at)
        .returning(sessions.c.id)
    ).all()
    if len(taken) < 2:
        return list(taken)
    # The rows of an UPDATE come in no order.
    query = select(sessions.c.id).select_from(wanted.source).where(*wanted.conditions, sessions.c.id.in_(taken))
    return list(connection.scalars(query.order_by(*wanted.keys)))


def claim_session(
    connection: Connection, session: Session, *, holder: str, annotator: str, now: datetime, expires_at: datetime
) -> bool:
    """Take one session if it is open, skipped or not, and nobody else holds it; says whether it is held now."""
    this = and_(sessions.c.round_id == session.round_id, sessions.c.id == session.id)
    taken = connection.execute(
        update(sessions)
        .where(this, is_open(None), is_free(holder, now))
        .values(claim_holder=holder, claim_annotator=annotator, claim_expires_at=expires_at)
        .returning(sessions.c.id)
    )
    return taken.first() is not None


def count_open(
    connection: Connection, round_id: str, *, annotator: str | None = None, choice: QueueChoice = EVERYTHING
) -> int:
    """Count the open sessions of a choice, whoever holds them; those that an annotator left for later do not count."""
    wanted = arrange(round_id, choice)
    query = select(func.count()).select_from(wanted.source).where(*wanted.conditions)
    return int(connection.execute(query.where(is_open(annotator, to_verify=choice.unjudged))).scalar_one())


def count_held(connection: Connection, round_id: str, annotator: str, now: datetime, *, except_holder: str) -> int:
    """Count the sessions that an annotator holds in a round, without those of one holder."""
    query = select(func.count()).where(
        sessions.c.round_id == round_id,
        sessions.c.claim_annotator == annotator,
        sessions.c.claim_holder != except_holder,
        _is_held(now),
    )
    return int(connection.execute(query).scalar_one())


def find_claim(connection: Connection, session: Session, now: datetime) -> Claim | None:
    """Find the claim on a session that has not expired."""
    query = select(sessions).where(sessions.c.round_id == session.round_id, sessions.c.id == session.id, _is_held(now))
    row = connection.execute(query).one_or_none()
    return None if row is None else _to_claim(row)


def list_claims(connection: Connection, round_id: str, now: datetime) -> list[Claim]:
    """List a round's claims that have not expired, on open sessions; the first to expire first."""
    query = (
        select(sessions)
        .where(sessions.c.round_id == round_id, _is_held(now), is_open(None))
        .order_by(sessions.c.claim_expires_at)
    )
    return [_to_claim(row) for row in connection.execute(query)]


def list_open(connection: Connection, round_id: str) -> set[str]:
    """List the ids of a round's sessions that need an answer, whoever holds them."""
    return set(connection.scalars(select(sessions.c.id).where(sessions.c.round_id == round_id, is_open(None))))


def release_claims(
    connection: Connection,
    *,
    round_id: str,
    holder: str,
    session_ids: Sequence[str] | None = None,
    exclude_ids: Sequence[str] = (),
) -> None:
    """Let go of what the holder holds in the round, or of those sessions only, without ``exclude_ids``."""
    mine = and_(sessions.c.round_id == round_id, sessions.c.claim_holder == holder, sessions.c.id.not_in(exclude_ids))
    if session_ids is not None:
        mine = and_(mine, sessions.c.id.in_(session_ids))
    connection.execute(update(sessions).where(mine).values(_NOTHING))


def list_leases(connection: Connection) -> list[Claim]:
    """List the claims of all rounds, expired or not."""
    return [_to_claim(row) for row in connection.execute(select(sessions).where(sessions.c.claim_holder.is_not(None)))]


def restore_lease(connection: Connection, claim: Claim) -> None:
    """Give a session the claim that it had."""
    this = and_(sessions.c.round_id == claim.round_id, sessions.c.id == claim.session_id)
    values = {"claim_holder": claim.holder, "claim_annotator": claim.annotator, "claim_expires_at": claim.expires_at}
    connection.execute(update(sessions).where(this).values(values))


def end_claim(connection: Connection, *, round_id: str, session_id: str) -> None:
    """End whoever's claim on a session: it has an answer."""
    this = and_(sessions.c.round_id == round_id, sessions.c.id == session_id)
    connection.execute(update(sessions).where(this).values(_NOTHING))


def is_open(annotator: str | None, *, to_verify: bool = False) -> ColumnElement[bool]:
    """Say that a session needs an answer: none closes it (see `Submission.closes`).

    A verification that closed it counts no more once a verdict was taken back, and no answer does that a review
    rejected, nor one before that (see `podcast_core.domain.standing.find_standing_answers`).

    What this annotator skipped, or verified with predictions left over, is for others (None: whoever did it); who
    wants to verify goes on with the latter.
    """
    counts: ColumnElement[bool] = and_(
        submissions.c.outcome != Outcome.SKIPPED.value,
        not_(submissions.c.beside),
        not_(submissions.c.taken_back),
        not_(_leaves_over(submissions)),
        not_(_is_opened_again()),
        not_(_was_rejected()),
    )
    if annotator is not None:
        is_skip = submissions.c.outcome == Outcome.SKIPPED.value
        says = and_(not_(_was_rejected()), not_(submissions.c.taken_back), not_(submissions.c.partial))
        mine = and_(submissions.c.annotator == annotator, or_(is_skip, says))
        counts = or_(counts, and_(mine, is_skip) if to_verify else mine)
    answered = and_(submissions.c.round_id == sessions.c.round_id, submissions.c.session_id == sessions.c.id)
    return and_(~sessions.c.archived, ~exists().where(answered, counts))


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


def is_free(holder: str, now: datetime) -> ColumnElement[bool]:
    """Say that nobody but the holder has a claim on a session."""
    return or_(sessions.c.claim_holder.is_(None), sessions.c.claim_expires_at <= now, sessions.c.claim_holder == holder)


def _is_held(now: datetime) -> ColumnElement[bool]:
    return and_(sessions.c.claim_holder.is_not(None), sessions.c.claim_expires_at > now)


def _to_claim(row: Row[tuple[Any, ...]]) -> Claim:
    return Claim(
        round_id=row.round_id,
        session_id=row.id,
        holder=row.claim_holder,
        annotator=row.claim_annotator,
        expires_at=row.claim_expires_at,
    )
