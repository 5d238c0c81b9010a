"""Quick open: files are looked at where they lie, at once, without a round that somebody has to make first.

What is opened is a round that no list has (`Round.is_opened`), so that the editor, measurements and exports work on it
as on any other. Its recordings are made of headers alone: reading all of a file, as an ingest does, takes longer than
anybody wants to wait for a picture. `keep_opened` makes an ordinary round of it.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from podcast_core.audio.files import look_at_audio
from podcast_core.audio.limits import Limits
from podcast_core.domain.annotation import Annotation, Origin
from podcast_core.domain.label import make_labels
from podcast_core.domain.recording import Recording
from podcast_core.domain.round import Round
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Submission
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput, PodcastError, StorageUnavailable, count_of
from podcast_core.services.access import needs
from podcast_core.services.intake import ingest_job
from podcast_core.services.intake.folders import resolve_path
from podcast_core.services.intake.indexing import AS_ALWAYS, locate_source
from podcast_core.services.intake.ingest import DEFAULT_LABELS, Ingested, add_recording, find_sources
from podcast_core.services.jobs import queue
from podcast_core.services.jobs.running import Params, Result, RunningJob
from podcast_core.services.labels import labelling
from podcast_core.services.labels.archive import archive_round
from podcast_core.services.labels.rounds import add_round_like, get_round
from podcast_core.services.store import records
from podcast_core.services.store.source_names import STORED, make_address, name_source, split_address, split_name
from podcast_core.services.store.sources import digest
from podcast_core.storage import recordings, rounds, sessions, submissions, tallies
from podcast_core.workspace import Workspace

KIND = "keep_opened"
MAX_FILES = 200  # chosen: two seconds for their headers; more are a data set, and belong into a round
SESSION_S = 60.0
FORGOTTEN_DAYS = 30  # chosen: without an answer for so long, nobody comes back to it
NOTE = "Opened without reading all of it: its SHA-256 is of its address, size, time and beginning."


@dataclass(frozen=True, slots=True)
class Opened:
    """What was opened: its round, the files that could not be, and how many were left out as there are too many."""

    round_: Round
    failed: tuple[Ingested, ...]
    left_out: int


@needs("admin")
def open_recordings(workspace: Workspace, *, paths: Sequence[str], who: str) -> Opened:
    """Open files, folders and addresses to look at them; nothing is copied, and the same files are the same round.

    Parameters
    ----------
    paths
        As for `podcast_core.services.intake.ingest.ingest`.
    who
        In whose name what was opened before and not used is archived.

    Raises
    ------
    InvalidInput
        When no file can be opened, with the reason for each.
    StorageUnavailable
        When a store of ours fails.
    """
    _forget(workspace, who)
    found, failed = find_sources(workspace, [resolve_path(each) for each in paths])
    good: list[Recording] = []
    for source in found[:MAX_FILES]:
        try:
            good.append(_look(workspace, source))
        except PodcastError as error:
            if isinstance(error, StorageUnavailable) and not source.startswith(("http://", "https://")):
                raise
            failed.append(Ingested(source, reason=str(error)))
    if not good:
        told = [f"{name_source(each.path) or each.path}: {each.reason}" for each in failed[:MAX_FILES]]
        raise InvalidInput("\n\n".join(told) or "Expected a file, a folder or an address of recordings, found none.")
    round_ = _open_round(workspace, good, who)
    for each in good:
        add_recording(workspace, each, round_, SESSION_S)
    return Opened(round_, tuple(failed), max(len(found) - MAX_FILES, 0))


def list_opened(workspace: Workspace, limit: int = 8) -> list[Round]:
    """List what was opened and neither kept nor forgotten, the newest first."""
    with workspace.database.reading() as connection:
        known = rounds.list_rounds(connection, with_opened=True)
    return [each for each in known if each.is_opened and each.archived_at is None][:limit]


@needs("admin")
def keep_opened(workspace: Workspace, *, round_id: str, round_name: str, who: str) -> str:
    """Put in the job that makes an ordinary round of what was opened, with the answers that it has.

    Returns
    -------
    str
        The job's id.

    Raises
    ------
    NotFound
        When there is no such round.
    InvalidInput
        When it is no round of opened files, or the name cannot be used.
    Conflict
        When there is a round of that name.
    Busy
        When there is no room for it.
    """
    opened = get_round(workspace, round_id=round_id)
    if not opened.is_opened:
        raise InvalidInput(f"{opened.name!r} is a round already.")
    ingest_job.check_ingest(round_name=round_name, session_length_s=SESSION_S)
    queue.check_room(workspace)
    kept = add_round_like(workspace, replace(opened, name=round_name, description=""))
    with workspace.database.reading() as connection:
        known = recordings.list_recordings(connection, sessions.list_recording_ids(connection, round_id))
    asked = {
        "paths": [_name_source(each) for each in known],
        "round_name": kept.id,
        "session_length_s": SESSION_S,
        "take_cut": True,  # what was looked at is kept: the recording's notes say what is missing
    }
    params = {"ingest": asked, "opened_id": round_id, "round_name": round_name, "who": who}
    return queue.add_job(workspace, kind=KIND, params=params, who=who)


def run(workspace: Workspace, params: Params, run: RunningJob) -> Result:
    """Read the recordings as a whole, bring the answers, and put away what was opened."""
    ingested = ingest_job.run(workspace, params["ingest"], run)
    opened_id = params["opened_id"]

    def bring() -> Result:
        # First of all: it hands out nothing more. What comes still is brought when this is run again.
        archive_round(workspace, round_id=opened_id, who=params["who"])
        brought, left = _bring_answers(workspace, opened_id, ingested["round_id"])
        if left:  # those of a file that could not be read as a whole
            archive_round(workspace, round_id=opened_id, who=params["who"], is_archived=False)
        return {"answers": brought, "left": left}

    result = run.step("answers", bring)
    if result["left"]:
        run.log(
            f"{count_of(result['left'], 'answer')} could not be brought: their recordings are not in the round. What "
            f"was opened stays there, as {opened_id}."
        )
    return {**ingested, "answers": result["answers"]}


def _look(workspace: Workspace, source: str) -> Recording:
    """Make a recording of what a file's header says."""
    uri, name = split_address(source)
    place = locate_source(workspace, uri)
    info, mark = look_at_audio(place, limits=Limits.of(workspace.settings))
    changed_ns = os.stat(place).st_mtime_ns if isinstance(place, str) and os.path.exists(place) else 0
    start = AS_ALWAYS.find_start(place, split_name(name)[0])
    latitude_deg, longitude_deg = start.location or (None, None)
    return Recording(
        sha256=hashlib.sha256(f"opened {uri} {info.size_bytes} {changed_ns} {mark}".encode()).hexdigest(),
        uri=uri,
        file_name=split_name(name)[0],
        sample_rate_hz=info.sample_rate_hz,
        channel_count=info.channel_count,
        frame_count=info.frame_count,
        encoding=info.encoding,
        started_at=start.started_at,
        start_method=start.method,
        original_name=split_name(name)[1],
        notes=(NOTE, *info.notes, *start.notes),
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
    )


