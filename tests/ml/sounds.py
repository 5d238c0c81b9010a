"""Sounds made for the tests of models, and real ones from the shared data."""

import json
from pathlib import Path

import numpy as np

from podcast_core.audio.files import inspect_audio, read_samples
from podcast_core.ml.interfaces import Example, Found

RATE = 8000


def make_song(seed: int = 0, seconds: float = 4.0) -> Example:
    """Make two kinds of calls in noise: ``up`` rises from 1 to 2 kHz, ``low`` is a tone of 700 Hz; some touch."""
    chance = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    sound = 0.01 * chance.standard_normal(len(time))
    calls, at_s = [], 0.2
    while at_s < seconds - 0.5:
        label = str(chance.choice(["up", "low"]))
        end_s = at_s + float(chance.uniform(0.08, 0.2))
        inside = (time >= at_s) & (time < end_s)
        since = time[inside] - at_s
        hz = 1000 + 500 * since / (end_s - at_s) if label == "up" else 700.0
        sound[inside] += 0.2 * np.hanning(inside.sum()) ** 0.5 * np.sin(2 * np.pi * hz * since)
        calls.append(Found(at_s, end_s, label))
        at_s = end_s + float(chance.choice([0.02, 0.1, 0.3]))
    return Example(sound.astype("f4"), RATE, calls)


def read_example(path: Path) -> Example:
    """Read a recording and WhisperSeg's JSON beside it; all its calls are called ``call``."""
    info = inspect_audio(str(path))
    truth = json.loads(path.with_suffix(".json").read_text())
    samples = read_samples(str(path), channel=0, start_s=0, end_s=info.frame_count / info.sample_rate_hz)
    calls = [Found(on, off, "call") for on, off in zip(truth["onset"], truth["offset"], strict=True)]
    return Example(samples, info.sample_rate_hz, calls)
