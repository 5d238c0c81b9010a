"""Make what tests start from (sound, recordings, sessions, predictions, answers, a workspace), and read it back."""

import io
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import ArrayLike, NDArray
from sqlalchemy import Connection, select

from podcast_core.domain.answer import Answer, AnswerBox
from podcast_core.domain.prediction import Prediction, PredictionSet
from podcast_core.domain.recording import Recording
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.domain.times import utc_now
from podcast_core.services.labels import labelling
from podcast_core.settings import Settings
from podcast_core.storage import predictions, recordings, sessions, submissions
from podcast_core.storage.schema import session_states
from podcast_core.workspace import Workspace, open_workspace

RATE_HZ = 8000


@contextmanager
def opened(settings: Settings, **changes: Any) -> Iterator[Workspace]:
    """Open a workspace, with some settings changed, until the block ends."""
    workspace = open_workspace(settings.model_copy(update=changes))
    try:
        yield workspace
    finally:
        workspace.jobs.close()
        workspace.database.close()


def with_settings(workspace: Workspace, **changes: Any) -> Workspace:
    """Give the same workspace some other settings."""
    return replace(workspace, settings=workspace.settings.model_copy(update=changes))


def make_sound(
    seconds: float,
    calls: Sequence[tuple[float, float]] = (),
    *,
    call_hz: float = 1000,
    call_level: float = 0.3,
    noise_level: float = 0.01,
    rate_hz: int = RATE_HZ,
    seed: int = 0,
) -> NDArray[np.float64]:
    """Make noise with calls, given by start and end: stretches of one tone that goes on unheard between them."""
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    is_call = np.zeros(len(time), bool)
    for span in calls:
        first, end = np.searchsorted(time, span)
        is_call[first:end] = True
    noise = noise_level * np.random.default_rng(seed).standard_normal(len(time))
    return noise + call_level * np.sin(2 * np.pi * call_hz * time) * is_call


def write_sound(path: Path, samples: ArrayLike, rate_hz: int = RATE_HZ, subtype: str | None = "PCM_16") -> Path:
    """Write samples to a file, in a folder that is made where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate_hz, subtype=subtype)
    return path


def encode_sound(
    samples: ArrayLike, rate_hz: int = RATE_HZ, container: str = "WAV", subtype: str | None = None
) -> bytes:
    """Encode samples as a file's bytes."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, format=container, subtype=subtype)
    return file.getvalue()


def make_recording(
    path: str | Path,
    seconds: float = 60,
    *,
    digits: str = "a",
    rate_hz: int = RATE_HZ,
    channels: int = 1,
    **fields: Any,
) -> Recording:
    """Make a recording of a file that need not be there; its digest is those digits again and again."""
    path = Path(path)
    return Recording(
        sha256=(digits * 64)[:64],
        uri=str(path),
        file_name=path.name,
        sample_rate_hz=rate_hz,
        channel_count=channels,
        frame_count=round(seconds * rate_hz),
        **{"encoding": "WAV/PCM_16", **fields},
    )


def make_sessions(recording: Recording, round_id: str, names: str, count: int = 1) -> list[Session]:
    """Cut the first channel into sessions of one length; ``names`` is formatted with their numbers."""
    length_s = recording.duration_s / count
    return [
        Session(*(n * length_s, (n + 1) * length_s, recording.id, 0), round_id=round_id, id=names.format(n), position=n)
        for n in range(count)
    ]


def write_recording(
    path: Path, samples: NDArray[np.float64], rate_hz: int = RATE_HZ, subtype: str = "PCM_16", **fields: Any
) -> Recording:
    """Write samples to a file, and make its recording."""
    write_sound(path, samples, rate_hz, subtype)
    fields = {"encoding": f"WAV/{subtype}", "channels": samples.shape[1] if samples.ndim > 1 else 1, **fields}
    return make_recording(path, len(samples) / rate_hz, rate_hz=rate_hz, **fields)


def add_recording(workspace: Workspace, recording: Recording, made: Sequence[Session] = ()) -> Recording:
    """Put a recording and sessions into the database, where no file of it has to be read."""
    with workspace.database.writing() as connection:
        recordings.add_recording(connection, recording)
        sessions.add_sessions(connection, made)
    return recording


def add_sessions(workspace: Workspace, *made: Session) -> None:
    """Put sessions into the database."""
    with workspace.database.writing() as connection:
        sessions.add_sessions(connection, made)


def add_prediction_set(
    workspace: Workspace,
    round_id: str,
    *boxes: Prediction,
    set_id: str = "p",
    model: str = "m",
    source: str = "",
    created_at: datetime | None = None,
) -> None:
    """Put a model's predictions into the database."""
    found = PredictionSet(set_id, round_id, model, boxes, source, created_at or utc_now())
    with workspace.database.writing() as connection:
        predictions.add_prediction_set(connection, found)


def make_answer(
    round_id: str,
    session_id: str,
    *boxes: AnswerBox,
    who: str = "Ann",
    outcome: Outcome | None = None,
    submission_id: str = "",
    **fields: Any,
) -> Answer:
    """Make an answer: labelled, or empty without a box; its id is a new one unless it is given."""
    outcome = outcome or (Outcome.LABELLED if boxes else Outcome.EMPTY)
    return Answer(submission_id or str(uuid.uuid4()), round_id, session_id, who, outcome, boxes, **fields)


def submit(workspace: Workspace, round_id: str, session_id: str, *boxes: AnswerBox, **fields: Any) -> labelling.Receipt:
    """Answer a session, see `make_answer`."""
    return labelling.submit(workspace, make_answer(round_id, session_id, *boxes, **fields))


def list_recordings(workspace: Workspace) -> list[Recording]:
    """List the recordings in the database."""
    with workspace.database.reading() as connection:
        return recordings.list_recordings(connection)


def list_sessions(workspace: Workspace, round_id: str) -> list[Session]:
    """List a round's sessions in the order of its queue."""
    with workspace.database.reading() as connection:
        return sessions.list_sessions(connection, round_id)


def get_session(workspace: Workspace, round_id: str, session_id: str) -> Session:
    """Get a session."""
    with workspace.database.reading() as connection:
        return sessions.get_session(connection, round_id, session_id)


def list_predictions(workspace: Workspace, round_id: str, session_id: str | None = None) -> list[Prediction]:
    """List a round's predictions, or those of a session: of each model its newest."""
    with workspace.database.reading() as connection:
        return predictions.list_predictions(connection, round_id, session_id)


def list_answers(workspace: Workspace, round_id: str, session_id: str | None = None) -> list[Submission]:
    """List a round's answers, or those to one session, the oldest first."""
    with workspace.database.reading() as connection:
        return submissions.list_submissions(connection, round_id, session_id)


def latest_answers(workspace: Workspace, round_id: str) -> dict[str, Submission]:
    """Give the answer that counts of every session that has one."""
    with workspace.database.reading() as connection:
        return submissions.latest_submissions(connection, round_id)


def list_open(connection: Connection, round_id: str) -> set[str]:
    """List the sessions of a round that need an answer, whoever holds them."""
    states = session_states.c
    return set(connection.scalars(select(states.session_id).where(states.round_id == round_id, states.is_open)))
