"""Which recordings have a spectrogram, which wait for one, and the job that computes many of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from podcast_core.audio.ultrasound_picture import HIGH_HZ
from podcast_core.domain.job import JobState
from podcast_core.domain.recording import Recording
from podcast_core.errors import InvalidInput, NotFound, PodcastError, StorageUnavailable
from podcast_core.services.access import needs
from podcast_core.services.jobs import queue
from podcast_core.services.jobs.running import MAX_REASONS, Result, RunningJob
from podcast_core.services.pictures.stored_spectrograms import (
    FOLDER,
    KeptPicture,
    Wanted,
    find_recording,
    get_picture,
    list_numbered,
    look_at,
)
from podcast_core.storage import sessions
from podcast_core.workspace import Workspace

KIND = "spectrograms"


class PictureState(StrEnum):
    """How far the spectrogram of a recording is."""

    ABSENT = "not computed"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RecordingState:
    """A recording, its number, how far the pictures of all its channels are, and why they are not."""

    recording: Recording
    number: int
    state: PictureState
    reason: str = ""


def list_states(workspace: Workspace, *, band_khz: int = 200, round_id: str = "") -> list[RecordingState]:
    """List all recordings, or those of a round, with one look into the file store and one into the queue."""
    wanted = None
    if round_id:
        with workspace.database.reading() as connection:
            wanted = set(sessions.list_recording_ids(connection, round_id))
    keys = set(workspace.files.list(FOLDER))
    waiting = _list_waiting(workspace, band_khz)
    return [
        RecordingState(recording, number, *_judge(workspace, recording, band_khz, keys, waiting))
        for number, recording in list_numbered(workspace)
        if wanted is None or recording.id in wanted
    ]


def _judge(
    workspace: Workspace, recording: Recording, band_khz: int, keys: set[str], waiting: Mapping[str, PictureState]
) -> tuple[PictureState, str]:
    if recording.id in waiting:
        return waiting[recording.id], ""
    folders = [
        f"{FOLDER}/{recording.sha256}/{Wanted(channel=channel, band_khz=band_khz).name}"
        for channel in range(recording.channel_count)
    ]
    missing = [folder for folder in folders if f"{folder}/picture.json" not in keys]
    if not missing:
        return PictureState.DONE, ""
    for folder in missing:
        if f"{folder}/failed.json" in keys:
            return PictureState.FAILED, str(json.loads(workspace.files.read(f"{folder}/failed.json"))["reason"])
    return PictureState.ABSENT, ""


def _list_waiting(workspace: Workspace, band_khz: int) -> dict[str, PictureState]:
    """List the recordings that open jobs have still to do; a job does them in the order in which it names them."""
    waiting: dict[str, PictureState] = {}
    for job in queue.list_open_jobs(workspace):
        if job.kind != KIND:
            continue
        params = queue.get_job(workspace, job_id=job.id).params
        if params["band_khz"] != band_khz:
            continue
        for index, recording_id in enumerate(params["recording_ids"]):
            if index >= job.done:
                is_running = job.state is JobState.RUNNING and index == job.done
                waiting.setdefault(recording_id, PictureState.RUNNING if is_running else PictureState.QUEUED)
    return waiting


def list_of_round(workspace: Workspace, *, round_id: str) -> list[str]:
    """List the ids of the recordings that a round's sessions are pieces of."""
    with workspace.database.reading() as connection:
        return list(dict.fromkeys(each.recording_id for each in sessions.list_sessions(connection, round_id)))


@needs("admin")
def add_job(
    workspace: Workspace, *, recording_ids: Sequence[str], band_khz: int = 200, anew: bool = False, who: str = ""
) -> tuple[str, int]:
    """Put the spectrograms of recordings into the queue.

    Parameters
    ----------
    anew
        Compute those that are there, too, and replace them. Otherwise only what is missing is put in.

    Returns
    -------
    job_id, count
        The job, and how many recordings it is about. No job (an empty id) when there is nothing to do.

    Raises
    ------
    NotFound
        When there is no such recording.
    InvalidInput
        When the band is neither 120 nor 200.
    """
    if band_khz not in HIGH_HZ:
        raise InvalidInput(f"band: expected 120 or 200 (kHz), found {band_khz}.")
    states = {each.recording.id: each.state for each in list_states(workspace, band_khz=band_khz)}
    wanted = list(dict.fromkeys(recording_ids))
    unknown = [each for each in wanted if each not in states]
    if unknown:
        raise NotFound(f"There is no recording {unknown[0][:40]!r}.")
    passed = {PictureState.QUEUED, PictureState.RUNNING} | (set() if anew else {PictureState.DONE})
    chosen = [each for each in wanted if states[each] not in passed]
    if not chosen:
        return "", 0
    params = {"recording_ids": chosen, "band_khz": band_khz, "anew": anew}
    return queue.add_job(workspace, kind=KIND, params=params, who=who), len(chosen)


def run(workspace: Workspace, params: Mapping[str, Any], run: RunningJob) -> Result:
    """Compute the spectrograms of recordings, one step per recording.

    Parameters are ``recording_ids``, ``band_khz`` and ``anew``. What cannot be computed is reported; the others are.
    """
    ids: Sequence[str] = params["recording_ids"]
    failed: list[list[str]] = []

    def compute(recording_id: str) -> Result:
        recording = find_recording(workspace, name=recording_id)
        try:
            for channel in range(recording.channel_count):
                wanted = Wanted(channel=channel, band_khz=params["band_khz"])
                get_picture(workspace, recording=recording, wanted=wanted, anew=params["anew"])
        except StorageUnavailable:
            raise  # the next one would fail as well
        except PodcastError as error:
            return {"name": recording.file_name, "reason": str(error)}
        return {"name": recording.file_name, "reason": ""}

    for done, recording_id in enumerate(ids):
        run(done, len(ids), recording_id)
        result = run.step("compute", compute, recording_id)
        if result["reason"]:
            run.log(f"failed: {result['name']}: {result['reason']}")
            failed.append([result["name"], result["reason"]])
    run(len(ids), len(ids), "")
    return {"computed": len(ids) - len(failed), "failed_count": len(failed), "failed": failed[:MAX_REASONS]}


def get_pictures(workspace: Workspace, *, recording: Recording, band_khz: int) -> list[KeptPicture]:
    """Get the pictures of all channels to look at; they are computed when they are not there."""
    return [
        look_at(workspace, recording=recording, wanted=Wanted(channel=channel, band_khz=band_khz))
        for channel in range(recording.channel_count)
    ]
