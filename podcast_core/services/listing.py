"""What is in a workspace, for programs: recordings, answers, reviews and prediction sets, each with its filters."""

from datetime import datetime

from podcast_core.domain import PredictionSet, Recording, Review, Submission
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.storage import predictions, recordings, reviews, rounds, sessions, submissions
from podcast_core.workspace import Workspace


def list_recordings(
    workspace: Workspace,
    *,
    site: str = "",
    search: str = "",
    from_at: datetime | None = None,
    to_at: datetime | None = None,
) -> list[Recording]:
    """List recordings by file name.

    Parameters
    ----------
    site
        Of this site only.
    search
        A part of the file name, in any case.
    from_at, to_at
        Those that began in this span, the end not included; one without a known start is in no span.

    Raises
    ------
    InvalidInput
        When a time has no zone.
    """
    for moment in (from_at, to_at):
        if moment is not None and moment.utcoffset() is None:
            raise InvalidInput(f"A time needs a zone, as in 2026-01-31T12:00:00Z; found {moment.isoformat()}.")
    with workspace.database.reading() as connection:
        found = recordings.list_recordings(connection)
    return [
        each
        for each in found
        if site in ("", each.site)
        and search.lower() in each.file_name.lower()
        and (from_at is None or (each.started_at is not None and each.started_at >= from_at))
        and (to_at is None or (each.started_at is not None and each.started_at < to_at))
    ]


def get_recording(workspace: Workspace, *, recording_id: str) -> Recording:
    """Get a recording; NotFound when there is none."""
    with workspace.database.reading() as connection:
        return recordings.get_recording(connection, recording_id)


def list_submissions(
    workspace: Workspace, *, round_id: str, session_id: str = "", annotator: str = ""
) -> list[Submission]:
    """List all answers of a round or of one of its sessions, by session, the oldest first.

    Raises
    ------
    NotFound
        When there is no such round or session.
    """
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
        if session_id:
            sessions.get_session(connection, round_id, session_id)
        found = submissions.list_submissions(connection, round_id, session_id or None)
    return [each for each in found if annotator in ("", each.annotator)]


def get_submission(workspace: Workspace, *, submission_id: str) -> Submission:
    """Get an answer; NotFound when there is none."""
    with workspace.database.reading() as connection:
        found = submissions.find_submission(connection, submission_id)
    if found is None:
        raise NotFound(f"There is no submission {submission_id[:80]!r}.")
    return found


def list_reviews(workspace: Workspace, *, round_id: str, reviewer: str = "") -> list[Review]:
    """List the reviews of a round's answers, the oldest first; NotFound when there is no such round."""
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
        found = reviews.list_reviews(connection, round_id)
    return [each for each in found if reviewer in ("", each.reviewer)]


def list_prediction_sets(workspace: Workspace, *, round_id: str, model: str = "") -> list[PredictionSet]:
    """List all prediction sets of a round, the oldest first; NotFound when there is no such round."""
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
        found = predictions.list_prediction_sets(connection, round_id)
    return [each for each in found if model in ("", each.model)]


def get_prediction_set(workspace: Workspace, *, round_id: str, set_id: str) -> PredictionSet:
    """Get a prediction set of a round; NotFound when there is no such round or set."""
    for each in list_prediction_sets(workspace, round_id=round_id):
        if each.id == set_id:
            return each
    raise NotFound(f"Round {round_id!r} has no prediction set {set_id[:80]!r}.")
