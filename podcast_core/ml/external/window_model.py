"""Models that judge windows of fixed length, as a detector and as an embedder: a network and its card."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from podcast_core.domain.model import ModelVersion
from podcast_core.errors import ModelUnavailable
from podcast_core.ml.external.card import ModelCard, OutputName, read_card
from podcast_core.ml.external.files import Network, open_network
from podcast_core.ml.external.window_boxes import Steps, combine, find_boxes, place_windows
from podcast_core.ml.external.window_input import prepare
from podcast_core.ml.interfaces import Found, Samples

Array = NDArray[np.float32]
OUTSIDE = 1e-3  # by how much a probability may miss 0 to 1


class WindowDetector:
    """Finds what a network sees in windows; see `podcast_core.ml.interfaces.GridDetector`.

    A network is tried out on silence when it is loaded: one that does not fit its card does not load.
    """

    def __init__(self, card: ModelCard, network: Network) -> None:
        self.card = card
        self._network = network
        self.score_windows(np.zeros(card.window, np.float32), np.zeros(1, np.int64))

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of its boxes."""
        return self.card.kept_labels

    @property
    def sample_rate_hz(self) -> int:
        """The rate of its card."""
        return self.card.sample_rate_hz

    @property
    def context_s(self) -> float:
        """A window: all that cover a moment are heard."""
        return self.card.window_s

    def detect(self, samples: Samples, sample_rate_hz: int, *, threshold: float | None = None) -> list[Found]:
        """Find calls; see `podcast_core.ml.interfaces.Detector.detect`."""
        return self.detect_from(samples, sample_rate_hz, offset=0, threshold=threshold)

    def detect_from(
        self, samples: Samples, sample_rate_hz: int, *, offset: int, threshold: float | None = None
    ) -> list[Found]:
        """Find calls in a part of a piece; see `podcast_core.ml.interfaces.GridDetector.detect_from`.

        Raises
        ------
        ModelUnavailable
            At another rate.
        """
        if sample_rate_hz != self.card.sample_rate_hz:
            raise ModelUnavailable(f"Expected sound at {self.card.sample_rate_hz} Hz, found {sample_rate_hz} Hz.")
        steps = self.measure(samples, offset=offset)
        found: list[Found] = []
        for column, label in enumerate(self.card.labels):
            own = self.card.threshold_of(label)
            least = own if threshold is None else threshold
            if label not in self.card.ignore:
                found += find_boxes(steps, column, label, sample_rate_hz, own, least)
        return sorted(found, key=lambda call: (call.start_s, call.end_s, call.label))

    def measure(self, samples: Samples, *, offset: int = 0) -> Steps:
        """Measure every label's score at every moment of (n,) samples; columns are in the card's order of labels."""
        starts = place_windows(len(samples), self.card.window, self.card.hop, offset=offset)
        if not len(starts):
            return Steps(np.zeros(1, np.int64), np.zeros((0, len(self.card.labels)), np.float32))
        scores = self.score_windows(samples, starts)
        return combine(starts, self.card.window, len(samples), scores, mean=self.card.smoothing == "mean")

    def score_windows(self, samples: Samples, starts: NDArray[np.int64]) -> Array:
        """Score windows: shape (windows, labels), 0 to 1."""
        pieces = [answer[0] for answer in run_windows(self.card, self._network, samples, starts, [self._output])]
        return np.concatenate([self._to_scores(piece) for piece in pieces])

    @property
    def _output(self) -> OutputName:
        return self.card.output.scores

    def _to_scores(self, values: NDArray[np.generic]) -> Array:
        count = len(self.card.labels)
        if values.ndim == 1 and count == 1:
            values = values[:, None]
        if values.ndim != 2 or values.shape[1] != count:
            raise ModelUnavailable(
                f"Expected an output of shape (windows, {count}), a value for each of the labels, "
                f"found (windows, {', '.join(map(str, values.shape[1:]))})."
            )
        exact = values.astype(np.float64)
        if not np.isfinite(exact).all():
            raise ModelUnavailable("The network's scores are not all numbers.")
        if self.card.output.values == "probabilities":
            low, high = float(exact.min()), float(exact.max())
            if low < -OUTSIDE or high > 1 + OUTSIDE:
                raise ModelUnavailable(
                    f"Expected probabilities from 0 to 1, found {low:.4g} to {high:.4g}: are these values logits?"
                )
            return np.clip(exact, 0, 1).astype(np.float32)
        if self.card.output.activation == "softmax":
            raised = np.exp(exact - exact.max(axis=1, keepdims=True))
            exact = raised / raised.sum(axis=1, keepdims=True)
        else:
            from scipy.special import expit

            exact = expit(exact)
        scores: Array = exact.astype(np.float32)
        return scores


