"""A classifier of clips as a detector: windows of sound are described, placed, and scored.

The weights are an ``.npz``: the classifier's and, where the embedder is fitted to a collection, what was fitted.
"""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.errors import InvalidInput, ModelUnavailable
from podcast_core.ml.agile.classifier import Classifier
from podcast_core.ml.embedding.built_in import BUILT_IN, make_embedder
from podcast_core.ml.embedding.directions import to_directions
from podcast_core.ml.embedding.space import Space
from podcast_core.ml.external.window_boxes import combine, find_boxes, place_windows
from podcast_core.ml.interfaces import Found, Samples

KIND = "clip-classifier"
BATCH = 256  # windows that are described at once


class ClipDetector:
    """Finds calls by scoring windows; see `podcast_core.ml.interfaces.GridDetector`."""

    def __init__(self, classifier: Classifier, space: Space | None, parameters: Mapping[str, Any]) -> None:
        self._classifier, self._space = classifier, space
        self._window_s, self._hop_s = float(parameters["window_s"]), float(parameters["hop_s"])
        self._embedder = make_embedder(classifier.embedder, [], parameters["embedder_parameters"])

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of its boxes."""
        return self._classifier.labels

    @property
    def sample_rate_hz(self) -> int | None:
        """The rate of its embedder."""
        return self._embedder.sample_rate_hz

    @property
    def context_s(self) -> float:
        """A window: all that cover a moment are heard."""
        return self._window_s

    def detect(self, samples: Samples, sample_rate_hz: int, *, threshold: float | None = None) -> list[Found]:
        """Find calls; see `podcast_core.ml.interfaces.Detector.detect`."""
        return self.detect_from(samples, sample_rate_hz, offset=0, threshold=threshold)

    def detect_from(
        self, samples: Samples, sample_rate_hz: int, *, offset: int, threshold: float | None = None
    ) -> list[Found]:
        """Find calls in a part of a piece; see `podcast_core.ml.interfaces.GridDetector.detect_from`."""
        window = max(1, round(self._window_s * sample_rate_hz))
        starts = place_windows(len(samples), window, max(1, round(self._hop_s * sample_rate_hz)), offset=offset)
        if not len(starts):
            return []
        scores = np.concatenate(
            [
                self._score(samples, starts[first : first + BATCH], window, sample_rate_hz)
                for first in range(0, len(starts), BATCH)
            ]
        )
        steps = combine(starts, window, len(samples), scores, mean=True)
        found: list[Found] = []
        for column, label in enumerate(self.labels):
            own = self._classifier.thresholds[column]
            found += find_boxes(steps, column, label, sample_rate_hz, own, own if threshold is None else threshold)
        return sorted(found, key=lambda call: (call.start_s, call.end_s, call.label))

    def _score(
        self, samples: Samples, starts: NDArray[np.int64], window: int, sample_rate_hz: int
    ) -> NDArray[np.float32]:
        pieces = [samples[start : start + window] for start in starts.tolist()]
        described = self._embedder.describe(pieces, sample_rate_hz)
        vectors = described if self._space is None else self._space.place(described)
        return np.nan_to_num(self._classifier.compute_scores(to_directions(vectors)))  # silence has no direction


def write_detector(classifier: Classifier, space: Space | None) -> bytes:
    """Write the weights of a detector."""
    file = io.BytesIO()
    fitted: dict[str, Any] = {} if space is None else {"mean": space.mean, "turn": space.turn}
    np.savez(file, weights=classifier.weights, bias=classifier.bias, **fitted)
    return file.getvalue()


def load_detector(labels: tuple[str, ...], parameters: Mapping[str, Any], weights: bytes) -> ClipDetector:
    """Load a detector.

    Raises
    ------
    ModelUnavailable
        When its description or its weights are damaged.
    InvalidInput
        When its embedder is unknown.
    """
    try:
        if parameters["embedder"].partition("/")[0] not in BUILT_IN:
            raise InvalidInput(f"There is no embedder {parameters['embedder']!r:.80}.")
        with np.load(io.BytesIO(weights), allow_pickle=False) as stored:
            space = Space(stored["mean"], stored["turn"]) if "mean" in stored else None
            thresholds = tuple(map(float, parameters["thresholds"]))
            head = Classifier(labels, parameters["embedder"], stored["weights"], stored["bias"], thresholds)
        return ClipDetector(head, space, parameters)
    except (KeyError, TypeError, ValueError, AttributeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ModelUnavailable(f"This classifier of clips cannot be used: {error!r}.") from error
    except InvalidInput as error:
        raise ModelUnavailable(f"This classifier of clips cannot be used: {error}") from error
