"""How far the training of a network is, and how long it may go on: what a checkpoint keeps."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from podcast_core.ml.segmenter.batches import Batches

if TYPE_CHECKING:
    from torch.optim import Optimizer

    from podcast_core.ml.segmenter.networks import Network


class Limit:
    """How long to train: CPU seconds, of which pauses take none, or a number of steps; without both, no limit.

    Parameters
    ----------
    whole
        Of what this is a part: its pauses count here too.
    """

    def __init__(
        self, *, budget_s: float | None = None, steps: int | None = None, whole: "Limit | None" = None
    ) -> None:
        self._budget_s = budget_s
        self._steps = steps
        self._whole = whole
        self._paused = 0.0
        self._started = 0.0
        self._started = self.spent_s
        self.done = 0

    @property
    def spent_s(self) -> float:
        """CPU seconds of this thread, without pauses: a worker does two jobs at once."""
        now = self._whole.spent_s if self._whole else time.thread_time()
        return now - self._started - self._paused

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1."""
        by_time = self.spent_s / self._budget_s if self._budget_s else 0.0
        by_steps = self.done / self._steps if self._steps else 0.0
        return min(1.0, max(by_time, by_steps))

    def part(self, share: float, *, steps: int | None = None) -> "Limit":
        """Take a share of the seconds that are left; at least one step is made in any case."""
        left_s = None if self._budget_s is None else share * max(1e-3, self._budget_s - self.spent_s)
        return Limit(budget_s=left_s, steps=steps, whole=self)

    def state(self) -> dict[str, Any]:
        """Say in JSON values how much is done; see `restore`."""
        whole = self._whole.state() if self._whole else None
        return {"budget_s": self._budget_s, "spent_s": self.spent_s, "done": self.done, "whole": whole}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Count on from a `state`, that of the whole included."""
        if self._whole:
            self._whole.restore(state["whole"])
        self._budget_s, self.done = state["budget_s"], state["done"]
        self._started += self.spent_s - state["spent_s"]

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Do something that does not count."""
        before = time.thread_time()
        try:
            yield
        finally:
            self._paused += time.thread_time() - before


@dataclass
class Loop:
    """The training of a network, and how far it is: what a `Checkpoint` keeps.

    ``average`` is that of the last losses.
    """

    network: "Network"
    optimizer: "Optimizer"
    batches: Batches
    limit: Limit
    steps: int = 0
    average: float = 0.0
