"""From what a segmenter says about each step to calls: the best way through all steps, then least gap and length.

A way through the steps is silent or in one label at each. What it is worth: the logits of the labels it is in, plus the
logits of beginning and ending at each step where it enters or leaves a call, times a weight. So touching calls of one
label are told apart where an end and a beginning between them are likely.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.domain.checks import check_between
from podcast_core.errors import InvalidInput

Logits = NDArray[np.float32]

MAX_LOGIT = 8.0  # a chance of 0.9997: beyond it networks are surer than anybody can be
ISLAND_LOGIT = -4.0  # of a label: what is less likely everywhere around is silence
ISLAND_STEPS = 8  # kept on both sides of what is likelier, so that edges there are found as in the whole
StepSpan = tuple[int, int, int]
"""First step, step after the last, index of the label."""


@dataclass(frozen=True, slots=True)
class Decoder:
    """How logits become calls.

    Parameters
    ----------
    bias
        Added to every label's logit: above 0 finds more.
    edge_weight
        How many steps' worth of logits a beginning or an end has.
    edge_bias
        Added to the logits of beginning and of ending.
    min_length_steps, min_gap_steps
        Shorter calls are none; a shorter gap between two calls of one label, other than none, is none.
    is_exclusive
        Whether there is one call at a time; else each label is decoded by itself.
    """

    bias: float = 0.0
    edge_weight: float = 2.0
    edge_bias: float = 1.0
    min_length_steps: int = 2
    min_gap_steps: int = 1
    is_exclusive: bool = True

    def __post_init__(self) -> None:
        check_between(self.bias, "The bias of a decoder", -20, 20)
        check_between(self.edge_weight, "The weight of edges", 0, 100)
        check_between(self.edge_bias, "The bias of edges", -20, 20)
        check_between(self.min_length_steps, "The least length", 1, 1e6, " steps")
        check_between(self.min_gap_steps, "The least gap", 0, 1e6, " steps")

    def parameters(self) -> dict[str, Any]:
        """Return what `from_parameters` takes, fit for JSON."""
        return asdict(self)

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> "Decoder":
        """Make it from stored parameters; InvalidInput when they cannot be."""
        try:
            return cls(**parameters)
        except TypeError as error:
            raise InvalidInput(f"Parameters of a decoder cannot be used: {error}.") from error

    def decode(self, logits: Logits) -> list[StepSpan]:
        """Find runs of steps, sorted.

        Parameters
        ----------
        logits
            Shape (steps, labels + 2), as networks give them.
        """
        limited = np.clip(logits, -MAX_LOGIT, MAX_LOGIT).astype(np.float64)
        active = limited[:, :-2] + self.bias
        edges = (limited[:, -2:] + self.edge_bias) * self.edge_weight
        groups = [list(range(active.shape[1]))] if self.is_exclusive else [[each] for each in range(active.shape[1])]
        runs = []
        for group in groups:
            for first, end in find_islands(active[:, group].max(axis=1), ISLAND_LOGIT + min(self.bias, 0)):
                found = find_best_way(active[first:end][:, group], edges[first:end, 0], edges[first:end, 1])
                runs += [(first + one, first + other, group[label]) for one, other, label in found]
        return sorted(self.tidy(runs))

    def tidy(self, runs: list[StepSpan]) -> list[StepSpan]:
        """Close gaps that are too short, and drop calls that are too short."""
        joined: list[StepSpan] = []
        last: dict[int, int] = {}
        for first, end, label in sorted(runs):
            before = last.get(label)
            if before is not None and 0 < first - joined[before][1] < self.min_gap_steps:
                joined[before] = (joined[before][0], end, label)
                continue
            last[label] = len(joined)
            joined.append((first, end, label))
        return [run for run in joined if run[1] - run[0] >= self.min_length_steps]

    def shifted(self, by: float) -> "Decoder":
        """Return one that finds more (above 0) or less."""
        return replace(self, bias=float(np.clip(self.bias + by, -20, 20)))


def find_islands(values: NDArray[np.float64], limit: float) -> list[tuple[int, int]]:
    """Find the stretches around values, shape (steps,), above a limit."""
    is_near = np.concatenate(([False], values > limit, [False]))
    edges = np.flatnonzero(is_near[1:] != is_near[:-1])
    stretches: list[tuple[int, int]] = []
    for first, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        low, high = max(0, first - ISLAND_STEPS), min(len(values), end + ISLAND_STEPS)
        if stretches and low <= stretches[-1][1]:
            stretches[-1] = (stretches[-1][0], high)
        else:
            stretches.append((low, high))
    return stretches


def find_best_way(
    active: NDArray[np.float64], enter: NDArray[np.float64], leave: NDArray[np.float64]
) -> list[StepSpan]:
    """Find the way of most worth (Viterbi 1967, IEEE Trans. Inf. Theory 13): silent at first and at last.

    What is best up to a step depends on the step before only through the state that one is in there: silence, or one of
    the labels. So the first loop keeps, for each state, the worth of the best way into it and where that came from, and
    the second loop follows the best end back. A call that ends may be followed by another right away: leaving and
    entering at one step is worth both edges.

    Parameters
    ----------
    active
        Worth of being in each label at each step, shape (steps, labels); silence is worth 0.
    enter, leave
        Worth of a call's beginning at a step, and of its ending just before it, shape (steps,).
    """
    count, labels = active.shape
    worth = np.full(labels, -np.inf)  # of the best way that is in each label at the step before
    silent = 0.0
    stayed = np.zeros((count, labels), bool)
    left = np.full(count + 1, -1, np.int64)  # the label that is best left just before the step
    is_silent_left = np.zeros(count + 1, bool)  # silence at the step is best reached by leaving that label
    is_next = np.zeros(count + 1, bool)  # a call at the step is best entered right from that label
    for step in range(count):
        best = int(worth.argmax())
        after = worth[best] + leave[step]
        left[step] = best
        is_next[step] = after > silent
        entered = (after if is_next[step] else silent) + enter[step]
        is_silent_left[step] = after > silent
        silent = max(silent, after)
        np.greater(worth, entered, out=stayed[step])
        worth = np.maximum(worth, entered) + active[step]
    best = int(worth.argmax())
    label = best if worth[best] > silent else -1
    runs = []
    end = count
    for step in range(count - 1, -1, -1):
        if label < 0:
            if is_silent_left[step]:
                label, end = int(left[step]), step
            continue
        if not stayed[step, label]:
            runs.append((step, end, label))
            label, end = (int(left[step]), step) if is_next[step] else (-1, step)
    return runs[::-1]
