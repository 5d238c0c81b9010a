"""Pictures and sound of sessions: pictures are computed once and kept in the file store, sound is made as needed."""

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from threading import Lock

from podcast_core.audio import files, playback, spectrogram
from podcast_core.audio.split import to_frames
from podcast_core.domain import Recording, Session
from podcast_core.errors import NotFound
from podcast_core.storage import recordings, sessions
from podcast_core.workspace import Workspace

PICTURE_VERSION = 1  # counted up when the same samples would give another picture


@dataclass(frozen=True, slots=True)
class PictureInfo:
    """What a picture shows, from 0 to ``duration_s``; grey 0 is ``floor_db`` and 255 is ``ceiling_db``."""

    etag: str
    width_px: int
    height_px: int
    duration_s: float
    low_hz: float
    high_hz: float
    floor_db: float
    ceiling_db: float


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture as a grey JPEG file."""

    info: PictureInfo
    data: bytes


@dataclass(frozen=True, slots=True)
class AudioFile:
    """A session's sound as a WAV file."""

    etag: str
    data: bytes
    sample_rate_hz: int


def describe_picture(workspace: Workspace, *, round_id: str, session_id: str) -> PictureInfo:
    """Say what a session's picture shows; compute the picture if nobody has yet."""
    recording, session = _get(workspace, round_id, session_id)
    return _ensure(workspace, recording, session)


def get_picture(workspace: Workspace, *, round_id: str, session_id: str) -> PictureFile:
    """Get a session's spectrogram; compute it if nobody has yet.

    Raises
    ------
    NotFound
        When there is no such session, or its recording is not where it was.
    InvalidInput
        When the recording cannot be decoded.
    """
    recording, session = _get(workspace, round_id, session_id)
    info = _ensure(workspace, recording, session)
    return PictureFile(info, workspace.files.read(_picture_key(recording, info.etag) + ".jpg"))


def get_audio(workspace: Workspace, *, round_id: str, session_id: str) -> AudioFile:
    """Get a session's sound at a rate that browsers play; raises as `get_picture`."""
    recording, session = _get(workspace, round_id, session_id)
    place = (session.channel, session.start_s, session.end_s)
    data = _read_wav(_locate(workspace, recording), recording.sample_rate_hz, *place)
    etag = _digest(recording.sha256, session.channel, session.start_s, session.end_s)
    return AudioFile(etag, data, playback_rate_hz(recording.sample_rate_hz))


def playback_rate_hz(sample_rate_hz: int) -> int:
    """Say at which rate a recording is played."""
    return min(max(sample_rate_hz, playback.LOWEST_RATE_HZ), playback.HIGHEST_RATE_HZ)


def _get(workspace: Workspace, round_id: str, session_id: str) -> tuple[Recording, Session]:
    with workspace.database.reading() as connection:
        session = sessions.get_session(connection, round_id, session_id)
        return recordings.get_recording(connection, session.recording_id), session


def _ensure(workspace: Workspace, recording: Recording, session: Session) -> PictureInfo:
    """Read what is stored, or compute and store it; of many who ask at once, one computes."""
    etag = _digest(PICTURE_VERSION, recording.sha256, session.channel, session.start_s, session.end_s)
    key = _picture_key(recording, etag)
    with _lock_of(workspace.settings.resolved_storage_url, key):
        try:
            return PictureInfo(**json.loads(workspace.files.read(f"{key}.json")))
        except NotFound:
            info, jpeg = _compute(_locate(workspace, recording), recording.sample_rate_hz, session, etag)
        workspace.files.write(f"{key}.jpg", jpeg)  # before its description: who finds that finds both
        workspace.files.write(f"{key}.json", json.dumps(asdict(info)).encode())
        return info


def _compute(uri: str, sample_rate_hz: int, session: Session, etag: str) -> tuple[PictureInfo, bytes]:
    first, last = to_frames(session.start_s, session.end_s, sample_rate_hz)
    blocks = files.read_blocks(uri, channel=session.channel, start_s=session.start_s, end_s=session.end_s)
    picture = spectrogram.compute_picture_of_blocks(blocks, last - first, sample_rate_hz)
    info = PictureInfo(etag, **asdict(picture.grid), floor_db=picture.floor_db, ceiling_db=picture.ceiling_db)
    return info, spectrogram.encode_jpeg(picture.pixels)


@lru_cache(maxsize=8)  # a minute at 48 kHz is 6 MB; the browser asks for one sound in several parts
def _read_wav(uri: str, sample_rate_hz: int, channel: int, start_s: float, end_s: float) -> bytes:
    samples = files.read_samples(uri, channel=channel, start_s=start_s, end_s=end_s)
    return playback.encode_wav(*playback.make_playable(samples, sample_rate_hz))


@lru_cache(maxsize=1024)
def _lock_of(_store: str, _key: str) -> Lock:
    """Give all who ask for the same picture the same lock."""
    return Lock()


def _locate(workspace: Workspace, recording: Recording) -> str:
    """Name the audio so that the audio layer can open it."""
    prefix, _, key = recording.uri.partition(":")
    return workspace.files.url(key) if prefix == "store" else recording.uri


def _picture_key(recording: Recording, etag: str) -> str:
    return f"pictures/{recording.sha256[:2]}/{recording.sha256}/{etag}"


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]
