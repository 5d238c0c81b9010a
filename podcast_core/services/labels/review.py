"""Review: find the sessions of a round that want a second look, and judge their answers.

A review is kept beside the answer and never changes it. A correction is a new answer in the reviewer's name,
so the session's history stays whole.

Nobody accepts what they have answered themselves, unless the round allows it (`Round.own_review`). Names tell who the
author is: that under which the answer was given, and of verdicts on predictions those of all people whose verdicts are
in it. Upper and lower case, spaces and ways to write an accent make no other name. Where people have tokens, the person
of the token may not be the author either, whatever name is given; where they type their names, the rule is as good as
the names.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Connection

from podcast_core.domain.answer import Answer
from podcast_core.domain.person import to_key
from podcast_core.domain.review import Review, Verdict
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.domain.summary import Selection, SessionSummary
from podcast_core.errors import Conflict, Forbidden, InvalidInput, NotFound
from podcast_core.services.access import needs
from podcast_core.services.labels import independence, labelling
from podcast_core.services.store import records
from podcast_core.storage import people as persons
from podcast_core.storage import reviews, rounds, sessions, submissions, summaries, tallies
from podcast_core.storage.summaries import EVERYTHING
from podcast_core.workspace import Workspace

AHEAD = 3  # sessions after the one on screen whose sound and picture the editor fetches


@dataclass(frozen=True, slots=True)
class Revision:
    """A submission with the reviews it got, the oldest first."""

    submission: Submission
    reviews: tuple[Review, ...]


@dataclass(frozen=True, slots=True)
class ReviewPlace:
    """Where a session is in a queue of answers, and why somebody cannot accept its answer (empty: they can)."""

    previous_id: str | None
    next_ids: tuple[str, ...]
    obstacle: str


@dataclass(frozen=True, slots=True)
class BoxNote:
    """What an annotator noted about one box; ``start_s`` counts from the start of the session."""

    start_s: float
    label: str
    unsure: bool
    individual: str
    call_type: str
    comment: str


def list_sessions(
    workspace: Workspace,
    *,
    round_id: str,
    selection: Selection = EVERYTHING,
    limit: int | None = None,
    offset: int = 0,
) -> list[SessionSummary]:
    """List sessions of a round with the answer that counts, ``limit`` of them; NotFound when there is no such round."""
    with workspace.database.reading() as connection:
        independence.get_round(connection, round_id)
        return summaries.list_summaries(connection, round_id, selection, limit=limit, offset=offset)


def find_session(workspace: Workspace, *, round_id: str, session_id: str) -> SessionSummary | None:
    """Find one session of a round with the answer that counts."""
    with workspace.database.reading() as connection:
        independence.get_round(connection, round_id)
        return summaries.find_summary(connection, round_id, session_id)


def count_verdicts(workspace: Workspace, *, round_id: str, selection: Selection = EVERYTHING) -> dict[str, int]:
    """Count the sessions of a selection, whatever verdict it asks for, by where their review stands."""
    with workspace.database.reading() as connection:
        independence.get_round(connection, round_id)
        return summaries.count_verdicts(connection, round_id, selection)


def list_annotators(workspace: Workspace, *, round_id: str) -> list[str]:
    """List the people whose answers count in a round."""
    with workspace.database.reading() as connection:
        independence.get_round(connection, round_id)
        return summaries.list_annotators(connection, round_id)


def find_neighbours(
    workspace: Workspace, *, round_id: str, selection: Selection, session_id: str
) -> tuple[str | None, str | None]:
    """Find the listed sessions before and after one, which need not be listed itself: a verdict may have changed it."""
    with workspace.database.reading() as connection:
        independence.get_round(connection, round_id)
        return summaries.find_neighbours(connection, round_id, selection, session_id)


def find_place(
    workspace: Workspace, *, round_id: str, selection: Selection, session_id: str, people: Sequence[str]
) -> ReviewPlace:
    """Find a session's place in a queue.

    Parameters
    ----------
    people
        The names under which somebody judges: what they type, and the person of their token.

    Raises
    ------
    NotFound
        When there is no such session in the round.
    Forbidden
        When who asks may see their own answers only.
    """
    with workspace.database.reading() as connection:
        independence.get_round(connection, round_id)
        sessions.get_session(connection, round_id, session_id)
        previous_id, _ = summaries.find_neighbours(connection, round_id, selection, session_id)
        following = summaries.list_following(connection, round_id, selection, session_id, AHEAD)
        answer_id = summaries.find_answer_id(connection, round_id, session_id)
        answer = None if answer_id is None else submissions.find_submission(connection, answer_id)
        obstacle = "" if answer is None else _find_obstacle(connection, answer, people)
    return ReviewPlace(previous_id, tuple(following), obstacle)


def get_history(workspace: Workspace, *, round_id: str, session_id: str) -> list[Revision]:
    """List the revisions of a session with their reviews, the oldest first; those that who asks may see."""
    with workspace.database.reading() as connection:
        round_ = rounds.get_round(connection, round_id)
        answers = submissions.list_submissions(connection, round_id, session_id)
        said = partial(reviews.list_reviews_of, connection, with_withdrawn=True)
        judged = [review for each in answers for review in said(each.id)]
    seen = independence.look(round_, session_id, answers, judged, None)
    return [
        Revision(each, tuple(review for review in seen.reviews if review.submission_id == each.id))
        for each in seen.history
    ]


def list_notes(workspace: Workspace, *, round_id: str, session_id: str) -> list[BoxNote]:
    """List the boxes of the answer that counts about which something is noted, by time."""
    with workspace.database.reading() as connection:
        session = sessions.get_session(connection, round_id, session_id)
        independence.get_round(connection, round_id)
        answer_id = summaries.find_answer_id(connection, round_id, session_id)
        answer = None if answer_id is None else submissions.find_submission(connection, answer_id)
    return [
        BoxNote(session.to_session_s(box.start_s), box.label, box.unsure, box.individual, box.call_type, box.comment)
        for box in (answer.annotations if answer is not None else ())
        if box.unsure or box.individual or box.call_type or box.comment
    ]


@needs("review")
def review_submission(
    workspace: Workspace,
    *,
    review_id: str,
    submission_id: str,
    reviewer: str,
    verdict: Verdict,
    comment: str = "",
    correction: Answer | None = None,
    asker: str | None = None,
) -> Review:
    """Keep a reviewer's verdict, and with `Verdict.CORRECT` the corrected answer in the reviewer's name.

    Trying again with the same id is harmless: what was kept is returned. ``asker`` is the person whose token is used.

    Raises
    ------
    NotFound
        When there is no such submission.
    Forbidden
        When somebody accepts their own answer, and the round does not allow that.
    InvalidInput
        When the verdict and the correction do not go together, or the correction is for another session; when a skip is
        to be judged.
    Conflict
        When the session has a newer answer, the answer only stands beside the one that counts, or the review id was
        used for another review. Nothing is kept then.
    """
    with workspace.database.reading() as connection:
        reviewer = persons.call_now(connection, reviewer)
    review = Review(
        id=review_id,
        submission_id=submission_id,
        reviewer=reviewer,
        verdict=verdict,
        comment=comment,
        corrected_id=correction.submission_id if correction else None,
    )
    with workspace.database.holding(f"review/{review_id}"):  # it may come twice at the same moment
        reviewed, known = _look_up(workspace, review, [reviewer, asker or ""])
        # What an earlier try left in the store is kept, whatever this one says: a rebuild would find it.
        left = records.find_review(workspace.files, review, reviewed) if correction and not known else None
        if correction is not None and (left is None or _is_same(left, review)):
            _submit_correction(workspace, reviewed, reviewer, correction)
        if known is not None:
            return known
        stored = left or records.save_review(workspace.files, review, reviewed)
        with workspace.database.writing() as connection:
            sessions.lock_session(connection, reviewed.round_id, reviewed.session_id)
            reviews.add_review(connection, stored)
        _check_same(stored, review)
    return stored


def _look_up(workspace: Workspace, review: Review, people: Sequence[str]) -> tuple[Submission, Review | None]:
    """Find what is reviewed, and the review where it was kept before; refuse one that cannot be."""
    with workspace.database.reading() as connection:
        reviewed = submissions.find_submission(connection, review.submission_id)
        if reviewed is None:
            raise NotFound(f"There is no submission {review.submission_id[:80]!r} to review.")
        if reviewed.outcome is Outcome.SKIPPED:
            raise InvalidInput(
                f"{reviewed.annotator} skipped session {reviewed.session_id}: there is nothing to judge."
            )
        known = reviews.find_review(connection, review.id)
        if known is not None:
            _check_same(known, review)
            return reviewed, known
        _check_newest(connection, reviewed, review)
        obstacle = _find_obstacle(connection, reviewed, people) if review.verdict is Verdict.ACCEPT else ""
        if obstacle:
            raise Forbidden(f"{obstacle} Nothing was saved.")
    return reviewed, None


def _find_obstacle(connection: Connection, reviewed: Submission, people: Sequence[str]) -> str:
    """Say why none of the names can accept an answer; empty when they can."""
    if rounds.get_round(connection, reviewed.round_id).own_review:
        return ""
    history = submissions.list_submissions(connection, reviewed.round_id, reviewed.session_id)
    authors = {to_key(each) for each in _list_authors(history, reviewed)}
    now = persons.find_names(connection)
    own = next((each for each in people if each and to_key(now.get(each, each)) in authors), None)
    if own is None:
        return ""
    return f"{own} gave this answer; somebody else accepts it, unless the round lets people accept their own answers."


def find_own(connection: Connection, round_id: str, submission_ids: Sequence[str], people: Sequence[str]) -> set[str]:
    """Find those of some answers that these people cannot accept, since they gave them (see `_find_obstacle`)."""
    if rounds.get_round(connection, round_id).own_review:
        return set()
    now, wanted = persons.find_names(connection), set(submission_ids)
    keys = {to_key(now.get(each, each)) for each in people if each}
    names = [each for each in tallies.list_groups(connection, round_id, "all answers") if to_key(each) in keys]
    mine = submissions.list_answered(connection, round_id, names)  # few of thousands, mostly: each history is read
    own = set()
    for history in submissions.list_histories(connection, round_id, mine).values():
        answers = [each for each in history if each.id in wanted]
        own |= {each.id for each in answers if {to_key(name) for name in _list_authors(history, each)} & keys}
    return own


def _list_authors(history: Sequence[Submission], reviewed: Submission) -> set[str]:
    """List who made an answer; one of verdicts on predictions, or made in bulk, is built on those before it."""
    before = [each for each in history if each.revision < reviewed.revision and each.outcome is not Outcome.SKIPPED]
    newer, authors = reviewed, {reviewed.annotator}
    by_id, back = {each.id: each for each in history}, reviewed
    while (found := by_id.get(back.restores)) is not None:  # whose boxes came back, perhaps more than once
        authors.add(found.annotator)
        back = found
    for each in reversed([each for each in before if not each.taken_back]):
        if not newer.bulk_id and (newer.outcome, each.outcome) != (Outcome.VERIFIED, Outcome.VERIFIED):
            break
        authors.add(each.annotator)
        newer = each
    return authors


def _submit_correction(workspace: Workspace, reviewed: Submission, reviewer: str, correction: Answer) -> None:
    """Keep the corrected answer; the same one again is harmless."""
    if (correction.round_id, correction.session_id) != (reviewed.round_id, reviewed.session_id):
        raise InvalidInput(
            f"A correction is for the session that was reviewed, {reviewed.session_id}; found {correction.session_id}."
        )
    if correction.submission_id == reviewed.id or correction.outcome is Outcome.SKIPPED:
        raise InvalidInput("A correction is a new answer under an id of its own, and more than a skip.")
    labelling.submit(workspace, replace(correction, annotator=reviewer), corrects=reviewed)


def _check_newest(connection: Connection, reviewed: Submission, review: Review) -> None:
    """Refuse to judge an answer that was replaced; a correction that was cut off halfway may be the newest itself."""
    newest_id = summaries.find_answer_id(connection, reviewed.round_id, reviewed.session_id)
    if newest_id not in (reviewed.id, review.corrected_id):
        newest = submissions.find_submission(connection, newest_id or reviewed.id) or reviewed
        if reviewed.calibrates:
            raise Conflict(
                f"This answer by {reviewed.annotator} (revision {reviewed.revision}) calibrates: it "
                "is compared with the gold and does not count. Nothing was saved."
            )
        if reviewed.beside:
            raise Conflict(
                f"This answer by {reviewed.annotator} (revision {reviewed.revision}) was imported beside that of "
                f"{newest.annotator} (revision {newest.revision}) and does not count, so there is nothing to judge in "
                "it. Nothing was saved; judge the one that counts."
            )
        raise Conflict(
            f"Session {reviewed.session_id} has a newer answer by {newest.annotator} (revision {newest.revision}; "
            f"you saw revision {reviewed.revision}). Nothing was saved; look at the newer one first."
        )


def _is_same(known: Review, review: Review) -> bool:
    return replace(known, created_at=review.created_at) == review


def _check_same(known: Review, review: Review) -> None:
    """Refuse the reuse of an id; times differ between two tries of the same review."""
    if not _is_same(known, review):
        raise Conflict(
            f"Review id {review.id} was used before, for submission {known.submission_id} by {known.reviewer} "
            "with other content. Nothing was changed; review again under a new id."
        )
