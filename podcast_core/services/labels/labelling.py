"""Labelling: how an answer is kept.

An answer is acknowledged only when it is in the file store and in the database. Its id makes a repeated
submit harmless; a second answer for a session is a second revision, never a replacement.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from functools import partial

from podcast_core.domain.answer import Answer as Answer  # what callers hand in
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.errors import Conflict, InvalidInput
from podcast_core.services.access import get_asking, needs
from podcast_core.services.labels.answers import content_of, to_submission
from podcast_core.services.store import records
from podcast_core.storage import (
    claims,
    reviews,
    rounds,
    sessions,
    submissions,
)
from podcast_core.storage.submissions import Revision
from podcast_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Receipt:
    """The acknowledgement of an answer; ``conflict`` explains what else was submitted meanwhile."""

    submission: Submission
    repeated: bool
    conflict: str | None


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