class WindowEmbedder:
    """Describes windows by an output of a network; see `podcast_core.ml.interfaces.Embedder`.

    Where a network keeps time or frequency in axes between the first and the last one, their mean is taken.
    """

    def __init__(self, card: ModelCard, network: Network) -> None:
        if card.output.embedding is None:
            raise ModelUnavailable("The model card names no output.embedding: it describes nothing by vectors.")
        self._card = card
        self._network = network
        self.sample_rate_hz = card.sample_rate_hz
        self.window_s = card.window_s
        self.hop_s = card.hop_s
        self.dimension = self._run(np.zeros(card.window, np.float32)).shape[1]

    def embed(self, samples: Samples) -> Array:
        """Describe every window: shape (n,) becomes (windows, dimension), float32."""
        return self._run(samples)

    def _run(self, samples: Samples) -> Array:
        starts = place_windows(len(samples), self._card.window, self._card.hop)
        wanted = [self._card.output.embedding or 0]
        pieces = [answer[0] for answer in run_windows(self._card, self._network, samples, starts, wanted)]
        vectors = np.concatenate(pieces) if pieces else np.zeros((0, self.dimension), np.float32)
        if vectors.ndim < 2 or not np.isfinite(vectors).all():
            raise ModelUnavailable(
                f"Expected an embedding of shape (windows, dimension) without infinite numbers, found {vectors.shape}."
            )
        means: Array = vectors.mean(axis=tuple(range(1, vectors.ndim - 1)), dtype=np.float32)
        return means


def run_windows(
    card: ModelCard, network: Network, samples: Samples, starts: NDArray[np.int64], outputs: Sequence[OutputName]
) -> Iterator[list[NDArray[np.generic]]]:
    """Run a network over windows that begin at ``starts``, a batch at a time; silence follows the last sample.

    Yields the outputs of each batch, as arrays whose first axis counts its windows.

    Raises
    ------
    ModelUnavailable
        For another number of answers.
    """
    if not len(starts):
        return
    missing = max(0, int(starts[-1]) + card.window - len(samples))
    padded = np.pad(samples, (0, missing)) if missing else samples
    views = sliding_window_view(padded, card.window)
    size = network.batch or card.batch_size
    for first in range(0, len(starts), size):
        windows = views[starts[first : first + size]]
        count = len(windows)
        if network.batch and count < size:
            windows = np.concatenate([windows, np.zeros((size - count, card.window), np.float32)])
        answers = network.run(prepare(card, windows), outputs)
        for answer in answers:
            if answer.ndim < 1 or len(answer) != len(windows):
                raise ModelUnavailable(
                    f"Expected an answer for each of {len(windows)} windows, found an output of shape {answer.shape}."
                )
        yield [answer[:count] for answer in answers]


def load_detector(version: ModelVersion, weights: bytes, device: str) -> WindowDetector:
    """Load what finds calls."""
    card = read_card(version.parameters, version.id)
    return WindowDetector(card, open_network(card, weights, device))


def load_embedder(version: ModelVersion, weights: bytes, device: str) -> WindowEmbedder:
    """Load what describes sound."""
    card = read_card(version.parameters, version.id)
    return WindowEmbedder(card, open_network(card, weights, device))
