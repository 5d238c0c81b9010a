"""The sound and the spectrogram of an example that somebody uploaded."""

from podcast_core.domain.recording import Recording
from podcast_core.errors import NotFound
from podcast_core.services.pictures import sounds, spectrograms
from podcast_core.services.pictures.sounds import AudioFile, Wanted
from podcast_core.services.pictures.spectrograms import PictureFile
from podcast_core.services.pictures.stretches import AudioStretch
from podcast_core.storage import rounds
from podcast_core.workspace import Workspace

WIDTH_PX, HEIGHT_PX = 240, 130  # about as a card shows it; chosen
ULTRASOUND_RATE_HZ = 96_000  # faster recorders are bought for ultrasound
SLOW = 0.1  # ultrasound is heard ten times slower


def get_sound(workspace: Workspace, *, round_id: str, example_id: str) -> AudioFile:
    """Get what an uploaded example sounds like, ultrasound ten times slower; NotFound when there is none."""
    stretch = _open_clip(workspace, round_id, example_id)
    return sounds.render(stretch, Wanted(speed=SLOW if stretch.rate_hz > ULTRASOUND_RATE_HZ else 1.0))


def get_picture(workspace: Workspace, *, round_id: str, example_id: str) -> PictureFile:
    """Get the spectrogram of an uploaded example; NotFound when there is none."""
    stretch = _open_clip(workspace, round_id, example_id)
    return spectrograms.draw_alone(
        workspace,
        stretch.recording,
        channel=0,
        start_s=0.0,
        end_s=stretch.duration_s,
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
    )


def _open_clip(workspace: Workspace, round_id: str, example_id: str) -> AudioStretch:
    with workspace.database.reading() as connection:
        round_ = rounds.get_round(connection, round_id)
    clip = next((each.clip for each in round_.examples if each.id == example_id and each.clip), None)
    if clip is None:
        raise NotFound(f"There is no uploaded example {example_id[:80]!r} in round {round_id!r}.")
    recording = Recording(
        clip.sha256, clip.uri, clip.file_name, clip.sample_rate_hz, 1, clip.frame_count, "as it was uploaded"
    )
    return AudioStretch(0.0, recording.duration_s, workspace, recording, 0)
