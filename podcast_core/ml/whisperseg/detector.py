"""WhisperSeg models as detectors: windows of sound, several looks if wanted, and calls with their probability.

WhisperSeg (Gu and others, ICASSP 2024) is a Whisper network that writes the calls of a window as tokens. What is here
follows its published behaviour: features, windows, consolidation, and its correction for the blur of a frame; but
recordings are brought to the model's rate, and every call has a score.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from podcast_core.ml.interfaces import Found, Samples
from podcast_core.ml.whisperseg.config import COLUMNS_PER_TOKEN, WhisperSegConfig
from podcast_core.ml.whisperseg.decoding import Decoder
from podcast_core.ml.whisperseg.features import LogMel
from podcast_core.ml.whisperseg.trials import TimedCall, cluster_trials, join_at_edges, vote_trials

BATCH = 8  # windows at once; chosen: bounds the memory


class WhisperSegDetector:
    """Finds the calls that a WhisperSeg checkpoint knows; see `Detector`.

    Parameters
    ----------
    config
        What the checkpoint says about itself.
    decoder
        Its network.
    """

    def __init__(self, config: WhisperSegConfig, decoder: Decoder) -> None:
        self.config = config
        self._decoder = decoder
        self._labels = config.labels
        self._features: dict[int, LogMel] = {}

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes of its codebook."""
        return tuple(self._labels.values())

    @property
    def sample_rate_hz(self) -> int | None:
        """The rate of its training; None when the checkpoint does not say."""
        return self.config.sample_rate_hz

    @property
    def window_s(self) -> float:
        """How much sound it hears at once."""
        return self.config.columns * self.config.step_s

    @property
    def context_s(self) -> float:
        """The windows before and after a moment's own: a call goes on there, or another trial's window begins."""
        return 2 * self.window_s

    def heard_from(self, low_hz: float) -> "WhisperSegDetector":
        """Return the same model, which hears nothing below ``low_hz``; InvalidInput when that is above its band."""
        return WhisperSegDetector(replace(self.config, low_hz=low_hz), self._decoder)

    def detect(self, samples: Samples, sample_rate_hz: int, *, threshold: float | None = None) -> list[Found]:
        """Find calls; see `Detector.detect`.

        The score is the probability that the model gives to the call: its start, its class and its end, the two ends
        within two time tokens (10 ms at a time step of 2.5 ms); over several trials the mean, 0 where it was not found.
        """
        return self.detect_from(samples, sample_rate_hz, offset=0, threshold=threshold)

    def detect_from(
        self, samples: Samples, sample_rate_hz: int, *, offset: int, threshold: float | None = None
    ) -> list[Found]:
        """Find calls in windows as if the first one began ``offset`` samples ago; see `GridDetector`."""
        features = self._features.get(sample_rate_hz) or LogMel(self.config, sample_rate_hz)
        self._features[sample_rate_hz] = features
        duration_s = len(samples) / sample_rate_hz
        window = features.window_samples
        trials = [
            self._look(samples, features, sample_rate_hz, (offset + window * index // self.config.trials) % window)
            for index in range(self.config.trials)
        ]
        vote = self.config.consolidation == "voting"
        calls = vote_trials(trials) if vote else cluster_trials(trials, self.config.eps_s)
        least = self.config.threshold if threshold is None else threshold
        low_hz, high_hz = (self.config.low_hz, sample_rate_hz / 2) if self.config.low_hz else (None, None)
        found = []
        for call in calls:
            start_s, end_s = call.start_s + features.blur_s, min(call.end_s, duration_s) - features.blur_s
            if end_s - start_s > 0 and end_s - start_s >= self.config.min_length_s and call.score >= least:
                label = self._labels[call.cluster]
                found.append(Found(start_s, end_s, label, call.score, low_hz=low_hz, high_hz=high_hz))
        return sorted(found, key=lambda each: (each.start_s, each.end_s))

    def _look(self, samples: Samples, features: LogMel, sample_rate_hz: int, padding: int) -> list[TimedCall]:
        """Find calls in windows, the first of which begins ``padding`` samples before the sound; times with blur."""
        token_s = COLUMNS_PER_TOKEN * features.step_s
        window_s = features.window_samples / sample_rate_hz
        duration_s = len(samples) / sample_rate_hz
        calls: list[TimedCall] = []
        edges_s: list[float] = []
        for first, batch in _cut(samples, features.window_samples, padding):
            for index, found in enumerate(self._decoder.decode(features(batch))):
                begin_s = (first + index) * window_s - padding / sample_rate_hz
                edges_s.append(begin_s)
                for call in found:
                    start_s = max(0.0, begin_s + call.on * token_s)
                    end_s = min(duration_s, begin_s + call.off * token_s)
                    if end_s > start_s:
                        calls.append(TimedCall(start_s, end_s, call.cluster, call.score))
        return join_at_edges(calls, edges_s)


def _cut(samples: Samples, window: int, padding: int) -> Iterator[tuple[int, Samples]]:
    """Cut sound into windows, with silence before the first and in the rest of the last; a batch at a time.

    Yields
    ------
    first : int
        The number of the first window of the batch.
    windows : Samples
        Shape (up to `BATCH`, window).
    """
    count = -(-(len(samples) + padding) // window)
    for first in range(0, count, BATCH):
        begin, end = first * window - padding, min(first + BATCH, count) * window - padding
        piece = samples[max(0, begin) : max(0, end)]
        before = max(0, -begin)
        after = end - begin - before - len(piece)
        yield first, np.pad(piece, (before, after)).reshape(-1, window)
