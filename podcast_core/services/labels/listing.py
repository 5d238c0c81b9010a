"""What is in a workspace, for programs: recordings, answers, reviews and prediction sets, each with its filters."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from podcast_core.domain.checks import check_optional_text
from podcast_core.domain.prediction import Prediction, PredictionSetInfo
from podcast_core.domain.recording import Recording
from podcast_core.domain.review import Review
from podcast_core.domain.round import Round
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Submission
from podcast_core.domain.summary import Selection, SessionSummary
from podcast_core.errors import Forbidden, InvalidInput, NotFound
from podcast_core.services.labels import independence
from podcast_core.storage import (
    calibrating,
    keyset,
    people,
    predictions,
    recordings,
    reviews,
    rounds,
    sessions,
    submissions,
    summaries,
    tallies,
)
from podcast_core.workspace import Workspace

MAX_NAME_LENGTH = 1000
NOBODY = "\n"  # nobody is called so
MANY = 2_000  # predictions that are read at a time


def list_recordings(
    workspace: Workspace,
    *,
    site: str = "",
    search: str = "",
    from_at: datetime | None = None,
    to_at: datetime | None = None,
    limit: int | None = None,
    offset: int = 0,
    after: Sequence[Any] | None = None,
) -> tuple[list[Recording], int]:
    """List recordings by file name: a part of them, and how many there are in all.

    Parameters
    ----------
    site
        Of this site only.
    search
        A part of the file name; letters of English in any case.
    from_at, to_at
        Those that began in this span, the end not included; one without a known start is in no span.
    limit, offset, after
        The part; None: to the end. After so many, or after the one with this file name and id.

    Raises
    ------
    InvalidInput
        When a time has no zone, or a text cannot be part of a name.
    """
    check_optional_text(site, "A site", MAX_NAME_LENGTH)
    check_optional_text(search, "A part of a file name", MAX_NAME_LENGTH)
    span = (_to_utc(from_at), _to_utc(to_at))
    with workspace.database.reading() as connection:
        part = {"limit": limit, "offset": offset, "after": after}
        return recordings.search_recordings(connection, site=site, search=search, span=span, **part)


def _to_utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if moment.utcoffset() is None:
        raise InvalidInput(f"A time needs a zone, as in 2026-01-31T12:00:00Z; found {moment.isoformat()}.")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise InvalidInput(f"Expected a time of the years 1 to 9999 in UTC; found {moment.isoformat()}.") from error


@dataclass(frozen=True, slots=True)
class ListedSession:
    """A session with the answer that counts."""

    session: Session
    summary: SessionSummary


def list_sessions(
    workspace: Workspace,
    *,
    round_id: str,
    selection: Selection,
    limit: int,
    offset: int = 0,
    after: Sequence[Any] | None = None,
) -> tuple[list[ListedSession], int]:
    """List a part of a round's sessions as the page *Review* does, and count all of them.

    ``after`` are the keys of the session before (`name_session`); otherwise ``offset`` sessions come before.

    Raises
    ------
    NotFound
        When there is no such round.
    Forbidden
        When who asks may see their own answers only, and wants sessions chosen or sorted by answers.
    """
    with workspace.database.reading() as connection:
        round_ = rounds.get_round(connection, round_id)
        own = independence.find_own(round_)
        if own is not None:
            # Calibration sessions have an answer: a filter by what is open would tell which ones these are.
            is_open = None if round_.calibration.session_ids else selection.is_open
            if selection != Selection(recording_id=selection.recording_id, is_open=is_open):
                raise Forbidden(independence.ONLY_REVIEWERS)
        found = summaries.list_summaries(connection, round_id, selection, limit=limit, offset=offset, after=after)
        ids = [each.session_id for each in found]
        places = {each.id: each for each in sessions.list_named(connection, round_id, ids)}
        total = summaries.count_summaries(connection, round_id, selection)
        asked_again = _find_calibrating(connection, round_, own, ids)
    return [ListedSession(places[each.session_id], _hide(each, own, asked_again)) for each in found], total


def _find_calibrating(connection: Connection, round_: Round, own: str | None, ids: Sequence[str]) -> set[str]:
    """Find the calibration sessions that somebody who must not know them is still to answer."""
    wanted = set(round_.calibration.session_ids)
    meant = [each for each in ids if each in wanted]
    if own is None or not meant:
        return set()
    return {*meant} - {each.session_id for each in calibrating.list_given(connection, round_.id, own, meant)}


def _hide(summary: SessionSummary, own: str | None, asked_again: Container[str]) -> SessionSummary:
    """Leave out the answer of a session, unless who asks may see it; what they are still to answer is open."""
    if own is None or summary.annotator == own:
        return summary
    is_open = summary.is_open or summary.session_id in asked_again
    return SessionSummary(summary.session_id, summary.position, summary.duration_s, is_open=is_open)


def name_session(listed: ListedSession, sort: str) -> tuple[Any, int, str]:
    """Name what `list_sessions` sorts by."""
    return summaries.name_place(listed.summary, sort)


def get_recording(workspace: Workspace, *, recording_id: str) -> Recording:
    """Get a recording; NotFound when there is none."""
    with workspace.database.reading() as connection:
        return recordings.get_recording(connection, recording_id)


def list_people(workspace: Workspace, *, round_id: str) -> list[str]:
    """List everybody who has answered a session of a round, by name; NotFound when there is no such round."""
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
        counts = tallies.list_groups(connection, round_id, "all answers")
    return sorted(who for who, count in counts.items() if count)


def list_submissions(
    workspace: Workspace,
    *,
    round_id: str,
    session_id: str = "",
    annotator: str = "",
    limit: int,
    offset: int = 0,
    after: Sequence[Any] | None = None,
) -> tuple[list[Submission], int]:
    """List answers of a round or of one of its sessions, by session, the oldest first: a part, and how many there are.

    Raises
    ------
    NotFound
        When there is no such round or session.
    Forbidden
        When who asks may see their own answers only, and asks for those of somebody else.
    """
    with workspace.database.reading() as connection:
        own, annotator = (
            independence.find_own(rounds.get_round(connection, round_id)),
            people.call_now(connection, annotator),
        )
        if own is not None:
            if annotator not in ("", own):
                raise Forbidden(independence.ONLY_REVIEWERS)
            annotator = own or NOBODY
        if not session_id:
            part = {"limit": limit, "offset": offset, "after": after}
            return submissions.list_part(connection, round_id, annotator=annotator, **part)
        sessions.get_session(connection, round_id, session_id)
        history = submissions.list_histories(connection, round_id, [session_id]).get(session_id, [])
    found = [each for each in history if annotator in ("", each.annotator)]
    if after is None:
        return found[offset : offset + limit], len(found)
    keyset.check_keys(after, submissions.LISTED_BY)
    beyond = [each for each in found if name_submission(each) > tuple(after)]
    return beyond[:limit], len(found)


def name_submission(submission: Submission) -> tuple[str, datetime, str]:
    """Name what `list_submissions` sorts by."""
    return submission.session_id, submission.submitted_at, submission.id


def get_submission(workspace: Workspace, *, submission_id: str) -> Submission:
    """Get an answer; NotFound when there is none, Forbidden when who asks may not see it."""
    with workspace.database.reading() as connection:
        found = submissions.find_submission(connection, submission_id)
        if found is None:
            raise NotFound(f"There is no submission {submission_id[:80]!r}.")
        own = independence.find_own(rounds.get_round(connection, found.round_id))
    if own not in (None, found.annotator):
        raise Forbidden(independence.ONLY_REVIEWERS)
    return found


def list_reviews(
    workspace: Workspace,
    *,
    round_id: str,
    reviewer: str = "",
    limit: int,
    offset: int = 0,
    after: Sequence[Any] | None = None,
) -> tuple[list[Review], int]:
    """List a part of the reviews of a round's answers, the oldest first; NotFound when there is no such round.

    ``after`` are moment and id of the review before.
    """
    with workspace.database.reading() as connection:
        independence.get_round(connection, round_id)
        reviewer = people.call_now(connection, reviewer)
        return reviews.list_part(connection, round_id, reviewer=reviewer, limit=limit, offset=offset, after=after)


def list_prediction_sets(workspace: Workspace, *, round_id: str, model: str = "") -> list[PredictionSetInfo]:
    """List all prediction sets of a round without boxes, the oldest first; NotFound when there is no such round."""
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
        found = predictions.list_set_infos(connection, round_id)
    return [each for each in found if model in ("", each.model)]


@dataclass(frozen=True, slots=True)
class SetPart:
    """A prediction set with a part of its predictions, or all; ``version`` differs when labels have other names."""

    info: PredictionSetInfo
    predictions: list[Prediction]
    version: str


def get_prediction_set(
    workspace: Workspace,
    *,
    round_id: str,
    set_id: str,
    limit: int,
    offset: int = 0,
    after: Sequence[Any] | None = None,
) -> SetPart:
    """Get a prediction set of a round, and a part of its predictions by session.

    Raises
    ------
    NotFound
        When there is no such round or set.
    """
    with workspace.database.reading() as connection:
        round_ = rounds.get_round(connection, round_id)
        info = predictions.find_set_info(connection, round_id, set_id)
        if info is None:
            raise NotFound(f"Round {round_id!r} has no prediction set {set_id[:80]!r}.")
        found = predictions.list_in_set(connection, set_id, limit=limit, offset=offset, after=after)
    return SetPart(info, found, f"{set_id}/{round_.renamed}")


def read_prediction_set(workspace: Workspace, *, round_id: str, set_id: str) -> Iterator[list[Prediction]]:
    """Read all predictions of a set, some thousand at a time; raises as `get_prediction_set`."""
    after: tuple[str, str] | None = None
    while True:
        found = get_prediction_set(workspace, round_id=round_id, set_id=set_id, limit=MANY, after=after).predictions
        yield found
        if len(found) < MANY:
            return
        after = found[-1].session_id, found[-1].id
