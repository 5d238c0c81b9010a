"""Claims: which session is held by whom, and until when. Who finds a session locks it, so there is no race.

As many people hold a session at once as answers are left that it wants; one person has it in one tab only.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from enum import Enum
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Insert,
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
    true,
)
from sqlalchemy.dialects import postgresql, sqlite

from podcast_core.domain.assignment import Sites
from podcast_core.domain.claim import Claim
from podcast_core.domain.queue import QueueChoice, QueueOrder
from podcast_core.domain.round import MAX_ANSWERS
from podcast_core.domain.session import Session
from podcast_core.storage import assigned, samples, tallies
from podcast_core.storage.assigned import NOTHING, Found
from podcast_core.storage.open_sessions import Again, is_left, is_open
from podcast_core.storage.queue_order import arrange, choose, hash_seed
from podcast_core.storage.schema import (
    UtcDateTime,
    assigned_sessions,
    claims,
    session_people,
    session_states,
    sessions,
)

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


class Taker(NamedTuple):
    """Who takes sessions: a holder for an annotator, from now until a moment, and where they label (None: anywhere).

    ``assigned`` says whether single sessions of the round are assigned, and to them.
    """

    holder: str
    annotator: str
    now: datetime
    expires_at: datetime
    sites: Sites | None = None
    assigned: Found = NOTHING

    def claim(self, round_id: str, session_id: str) -> Claim:
        """Make the claim on a session."""
        return Claim(round_id, session_id, self.holder, self.annotator, self.expires_at)


def claim_sessions(
    connection: Connection,
    round_id: str,
    taker: Taker,
    *,
    count: int,
    include_skipped: bool = False,
    choice: QueueChoice = EVERYTHING,
    exclude_ids: Sequence[str] = (),
) -> list[str]:
    """Take the first ``count`` open sessions of a choice that nobody else holds, except those of ``exclude_ids``.

    Open are sessions that need an answer of this annotator (`is_open`); those that they skipped, or verified with
    predictions left over, only with ``include_skipped``. The holder's own claims count as free and are renewed. Of
    ``sites`` those come first that are the annotator's, and others' never; before them come single sessions that were
    assigned to the annotator.

    Returns
    -------
    list of str
        Ids of the sessions that are held now, in the order of the choice.
    """
    taken: list[str] = []
    asked = {"annotator": taker.annotator, "holder": taker.holder, "now": taker.now}
    is_sample = choice.order is QueueOrder.NO_PREDICTIONS
    if is_sample:
        samples.keep_sample(connection, round_id)
    again = _name_again(choice, include_skipped)
    first = assigned.list_first(connection, round_id, taker.annotator) if taker.assigned.own else []
    places = [(Where.NAMED, tuple(first))] if first else []
    for where, named in [*places, *_list_places(taker.sites)]:
        is_reserved = taker.assigned.any and where is not Where.NAMED
        for query in _select_free(round_id, _without_seed(choice), again, where, is_reserved):
            if len(taken) < count:
                skipped = {"exclude_ids": [*exclude_ids, *taken], "sites": named}
                left = {"count": count - len(taken), "seed": hash_seed(choice.seed), **skipped}
                taken += connection.scalars(query, {**asked, **left})
    if taken and is_sample:
        samples.forget_answered(connection, round_id, taken[0])
    hold(connection, [taker.claim(round_id, each) for each in taken])
    return taken


class Where(Enum):
    """Which sites of a round are meant: all, or those that are named, or all but those; or which sessions."""

    ALL, AT, NOT_AT, NAMED = range(4)

    def of(self, site: ColumnElement[str]) -> list[ColumnElement[bool]]:
        """Say of a column that it names such a site; the parameter ``sites`` has the names."""
        named: BindParameter[str] = bindparam("sites", expanding=True, type_=Text)
        return [] if self is Where.ALL else [site.not_in(named) if self is Where.NOT_AT else site.in_(named)]


def _list_places(sites: Sites | None) -> list[tuple[Where, tuple[str, ...]]]:
    """List where somebody labels, what comes first first."""
    if sites is None:
        return [(Where.ALL, ())]
    own, rest = [(Where.AT, sites.own)] if sites.own else [], (Where.NOT_AT, (*sites.own, *sites.others))
    return own if sites.only else [*own, rest]


def hold(connection: Connection, taken: Sequence[Claim]) -> None:
    """Add claims, or renew those that are there; who calls it knows that there is room."""
    if taken:
        connection.execute(_write_claim(connection.dialect.name), [asdict(each) for each in taken])


@cache
def _write_claim(dialect: str) -> Insert:
    """Write what adds a claim or renews it, once for each kind of database."""
    add = postgresql.insert(claims) if dialect == "postgresql" else sqlite.insert(claims)
    renewed = {name: add.excluded[name] for name in ("annotator", "expires_at")}
    return add.on_conflict_do_update(index_elements=list(claims.primary_key), set_=renewed)


@lru_cache(maxsize=_MAX_KEPT)
def _select_free(
    round_id: str, choice: QueueChoice, again: Again, where: Where, is_reserved: bool
) -> list[Select[Any]]:
    """Select free sessions of each part of a choice, so that nobody else finds them before the transaction ends.

    ``is_reserved``: some sessions may be assigned to others only.
    """
    states, annotator, holder = session_states.c, bindparam("annotator", type_=Text), bindparam("holder", type_=Text)
    is_wanted = is_open(annotator, again)
    others = states.session_id.not_in(bindparam("exclude_ids", expanding=True, type_=Text))
    place = where.of(states.session_id if where is Where.NAMED else states.site)
    free = [not_(_is_reserved(states.round_id, states.session_id, annotator))] if is_reserved else []
    return [
        select(states.session_id)
        .select_from(part.source)
        .where(*part.conditions, *place, *free, is_wanted, _has_room(annotator, holder), others)
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


def claim_session(connection: Connection, session: Session, taker: Taker) -> bool:
    """Take one session if it is open, skipped or not, has room for the holder, and is at no site of others.

    One that was assigned to the annotator is theirs at every site, and one that is others' only never is. Says whether
    it is held now.
    """
    this = {"in_round": session.round_id, "session_id": session.id}
    who = {"holder": taker.holder, "annotator": taker.annotator, "now": taker.now}
    others = () if taker.sites is None else taker.sites.others
    is_taken = connection.execute(_TAKE, {**this, **who, "sites": others}).first() is not None
    hold(connection, [taker.claim(session.round_id, session.id)] if is_taken else [])
    return is_taken


def count_open(
    connection: Connection,
    round_id: str,
    *,
    annotator: str | None = None,
    choice: QueueChoice = EVERYTHING,
    include_skipped: bool = False,
    sites: Sites | None = None,
    singly: bool = False,
) -> int:
    """Count the open sessions of a choice, whoever holds them; those do not count that an annotator has left.

    Of ``sites`` only those count at which the annotator labels. ``singly``: single sessions of the round are assigned.
    """
    if annotator is None:
        return tallies.count_open(connection, round_id, choice)
    again = _name_again(choice, include_skipped)
    found = _count_at_sites(connection, round_id, annotator, choice, again, sites)
    return found + (_count_singly(connection, round_id, annotator, choice, again, sites) if singly else 0)


def _count_singly(
    connection: Connection, round_id: str, annotator: str, choice: QueueChoice, again: Again, sites: Sites | None
) -> int:
    """Count what single assignments change: own sessions at other sites are more, others' at one's sites are less."""
    where: Where = Where.ALL
    named: tuple[str, ...] = ()
    if sites is not None:
        where, named = (Where.AT, sites.own) if sites.only else (Where.NOT_AT, sites.others)
    query = _select_singly(round_id, _without_seed(choice), again, where)
    row = connection.execute(query, {"annotator": annotator, "sites": named}).one()
    return int(row.more) - int(row.less)


@lru_cache(maxsize=_MAX_KEPT)
def _select_singly(round_id: str, choice: QueueChoice, again: Again, where: Where) -> Select[Any]:
    states, who = session_states.c, bindparam("annotator", type_=Text)
    given_to = assigned_sessions.c
    of_session = and_(states.round_id == given_to.round_id, states.session_id == given_to.session_id)
    is_theirs = func.max(case((assigned_sessions.c.person == who, 1), else_=0))
    is_reserved = func.max(case((assigned_sessions.c.only, 1), else_=0))
    at_site = case((and_(true(), *where.of(states.site)), 1), else_=0).label("at_site")
    given = (
        select(states.session_id, states.site, is_theirs.label("is_theirs"), is_reserved.label("is_reserved"), at_site)
        .select_from(assigned_sessions.join(session_states, of_session))
        .where(assigned_sessions.c.round_id == round_id, *choose(round_id, choice), is_open(who, again))
        .group_by(states.session_id, states.site)
        .subquery()
    )
    more = case((and_(given.c.is_theirs == 1, given.c.at_site == 0), 1), else_=0)
    less = case((and_(given.c.is_theirs == 0, given.c.is_reserved == 1, given.c.at_site == 1), 1), else_=0)
    return select(*(func.coalesce(func.sum(each), 0).label(name) for each, name in ((more, "more"), (less, "less"))))


def _count_at_sites(
    connection: Connection, round_id: str, annotator: str, choice: QueueChoice, again: Again, sites: Sites | None
) -> int:
    """Count the open sessions of a choice at somebody's sites that they have not left."""
    if sites is None:
        return _count_for(connection, round_id, annotator, choice, again)
    if choice.site:
        is_theirs = choice.site in sites.own if sites.only else choice.site not in sites.others
        return _count_for(connection, round_id, annotator, choice, again) if is_theirs else 0
    if choice.is_filtered:
        named = [replace(choice, site=each) for each in (sites.own if sites.only else sites.others)]
        part = sum(_count_for(connection, round_id, annotator, each, again) for each in named)
        return part if sites.only else _count_for(connection, round_id, annotator, choice, again) - part
    left = _count_left(connection, round_id, annotator, again)
    found = tallies.list_groups(connection, round_id, "open by site")
    theirs = set(sites.own) if sites.only else set(found) - set(sites.others)
    return sum(count - left.get(site, 0) for site, count in found.items() if site in theirs)


