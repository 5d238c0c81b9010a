"""The model card: what a file of numbers needs to become a detector, written as YAML by whoever plugs the model in.

It says what the network hears (rate, window, hop, waveform or log-mel picture), what it answers (which output,
logits or probabilities, of which labels) and how scores of windows become boxes. ``docs/models.md`` explains it.
"""

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from podcast_core.errors import InvalidInput

BATCH, SAMPLES, MELS, FRAMES = "batch", "samples", "mels", "frames"
MAX_WINDOW_SAMPLES = 1 << 25  # 128 MB; chosen: eleven minutes at 48 kHz
WHOLE = 1e-3  # of a sample
ONNX, TORCHSCRIPT = "onnx", "torchscript"

NetworkFormat = Literal["onnx", "torchscript", "torch-export"]

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "orcahello": {
        "sample_rate_hz": 20_000,
        "window_s": 2.0,
        "hop_s": 1.0,
        "smoothing": "mean",
        "threshold": 0.5,
        "clip": {"length_s": 60.0, "positive_s": 3.0},
    }
}
"""What a card need not say when it names a preset; what it does say goes first."""

LabelName = Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]
OutputName = str | int


class _Part(BaseModel):
    """A part of a card: nothing unknown, nothing that is not a number."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class LogMel(_Part):
    """A log-mel picture, as librosa computes it; lengths are in samples of the model's rate."""

    n_fft: int = Field(ge=16, le=1 << 16)
    hop: int = Field(ge=1)
    win_length: int | None = Field(default=None, ge=2)
    mels: int = Field(ge=1, le=1024)
    low_hz: float = Field(default=0.0, ge=0)
    high_hz: float | None = Field(default=None, gt=0)
    power: float = Field(default=2.0, gt=0, description="2: of power, 1: of magnitude")
    centre: bool = Field(default=True, description="frames are centred on their time, beyond both ends is silence")
    htk: bool = Field(default=False, description="HTK's formula of mel; else Slaney's")
    norm: Literal["slaney"] | None = Field(default="slaney", description="whether a filter's area is 1")
    scale: Literal["db", "log", "none"] = Field(default="db", description="10 log10, natural logarithm, as it is")
    floor: float = Field(default=1e-10, gt=0, description="least value before the logarithm")
    top_db: float | None = Field(default=None, gt=0, description="with db: least level below the loudest of the window")
    mean: float = Field(default=0.0, description="is subtracted from the picture")
    std: float = Field(default=1.0, gt=0, description="divides it afterwards")


class Input(_Part):
    """What the network is given for each window."""

    name: str | None = Field(default=None, description="of the input; only ONNX models with several need it")
    layout: list[Literal["batch", "samples", "mels", "frames"] | Annotated[int, Field(ge=1, le=16)]] = Field(
        default_factory=list, description="the axes; a number is an axis of channels, which are all the same"
    )
    remove_mean: bool = False
    peak: float | None = Field(default=None, gt=0, description="to which the loudest sample is scaled; silence stays")
    pad_to_s: float | None = Field(default=None, gt=0, le=600, description="silence after the window up to this length")
    log_mel: LogMel | None = None

    @property
    def axes(self) -> list[str | int]:
        """The layout, or the usual one."""
        usual: list[str | int] = [BATCH, MELS, FRAMES] if self.log_mel else [BATCH, SAMPLES]
        return list(self.layout) or usual

    @model_validator(mode="after")
    def _check_axes(self) -> Self:
        named = sorted(axis for axis in self.axes if isinstance(axis, str))
        wanted = sorted([BATCH, MELS, FRAMES] if self.log_mel else [BATCH, SAMPLES])
        if named != wanted or self.axes[0] != BATCH:
            raise ValueError(f"expected batch first and each of {', '.join(wanted)} once, found {self.axes}")
        return self


class Output(_Part):
    """What the network answers for each window."""

    scores: OutputName = Field(default=0, description="name or number of the output with a value per label")
    values: Literal["logits", "probabilities"]
    activation: Literal["sigmoid", "softmax"] = Field(
        default="sigmoid", description="of logits: sigmoid when labels can be there together, softmax when only one is"
    )
    embedding: OutputName | None = Field(default=None, description="the output that describes a window by a vector")


