"""The sound and the spectrogram of one clip, as they are shown beside the map."""

from dataclasses import dataclass

from podcast_core.domain.clip import Clip
from podcast_core.domain.session import Session
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.pictures import sounds, spectrograms
from podcast_core.services.pictures.sounds import AudioFile, Wanted
from podcast_core.services.pictures.spectrograms import PictureFile
from podcast_core.services.pictures.wishes import PictureWish
from podcast_core.services.store.sources import get_source
from podcast_core.storage import clips, collections
from podcast_core.workspace import Workspace

MIN_HEARD_S = 0.3  # shorter sounds are clicks to most people: what is around them is heard, too
MIN_SEEN_S = 0.2
SEEN = 1.4  # lengths of a clip that its picture shows, so that it is seen where it begins and ends
WIDTH_PX, HEIGHT_PX = 240, 130
ULTRASOUND_RATE_HZ = 96_000
SLOW = 0.1  # ultrasound is heard ten times slower


@dataclass(frozen=True, slots=True)
class ClipPicture:
    """A picture with a clip in it; ``start_s`` and ``end_s`` are the clip's, in seconds of its session."""

    file: PictureFile
    start_s: float
    end_s: float
    low_hz: float | None
    high_hz: float | None


def get_sound(workspace: Workspace, *, collection_id: str, number: int) -> AudioFile:
    """Get what a clip sounds like: itself, or a little more where it is very short; ultrasound ten times slower.

    Raises
    ------
    NotFound
        When there is no such clip, or its audio is not there.
    InvalidInput
        When its audio cannot be decoded.
    """
    clip, session, rate_hz = _open(workspace, collection_id, number)
    start_s, end_s = _widen(clip, session, MIN_HEARD_S)
    speed = SLOW if rate_hz > ULTRASOUND_RATE_HZ else 1.0
    wanted = Wanted(start_s=start_s, end_s=end_s, speed=speed)
    return sounds.get_audio(workspace, round_id=session.round_id, session_id=session.id, wanted=wanted)


def get_picture(workspace: Workspace, *, collection_id: str, number: int) -> ClipPicture:
    """Get a small spectrogram of a clip with what is around it; raises as `get_sound` does."""
    clip, session, _ = _open(workspace, collection_id, number)
    start_s, end_s = _widen(clip, session, max(SEEN * (clip.end_s - clip.start_s), MIN_SEEN_S))
    wish = PictureWish(start_s=start_s, end_s=end_s, width_px=WIDTH_PX, height_px=HEIGHT_PX)
    found = spectrograms.get_picture(workspace, round_id=session.round_id, session_id=session.id, wish=wish)
    own = clip.start_s - session.start_s, clip.end_s - session.start_s
    return ClipPicture(found, *own, clip.low_hz, clip.high_hz)


def _open(workspace: Workspace, collection_id: str, number: int) -> tuple[Clip, Session, int]:
    """Find a clip, its session and its sample rate."""
    with workspace.database.reading() as connection:
        collection = collections.get_collection(connection, collection_id)
        found = clips.list_clips(connection, collection_id, [number])
    if not found:
        raise NotFound(f"There is no clip {number} in the collection {collection.name!r}.")
    clip = found[0]
    if not clip.session_id:
        raise InvalidInput(f"Clip {number} has no audio: {clip.error}")
    recording, session = get_source(workspace, round_id=collection.round_id, session_id=clip.session_id)
    return clip, session, recording.sample_rate_hz


def _widen(clip: Clip, session: Session, shortest_s: float) -> tuple[float, float]:
    """Choose seconds of the session with the clip in their middle, at least so many where the session has them."""
    start_s, end_s = clip.start_s - session.start_s, clip.end_s - session.start_s
    length_s = min(max(shortest_s, end_s - start_s), session.duration_s)
    first_s = min(max((start_s + end_s - length_s) / 2, 0.0), session.duration_s - length_s)
    return first_s, min(first_s + length_s, session.duration_s)