def _count_for(connection: Connection, round_id: str, annotator: str, choice: QueueChoice, again: Again) -> int:
    """Count the open sessions of a choice that an annotator has not left, at all sites that it names."""
    count = tallies.count_open(connection, round_id, choice)
    if not choice.is_filtered:
        return count - sum(_count_left(connection, round_id, annotator, again).values())
    query = _select_left(round_id, _without_seed(choice), again)
    return count - int(connection.execute(query, {"annotator": annotator}).scalar_one())


def _count_left(connection: Connection, round_id: str, annotator: str, again: Again) -> dict[str, int]:
    """Count the open sessions that an annotator has left, by site."""
    measure = "open done" if again is Again.SKIPPED else "open left"
    return {site: count for _, site, count, _ in tallies.list_sums(connection, round_id, measure, group=annotator)}


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


def end_claims(
    connection: Connection, *, round_id: str, session_id: str, annotator: str, only_own: bool = False
) -> None:
    """End the claims on a session that somebody has answered: their own, and all where no independent one is left.

    ``only_own``: others go on with it, as each does with a calibration session.
    """
    end = _END_OWN if only_own else _END
    connection.execute(end, {"in_round": round_id, "session_id": session_id, "annotator": annotator})


def end_all_claims(connection: Connection, annotator: str) -> None:
    """Let go of all sessions that somebody holds, in all rounds."""
    connection.execute(delete(claims).where(claims.c.annotator == annotator))