def _open_round(workspace: Workspace, found: Sequence[Recording], who: str) -> Round:
    """Make the round of these recordings, or find it; one that was put away comes back."""
    round_id = f"opened-{digest(*sorted(each.id for each in found))}"
    more = f" and {len(found) - 1:,} more" if len(found) > 1 else ""
    round_ = Round(round_id, f"{found[0].file_name[:100]}{more}", make_labels(DEFAULT_LABELS))
    with workspace.database.holding(f"round/{round_id}"):
        with workspace.database.reading() as connection:
            known = rounds.find_round(connection, round_id)
        if known is None:
            records.save_round(workspace.files, round_)
            with workspace.database.writing() as connection:
                rounds.add_round(connection, round_)
            return round_
    if known.archived_at is not None:
        return archive_round(workspace, round_id=round_id, who=who, is_archived=False)
    return known


def _forget(workspace: Workspace, who: str) -> None:
    """Archive what was opened long ago and never answered."""
    before = utc_now() - timedelta(days=FORGOTTEN_DAYS)
    for each in list_opened(workspace, limit=MAX_FILES):
        if each.created_at < before and not _has_answers(workspace, each.id):
            archive_round(workspace, round_id=each.id, who=who)


def _has_answers(workspace: Workspace, round_id: str) -> bool:
    with workspace.database.reading() as connection:
        return any(tallies.list_groups(connection, round_id, "all answers").values())


def _name_source(recording: Recording) -> str:
    """Name a recording as `find_sources` would, with the name that it was sent under."""
    if not recording.uri.startswith(STORED):
        return recording.uri
    return make_address(recording.uri.removeprefix(STORED), recording.original_name or recording.file_name)


def _bring_answers(workspace: Workspace, opened_id: str, round_id: str) -> tuple[int, int]:
    """Give the answers of an opened round to one of the same recordings; how many were brought, and were not."""
    with workspace.database.reading() as connection:
        said = submissions.list_submissions(connection, opened_id)
        old = _find_places(connection, opened_id)
        new = _find_places(connection, round_id)
    by_session = {session.id: place for place, session in old.items()}
    brought = 0
    for each in said:
        session = new.get(by_session.get(each.session_id))
        if session is None:
            continue
        made = _move(each, session)
        names = labelling.name_session(round_id, session.id), labelling.name_submission(made.id)
        with workspace.database.holding(*names):
            labelling.keep(workspace, made, session.recording_id)
        brought += 1
    return brought, len(said) - brought


_Place = tuple[str, datetime | None, int, int, float]


def _find_places(connection: Connection, round_id: str) -> Mapping[_Place | None, Session]:
    """Find which session of a round is of which sound, in words that do not depend on how its file was read.

    The same audio may be known already from elsewhere: it is found by name and length. Two of one name and length
    cannot be told apart, and none of both is named.
    """
    found = sessions.list_sessions(connection, round_id, with_archived=True)
    by_id = {each.id: each for each in recordings.list_recordings(connection, {each.recording_id for each in found})}
    places: dict[_Place | None, Session] = {}
    doubles: set[_Place] = set()
    for each in found:
        of = by_id[each.recording_id]
        place = (of.file_name, of.started_at, of.frame_count, each.channel, each.start_s)
        if place in places:
            doubles.add(place)
        places[place] = each
    return {place: each for place, each in places.items() if place not in doubles}


def _move(said: Submission, session: Session) -> Submission:
    """Say the same of another session; boxes of predictions, which stay behind, become boxes of their own."""

    def name(submission_id: str) -> str:
        return f"kept-{digest(session.round_id, submission_id)}"

    def move(box: Annotation) -> Annotation:
        return replace(box, origin=Origin.NEW, prediction_id=None, model="", score=None, bulk_id="")

    return replace(
        said,
        id=name(said.id),
        round_id=session.round_id,
        session_id=session.id,
        annotations=tuple(map(move, said.annotations)),
        rejected=(),
        unreviewed=(),
        bulk_id="",
        decides=tuple(map(name, said.decides)),
        restores=name(said.restores) if said.restores else "",
        revision=0,
    )
