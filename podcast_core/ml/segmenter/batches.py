"""What a segmenter is trained with: pieces of the examples, varied, with what is true of each step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.ml.interfaces import Example, Found
from podcast_core.ml.segmenter.features import Levels, LogMel

Targets = NDArray[np.float32]

EDGE_SHAPE = (0.3, 0.75, 1.0, 0.75, 0.3)  # of the target around a beginning or an end: labels are not exact
NEAR_CALLS_SHARE = 0.75  # of pieces that lie around a call; the others lie anywhere
MAX_GAIN, MAX_TILT = 0.4, 0.4  # in units of 10 dB
MAX_SHIFT = 2  # bands up or down
MIX_SHARE = 0.3  # of pieces that get another's sound on top; chosen
MASK_SHARE = 0.5  # of pieces that lose some bands, and of those that lose some steps; chosen


@dataclass(frozen=True, slots=True)
class Heard:
    """An example as a network sees it."""

    levels: NDArray[np.float16]
    """Shape (steps, windows * bands); half as precise as computed, so that hours fit into memory."""
    targets: Targets
    """Shape (steps, labels + 2): 1 where a call of the label is under way; where one begins, and ends."""
    calls: tuple[Found, ...]


def hear(example: Example, features: LogMel, labels: Sequence[str]) -> Heard:
    """Compute an example's levels and targets."""
    levels = features.compute(example.samples, example.sample_rate_hz).astype(np.float16)
    calls = tuple(call for call in example.calls if call.label in labels)
    return Heard(levels, paint(calls, len(levels), features.steps_per_s, labels), calls)


def paint(calls: Sequence[Found], count: int, steps_per_s: int, labels: Sequence[str]) -> Targets:
    """Paint what is true of each step, shape (count, labels + 2)."""
    targets = np.zeros((count, len(labels) + 2), np.float32)
    reach = len(EDGE_SHAPE) // 2
    for call in calls:
        first, end = round(call.start_s * steps_per_s), round(call.end_s * steps_per_s)
        targets[first : max(end, first + 1), labels.index(call.label)] = 1
        for middle, column in ((first, -2), (end, -1)):
            for offset, value in enumerate(EDGE_SHAPE, -reach):
                if 0 <= middle + offset < count:
                    targets[middle + offset, column] = max(targets[middle + offset, column], value)
    return targets


class Batches:
    """Draws pieces of examples; labels that are rare come as often as others.

    Parameters
    ----------
    sounds
        Longer than nothing; at least one.
    bands
        Of one window.
    steps
        Length of a piece; what is missing in a short sound is silence.
    size
        Pieces in a batch.
    seed
        Of everything that is left to chance.
    """

    def __init__(self, sounds: Sequence[Heard], *, bands: int, steps: int, size: int, seed: int) -> None:
        self._sounds = sounds
        self._bands = bands
        self._steps = steps
        self._size = size
        self._generator = np.random.default_rng(seed)
        lengths = np.array([len(sound.levels) for sound in sounds], float)
        self.steps_in_all = int(lengths.sum())
        self._by_length = lengths / lengths.sum()
        label_count = sounds[0].targets.shape[1] - 2
        places = [
            (index, int(step), label)
            for index, sound in enumerate(sounds)
            for label in range(label_count)
            for step in np.flatnonzero(np.diff(sound.targets[:, label], prepend=0) > 0)
        ]
        self._places = np.array(places, np.int64).reshape(-1, 3)
        counts = np.bincount(self._places[:, 2], minlength=label_count)[self._places[:, 2]]
        chances = 1 / np.sqrt(counts) if len(places) else np.zeros(0)
        self._chances = chances / chances.sum() if len(places) else chances

    def draw(self) -> tuple[Levels, Targets]:
        """Draw a batch: shapes (size, steps, bands) and (size, steps, labels + 2)."""
        pieces = [self._cut() for _ in range(self._size)]
        levels = np.stack([piece[0] for piece in pieces])
        targets = np.stack([piece[1] for piece in pieces])
        self._mix_in_silence(levels, targets)
        self._change(levels)
        return levels, targets

    def state(self) -> dict[str, Any]:
        """Say in JSON values which batches come next; see `restore`."""
        return dict(self._generator.bit_generator.state)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Draw on from a `state`."""
        self._generator.bit_generator.state = dict(state)

    def _cut(self) -> tuple[Levels, Targets]:
        chance = self._generator
        if len(self._places) and chance.random() < NEAR_CALLS_SHARE:
            index, step, _ = self._places[chance.choice(len(self._places), p=self._chances)]
            sound = self._sounds[index]
            first = int(step) - int(chance.integers(0, self._steps))
        else:
            sound = self._sounds[chance.choice(len(self._sounds), p=self._by_length)]
            first = int(chance.integers(-self._steps // 2, max(1, len(sound.levels) - self._steps // 2)))
        spare = len(sound.levels) - self._steps
        first = min(max(first, min(0, spare)), max(0, spare))
        low, high = max(0, first), min(len(sound.levels), first + self._steps)
        levels = np.zeros((self._steps, sound.levels.shape[1]), np.float32)
        targets = np.zeros((self._steps, sound.targets.shape[1]), np.float32)
        levels[low - first : high - first] = sound.levels[low:high]
        targets[low - first : high - first] = sound.targets[low:high]
        return levels, targets

    def _mix_in_silence(self, levels: Levels, targets: Targets) -> None:
        """Add the power of a piece without calls, softened by chance, to others: noise the calls were not heard in."""
        is_empty = targets.max(axis=(1, 2)) < 0.5
        empty = np.flatnonzero(is_empty)
        if not len(empty):
            return
        for index in np.flatnonzero(self._generator.random(self._size) < MIX_SHARE):
            other = levels[self._generator.choice(empty)] - self._generator.uniform(0, 1)
            levels[index] = np.log10(10 ** levels[index] + 10**other)

    def _change(self, levels: Levels) -> None:
        """Change loudness, the colour of the sound and its pitch a little, and hide some bands and some steps."""
        chance = self._generator
        size, steps = levels.shape[:2]
        by_window = levels.reshape(size, steps, -1, self._bands)
        slope = np.linspace(-1, 1, self._bands)
        gain = chance.uniform(-MAX_GAIN, MAX_GAIN, (size, 1))
        gain = gain + chance.uniform(-MAX_TILT, MAX_TILT, (size, 1)) * slope
        by_window += (gain[:, None] * np.clip(by_window.max(axis=1) / 2, 0, 1))[:, None].astype(np.float32)
        for piece in by_window:
            shift = int(chance.integers(-MAX_SHIFT, MAX_SHIFT + 1))
            if shift:
                piece[:] = np.roll(piece, shift, axis=2)
                piece[:, :, slice(0, shift) if shift > 0 else slice(shift, None)] = 0
            if chance.random() < MASK_SHARE:
                low = int(chance.integers(0, self._bands))
                piece[:, :, low : low + int(chance.integers(1, self._bands // 6 + 2))] = 0
            if chance.random() < MASK_SHARE:
                low = int(chance.integers(0, steps))
                piece[low : low + int(chance.integers(1, 4))] = 0
