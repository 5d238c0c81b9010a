"""What a WhisperSeg checkpoint says about itself in ``config.json``: its labels, and how it hears sound."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from podcast_core.domain.checks import check_between
from podcast_core.errors import InvalidInput

SEPARATOR = "<==SEPARATOR==>"
UNKNOWN = "Unknown"
COLUMNS_PER_TOKEN = 2  # Whisper's encoder halves the time axis
COLUMNS = 1000  # WhisperSeg's own default
MEL_BANDS = (80, 128)  # Whisper's, and those of its large-v3
MAX_LABEL_LENGTH = 80

Consolidation = Literal["clustering", "voting"]

# Sample rate (Hz), time step (s) and lowest frequency (Hz) of the species in WhisperSeg's paper, and what its
# segmentation settings say beside them.
SPECIES: Mapping[str, Mapping[str, float]] = {
    "zebra_finch": {"sr": 32_000, "spec_time_step": 0.0025, "min_frequency": 0},
    "bengalese_finch": {"sr": 32_000, "spec_time_step": 0.0025, "min_frequency": 0},
    "marmoset": {"sr": 48_000, "spec_time_step": 0.0025, "min_frequency": 0},
    "mouse": {"sr": 300_000, "spec_time_step": 0.0005, "min_frequency": 35_000},
    "meerkat": {"sr": 16_000, "spec_time_step": 0.001, "min_frequency": 0},
    "human": {"sr": 16_000, "spec_time_step": 0.01, "min_frequency": 0, "min_segment_length": 0.1, "eps": 0.2},
}
FFT_SIZES = ((32_000, 512), (80_000, 1024), (150_000, 2048), (300_000, 4096))  # up to a rate
MAX_FFT = 8192


@dataclass(frozen=True, slots=True)
class WhisperSegConfig:
    """How a checkpoint is used.

    ``clusters`` maps the text of a class to its number in the model's output. ``sample_rate_hz`` None: the checkpoint
    does not say, so recordings are heard at their own rate. A window has ``columns`` columns of ``step_s`` seconds.
    """

    clusters: Mapping[str, int]
    sample_rate_hz: int | None = None
    low_hz: float = 0.0
    step_s: float = 0.0025
    columns: int = COLUMNS
    mel_bands: int = 80
    trials: int = 1
    min_length_s: float = 0.005
    eps_s: float = 0.02
    consolidation: Consolidation = "clustering"
    threshold: float = 0.0

    def __post_init__(self) -> None:
        if not self.clusters:
            raise InvalidInput(
                "cluster_codebook: expected at least one class, found none: this is no WhisperSeg model."
            )
        numbers = list(self.clusters.values())
        if any(not isinstance(each, int) or each < 0 for each in numbers) or len(set(numbers)) < len(numbers):
            raise InvalidInput(f"cluster_codebook: expected a whole number of its own per class, found {numbers[:20]}.")
        check_between(self.sample_rate_hz, "sr", 1000, 1_000_000, " Hz")
        check_between(self.low_hz, "min_frequency", 0, (self.sample_rate_hz or 1_000_000) / 2 - 1, " Hz")
        check_between(self.step_s, "spec_time_step", 0.00005, 0.1, " s")
        check_between(self.columns, "total_spec_columns", 100, 3000)
        check_between(self.trials, "num_trials", 1, 20)
        check_between(self.min_length_s, "min_segment_length", 0, 60, " s")
        check_between(self.eps_s, "eps", 0, 60, " s")
        check_between(self.threshold, "threshold", 0, 1)
        if self.mel_bands not in MEL_BANDS:
            raise InvalidInput(f"num_mel_bins: expected {' or '.join(map(str, MEL_BANDS))}, found {self.mel_bands}.")
        if self.consolidation not in ("clustering", "voting"):
            raise InvalidInput(f"consolidation_method: expected clustering or voting, found {self.consolidation!r}.")

    @property
    def labels(self) -> dict[int, str]:
        """The label of each class number, in the order of the numbers; all labels are different."""
        labels: dict[int, str] = {}
        for cluster, number in sorted(self.clusters.items(), key=lambda item: item[1]):
            label, taken = to_label(cluster), set(labels.values())
            if label in taken:
                label = f"{label[: MAX_LABEL_LENGTH - 12]} #{number}"
            labels[number] = label
        return labels

    def hop_samples(self, sample_rate_hz: int) -> int:
        """How many samples there are from column to column: whole ones, rounded down as in WhisperSeg."""
        return max(1, math.floor(self.step_s * sample_rate_hz + 1e-6))


def read_config(document: Mapping[str, Any]) -> WhisperSegConfig:
    """Read ``config.json``: what ``default_segmentation_config`` names counts, then its species, then the defaults.

    Beside WhisperSeg's own names (``sr``, ``min_frequency``, ``spec_time_step``, ``species``) it may give
    ``num_trials``, ``min_segment_length``, ``eps``, ``consolidation_method`` and ``threshold``.

    Raises
    ------
    InvalidInput
        When it is not of a WhisperSeg model; the message names the entry.
    """
    if document.get("model_type") != "whisper":
        raise InvalidInput(f"model_type: expected 'whisper', found {document.get('model_type')!r}.")
    given = document.get("default_segmentation_config") or {}
    if not isinstance(given, Mapping) or not isinstance(document.get("cluster_codebook", {}), Mapping):
        raise InvalidInput("Expected objects as default_segmentation_config and cluster_codebook.")
    said: dict[str, Any] = {**SPECIES.get(str(given.get("species")), {})}
    said.update({name: value for name, value in given.items() if value is not None})
    positions = document.get("max_source_positions", COLUMNS // COLUMNS_PER_TOKEN)
    try:
        columns = int(document.get("total_spec_columns", COLUMNS_PER_TOKEN * int(positions)))
        step_s = float(said.get("spec_time_step", 0.0025))
        config = WhisperSegConfig(
            clusters=dict(document.get("cluster_codebook", {})),
            sample_rate_hz=int(said["sr"]) if said.get("sr") else None,
            low_hz=float(said.get("min_frequency", 0)),
            step_s=step_s,
            columns=columns,
            mel_bands=int(document.get("num_mel_bins", 80)),
            trials=int(said.get("num_trials", 1)),
            min_length_s=float(said.get("min_segment_length", 2 * step_s)),
            eps_s=float(said.get("eps", 8 * step_s)),
            consolidation=said.get("consolidation_method", "clustering"),
            threshold=float(said.get("threshold", 0)),
        )
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"config.json has a number that is none: {error}.") from error
    if columns != COLUMNS_PER_TOKEN * positions:
        raise InvalidInput(
            f"total_spec_columns: expected {COLUMNS_PER_TOKEN} per source position of {positions}, found {columns}."
        )
    return config


def choose_fft_size(sample_rate_hz: int) -> int:
    """Choose the length of a frame, in samples, as WhisperSeg does."""
    return next((size for rate, size in FFT_SIZES if sample_rate_hz <= rate), MAX_FFT)


def split_cluster(cluster: str) -> tuple[str, str, str]:
    """Split the text of a class into species, individual and cluster; what is not of three parts is a cluster."""
    parts = cluster.split(SEPARATOR)
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else (UNKNOWN, UNKNOWN, cluster)


def join_cluster(species: str, individual: str, cluster: str) -> str:
    """Write the text of a class as the audio backend writes it: the opposite of `split_cluster`."""
    return SEPARATOR.join((species, individual, cluster))


def to_label(cluster: str) -> str:
    """Make a label of the text of a class: what is known of it, with spaces between."""
    parts = [part.strip() for part in split_cluster(cluster) if part.strip() and part.strip() != UNKNOWN]
    text = "".join(sign if sign.isprintable() else " " for sign in " ".join(parts))
    return text.strip()[:MAX_LABEL_LENGTH] or UNKNOWN
