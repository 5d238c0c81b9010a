"""The sound of sessions, made as it is asked for."""

from dataclasses import dataclass
from functools import lru_cache

from podcast_core.audio import files, playback
from podcast_core.services.sources import digest, get_source, locate
from podcast_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class AudioFile:
    """A session's sound as a WAV file."""

    etag: str
    data: bytes
    sample_rate_hz: int


def get_audio(workspace: Workspace, *, round_id: str, session_id: str) -> AudioFile:
    """Get a session's sound at a rate that browsers play.

    Raises
    ------
    NotFound
        When there is no such session, or its recording is not where it was.
    InvalidInput
        When the recording cannot be decoded.
    """
    recording, session = get_source(workspace, round_id=round_id, session_id=session_id)
    place = (session.channel, session.start_s, session.end_s)
    data = _read_wav(locate(workspace, recording), recording.sample_rate_hz, *place)
    etag = digest(recording.sha256, session.channel, session.start_s, session.end_s)
    return AudioFile(etag, data, playback_rate_hz(recording.sample_rate_hz))


def playback_rate_hz(sample_rate_hz: int) -> int:
    """Say at which rate a recording is played."""
    return min(max(sample_rate_hz, playback.LOWEST_RATE_HZ), playback.HIGHEST_RATE_HZ)


@lru_cache(maxsize=8)  # a minute at 48 kHz is 6 MB; the browser asks for one sound in several parts
def _read_wav(uri: str, sample_rate_hz: int, channel: int, start_s: float, end_s: float) -> bytes:
    samples = files.read_samples(uri, channel=channel, start_s=start_s, end_s=end_s)
    return playback.encode_wav(*playback.make_playable(samples, sample_rate_hz))
