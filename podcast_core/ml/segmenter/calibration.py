"""Scores that mean what they say: of the boxes with a score of 0.8, four in five should be right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.errors import InvalidInput
from podcast_core.ml.segmenter.decoding import Logits, StepSpan

EDGE_REACH_STEPS = 2  # as far as the target of an edge reaches, see `batches.EDGE_SHAPE`
PRIOR_WEIGHTS = (0.0, 1.0, 0.25, 0.25)  # the network's own opinion, the edges with half a say together
PRIOR_STRENGTH = 1.0  # as if that many boxes had said so
MAX_LOGIT = 8.0  # as in `decoding`

Evidence = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic curve from what a network says about a box to the chance that it is right (Platt scaling).

    Parameters
    ----------
    weights
        Of 1, of the mean logit of the label, and of the logits of beginning and of ending, in that order.
    """

    weights: tuple[float, ...] = PRIOR_WEIGHTS

    def __post_init__(self) -> None:
        if len(self.weights) != len(PRIOR_WEIGHTS) or not np.isfinite(self.weights).all():
            raise InvalidInput(f"A calibration has {len(PRIOR_WEIGHTS)} numbers, found {self.weights!r:.200}.")

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> "Calibration":
        """Make it from stored parameters; InvalidInput when they cannot be."""
        try:
            return cls(tuple(float(each) for each in parameters["weights"]))
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInput(f"A calibration has weights: {error!r}.") from error

    def score(self, evidence: Evidence) -> NDArray[np.float64]:
        """Return the score of each box, shape (boxes,), from 0 to 1."""
        from scipy.special import expit

        scores: NDArray[np.float64] = expit(evidence @ np.array(self.weights))
        return scores


def gather_evidence(logits: Logits, runs: Sequence[StepSpan]) -> Evidence:
    """Gather what a network says about boxes, shape (boxes, 4): see `Calibration`."""
    limited = np.clip(logits, -MAX_LOGIT, MAX_LOGIT).astype(np.float64)
    rows = [
        (1.0, limited[first:end, label].mean(), _peak(limited[:, -2], first), _peak(limited[:, -1], end))
        for first, end, label in runs
    ]
    return np.array(rows, np.float64).reshape(-1, len(PRIOR_WEIGHTS))


def fit_calibration(evidence: Evidence, is_right: NDArray[np.bool_]) -> Calibration:
    """Fit a curve to boxes that the network had not been trained on: evidence (boxes, 4), ``is_right`` (boxes,).

    A prior keeps it near the network's own opinion when there are few boxes, or none that are wrong.
    """
    from scipy.optimize import minimize

    prior = np.array(PRIOR_WEIGHTS)

    def loss(weights: NDArray[np.float64]) -> float:
        values = evidence @ weights
        losses = np.logaddexp(0, np.where(is_right, -values, values))
        return float(losses.sum() + PRIOR_STRENGTH * ((weights - prior) ** 2).sum())

    found = minimize(loss, prior, method="L-BFGS-B", bounds=[(-10, 10), (0, 5), (0, 5), (0, 5)])
    return Calibration(tuple(float(each) for each in found.x))


def _peak(values: NDArray[np.float64], step: int) -> float:
    near = values[max(0, step - EDGE_REACH_STEPS) : step + EDGE_REACH_STEPS + 1]
    return float(near.max()) if len(near) else 0.0
