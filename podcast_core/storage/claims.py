"""Claims: which session is held by whom, and until when. Who finds a session locks it, so there is no race."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)

from podcast_core.domain.claim import Claim
from podcast_core.domain.queue import QueueChoice, QueueOrder
from podcast_core.domain.session import Session
from podcast_core.storage import samples, tallies
from podcast_core.storage.open_sessions import is_left_by, is_open
from podcast_core.storage.queue_order import arrange, choose, hash_seed
from podcast_core.storage.schema import UtcDateTime, session_states, sessions

EVERYTHING = QueueChoice()
_MAX_KEPT = 128  # long statements, which take longer to put together than to execute
_NOTHING = {"claim_holder": None, "claim_annotator": None, "claim_expires_at": None}

# What every claim and answer asks for is put together once. An update sets the columns that are among the values.
_IN_ROUND = sessions.c.round_id == bindparam("in_round")
_IS_IT = and_(_IN_ROUND, sessions.c.id == bindparam("session_id"))
_ARE_THEY = and_(_IN_ROUND, sessions.c.id.in_(bindparam("session_ids", expanding=True)))
_WRITE, _WRITE_ALL = update(sessions).where(_IS_IT), update(sessions).where(_ARE_THEY)
_RELEASE = (
    update(sessions)
    .where(_IN_ROUND, sessions.c.claim_holder == bindparam("holder"))
    .where(sessions.c.id.not_in(bindparam("exclude_ids", expanding=True)))
)
_RELEASE_SOME = _RELEASE.where(_ARE_THEY)


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
    taken: list[str] = []
    asked = {"annotator": annotator, "holder": holder, "now": now}
    is_sample = choice.order is QueueOrder.NO_PREDICTIONS
    if is_sample:
        samples.keep_sample(connection, round_id)
    for query in _select_free(round_id, _without_seed(choice), for_all=include_skipped):
        if len(taken) < count:
            left = {"count": count - len(taken), "exclude_ids": [*exclude_ids, *taken], "seed": hash_seed(choice.seed)}
            taken += connection.scalars(query, {**asked, **left})
    if taken and is_sample:
        samples.forget_answered(connection, round_id, taken[0])
    if taken:
        values = {"claim_holder": holder, "claim_annotator": annotator, "claim_expires_at": expires_at}
        connection.execute(_WRITE_ALL, {"in_round": round_id, "session_ids": taken, **values})
    return taken


@lru_cache(maxsize=_MAX_KEPT)
def _select_free(round_id: str, choice: QueueChoice, *, for_all: bool) -> list[Select[Any]]:
    """Select free sessions of each part of a choice, so that nobody else finds them before the transaction ends."""
    states, annotator, holder = session_states.c, bindparam("annotator", type_=Text), bindparam("holder", type_=Text)
    is_wanted = is_open(None if for_all else annotator, to_verify=choice.unjudged)
    others = states.session_id.not_in(bindparam("exclude_ids", expanding=True, type_=Text))
    return [
        select(states.session_id)
        .select_from(part.source)
        .where(*part.conditions, is_wanted, is_free(holder, bindparam("now", type_=UtcDateTime)), others)
        .order_by(*part.keys)
        .limit(bindparam("count", type_=Integer))
        # PostgreSQL; SQLite has one writer at a time. An answer that is being written does not hinder anybody.
        .with_for_update(of=sessions, skip_locked=True, key_share=True)
        for part in arrange(round_id, choice)
    ]


def pick_session(connection: Connection, round_id: str, seed: str) -> str | None:
    """Pick a session that needs an answer, whoever holds it, else any; None where a round has none."""
    for needs_answer in (True, False):
        for query in _select_any(round_id):
            found: str | None = connection.scalar(query, {"is_open": needs_answer, "seed": hash_seed(seed)})
            if found is not None:
                return found
    return None


@lru_cache(maxsize=_MAX_KEPT)
def _select_any(round_id: str) -> list[Select[Any]]:
    """Select a session of each part of the shuffled order."""
    states = session_states.c
    return [
        select(states.session_id)
        .select_from(part.source)
        .where(*part.conditions, states.is_open == bindparam("is_open"))
        .order_by(*part.keys)
        .limit(1)
        for part in arrange(round_id, QueueChoice(order=QueueOrder.RANDOM))
    ]


def _without_seed(choice: QueueChoice) -> QueueChoice:
    return replace(choice, seed="")


def claim_session(
    connection: Connection, session: Session, *, holder: str, annotator: str, now: datetime, expires_at: datetime
) -> bool:
    """Take one session if it is open, skipped or not, and nobody else holds it; says whether it is held now."""
    this = {"in_round": session.round_id, "session_id": session.id, "holder": holder, "now": now}
    values = {"claim_holder": holder, "claim_annotator": annotator, "claim_expires_at": expires_at}
    return connection.execute(_TAKE, {**this, **values}).first() is not None


def count_open(
    connection: Connection, round_id: str, *, annotator: str | None = None, choice: QueueChoice = EVERYTHING
) -> int:
    """Count the open sessions of a choice, whoever holds them; those that an annotator left for later do not count."""
    count = tallies.count_open(connection, round_id, choice)
    if annotator is None:
        return count
    query = _select_left(round_id, _without_seed(choice))
    return count - int(connection.execute(query, {"annotator": annotator}).scalar_one())


@lru_cache(maxsize=_MAX_KEPT)
def _select_left(round_id: str, choice: QueueChoice) -> Select[Any]:
    """Count the open sessions of a choice that an annotator left, among those with an answer."""
    states = session_states.c
    left = is_left_by(bindparam("annotator", type_=Text), to_verify=choice.unjudged)
    chosen = choose(round_id, choice)
    return select(func.count()).select_from(session_states).where(*chosen, states.is_open, states.is_touched, left)


def count_held(connection: Connection, round_id: str, annotator: str, now: datetime, *, except_holder: str) -> int:
    """Count the sessions that an annotator holds in a round, without those of one holder."""
    asked = {"in_round": round_id, "annotator": annotator, "holder": except_holder, "now": now}
    return int(connection.execute(_COUNT_HELD, asked).scalar_one())


def find_claims(connection: Connection, round_id: str, session_ids: Sequence[str], now: datetime) -> dict[str, Claim]:
    """Find the claims on some sessions that have not expired, by session."""
    rows = connection.execute(_FIND_HELD, {"in_round": round_id, "session_ids": session_ids, "now": now})
    return {row.id: _to_claim(row) for row in rows}


def list_claims(connection: Connection, round_id: str, now: datetime) -> list[Claim]:
    """List a round's claims that have not expired, on open sessions; the first to expire first."""
    return [_to_claim(row) for row in connection.execute(_LIST_HELD, {"in_round": round_id, "now": now})]


