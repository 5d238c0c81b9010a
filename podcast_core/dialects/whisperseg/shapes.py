"""What clients of WhisperSeg's audio backend send."""

from dataclasses import fields
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from podcast_core.audio.files import AudioInfo
from podcast_core.dialects.whisperseg import spectrograms
from podcast_core.dialects.whisperseg.picture import ROWS, Configuration
from podcast_core.dialects.whisperseg.spectrograms import Look


class Loose(BaseModel):
    """Base of all bodies: clients send more than is asked for."""

    model_config = ConfigDict(extra="allow", allow_inf_nan=False)


class ConfigurationIn(Loose):
    """How a spectrogram is computed; null: chosen by the recording."""

    spec_cal_method: str | None = None
    n_fft: int | None = None
    bins_per_octave: int | None = None
    hop_length: int | None = None
    num_spec_columns: int | None = None
    sampling_rate: int | None = None
    min_frequency: int | None = None
    max_frequency: int | None = None
    brightness: float = Field(1.0, ge=0, le=100)
    contrast: float = Field(1.0, ge=0, le=100)
    color_map: str | None = "inferno"
    spec_height: int = Field(ROWS, description="rows: 200, as in the first version of the interface, or 300")

    def to_configuration(self) -> Configuration:
        """Name the parts as the service does."""
        return Configuration(**{each.name: getattr(self, each.name) for each in fields(Configuration)})

    def to_look(self) -> Look:
        """Say how it is painted."""
        return Look(self.color_map or "inferno", self.brightness, self.contrast, self.spec_height)

    def check(self, info: AudioInfo) -> None:
        """Raise InvalidInput when what is in a file cannot be drawn so."""
        spectrograms.check_overview(info, self.to_configuration(), self.to_look())


class UrlIn(ConfigurationIn):
    """A file to be fetched."""

    audio_url: str = Field(min_length=1, max_length=4000)


class ClipIn(ConfigurationIn):
    """A clip to be drawn."""

    audio_id: str
    start_time: float


class SoundIn(Loose):
    """A clip to be heard."""

    audio_id: str
    start_time: float
    clip_duration: float


class WaveformIn(SoundIn):
    """A clip whose outline is drawn."""

    target_length: int = 100_000


class AnnotationsIn(Loose):
    """Rows to be kept."""

    annotations: list[dict[str, Any]]


class IdsIn(Loose):
    """Audio ids that nobody needs any more."""

    audio_id_list: list[str] = Field(max_length=100_000)


class Item(Loose):
    """A label or an area."""

    onset: float
    offset: float


class LabelsIn(Loose):
    """A channel to be segmented."""

    audio_id: str
    annotated_areas: list[Item] = []
    human_labels: list[Item] = []
    model_name: str = "whisperseg-base"
    min_frequency: int | None = None


class FinetuneIn(Loose):
    """A model to be trained. The first version of the interface spelled ``inital_model_name``."""

    audio_id: str
    annotated_areas: list[Item] = []
    human_labels: list[Item] = []
    new_model_name: str = ""
    initial_model_name: str | None = None
    inital_model_name: str | None = None
    min_frequency: Any = None
