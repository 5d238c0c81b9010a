"""The built-in segmenter as a detector: levels, network, decoder, calibrated scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from podcast_core.domain.checks import check_between, check_score
from podcast_core.errors import InvalidInput, ModelUnavailable
from podcast_core.ml.device import CPU, use_one_thread
from podcast_core.ml.interfaces import Found, Samples
from podcast_core.ml.segmenter.bounds import measure_bounds
from podcast_core.ml.segmenter.calibration import Calibration, gather_evidence
from podcast_core.ml.segmenter.decoding import Decoder, Logits, StepSpan
from podcast_core.ml.segmenter.features import Levels, LogMel

if TYPE_CHECKING:
    from podcast_core.ml.segmenter.networks import Network

KINDS = ("tcn", "crnn")
MORE_BIAS = 3.0  # for what is asked for below the model's own threshold


@dataclass(frozen=True)
class Segmenter:
    """Finds calls of several labels; made by `podcast_core.ml.segmenter.training.train_segmenter`.

    Parameters
    ----------
    kind
        ``tcn`` or ``crnn``.
    labels
        In the order of the network's outputs.
    threshold
        The least score, where none is asked for.
    drop_db
        How far below its loudest band a call's frequencies reach; None: calls are found without frequencies.
    """

    kind: str
    labels: tuple[str, ...]
    features: LogMel
    network: "Network"
    decoder: Decoder
    calibration: Calibration
    threshold: float
    drop_db: float | None = None

    @property
    def sample_rate_hz(self) -> int:
        """The rate that it hears."""
        return self.features.sample_rate_hz

    @property
    def context_s(self) -> float:
        """How far floor, network and decoder reach."""
        steps = self.network.reach_steps + self.decoder.min_gap_steps + self.decoder.min_length_steps
        return self.features.context_s + steps * self.features.step_s

    def detect(self, samples: Samples, sample_rate_hz: int, *, threshold: float | None = None) -> list[Found]:
        """Find calls; see `Detector.detect`.

        What is found at a lower threshold includes all that is found at a higher one.
        """
        check_score(threshold, "A threshold")
        levels = self.features.compute(samples, sample_rate_hz)
        return self.find(self._run(levels), len(samples) / sample_rate_hz, threshold=threshold, levels=levels)

    def _run(self, levels: Levels) -> Logits:
        from podcast_core.ml.segmenter.networks import run_network

        return run_network(self.network, levels)

    def find(
        self, logits: Logits, duration_s: float, *, threshold: float | None = None, levels: Levels | None = None
    ) -> list[Found]:
        """Find calls in what the network gave for a sound, shape (steps, labels + 2); frequencies need its levels."""
        least = self.threshold if threshold is None else threshold
        runs = self.decoder.decode(logits)
        if least < self.threshold:
            runs = sorted(runs + _list_free(self.decoder.shifted(MORE_BIAS).decode(logits), runs))
        scores = self.calibration.score(gather_evidence(logits, runs))
        kept = [(run, float(score)) for run, score in zip(runs, scores, strict=True) if score >= least]
        bounds: Sequence[tuple[float, float] | tuple[None, None]] = [(None, None)] * len(kept)
        if levels is not None and self.drop_db is not None:
            bounds = measure_bounds(levels, [run for run, _ in kept], self.features, self.drop_db)
        step_s = self.features.step_s
        return [
            Found(
                first * step_s, min(end * step_s, duration_s), self.labels[label], score, low_hz=low_hz, high_hz=high_hz
            )
            for ((first, end, label), score), (low_hz, high_hz) in zip(kept, bounds, strict=True)
            if first * step_s < duration_s
        ]

    def parameters(self) -> dict[str, Any]:
        """Return what a version keeps besides its weights, fit for JSON."""
        return {
            "features": self.features.parameters(),
            "network": self.network.shape(),
            "decoder": self.decoder.parameters(),
            "calibration": {"weights": list(self.calibration.weights)},
            "threshold": self.threshold,
            "drop_db": self.drop_db,
        }


def load_segmenter(
    kind: str, labels: Sequence[str], parameters: Mapping[str, Any], weights: bytes, *, device: str = CPU
) -> Segmenter:
    """Load a segmenter that was trained.

    Parameters
    ----------
    parameters
        As `Segmenter.parameters` gave them.
    weights
        Safetensors.
    device
        As `choose_device` says.

    Raises
    ------
    ModelUnavailable
        When parameters or weights are not those of a segmenter.
    """
    from podcast_core.ml.segmenter.networks import read_network

    use_one_thread()
    try:
        features = LogMel.from_parameters(parameters["features"])
        decoder = Decoder.from_parameters(parameters["decoder"])
        calibration = Calibration.from_parameters(parameters["calibration"])
        threshold = float(parameters["threshold"])
        check_between(threshold, "The threshold", 0, 1)
        drop_db = parameters["drop_db"]
        check_between(drop_db, "The drop", 0, 120, " dB")
        network = read_network(kind, parameters["network"], weights, device=device)
    except (KeyError, TypeError, ValueError, InvalidInput) as error:
        raise ModelUnavailable(f"This is not a segmenter that can run here: {error}.") from error
    return Segmenter(kind, tuple(labels), features, network, decoder, calibration, threshold, drop_db)


def _list_free(runs: Sequence[StepSpan], taken: Sequence[StepSpan]) -> list[StepSpan]:
    """List the runs that overlap none of those that are taken, of any label."""
    starts = np.array(sorted(run[0] for run in taken))
    ends = np.array(sorted(run[1] for run in taken))
    return [
        run
        for run in runs
        if np.searchsorted(starts, run[1], side="left") == np.searchsorted(ends, run[0], side="right")
    ]