def release_claims(
    connection: Connection,
    *,
    round_id: str,
    holder: str,
    session_ids: Sequence[str] | None = None,
    exclude_ids: Sequence[str] = (),
) -> None:
    """Let go of what the holder holds in the round, or of those sessions only, without ``exclude_ids``."""
    mine = {"in_round": round_id, "holder": holder, "exclude_ids": exclude_ids, **_NOTHING}
    if session_ids is None:
        connection.execute(_RELEASE, mine)
    else:
        connection.execute(_RELEASE_SOME, {**mine, "session_ids": session_ids})


def list_leases(connection: Connection) -> list[Claim]:
    """List the claims of all rounds, expired or not."""
    return [_to_claim(row) for row in connection.execute(select(sessions).where(sessions.c.claim_holder.is_not(None)))]


def restore_lease(connection: Connection, claim: Claim) -> None:
    """Give a session the claim that it had."""
    values = {"claim_holder": claim.holder, "claim_annotator": claim.annotator, "claim_expires_at": claim.expires_at}
    connection.execute(_WRITE, {"in_round": claim.round_id, "session_id": claim.session_id, **values})


def end_claim(connection: Connection, *, round_id: str, session_id: str) -> None:
    """End whoever's claim on a session: it has an answer."""
    connection.execute(_WRITE, {"in_round": round_id, "session_id": session_id, **_NOTHING})


def _needs_answer() -> ColumnElement[bool]:
    """Say of a row of ``sessions`` that it needs an answer, as its state says."""
    states = session_states.c
    of_session = (states.round_id == sessions.c.round_id, states.session_id == sessions.c.id)
    return exists().where(*of_session, states.is_open)


def is_free(holder: str | BindParameter[str], now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Say that nobody but the holder has a claim on a session."""
    return or_(sessions.c.claim_holder.is_(None), sessions.c.claim_expires_at <= now, sessions.c.claim_holder == holder)


def _to_claim(row: Row[tuple[Any, ...]]) -> Claim:
    return Claim(
        round_id=row.round_id,
        session_id=row.id,
        holder=row.claim_holder,
        annotator=row.claim_annotator,
        expires_at=row.claim_expires_at,
    )


_NOW = bindparam("now", type_=UtcDateTime)
_IS_HELD = and_(sessions.c.claim_holder.is_not(None), sessions.c.claim_expires_at > _NOW)
_IS_OF_ANNOTATOR = sessions.c.claim_annotator == bindparam("annotator")
_IS_ELSEWHERE = sessions.c.claim_holder != bindparam("holder")
_TAKE = _WRITE.where(_needs_answer(), is_free(bindparam("holder", type_=Text), _NOW)).returning(sessions.c.id)
_COUNT_HELD = select(func.count()).where(_IN_ROUND, _IS_OF_ANNOTATOR, _IS_ELSEWHERE, _IS_HELD)
_FIND_HELD = select(sessions).where(_ARE_THEY, _IS_HELD)
_LIST_HELD = select(sessions).where(_IN_ROUND, _IS_HELD, _needs_answer()).order_by(sessions.c.claim_expires_at)
