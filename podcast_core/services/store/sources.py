"""Where the samples of a session are, and a name for what is made of them."""

import hashlib
import json

from podcast_core.domain.recording import Recording
from podcast_core.domain.session import Session
from podcast_core.remote.access import is_url
from podcast_core.remote.places import Place
from podcast_core.storage import recordings, sessions
from podcast_core.workspace import Workspace


def get_source(workspace: Workspace, *, round_id: str, session_id: str) -> tuple[Recording, Session]:
    """Get a session and the recording that it is a piece of; raises NotFound."""
    with workspace.database.reading() as connection:
        session = sessions.get_session(connection, round_id, session_id)
        return recordings.get_recording(connection, session.recording_id), session


def locate(workspace: Workspace, recording: Recording) -> str | Place:
    """Name the audio so that the audio layer can open it."""
    prefix, _, key = recording.uri.partition(":")
    if prefix == "store":
        return workspace.files.url(key)
    return workspace.remote.place(recording.uri) if is_url(recording.uri) else recording.uri


def digest(*parts: object) -> str:
    """Name what is made of exactly these parts: 24 hex digits."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]