class Clip(_Part):
    """When a longer stretch counts as positive, as OrcaHello decides about a minute."""

    length_s: float = Field(gt=0, le=3600)
    positive_s: float = Field(gt=0)


class ModelCard(_Part):
    """A whole card."""

    format: NetworkFormat
    weights: str = Field(default="", description="the file beside the card")
    sample_rate_hz: int = Field(ge=100, le=1_000_000)
    window_s: float = Field(gt=0, le=600)
    hop_s: float = Field(gt=0, le=600)
    labels: list[LabelName] = Field(min_length=1, max_length=100_000)
    ignore: list[LabelName] = Field(default_factory=list, description="labels that never become boxes")
    input: Input = Input()
    output: Output
    smoothing: Literal["max", "mean"] = Field(
        default="max", description="the score of a moment: of the best window that covers it, or the mean of them all"
    )
    threshold: float = Field(default=0.5, gt=0, le=1)
    thresholds: dict[LabelName, Annotated[float, Field(gt=0, le=1)]] = Field(default_factory=dict)
    clip: Clip | None = None
    batch_size: int = Field(default=16, ge=1, le=4096, description="most windows at once")

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name, seconds in (("window_s", self.window_s), ("hop_s", self.hop_s)):
            samples = seconds * self.sample_rate_hz
            if abs(samples - round(samples)) > WHOLE or not 1 <= samples <= MAX_WINDOW_SAMPLES:
                raise ValueError(
                    f"{name} must be a whole number of samples, from 1 to {MAX_WINDOW_SAMPLES:,}, found {samples:.6g}"
                )
        if len(set(self.labels)) != len(self.labels):
            raise ValueError("labels: each must be there once")
        for name, known in (("ignore", self.ignore), ("thresholds", list(self.thresholds))):
            if unknown := sorted(set(known) - set(self.labels)):
                raise ValueError(f"{name}: {unknown[0]!r} is not among the labels")
        if not self.kept_labels:
            raise ValueError("ignore: a label must be left")
        if self.input.pad_to_s is not None and self.input.pad_to_s < self.window_s:
            raise ValueError(f"input.pad_to_s must not be shorter than window_s, found {self.input.pad_to_s}")
        return self

    @property
    def window(self) -> int:
        """Samples of a window."""
        return round(self.window_s * self.sample_rate_hz)

    @property
    def hop(self) -> int:
        """Samples from one window to the next."""
        return round(self.hop_s * self.sample_rate_hz)

    @property
    def input_samples(self) -> int:
        """Samples of what the network is given, with the silence after the window."""
        return max(self.window, math.ceil((self.input.pad_to_s or 0) * self.sample_rate_hz))

    @property
    def kept_labels(self) -> tuple[str, ...]:
        """The labels that can become boxes."""
        return tuple(label for label in self.labels if label not in self.ignore)

    def threshold_of(self, label: str) -> float:
        """Return the least score of a label's boxes."""
        return self.thresholds.get(label, self.threshold)

    def parameters(self) -> dict[str, Any]:
        """Return what `read_card` takes, fit for JSON, with everything that a preset gave."""
        return self.model_dump(mode="json", exclude={"weights"}, exclude_defaults=True)


def read_card(document: object, what: str) -> ModelCard:
    """Read a card from what YAML or JSON held; ``what`` names it in messages.

    Raises
    ------
    InvalidInput
        With the place and reason of every fault.
    """
    if not isinstance(document, Mapping):
        raise InvalidInput(f"{what}: expected names and values of a model card, found {type(document).__name__}.")
    values = dict(document)
    preset = values.pop("preset", None)
    if preset is not None:
        if preset not in PRESETS:
            raise InvalidInput(f"{what}: there is no preset {preset!r}; expected one of {', '.join(PRESETS)}.")
        values = {**PRESETS[preset], **values}
    try:
        return ModelCard.model_validate(values)
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, fault['loc'])) or 'the card'}: {fault['msg']}, found {str(fault['input'])[:80]!r}"
            for fault in error.errors()[:10]
        ]
        raise InvalidInput(f"{what} cannot be used. " + "; ".join(faults) + ".") from error
