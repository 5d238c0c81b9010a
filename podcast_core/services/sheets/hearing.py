"""The sound and the spectrogram of one row of a sheet, read when it is shown and not before."""

from podcast_core.domain.box import Box
from podcast_core.domain.recording import Recording
from podcast_core.domain.sheet import Role
from podcast_core.errors import NotFound
from podcast_core.services.explore.hearing import (
    HEIGHT_PX,
    MIN_HEARD_S,
    MIN_SEEN_S,
    SEEN,
    SLOW,
    ULTRASOUND_RATE_HZ,
    WIDTH_PX,
    ClipPicture,
)
from podcast_core.services.pictures import sounds, spectrograms
from podcast_core.services.pictures.sounds import AudioFile, Wanted
from podcast_core.services.pictures.stretches import AudioStretch
from podcast_core.services.sheets.sheet import Sheet
from podcast_core.services.sheets.sounds import touch
from podcast_core.workspace import Workspace

MAX_S = 60.0  # of a box that is longer, the beginning is seen and heard


def get_sound(workspace: Workspace, sheet: Sheet, *, role: Role, number: int) -> AudioFile:
    """Get what a row sounds like, or a little more where it is very short; ultrasound ten times slower.

    Raises
    ------
    NotFound
        When there is no such row, or its audio is not there.
    InvalidInput
        When its audio cannot be decoded.
    """
    recording, channel, box = _open(sheet, role, number)
    first_s, last_s = _widen(box, MIN_HEARD_S, recording.duration_s)
    speed = SLOW if recording.sample_rate_hz > ULTRASOUND_RATE_HZ else 1.0
    return sounds.render(AudioStretch(first_s, last_s, workspace, recording, channel), Wanted(speed=speed))


def get_picture(workspace: Workspace, sheet: Sheet, *, role: Role, number: int) -> ClipPicture:
    """Get a small spectrogram of a row with what is around it; raises as `get_sound` does."""
    recording, channel, box = _open(sheet, role, number)
    shortest_s = max(SEEN * box.duration_s, MIN_SEEN_S)
    first_s, last_s = _widen(box, shortest_s, recording.duration_s)
    picture = spectrograms.draw_alone(
        workspace, recording, channel=channel, start_s=first_s, end_s=last_s, width_px=WIDTH_PX, height_px=HEIGHT_PX
    )
    return ClipPicture(picture, box.shifted(-first_s))


def _open(sheet: Sheet, role: Role, number: int) -> tuple[Recording, int, Box]:
    table = sheet.get_table(role)
    if not 0 <= number < len(table.placed):
        raise NotFound(f"There is no row {number}: the table has {len(table.placed):,}, counted from 0.")
    placed, recording = table.placed[number], sheet.recordings[int(table.recording[number])]
    touch(recording)
    box = placed.box
    end_s = min(box.end_s, box.start_s + MAX_S)
    return recording, placed.session.channel, Box(box.start_s, end_s, low_hz=box.low_hz, high_hz=box.high_hz)


def _widen(box: Box, shortest_s: float, duration_s: float) -> tuple[float, float]:
    """Choose seconds with a box in their middle, at least so many where the recording has them."""
    length_s = min(max(shortest_s, box.duration_s), duration_s)
    first_s = min(max((box.start_s + box.end_s - length_s) / 2, 0.0), duration_s - length_s)
    return first_s, min(first_s + length_s, duration_s)
