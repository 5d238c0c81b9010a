"""Claiming: who gets which session next, and holds it for how long."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from podcast_core.domain.checks import check_text
from podcast_core.domain.queue import QueueChoice, QueueOrder
from podcast_core.domain.session import Session
from podcast_core.domain.times import utc_now
from podcast_core.errors import Busy, Conflict, InvalidInput, count_of
from podcast_core.services.access import needs
from podcast_core.services.labels import calibration, queue_choices
from podcast_core.services.labels.archive import check_not_archived
from podcast_core.services.labels.session_views import SessionView, make_views
from podcast_core.storage import (
    claims,
    people,
    recordings,
    rounds,
    samples,
    sessions,
    tallies,
)
from podcast_core.storage.database import lock
from podcast_core.workspace import Workspace

MAX_CLAIMED = 10  # by one tab or client
MAX_HELD = 50  # by all that one person has open


@dataclass(frozen=True, slots=True)
class Claimed:
    """Sessions for one holder, and what to tell the person."""

    views: list[SessionView]
    state: str
    message: str
    progress: dict[str, int]
    matching: int
    open_count: int


@needs("label")
def claim_next(
    workspace: Workspace,
    *,
    round_id: str,
    holder: str,
    annotator: str,
    count: int = 1,
    session_id: str | None = None,
    include_skipped: bool = False,
    choice: QueueChoice | None = None,
    most_held: int | None = None,
) -> Claimed:
    """Hold the first ``count`` free sessions of a choice (default: of the whole queue), and let go of all others.

    Calling again changes nothing but the time of expiry. A wanted ``session_id`` comes first, whatever the choice,
    even when it cannot be held; its view says why. ``holder`` is one browser tab or client, not one person; a
    choice without a seed is shuffled by it. ``most_held``: how many sessions the annotator may hold in all tabs; Busy
    beyond that.

    Returns
    -------
    Claimed
        ``state`` is ``ok``, ``held_by_others``, ``only_skipped``, ``no_match``, ``finished`` or ``empty_round``.
        ``matching`` counts the open sessions of the choice, whoever holds them.

    Raises
    ------
    InvalidInput
        When ``count`` cannot be.
    """
    choice = choice or QueueChoice()
    ids = claim_ids(
        workspace,
        round_id=round_id,
        holder=holder,
        annotator=annotator,
        count=count,
        session_id=session_id,
        include_skipped=include_skipped,
        choice=choice,
        most_held=most_held,
    )
    now = utc_now()
    with workspace.database.reading() as connection:  # nobody who writes waits for what is only read
        annotator = people.call_now(connection, annotator)
        matching = queue_choices.count_matching(
            connection, round_id, annotator, choice, include_skipped=include_skipped
        )
        found = {session.id: session for session in sessions.list_some(connection, round_id, session_ids=ids)}
        chosen = [found[each] for each in ids if each in found]
        state, message = "ok", ""
        if not chosen:
            waits = calibration.plan(connection, rounds.get_round(connection, round_id), annotator)
            state, message = "ask_reviewer", waits.told
            if not waits.blocked:
                state, message = queue_choices.describe_queue(connection, round_id, annotator, now, choice, matching)
        views = make_views(connection, rounds.get_round(connection, round_id), chosen, now, annotator)
        counts, open_count = tallies.count_standings(connection, round_id), claims.count_open(connection, round_id)
        return Claimed(views, state, message, counts, matching, open_count)


@needs("label")
def claim_ids(
    workspace: Workspace,
    *,
    round_id: str,
    holder: str,
    annotator: str,
    count: int = 1,
    session_id: str | None = None,
    include_skipped: bool = False,
    choice: QueueChoice | None = None,
    most_held: int | None = None,
) -> list[str]:
    """Hold sessions as `claim_next` does, for whoever needs to know only which; in the order of the choice.

    Raises
    ------
    InvalidInput
        When the holder, the name or the count cannot be one.
    """
    check_text(holder, "The holder", 120)
    check_text(annotator, "The annotator's name", 80)
    if not 1 <= count <= MAX_CLAIMED:
        raise InvalidInput(f"Between 1 and {MAX_CLAIMED} sessions can be held at a time, found {count}.")
    choice = choice or QueueChoice()
    now = utc_now()
    expires_at = now + timedelta(minutes=workspace.settings.claim_minutes)
    if choice.order is QueueOrder.NO_PREDICTIONS:  # seconds in a large round, while others claim
        with workspace.database.writing() as connection:
            rounds.get_round(connection, round_id)
            samples.keep_sample(connection, round_id)
    with workspace.database.writing() as connection:
        annotator = people.call_now(connection, annotator)
        lock(connection, f"claims/{round_id}")  # two who let go of what the other takes would wait for each other
        round_ = rounds.get_round(connection, round_id)
        check_not_archived(connection, round_)
        part = queue_choices.find_part(connection, round_, annotator)
        taker = claims.Taker(holder, annotator, now, expires_at, *part)
        if most_held is not None:
            _check_held(connection, round_id, annotator, holder, now, most=most_held - count)
        first, held = [], []
        plan = calibration.plan(connection, round_, annotator)
        if session_id is not None:
            wanted = sessions.get_session(connection, round_id, session_id)
            _check_recording(connection, wanted)
            first = [session_id]
            if session_id in plan.waiting:
                claims.hold(connection, [taker.claim(round_id, session_id)])
                held.append(session_id)
            elif claims.claim_session(connection, wanted, taker):
                held.append(session_id)
        planned = plan.list_next(count - len(first), except_id=session_id, is_verifying=choice.unjudged)
        others = claims.claim_sessions(
            connection,
            round_id,
            taker,
            count=planned.count(None),
            include_skipped=include_skipped,
            choice=replace(choice, seed=choice.seed or holder),
            exclude_ids=first,
        )
        calibrating = [each for each in planned if each is not None]
        claims.hold(connection, [taker.claim(round_id, each) for each in calibrating])
        claims.release_claims(connection, round_id=round_id, holder=holder, exclude_ids=[*held, *others, *calibrating])
    left = iter(others)
    merged = [next(left, None) if each is None else each for each in planned]
    return first + [each for each in merged if each is not None]


def pick_session(workspace: Workspace, *, round_id: str, seed: str) -> str | None:
    """Pick any session that needs an answer, held or not, else any at all; None where a round has none."""
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
        return claims.pick_session(connection, round_id, seed)


def _check_recording(connection: Connection, session: Session) -> None:
    """Refuse a session whose recording is archived in its round."""
    if sessions.is_archived(connection, session):
        name = recordings.get_recording(connection, session.recording_id).file_name
        raise Conflict(f"The recording {name} is archived in round {session.round_id!r}: restore it to label it.")


def _check_held(
    connection: Connection, round_id: str, annotator: str, holder: str, now: datetime, *, most: int
) -> None:
    held = claims.count_held(connection, round_id, annotator, now, except_holder=holder)
    if held > most:
        raise Busy(
            f"{annotator} already holds {count_of(held, 'session')} of this round, so others would find none. Close "
            "pages you do not need, or wait until their claims expire."
        )


@needs("label")
def release(workspace: Workspace, *, round_id: str, holder: str, session_ids: list[str] | None = None) -> None:
    """Let go of the holder's claims in a round, or of some of them."""
    with workspace.database.writing() as connection:
        lock(connection, f"claims/{round_id}")
        claims.release_claims(connection, round_id=round_id, holder=holder, session_ids=session_ids)
