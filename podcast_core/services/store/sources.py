"""Where the samples of a recording are, and a name for what is made of them."""

import hashlib
import json

from podcast_core.domain.recording import Recording
from podcast_core.remote.access import is_url
from podcast_core.remote.places import Place
from podcast_core.workspace import Workspace


def locate(workspace: Workspace, recording: Recording) -> str | Place:
    """Name the audio so that the audio layer can open it."""
    prefix, _, key = recording.uri.partition(":")
    if prefix == "store":
        return workspace.files.url(key)
    return workspace.remote.place(recording.uri) if is_url(recording.uri) else recording.uri


def digest(*parts: object) -> str:
    """Name what is made of exactly these parts: 24 hex digits."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]
