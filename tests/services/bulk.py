"""Rounds with thousands of sessions, in the database only."""

from podcast_core.domain.recording import Recording
from podcast_core.domain.session import Session
from podcast_core.services.labels import rounds
from podcast_core.services.labels.bulk_answers import BulkStretch
from podcast_core.storage import recordings, sessions
from podcast_core.workspace import Workspace


def make_many(workspace: Workspace, *, session_count: int, each: int) -> list[BulkStretch]:
    """Make round ``many``: so many sessions of 60 s in one recording, and so many clips of a second in each."""
    rounds.add_round(workspace, name="many", labels=["call", "whistle"])
    frames = 60 * 8000 * session_count
    recording = Recording("b" * 64, "/nowhere/many.wav", "many.wav", 8000, 1, frames, "WAV/PCM_16")
    made = [
        Session(
            round_id="many",
            id=f"many_{index:06d}",
            recording_id=recording.id,
            channel=0,
            start_s=index * 60.0,
            end_s=(index + 1) * 60.0,
            position=index,
        )
        for index in range(session_count)
    ]
    with workspace.database.writing() as connection:
        recordings.add_recording(connection, recording)
        sessions.add_sessions(connection, made)
    return [
        BulkStretch(session_id=session.id, start_s=session.start_s + number, end_s=session.start_s + number + 1)
        for session in made
        for number in range(each)
    ]
