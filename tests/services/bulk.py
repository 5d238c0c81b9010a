"""Rounds with thousands of sessions, in the database only."""

from podcast_core.services.labels import rounds
from podcast_core.services.labels.bulk_answers import BulkStretch
from podcast_core.workspace import Workspace
from tests.building import add_recording, make_recording, make_sessions


def make_many(workspace: Workspace, *, session_count: int, each: int) -> list[BulkStretch]:
    """Make round ``many``: so many sessions of 60 s in one recording, and so many clips of a second in each."""
    rounds.add_round(workspace, name="many", labels=["call", "whistle"])
    recording = make_recording("/nowhere/many.wav", 60 * session_count, digits="b")
    made = make_sessions(recording, "many", "many_{:06d}", session_count)
    add_recording(workspace, recording, made)
    return [
        BulkStretch(session_id=session.id, start_s=session.start_s + number, end_s=session.start_s + number + 1)
        for session in made
        for number in range(each)
    ]
