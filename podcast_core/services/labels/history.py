"""The history of a session: all its answers, what each of them changed, and an earlier one brought back.

An answer is compared with the one that was on screen when it was given (`Submission.base_revision`): who saw nothing of
an earlier answer has changed nothing of it. Any two can be compared.

What was on screen is brought back by a new answer in the name of who wants it back. Nothing is taken away: the answers
in between stay, and it waits for review as every answer does.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from podcast_core.domain.checks import check_text
from podcast_core.domain.difference import Differences
from podcast_core.domain.review import Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Outcome, Submission, find_counting, find_gold
from podcast_core.domain.times import utc_now
from podcast_core.errors import Conflict, Forbidden, InvalidInput, NotFound, name_some
from podcast_core.services.access import needs
from podcast_core.services.labels import independence, labelling, review
from podcast_core.services.labels.archive import check_not_archived
from podcast_core.services.labels.differences import compare
from podcast_core.services.labels.labelling import Receipt, name_session, name_submission
from podcast_core.services.labels.review import Revision
from podcast_core.storage import people, recordings, reviews, rounds, sessions, submissions
from podcast_core.workspace import Workspace

DECIDED = (  # without a name, for those who see their own answers only
    "A reviewer decided about this session, and that counts before all other answers: a restored one would not. "
    "Nothing was changed."
)
MAX_NEWEST = 100  # answers; chosen: more than somebody gives in an hour


@dataclass(frozen=True, slots=True)
class Step:
    """An answer with the verdicts on it, and what it changed of the answer that was on screen."""

    revision: Revision
    differences: Differences

    @property
    def submission(self) -> Submission:
        """The answer."""
        return self.revision.submission


@dataclass(frozen=True, slots=True)
class History:
    """A session with all its answers, or those of one person, the oldest first.

    ``counting`` is the answer that counts, and ``newest_revision`` the number of the newest (0: none), whoever gave it.
    """

    session: Session
    steps: tuple[Step, ...]
    counting: Submission | None
    newest_revision: int


def get_history(workspace: Workspace, *, round_id: str, session_id: str, annotator: str = "") -> History:
    """Get the history of a session, or of what one ``annotator`` said of it; NotFound when there is no session."""
    with workspace.database.reading() as connection:
        session = sessions.get_session(connection, round_id, session_id)
        annotator = people.call_now(connection, annotator)
    found = review.get_history(workspace, round_id=round_id, session_id=session_id)
    shown = [each for each in found if annotator in ("", each.submission.annotator)]
    answers = [each.submission for each in shown]
    steps = [Step(each, compare(_find_base(answers, each.submission), each.submission)) for each in shown]
    newest = found[-1].submission.revision if found else 0
    rejected = {each.submission.id for each in found if each.reviews and each.reviews[-1].verdict is Verdict.REJECT}
    return History(session, tuple(steps), find_counting((each.submission for each in found), rejected), newest)


def list_newest(workspace: Workspace, *, round_id: str, annotator: str, limit: int = MAX_NEWEST) -> list[Submission]:
    """List the newest answers of a person in a round, the newest first.

    Raises
    ------
    NotFound
        When there is no such round.
    Forbidden
        When who asks may see their own answers only, and these are somebody else's.
    """
    with workspace.database.reading() as connection:
        annotator = people.call_now(connection, annotator)
        own = independence.find_own(rounds.get_round(connection, round_id))
        if own not in (None, annotator):
            raise Forbidden(independence.ONLY_REVIEWERS)
        return submissions.list_newest_of(connection, round_id, annotator, limit)


def get_differences(
    workspace: Workspace, *, round_id: str, session_id: str, before: int | None = None, after: int | None = None
) -> Differences:
    """Compare two answers of a session by the numbers of their revisions.

    Parameters
    ----------
    before
        0: nothing; None: the answer that was on screen when the later one was given.
    after
        None: the newest one.

    Raises
    ------
    NotFound
        When there is no such round or session, or it has no such revision.
    """
    with workspace.database.reading() as connection:
        sessions.get_session(connection, round_id, session_id)
        answers = _list_seen(connection, rounds.get_round(connection, round_id), session_id)
    if not answers:
        raise NotFound(f"Session {session_id[:80]} has no answer yet, so there is nothing to compare.")
    later = answers[-1] if after is None else _get_revision(answers, after)
    if before is None:
        return compare(_find_base(answers, later), later)
    return compare(_get_revision(answers, before) if before else None, later)


def _list_seen(connection: Connection, round_: Round, session_id: str) -> list[Submission]:
    """List the answers of a session that who asks may see."""
    found = submissions.list_submissions(connection, round_.id, session_id)
    return independence.look(round_, session_id, found, (), None).history


@needs("label")
def restore(
    workspace: Workspace,
    *,
    submission_id: str,
    round_id: str,
    session_id: str,
    revision: int,
    annotator: str,
    base_revision: int,
) -> Receipt:
    """Let a session have the boxes, outcome and comment of an earlier answer again, by a new one.

    Trying again with the same ``submission_id`` is harmless.

    Parameters
    ----------
    revision
        Which answer comes back.
    annotator
        In whose name.
    base_revision
        The newest answer that they have seen.

    Raises
    ------
    NotFound
        When there is no such round or session, or it has no such revision.
    InvalidInput
        When that answer is a skip, or has labels that are not in the round's list.
    Conflict
        When there is a newer answer than ``base_revision``, the one wanted counts already, the round or the recording
        is archived, an adjudicator's decision counts, or the id was used for another answer. Nothing is kept then.
    """
    check_text(annotator, "The annotator's name", 80)
    with workspace.database.holding(name_session(round_id, session_id), name_submission(submission_id)):
        with workspace.database.reading() as connection:
            session = sessions.get_session(connection, round_id, session_id)
            round_ = rounds.get_round(connection, round_id)
            answers = _list_seen(connection, round_, session_id)
            wanted = _get_revision(answers, revision)
            annotator = people.call_now(connection, annotator)
            known = submissions.find_submission(connection, submission_id)
            if known is not None:  # of any session: nothing may be stored under its id
                return _repeat(known, wanted, annotator)
            _check_restorable(connection, round_, session, wanted)
            everything = submissions.list_submissions(connection, round_id, session_id)
            rejected = reviews.find_rejected(connection, [each.id for each in everything if each.is_gold])
            gold = find_gold(everything, rejected)
            if gold is not None and independence.find_own(round_) is not None:
                raise Conflict(DECIDED)
            _check_seen(answers, wanted, base_revision, rejected, gold)
        restored = replace(
            wanted,
            id=submission_id,
            annotator=annotator,
            base_revision=base_revision,
            revision=0,
            started_at=None,
            submitted_at=utc_now(),
            active_s=None,
            action_count=None,
            beside=False,
            calibrates=False,
            bulk_id="",
            taken_back=False,
            decides=(),
            restores=wanted.id,
        )
        return labelling.keep(workspace, restored, session.recording_id)


def _find_base(answers: Sequence[Submission], answer: Submission) -> Submission | None:
    """Find the answer that was on screen when another one was given: what counted of those that were there."""
    return find_counting(each for each in answers if each.revision <= min(answer.base_revision, answer.revision - 1))


def _get_revision(answers: Sequence[Submission], number: int) -> Submission:
    found = next((each for each in answers if each.revision == number), None)
    if found is None:
        there = f"it has revisions 1 to {len(answers)}" if answers else "it has no answer yet"
        raise NotFound(f"This session has no revision {number}: {there}.")
    return found


def _repeat(known: Submission, wanted: Submission, annotator: str) -> Receipt:
    if (known.restores, known.annotator) != (wanted.id, annotator):
        raise Conflict(
            f"Submission id {known.id} was used before, for another answer by {known.annotator}. Nothing was changed; "
            "restore again under a new id."
        )
    return Receipt(known, repeated=True, conflict=None)


def _check_restorable(connection: Connection, round_: Round, session: Session, wanted: Submission) -> None:
    check_not_archived(connection, round_)
    if sessions.is_archived(connection, session):
        name = recordings.get_recording(connection, session.recording_id).file_name
        raise Conflict(f"The recording {name} is archived in round {round_.id!r}: restore the recording first.")
    if wanted.outcome is Outcome.SKIPPED:
        raise InvalidInput(f"{wanted.annotator} skipped the session in revision {wanted.revision}: nothing to restore.")
    predicted = (box.label for box in wanted.annotations if box.prediction_id is not None)
    gone = {box.label for box in wanted.annotations} - {*round_.label_names, *predicted}
    if gone:
        raise InvalidInput(
            f"Labels in revision {wanted.revision} are not in the list of round {round_.id!r}: "
            f"{name_some(sorted(gone))}. Add them to the round's labels first."
        )


def _check_seen(
    answers: Sequence[Submission],
    wanted: Submission,
    base_revision: int,
    rejected: Container[str],
    gold: Submission | None,
) -> None:
    newest, counting = answers[-1], find_counting(answers, rejected)
    if newest.revision > base_revision:
        raise Conflict(
            f"This session has a newer answer by {newest.annotator} (revision {newest.revision}; you saw revision "
            f"{base_revision}). Nothing was saved; look at the newer one first."
        )
    if counting is not None and counting.id == wanted.id:
        raise Conflict(f"Revision {wanted.revision} is the answer that counts already. Nothing was changed.")
    if gold is not None:
        raise Conflict(
            f"{gold.annotator} decided about this session (revision {gold.revision}), and gold counts before "
            "all other answers: a restored one would not. Nothing was changed; decide anew on Adjudicate."
        )
