"""Claims: which session is held by whom, and until when. Who finds a session locks it, so there is no race.

As many people hold a session at once as answers are left that it wants; one person has it in one tab only.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
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
    case,
    delete,
    exists,
    func,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from podcast_core.domain.claim import Claim
from podcast_core.domain.queue import QueueChoice, QueueOrder
from podcast_core.domain.round import MAX_ANSWERS
from podcast_core.domain.session import Session
from podcast_core.storage import samples, tallies
from podcast_core.storage.open_sessions import Again, is_left, is_open
from podcast_core.storage.queue_order import arrange, choose, hash_seed
from podcast_core.storage.schema import UtcDateTime, claims, session_people, session_states, sessions

EVERYTHING = QueueChoice()
_MAX_KEPT = 128  # long statements, which take longer to put together than to execute

# What every claim and answer asks for is put together once.
_IN_ROUND = claims.c.round_id == bindparam("in_round")
_IS_IT = and_(_IN_ROUND, claims.c.session_id == bindparam("session_id"))
_ARE_THEY = and_(_IN_ROUND, claims.c.session_id.in_(bindparam("session_ids", expanding=True)))
_RELEASE = (
    delete(claims)
    .where(_IN_ROUND, claims.c.holder == bindparam("holder"))
    .where(claims.c.session_id.not_in(bindparam("exclude_ids", expanding=True)))
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

    Open are sessions that need an answer of this annotator (`is_open`); those that they skipped, or verified with
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
    for query in _select_free(round_id, _without_seed(choice), _name_again(choice, include_skipped)):
        if len(taken) < count:
            left = {"count": count - len(taken), "exclude_ids": [*exclude_ids, *taken], "seed": hash_seed(choice.seed)}
            taken += connection.scalars(query, {**asked, **left})
    if taken and is_sample:
        samples.forget_answered(connection, round_id, taken[0])
    _write(connection, [Claim(round_id, each, holder, annotator, expires_at) for each in taken])
    return taken


def _write(connection: Connection, taken: Sequence[Claim]) -> None:
    """Add claims, or renew those that are there."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    if taken:
        add = insert(claims).values([asdict(each) for each in taken])
        renewed = {name: add.excluded[name] for name in ("annotator", "expires_at")}
        connection.execute(add.on_conflict_do_update(index_elements=list(claims.primary_key), set_=renewed))


