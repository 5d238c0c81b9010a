"""The sound and the spectrogram of one clip, as they are shown beside the map."""

from dataclasses import dataclass

from podcast_core.domain.box import Box
from podcast_core.domain.clip import Clip
from podcast_core.domain.round import Round
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.labels import independence
from podcast_core.services.pictures import sounds, spectrograms
from podcast_core.services.pictures.requests import SpectrogramRequest
from podcast_core.services.pictures.sounds import AudioFile, Wanted
from podcast_core.services.pictures.spectrograms import PictureFile
from podcast_core.services.pictures.stretches import AudioStretch, open_session
from podcast_core.storage import clips
from podcast_core.workspace import Workspace

MIN_HEARD_S = 0.3  # shorter sounds are clicks to most people: what is around them is heard, too
MIN_SEEN_S = 0.2  # chosen: shorter ones are seen with what is around them
SEEN = 1.4  # lengths of a clip that its picture shows, so that it is seen where it begins and ends
WIDTH_PX, HEIGHT_PX = 240, 130  # about as a card shows it; chosen
ULTRASOUND_RATE_HZ = 96_000  # faster recorders are bought for ultrasound
SLOW = 0.1  # ultrasound is heard ten times slower


@dataclass(frozen=True, slots=True)
class ClipPicture:
    """A picture with a clip in it, whose times are seconds of its session."""

    file: PictureFile
    clip: Box


def get_sound(workspace: Workspace, *, collection_id: str, number: int) -> AudioFile:
    """Get what a clip sounds like: itself, or a little more where it is very short; ultrasound ten times slower.

    Raises
    ------
    NotFound
        When there is no such clip, or its audio is not there.
    InvalidInput
        When its audio cannot be decoded.
    """
    clip, stretch, _ = _open(workspace, collection_id, number)
    start_s, end_s = _widen(clip, stretch, MIN_HEARD_S)
    speed = SLOW if stretch.rate_hz > ULTRASOUND_RATE_HZ else 1.0
    return sounds.render(stretch, Wanted(start_s=start_s, end_s=end_s, speed=speed))


def get_picture(workspace: Workspace, *, collection_id: str, number: int) -> ClipPicture:
    """Get a small spectrogram of a clip with what is around it; raises as `get_sound` does."""
    clip, stretch, round_ = _open(workspace, collection_id, number)
    start_s, end_s = _widen(clip, stretch, max(SEEN * (clip.end_s - clip.start_s), MIN_SEEN_S))
    request = SpectrogramRequest(start_s=start_s, end_s=end_s, width_px=WIDTH_PX, height_px=HEIGHT_PX)
    found = spectrograms.draw_picture(stretch, request, round_.display)
    own = Box(clip.start_s, clip.end_s, low_hz=clip.low_hz, high_hz=clip.high_hz)
    return ClipPicture(found, own.shifted(-stretch.start_s))


def _open(workspace: Workspace, collection_id: str, number: int) -> tuple[Clip, AudioStretch, Round]:
    """Find a clip, and its session with its round."""
    with workspace.database.reading() as connection:
        collection = independence.get_collection(connection, collection_id)
        found = clips.list_clips(connection, collection_id, [number])
    if not found:
        raise NotFound(f"There is no clip {number} in the collection {collection.name!r}.")
    clip = found[0]
    if not clip.session_id:
        raise InvalidInput(f"Clip {number} has no audio: {clip.error}")
    return clip, *open_session(workspace, round_id=collection.round_id, session_id=clip.session_id)


def _widen(clip: Clip, session: AudioStretch, shortest_s: float) -> tuple[float, float]:
    """Choose seconds of the session with the clip in their middle, at least so many where the session has them."""
    start_s, end_s = clip.start_s - session.start_s, clip.end_s - session.start_s
    length_s = min(max(shortest_s, end_s - start_s), session.duration_s)
    first_s = min(max((start_s + end_s - length_s) / 2, 0.0), session.duration_s - length_s)
    return first_s, min(first_s + length_s, session.duration_s)
