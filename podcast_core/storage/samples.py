"""The order of `QueueOrder.NO_PREDICTIONS`, kept: a stratified sample of all sessions in which models found nothing.

Each site has its turn, within it each hour of the day (UTC), within that each recording. To say who is next, all
sessions have to be ranked, so it is done once for the predictions and sessions that there are, and the places of
sessions that are answered are forgotten on the way. A session that comes back to the queue is the last one then.
"""

import hashlib

from sqlalchemy import Connection, Integer, Select, cast, delete, func, insert, select, update

from podcast_core.storage import tallies
from podcast_core.storage.database import lock
from podcast_core.storage.queue_order import is_bare
from podcast_core.storage.schema import sampled_places, samples, session_states, sessions
from podcast_core.storage.shown_predictions import newest_sets

HOUR_S = 3600


def keep_sample(connection: Connection, round_id: str) -> None:
    """Put the sessions of a round that need an answer into the order, unless it is kept as it should be now."""
    version = _name_version(connection, round_id)
    if _find_version(connection, round_id) == version:
        return
    lock(connection, f"sample/{round_id}")
    if (kept := _find_version(connection, round_id)) == version:
        return  # somebody else was faster
    connection.execute(delete(sampled_places).where(sampled_places.c.round_id == round_id))
    columns = ("round_id", "session_id", "place")
    connection.execute(insert(sampled_places).from_select(columns, _stratify(round_id)))
    change = insert(samples) if kept is None else update(samples).where(samples.c.round_id == round_id)
    connection.execute(change.values(round_id=round_id, version=version))


def forget_answered(connection: Connection, round_id: str, before_id: str) -> None:
    """Forget the places of sessions before another one that need no answer any more: nobody looks at them again."""
    of_round = sampled_places.c.round_id == round_id
    place = select(sampled_places.c.place).where(of_round, sampled_places.c.session_id == before_id).scalar_subquery()
    states = session_states.c
    answered = select(states.session_id).where(
        states.round_id == round_id, states.session_id == sampled_places.c.session_id, ~states.is_open
    )
    connection.execute(delete(sampled_places).where(of_round, sampled_places.c.place < place, answered.exists()))


def _find_version(connection: Connection, round_id: str) -> str | None:
    found: str | None = connection.scalar(select(samples.c.version).where(samples.c.round_id == round_id))
    return found


def _name_version(connection: Connection, round_id: str) -> str:
    """Name what the order is made of: the predictions that the page shows, and how many sessions there are."""
    sets = sorted(connection.scalars(newest_sets(round_id)))
    count = sum(tallies.count_standings(connection, round_id).values())
    return hashlib.sha256(repr((sets, count)).encode()).hexdigest()[:32]


def _stratify(round_id: str) -> Select[tuple[str, str, int]]:
    """Select round, session and place: in hours of a site recordings take turns, in a site hours do, then sites do."""
    states = session_states.c
    hour = cast(func.floor(func.coalesce(states.starts_at_s, sessions.c.start_s) / HOUR_S), Integer)
    ranked = (
        select(
            states.round_id,
            states.session_id,
            states.shuffle,
            states.site,
            ((hour % 24 + 24) % 24).label("hour"),
            states.recording_id,
        )
        .join(sessions, (sessions.c.round_id == states.round_id) & (sessions.c.id == states.session_id))
        .where(states.round_id == round_id, states.is_open, is_bare())
        .subquery()
    )
    for strata in (("site", "hour", "recording_id"), ("site", "hour"), ("site",)):
        before = [ranked.c.turn] if "turn" in ranked.c else []
        turn = func.row_number().over(
            partition_by=[ranked.c[name] for name in strata], order_by=[*before, ranked.c.shuffle]
        )
        kept = [ranked.c[name] for name in ("round_id", "session_id", "shuffle", "site", "hour", "recording_id")]
        ranked = select(*kept, turn.label("turn")).subquery()
    place = func.row_number().over(order_by=[ranked.c.turn, ranked.c.shuffle])
    return select(ranked.c.round_id, ranked.c.session_id, place)
