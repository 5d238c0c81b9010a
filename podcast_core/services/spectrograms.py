"""Pictures of sessions: computed once and kept in the file store."""

import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from threading import Lock

from podcast_core.audio import files, spectrogram
from podcast_core.audio.split import to_frames
from podcast_core.domain import Recording, Session
from podcast_core.errors import NotFound
from podcast_core.services.sources import digest, get_source, locate
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


def describe_picture(workspace: Workspace, *, round_id: str, session_id: str) -> PictureInfo:
    """Say what a session's picture shows; compute the picture if nobody has yet."""
    recording, session = get_source(workspace, round_id=round_id, session_id=session_id)
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
    recording, session = get_source(workspace, round_id=round_id, session_id=session_id)
    info = _ensure(workspace, recording, session)
    return PictureFile(info, workspace.files.read(_picture_key(recording, info.etag) + ".jpg"))


def _ensure(workspace: Workspace, recording: Recording, session: Session) -> PictureInfo:
    """Read what is stored, or compute and store it; of many who ask at once, one computes."""
    etag = digest(PICTURE_VERSION, recording.sha256, session.channel, session.start_s, session.end_s)
    key = _picture_key(recording, etag)
    with _lock_of(workspace.settings.resolved_storage_url, key):
        try:
            return PictureInfo(**json.loads(workspace.files.read(f"{key}.json")))
        except NotFound:
            info, jpeg = _compute(locate(workspace, recording), recording.sample_rate_hz, session, etag)
        workspace.files.write(f"{key}.jpg", jpeg)  # before its description: who finds that finds both
        workspace.files.write(f"{key}.json", json.dumps(asdict(info)).encode())
        return info


def _compute(uri: str, sample_rate_hz: int, session: Session, etag: str) -> tuple[PictureInfo, bytes]:
    first, last = to_frames(session.start_s, session.end_s, sample_rate_hz)
    blocks = files.read_blocks(uri, channel=session.channel, start_s=session.start_s, end_s=session.end_s)
    picture = spectrogram.compute_picture_of_blocks(blocks, last - first, sample_rate_hz)
    info = PictureInfo(etag, **asdict(picture.grid), floor_db=picture.floor_db, ceiling_db=picture.ceiling_db)
    return info, spectrogram.encode_jpeg(picture.pixels)


@lru_cache(maxsize=1024)
def _lock_of(_store: str, _key: str) -> Lock:
    """Give all who ask for the same picture the same lock."""
    return Lock()


def _picture_key(recording: Recording, etag: str) -> str:
    return f"pictures/{recording.sha256[:2]}/{recording.sha256}/{etag}"
