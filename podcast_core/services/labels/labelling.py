"""Labelling: who gets which session next, what is shown, and how an answer is kept.

An answer is acknowledged only when it is in the file store and in the database. Its id makes a repeated
submit harmless; a second answer for a session is a second revision, never a replacement.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from podcast_core.domain.answer import Answer as Answer  # what callers hand in
from podcast_core.domain.checks import check_text
from podcast_core.domain.claim import Claim
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.queue import QueueChoice, QueueOrder
from podcast_core.domain.recording import Recording
from podcast_core.domain.review import Review, Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.session import Session
from podcast_core.domain.standing import find_standing
from podcast_core.domain.submission import UNREVIEWED, Outcome, Submission, find_counting
from podcast_core.domain.suggestion import SuggestedPlace
from podcast_core.domain.times import utc_now
from podcast_core.errors import Busy, Conflict, InvalidInput, count_of
from podcast_core.services.access import get_asking, needs
from podcast_core.services.labels import calibration, independence, queue_choices
from podcast_core.services.labels.answers import content_of, to_submission
from podcast_core.services.labels.archive import check_not_archived
from podcast_core.services.store import records
from podcast_core.storage import (
    claims,
    people,
    predictions,
    recordings,
    reviews,
    rounds,
    samples,
    sessions,
    submissions,
    suggestions,
    tallies,
)
from podcast_core.storage.database import lock
from podcast_core.storage.submissions import Revision
from podcast_core.workspace import Workspace

MAX_CLAIMED = 10  # by one tab or client
MAX_HELD = 50  # by all that one person has open


@dataclass(frozen=True, slots=True)
class Receipt:
    """The acknowledgement of an answer; ``conflict`` explains what else was submitted meanwhile."""

    submission: Submission
    repeated: bool
    conflict: str | None


@dataclass(frozen=True, slots=True)
class SessionView:
    """All that a page needs to show one session. Times of nouns are recording times.

    ``history`` and ``reviews`` are what the one who asks may see. ``answers_left``: how many people are to answer; 0
    also where the one who asks is none of them.
    """

    round_: Round
    session: Session
    recording: Recording
    predictions: list[Prediction]
    history: list[Submission]
    reviews: list[Review]
    claims: list[Claim]
    previous_id: str | None
    next_id: str | None
    suggestion: SuggestedPlace | None = None
    answers_left: int = 1

    @property
    def answer(self) -> Submission | None:
        """The answer that counts."""
        return find_counting(self.history, self._rejected)

    def find_claim(self, holder: str) -> Claim | None:
        """Find the claim of a holder, else one of others where they leave no room; None: whoever wants can hold it."""
        own = next((each for each in self.claims if each.holder == holder), None)
        is_full = len(self.claims) >= self.answers_left
        return own or next(iter(self.claims if is_full else []), None)

    @property
    def standing(self) -> str:
        """What the session counts for, see `podcast_core.domain.standing`."""
        answer = self.answer
        if answer is None:
            return UNREVIEWED
        return find_standing(answer.outcome, self._verdicts.get(answer.id))

    @property
    def is_open(self) -> bool:
        """Tell whether the session needs an answer of the one who asks still."""
        return self.answers_left > 0

    @property
    def _rejected(self) -> set[str]:
        return {answer_id for answer_id, verdict in self._verdicts.items() if verdict is Verdict.REJECT}

    @property
    def _verdicts(self) -> dict[str, Verdict]:
        return {each.submission_id: each.verdict for each in self.reviews}  # of several the newest


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
        views = _make_views(connection, rounds.get_round(connection, round_id), chosen, now, annotator)
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


def get_view(
    workspace: Workspace, *, round_id: str, session_id: str, with_queue: bool = True, seen_by: str | None = None
) -> SessionView:
    """Get all about one session; NotFound when there is none.

    ``with_queue``: also who holds it, what comes before and after it, and where a suggestion puts it. ``seen_by``: who
    answers it, and sees no answer of others where people answer independently; None: whoever may see all.
    """
    with workspace.database.reading() as connection:
        session = sessions.get_session(connection, round_id, session_id)
        round_ = rounds.get_round(connection, round_id)
        return _make_views(connection, round_, [session], utc_now() if with_queue else None, seen_by)[0]


@needs("label")
def submit(workspace: Workspace, answer: Answer, *, corrects: Submission | None = None) -> Receipt:
    """Keep an answer.

    One that ``decides`` between others is gold and counts before all of them. A correction of gold is gold, too.

    Returns
    -------
    Receipt
        ``repeated`` when the same answer was kept before.

    Raises
    ------
    Forbidden
        When it decides between answers, which only reviewers may.
    NotFound
        When there is no such round or session.
    InvalidInput
        When a box, label, outcome or prediction does not fit the session, or it decides between answers that the
        session does not have; nothing is kept then.
    Conflict
        When the submission id was used for another answer; when it decides between answers and somebody has answered
        since, whom the adjudicator has not seen. Nothing is kept then.
    """
    if corrects is not None:
        answer = replace(answer, decides=corrects.decides)
    elif answer.decides:
        get_asking().need("review")
    # Who builds on a session's answers waits for those that are on their way: each is kept before a later one is made.
    names = (name_session(answer.round_id, answer.session_id), name_submission(answer.submission_id))
    with workspace.database.holding(*names):
        return _submit(workspace, answer, must_have_seen=bool(answer.decides) and corrects is None)


def _submit(workspace: Workspace, answer: Answer, *, must_have_seen: bool) -> Receipt:
    """Keep an answer of a session whose name is held."""
    with workspace.database.reading() as connection:
        submission, recording_id = to_submission(connection, answer)
        known = submissions.find_submission(connection, answer.submission_id)
        if known is not None:
            return _repeated(known, submission)
        if must_have_seen and records.find_submission(workspace.files, submission) is None:
            _check_seen(submission, submissions.list_revisions(connection, answer.round_id, answer.session_id))
    return keep(workspace, submission, recording_id)


def keep(workspace: Workspace, submission: Submission, recording_id: str) -> Receipt:
    """Keep a submission of a session whose name is held (`name_session`): in the store, then in the database.

    Raises
    ------
    Conflict
        When its id was used for another answer.
    """
    stored = records.save_submission(workspace.files, submission, recording_id=recording_id)
    try:  # what an earlier try left in the store is kept, whatever this one says: a rebuild would find it
        with workspace.database.writing() as connection:
            sessions.lock_session(connection, submission.round_id, submission.session_id)
            submissions.add_submission(connection, stored)
            place = {"round_id": submission.round_id, "session_id": submission.session_id}
            answered = partial(claims.end_claims, connection, annotator=submission.annotator)
            answered(round_id=submission.round_id, session_id=submission.session_id, only_own=submission.calibrates)
            history = submissions.list_revisions(connection, **place)
            wanted = rounds.get_round(connection, submission.round_id).count_wanted(submission.session_id)
            if wanted > 1 or submission.calibrates:
                history = [each for each in history if each.annotator == submission.annotator]  # nobody sees the others
            rejected = reviews.find_rejected(connection, [each.id for each in history if each.is_gold])
    except Conflict:  # the same answer came twice at the same moment
        with workspace.database.reading() as connection:
            known = submissions.find_submission(connection, submission.id)
        if known is None:
            raise
        return _repeated(known, submission)
    _check_same(stored, submission)
    mine = next(each for each in history if each.id == stored.id)
    stored = replace(stored, revision=mine.number)
    return Receipt(stored, repeated=False, conflict=_describe_conflict(stored, history, rejected))


def name_session(round_id: str, session_id: str) -> str:
    """Name a session, for whoever adds to its history (`Database.holding`)."""
    return f"session/{round_id}/{session_id}"


def name_submission(submission_id: str) -> str:
    """Name an answer that is to be: two sessions that are given one id at once would both have an object of it."""
    return f"submission/{submission_id}"


def _make_views(
    connection: Connection, round_: Round, chosen: Sequence[Session], now: datetime | None, seen_by: str | None
) -> list[SessionView]:
    """Look up all that pages need to show sessions of one round; without ``now`` nothing about its queue."""
    if not chosen:
        return []
    ids = [session.id for session in chosen]
    histories = submissions.list_histories(connection, round_.id, ids)
    found = recordings.list_recordings(connection, {session.recording_id for session in chosen})
    its_recording = {each.id: each for each in found}
    held = claims.find_claims(connection, round_.id, ids, now) if now else {}
    places = suggestions.find_places(connection, round_.id, ids) if now else {}
    judged = partial(reviews.list_reviews_of, connection)
    shown: dict[str, list[Prediction]] = {each: [] for each in ids}
    for prediction in predictions.list_shown(connection, round_.id, ids):
        shown[prediction.session_id].append(prediction)
    views = []
    for session in chosen:
        history = histories.get(session.id, [])
        previous_id, next_id = sessions.find_neighbours(connection, session) if now else (None, None)
        seen = independence.look(
            round_, session.id, history, [review for each in history for review in judged(each.id)], seen_by
        )
        views.append(
            SessionView(
                round_=round_,
                session=session,
                recording=its_recording[session.recording_id],
                predictions=shown[session.id],
                history=seen.history,
                reviews=seen.reviews,
                answers_left=seen.answers_left,
                claims=held.get(session.id, []),
                previous_id=previous_id,
                next_id=next_id,
                suggestion=places.get(session.id),
            )
        )
    return views


def _repeated(known: Submission, submission: Submission) -> Receipt:
    _check_same(known, submission)
    return Receipt(known, repeated=True, conflict=None)


def _check_same(known: Submission, submission: Submission) -> None:
    """Refuse the reuse of an id; times and telemetry differ between two tries of the same answer."""
    if content_of(known) != content_of(submission):
        raise Conflict(
            f"Submission id {submission.id} was used before, for session {known.session_id} by {known.annotator} "
            "with different content. Nothing was changed; submit again under a new id."
        )


def _check_seen(mine: Submission, history: Sequence[Revision]) -> None:
    """Refuse a decision between answers that are not there, or made without an answer that came meanwhile."""
    known = {each.id for each in history}
    missing = [each for each in mine.decides if each not in known]
    if missing:
        raise InvalidInput(f"Session {mine.session_id} has no answer {missing[0][:80]!r} to decide about.")
    said = [each for each in history if each.outcome is not Outcome.SKIPPED and each.id not in mine.decides]
    unseen = [each for each in said if each.number > mine.base_revision]
    if unseen:
        raise Conflict(
            f"{unseen[-1].annotator} has answered session {mine.session_id} meanwhile (revision {unseen[-1].number}; "
            f"you saw revision {mine.base_revision}). Nothing was saved; look at that answer first."
        )


def _describe_conflict(mine: Submission, history: Sequence[Revision], rejected: Container[str]) -> str | None:
    gold = next(reversed([each for each in history if each.is_gold]), None)
    if gold is not None and not mine.is_gold and gold.id not in rejected:
        return (
            f"{gold.annotator} has decided about {mine.session_id} (revision {gold.number}: gold), and that counts. "
            f"Nothing is lost: yours is kept as revision {mine.revision} for whoever decides again."
        )
    # Of two answers at the same moment, the one that is kept last is told, even if it is the older one by a hair.
    seen = {mine.id, *mine.decides}
    unseen = [each for each in history if each.number > mine.base_revision and each.id not in seen]
    others = [each for each in unseen if each.outcome is not Outcome.SKIPPED]
    if not others:
        return None
    names = ", ".join(sorted({each.annotator for each in others}))
    return (
        f"While you worked on {mine.session_id}, {names} submitted too. Nothing is lost: yours is kept as revision "
        f"{mine.revision}; reviewers can compare both on the Review page."
    )