@lru_cache(maxsize=_MAX_KEPT)
def _select_free(round_id: str, choice: QueueChoice, again: Again) -> list[Select[Any]]:
    """Select free sessions of each part of a choice, so that nobody else finds them before the transaction ends."""
    states, annotator, holder = session_states.c, bindparam("annotator", type_=Text), bindparam("holder", type_=Text)
    is_wanted = is_open(annotator, again)
    others = states.session_id.not_in(bindparam("exclude_ids", expanding=True, type_=Text))
    return [
        select(states.session_id)
        .select_from(part.source)
        .where(*part.conditions, is_wanted, _has_room(annotator, holder), others)
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


def _name_again(choice: QueueChoice, include_skipped: bool) -> Again:
    if include_skipped:
        return Again.SKIPPED
    return Again.TO_VERIFY if choice.unjudged else Again.NONE


def _without_seed(choice: QueueChoice) -> QueueChoice:
    return replace(choice, seed="")


def claim_session(
    connection: Connection, session: Session, *, holder: str, annotator: str, now: datetime, expires_at: datetime
) -> bool:
    """Take one session if it is open, skipped or not, and has room for the holder; says whether it is held now."""
    this = {"in_round": session.round_id, "session_id": session.id, "holder": holder, "annotator": annotator}
    is_taken = connection.execute(_TAKE, {**this, "now": now}).first() is not None
    _write(connection, [Claim(session.round_id, session.id, holder, annotator, expires_at)] if is_taken else [])
    return is_taken


def count_open(
    connection: Connection,
    round_id: str,
    *,
    annotator: str | None = None,
    choice: QueueChoice = EVERYTHING,
    include_skipped: bool = False,
) -> int:
    """Count the open sessions of a choice, whoever holds them; those do not count that an annotator has left."""
    count = tallies.count_open(connection, round_id, choice)
    if annotator is None:
        return count
    again = _name_again(choice, include_skipped)
    if not choice.is_filtered:
        measure = "open done" if again is Again.SKIPPED else "open left"
        return count - sum(row[2] for row in tallies.list_sums(connection, round_id, measure, group=annotator))
    query = _select_left(round_id, _without_seed(choice), again)
    return count - int(connection.execute(query, {"annotator": annotator}).scalar_one())


@lru_cache(maxsize=_MAX_KEPT)
def _select_left(round_id: str, choice: QueueChoice, again: Again) -> Select[Any]:
    """Count the open sessions of a choice that an annotator left."""
    states, left = session_states.c, session_people.c
    of_session = and_(left.round_id == states.round_id, left.session_id == states.session_id)
    its = (left.round_id == round_id, left.annotator == bindparam("annotator", type_=Text), left.is_open)
    wanted = (*its, *choose(round_id, choice), *is_left(again))
    return select(func.count()).select_from(session_people.join(session_states, of_session)).where(*wanted)


def count_held(connection: Connection, round_id: str, annotator: str, now: datetime, *, except_holder: str) -> int:
    """Count the sessions that an annotator holds in a round, without those of one holder."""
    asked = {"in_round": round_id, "annotator": annotator, "holder": except_holder, "now": now}
    return int(connection.execute(_COUNT_HELD, asked).scalar_one())


def find_claims(
    connection: Connection, round_id: str, session_ids: Sequence[str], now: datetime
) -> dict[str, list[Claim]]:
    """Find the claims on some sessions that have not expired, by session; the first to expire first."""
    found: dict[str, list[Claim]] = {}
    for row in connection.execute(_FIND_HELD, {"in_round": round_id, "session_ids": session_ids, "now": now}):
        found.setdefault(row.session_id, []).append(_to_claim(row))
    return found


def list_claims(connection: Connection, round_id: str, now: datetime) -> list[Claim]:
    """List a round's claims that have not expired, on open sessions; the first to expire first."""
    return [_to_claim(row) for row in connection.execute(_LIST_HELD, {"in_round": round_id, "now": now})]


def list_held(connection: Connection, round_id: str, now: datetime, *, except_holder: str) -> list[str]:
    """List the ids of the sessions that others than one holder hold."""
    asked = {"in_round": round_id, "holder": except_holder, "now": now}
    return list(connection.scalars(_LIST_OTHERS, asked))


def release_claims(
    connection: Connection,
    *,
    round_id: str,
    holder: str,
    session_ids: Sequence[str] | None = None,
    exclude_ids: Sequence[str] = (),
) -> None:
    """Let go of what the holder holds in the round, or of those sessions only, without ``exclude_ids``."""
    mine = {"in_round": round_id, "holder": holder, "exclude_ids": exclude_ids}
    if session_ids is None:
        connection.execute(_RELEASE, mine)
    else:
        connection.execute(_RELEASE_SOME, {**mine, "session_ids": session_ids})


def end_claims(connection: Connection, *, round_id: str, session_id: str, annotator: str) -> None:
    """End the claims on a session that somebody has answered: their own, and all where no independent one is left."""
    connection.execute(_END, {"in_round": round_id, "session_id": session_id, "annotator": annotator})


def rename_holder(connection: Connection, annotator: str, name: str) -> None:
    """Give the claims of somebody the name that they have now."""
    connection.execute(update(claims).where(claims.c.annotator == annotator).values(annotator=name))


def end_all_claims(connection: Connection, annotator: str) -> None:
    """Let go of all sessions that somebody holds, in all rounds."""
    connection.execute(delete(claims).where(claims.c.annotator == annotator))


def is_free(holder: str | BindParameter[str], now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Say that nobody but the holder has a claim on a row of ``sessions``."""
    of_session = (claims.c.round_id == sessions.c.round_id, claims.c.session_id == sessions.c.id)
    return not_(exists().where(*of_session, claims.c.holder != holder, claims.c.expires_at > now))


def _has_room(annotator: BindParameter[str], holder: BindParameter[str]) -> ColumnElement[bool]:
    """Say of a row of ``session_states`` that fewer others hold it than answers are left.

    Another tab of the same annotator counts for as many as there can ever be.
    """
    states, held = session_states.c, claims.c
    others = (held.round_id == states.round_id, held.session_id == states.session_id, held.holder != holder)
    weight = func.sum(case((held.annotator == annotator, MAX_ANSWERS), else_=1))
    count = select(func.coalesce(weight, 0)).where(*others, held.expires_at > _NOW)
    return count.correlate(session_states).scalar_subquery() < states.answers_left


def _to_claim(row: Row[tuple[Any, ...]]) -> Claim:
    return Claim(**row._mapping)


_NOW = bindparam("now", type_=UtcDateTime)
_IS_NOW = claims.c.expires_at > _NOW
_OF_STATE = and_(session_states.c.round_id == claims.c.round_id, session_states.c.session_id == claims.c.session_id)
_WHO = bindparam("annotator", type_=Text)
_BY_OTHERS = (_IN_ROUND, claims.c.holder != bindparam("holder"), _IS_NOW)
_COUNT_HELD = select(func.count()).where(*_BY_OTHERS, claims.c.annotator == _WHO)
_LIST_OTHERS = select(claims.c.session_id).where(*_BY_OTHERS).distinct()
_FIND_HELD = select(claims).where(_ARE_THEY, _IS_NOW).order_by(claims.c.session_id, claims.c.expires_at)
_LIST_HELD = (
    select(claims)
    .join(session_states, _OF_STATE)
    .where(_IN_ROUND, _IS_NOW, session_states.c.is_open)
    .order_by(claims.c.expires_at)
)
_END = delete(claims).where(
    _IS_IT,
    or_(
        claims.c.annotator == _WHO,
        not_(exists().where(_OF_STATE, session_states.c.is_open, session_states.c.answers_wanted > 1)),
    ),
)
_ITS_STATE = and_(session_states.c.round_id == sessions.c.round_id, session_states.c.session_id == sessions.c.id)
_TAKE = (
    select(sessions.c.id)
    .join(session_states, _ITS_STATE)
    .where(sessions.c.round_id == bindparam("in_round"), sessions.c.id == bindparam("session_id"))
    .where(is_open(_WHO, Again.SKIPPED), _has_room(_WHO, bindparam("holder", type_=Text)))
    .with_for_update(of=sessions, key_share=True)  # it has one writer at a time
)