def is_free(holder: str | BindParameter[str], now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Say that nobody but the holder has a claim on a row of ``sessions``."""
    of_session = (claims.c.round_id == sessions.c.round_id, claims.c.session_id == sessions.c.id)
    return not_(exists().where(*of_session, claims.c.holder != holder, claims.c.expires_at > now))


def _is_reserved(
    round_id: ColumnElement[str], session_id: ColumnElement[str], annotator: BindParameter[str]
) -> ColumnElement[bool]:
    """Say that a session was assigned to others only, or (so that it comes once) to the annotator."""
    given = assigned_sessions.c
    whose = or_(given.only, given.person == annotator)
    return exists().where(given.round_id == round_id, given.session_id == session_id, whose)


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
_END_OWN = delete(claims).where(_IS_IT, claims.c.annotator == _WHO)
_END = delete(claims).where(
    _IS_IT,
    or_(
        claims.c.annotator == _WHO,
        not_(exists().where(_OF_STATE, session_states.c.is_open, session_states.c.answers_wanted > 1)),
    ),
)
_ITS_STATE = and_(session_states.c.round_id == sessions.c.round_id, session_states.c.session_id == sessions.c.id)
_GIVEN = assigned_sessions.c
_OF_SESSION = (_GIVEN.round_id == sessions.c.round_id, _GIVEN.session_id == sessions.c.id)
_IS_ASSIGNED = exists().where(*_OF_SESSION, _GIVEN.person == _WHO)
_IS_RESERVED = exists().where(*_OF_SESSION, _GIVEN.only)
_TAKE = (
    select(sessions.c.id)
    .join(session_states, _ITS_STATE)
    .where(sessions.c.round_id == bindparam("in_round"), sessions.c.id == bindparam("session_id"))
    .where(
        or_(_IS_ASSIGNED, and_(*Where.NOT_AT.of(session_states.c.site), not_(_IS_RESERVED))),
        is_open(_WHO, Again.SKIPPED),
        _has_room(_WHO, bindparam("holder", type_=Text)),
    )
    .with_for_update(of=sessions, key_share=True)  # it has one writer at a time
)
