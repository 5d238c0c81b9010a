"""A tiny WhisperSeg checkpoint and one that has learnt three sounds by heart: made once per test run."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from podcast_core.ml.interfaces import Example, Found
from tests.whisperseg_tiny import write_checkpoint

SONG_RATE_HZ = 16_000


def make_song(seed: int, seconds: float = 2.0) -> Example:
    """Make low and high tones in faint noise."""
    chance = np.random.default_rng(seed)
    samples = 0.003 * chance.standard_normal(round(seconds * SONG_RATE_HZ))
    calls, start_s = [], 0.1
    while start_s < seconds - 0.35:
        is_high = bool(chance.integers(2))
        length_s, hz = (0.15, 4500) if is_high else (0.08, 1500)
        time_s = np.arange(round(length_s * SONG_RATE_HZ)) / SONG_RATE_HZ
        first = round(start_s * SONG_RATE_HZ)
        samples[first : first + len(time_s)] += 0.3 * np.sin(2 * np.pi * hz * time_s)
        calls.append(Found(start_s, start_s + length_s, "high" if is_high else "low"))
        start_s += length_s + chance.uniform(0.1, 0.4)
    return Example(samples.astype(np.float32), SONG_RATE_HZ, calls)


@pytest.fixture(scope="session")
def tiny_songs() -> Sequence[Example]:
    """Three sounds of 2 s, with two kinds of calls."""
    return [make_song(seed) for seed in range(3)]


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint that knows nothing: random weights, in ``pytorch_model.bin``."""
    return write_checkpoint(tmp_path_factory.mktemp("whisperseg") / "base")


@pytest.fixture(scope="session")
def tiny_learnt(tiny_songs: Sequence[Example], tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The base, trained until it knows the songs by heart: some 4 seconds of a processor."""
    from podcast_core.ml.whisperseg.finetuning import Plan, finetune_whisperseg

    target = tmp_path_factory.mktemp("whisperseg") / "learnt"
    losses: list[float] = []
    finetune_whisperseg(
        tiny_songs,
        tiny_base,
        target,
        plan=Plan(learning_rate=2e-2, least_steps=150, epochs=1, random_crops=False),
        on_step=lambda step: losses.append(step.loss),
        should_stop=lambda: bool(losses) and losses[-1] < 0.05,
    )
    return target
