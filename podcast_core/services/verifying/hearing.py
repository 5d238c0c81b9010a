"""The sound and the spectrogram of one prediction that is to be judged."""

from dataclasses import dataclass

from podcast_core.domain.box import Box
from podcast_core.domain.prediction import Prediction
from podcast_core.services.pictures import sounds, spectrograms
from podcast_core.services.pictures.requests import SpectrogramRequest
from podcast_core.services.pictures.sounds import Wanted
from podcast_core.services.pictures.spectrograms import PictureFile
from podcast_core.services.pictures.stretches import open_session
from podcast_core.storage import predictions
from podcast_core.workspace import Workspace

SEEN, MIN_SEEN_S = 4.0, 0.5  # lengths of a box that its picture shows, with what is around it; chosen
PAD_SHARE, PAD_S = 0.15, (0.02, 0.3)  # heard before and after it, as in Rapid verify
MIN_HEARD_S = 0.3  # shorter sounds are clicks to most people
WIDTH_PX, HEIGHT_PX = 900, 320
ULTRASOUND_RATE_HZ, SLOW = 96_000, 0.1  # faster recorders are bought for ultrasound, which is heard ten times slower


@dataclass(frozen=True, slots=True)
class Heard:
    """A prediction with its picture, on a linear scale of frequency, and its sound as a WAV file.

    ``box`` and the picture's times count from the start of the session, ``start_s`` and ``end_s`` say what is heard.
    """

    prediction: Prediction
    box: Box
    file_name: str
    picture: PictureFile
    wav: bytes
    start_s: float
    end_s: float
    speed: float


def get_heard(workspace: Workspace, *, round_id: str, session_id: str, prediction_id: str) -> Heard:
    """Get what is seen and heard of a prediction, whatever prediction set is shown now.

    Raises
    ------
    NotFound
        When there is no such session, or its audio is not there.
    InvalidInput
        When its audio cannot be decoded.
    """
    stretch, round_ = open_session(workspace, round_id=round_id, session_id=session_id)
    with workspace.database.reading() as connection:
        (prediction,) = predictions.list_named(connection, round_id, [prediction_id])
    box = Box(prediction.start_s, prediction.end_s, low_hz=prediction.low_hz, high_hz=prediction.high_hz)
    box = box.shifted(-stretch.start_s)
    first_s, last_s = _widen(box, max(SEEN * box.duration_s, MIN_SEEN_S), stretch.duration_s)
    request = SpectrogramRequest(start_s=first_s, end_s=last_s, width_px=WIDTH_PX, height_px=HEIGHT_PX, scale="linear")
    pad_s = min(max(PAD_SHARE * box.duration_s, PAD_S[0]), PAD_S[1])
    start_s, end_s = _widen(box, max(box.duration_s + 2 * pad_s, MIN_HEARD_S), stretch.duration_s)
    speed = SLOW if stretch.rate_hz > ULTRASOUND_RATE_HZ else 1.0
    sound = sounds.render(stretch, Wanted(start_s=start_s, end_s=end_s, speed=speed))
    picture = spectrograms.draw_picture(stretch, request, round_.display)
    file_name = stretch.recording.file_name
    return Heard(prediction, box, file_name, picture, sound.data, start_s, end_s, speed)


def _widen(box: Box, length_s: float, duration_s: float) -> tuple[float, float]:
    """Choose seconds of the session with a box in their middle, as far as the session goes."""
    length_s = min(max(length_s, box.duration_s), duration_s)
    first_s = min(max((box.start_s + box.end_s - length_s) / 2, 0.0), duration_s - length_s)
    return first_s, min(first_s + length_s, duration_s)
