"""The outline of a waveform: the lowest and the highest sample of every column."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]


class PeakMeter:
    """Measures samples that pass by in blocks of any length.

    Parameters
    ----------
    frame_count
        Samples in all blocks together, at least 1.
    width_px
        Columns; where there are fewer samples, a sample is in several columns.
    """

    def __init__(self, frame_count: int, width_px: int) -> None:
        edges = np.arange(width_px + 1) * frame_count / width_px
        self._first = np.floor(edges[:-1]).astype(np.int64)
        self._last = np.maximum(np.ceil(edges[1:]).astype(np.int64), self._first + 1)
        self._low = np.full(width_px, np.inf, np.float32)
        self._high = np.full(width_px, -np.inf, np.float32)
        self._position = 0

    def watch(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """Hand the blocks (shape (n,), float32, full scale is 1) on and measure them in passing."""
        for block in blocks:
            self._measure(block)
            yield block

    def _measure(self, block: Samples) -> None:
        begin, end = self._position, self._position + len(block)
        self._position = end
        touched = np.flatnonzero((self._first < end) & (self._last > begin))
        if not len(touched):
            return
        firsts = np.maximum(self._first[touched] - begin, 0)
        # The columns of one block share at most one sample with their neighbours, so two turns see all of them.
        lasts = np.minimum(self._last[touched] - begin, len(block)) - 1
        low, high = np.minimum.reduceat(block, firsts), np.maximum.reduceat(block, firsts)
        columns = slice(touched[0], touched[-1] + 1)
        for now, found, edge in ((self._low, low, np.minimum), (self._high, high, np.maximum)):
            now[columns] = edge(now[columns], edge(found, block[lasts]))

    def read(self) -> NDArray[np.int16]:
        """Lowest and highest sample per column, shape (width, 2); 32767 is full scale, and more is clipped."""
        pairs = np.stack([self._low, self._high], axis=1)
        pairs = np.nan_to_num(pairs, nan=0.0, posinf=0.0, neginf=0.0)
        return np.clip(np.rint(pairs * 32767), -32767, 32767).astype(np.int16)
