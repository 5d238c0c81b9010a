"""Measure whether sessions in the suggested order teach a model sooner than sessions in random order.

Simulated annotators give the true calls of each session that comes up. After 3 sessions (the same ones for all orders
of a seed, at least one with calls), and whenever the number has doubled, a network is trained from nothing on all that
is labelled until then; our order is made anew from what that network finds, as `services/runs/suggesting.py` does it,
with its random share. Told are the means over seeds of segment F1 at 20 ms with labels on sound that is never learnt
from, how many sessions it takes to reach 95 % of the F1 of all sessions, with a 95 % interval from 2,000 draws of seeds
(paired; with so few seeds it is rather too narrow), and how much higher F1 is than in random order, with Student's
interval.

Orders: ``gain`` is ours, ``spread`` is ours without what a model says (only what sounds new), ``score`` takes the
session with the surest call first, ``random``.
All have the same learner: the built-in segmenter's network, batches and decoder, with a fixed number of steps, 200
steps per second and no tuning, so that a training takes seconds. A trained segmenter of Pod.Cast is better.

``python -m benchmarks.active_learning songs species --data ../shared/data --seeds 8 --out results.json``

Measured on 2026-11-28, sessions of 2 s, 8 seeds (25 CPU seconds each), F1 after 3, 6, 12 and all sessions:

======== ====== ============================ ======= ============================ ===============
task     order  F1                           needed  ratio to random              F1 above random
======== ====== ============================ ======= ============================ ===============
songs    gain   0.851, 0.943, 0.974, 0.979   5.4     1.05 (95 %: 0.85 to 1.30)    -0.004 +- 0.025
songs    spread 0.851, 0.937, 0.968, 0.979   5.7     1.10 (95 %: 0.94 to 1.35)    -0.010 +- 0.022
songs    random 0.851, 0.951, 0.973, 0.979   5.2
species  gain   0.727, 0.811, 0.821, 0.827   4.9     0.85 (95 %: 0.52 to 1.56)    +0.003 +- 0.051
species  spread 0.727, 0.811, 0.834, 0.827   4.9     0.85 (95 %: 0.52 to 1.45)    +0.009 +- 0.046
species  random 0.727, 0.790, 0.836, 0.827   5.7
all      gain   0.558, 0.668, 0.778, 0.836   23.8    1.01 (95 %: 0.34 to 3.23)    -0.002 +- 0.084
all      random 0.558, 0.673, 0.778, 0.836   23.7
======== ====== ============================ ======= ============================ ===============

It is not shown that our order needs fewer sessions than random order there, nor that it needs more. Where calls are
rare (12 of 155 sessions have any) it does need fewer; see decision 22. With ``rare --orders gain score random`` (100
CPU seconds a seed), after 3, 6, 12, 24, 48 and all sessions:

====== ========================================== ====== ==================== ===============
order  F1                                         needed ratio to random      F1 above random
====== ========================================== ====== ==================== ===============
gain   0.383, 0.467, 0.793, 0.858, 0.903, 0.808   11.4   0.21 (0.11 to 0.38)  +0.226 +- 0.133
score  0.383, 0.513, 0.704, 0.909, 0.870, 0.808   14.9   0.28 (0.12 to 0.45)  +0.220 +- 0.121
random 0.383, 0.357, 0.427, 0.570, 0.763, 0.808   53.2
====== ========================================== ====== ==================== ===============
"""

import argparse
import csv
import json
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.audio.files import inspect_audio, read_samples
from podcast_core.ml.acquisition import measure_disagreement, measure_uncertainty, order_by_gain
from podcast_core.ml.embedding.session_vectors import describe_sound, standardise
from podcast_core.ml.interfaces import Example, Found
from podcast_core.ml.measuring.metrics import compare_segments
from podcast_core.ml.segmenter.batches import Heard, hear
from podcast_core.ml.segmenter.detector import Segmenter
from podcast_core.ml.segmenter.features import LogMel

SESSION_S, MIN_S = 2.0, 1.0
TOLERANCE_S = 0.02
ENOUGH = 0.95  # of the F1 of all sessions
PIECE_STEPS, BATCH_SIZE = 128, 8
DRAWS = 2000
ORDERS = ("gain", "spread", "score", "random")

Curve = dict[int, float]


@dataclass(frozen=True)
class Task:
    """Sessions to label and recordings to test on."""

    pool: list[Heard]
    test: list[Heard]
    labels: tuple[str, ...]
    features: LogMel
    vectors: NDArray[np.float32]
    plan: "Plan"


# The tasks -----------------------------------------------------------------------------------------------------


def read_recording(path: Path, calls: Sequence[Found]) -> Example:
    """Read a recording with its calls."""
    info = inspect_audio(str(path))
    samples = read_samples(str(path), channel=0, start_s=0, end_s=info.frame_count / info.sample_rate_hz)
    return Example(samples, info.sample_rate_hz, calls)


def read_songs(folder: Path) -> tuple[list[Example], list[Example]]:
    """Read 24 songs of a Bengalese finch, with 9 syllables; the last 6 are the test."""
    calls: dict[str, list[Found]] = defaultdict(list)
    with (folder / "bengalese_bird0" / "annotations.csv").open() as file:
        for row in csv.DictReader(file):
            calls[row["filename"]].append(Found(float(row["onset"]), float(row["offset"]), row["clustername"]))
    songs = [
        read_recording(folder / "bengalese_bird0" / f"{number}.wav", calls[f"{number}.wav"]) for number in range(24)
    ]
    return songs[:18], songs[18:]


def read_species(folder: Path) -> tuple[list[Example], list[Example]]:
    """Read 18 recordings of zebra finches, every third one for the test, and 3 of meerkats, the last third of each.

    Learning meerkats from two recordings and testing on the third would not do: there one of the two does harm.
    """
    learnt, test = [], []
    for number, finch in enumerate(_read_animals(folder, "zebra_finch")):
        (test if number % 3 == 2 else learnt).append(finch)
    for meerkat in _read_animals(folder, "meerkat"):
        border_s = round(2 / 3 * len(meerkat.samples) / meerkat.sample_rate_hz)
        learnt.append(take(meerkat, 0, border_s))
        test.append(take(meerkat, border_s, len(meerkat.samples) / meerkat.sample_rate_hz))
    return learnt, test


def _read_animals(folder: Path, name: str) -> list[Example]:
    found = []
    for path in sorted((folder / name).glob("*.wav")):
        truth = json.loads(path.with_suffix(".json").read_text())
        edges = zip(truth["onset"], truth["offset"], strict=True)
        found.append(read_recording(path, [Found(on, off, name) for on, off in edges]))
    return found


def take(recording: Example, first_s: float, end_s: float) -> Example:
    """Take a part of a recording; a call over a border is in it as far as it reaches."""
    rate = recording.sample_rate_hz
    samples = recording.samples[round(first_s * rate) : round(end_s * rate)]
    length_s = len(samples) / rate
    calls = [
        Found(max(0.0, call.start_s - first_s), min(length_s, call.end_s - first_s), call.label)
        for call in recording.calls
        if min(length_s, call.end_s - first_s) - max(0.0, call.start_s - first_s) > 1e-3
    ]
    return Example(samples, rate, calls)


def cut(recording: Example) -> list[Example]:
    """Cut a recording into sessions."""
    firsts_s = np.arange(0, len(recording.samples) / recording.sample_rate_hz - MIN_S, SESSION_S)
    return [take(recording, first_s, first_s + SESSION_S) for first_s in firsts_s]


def read_all(folder: Path) -> tuple[list[Example], list[Example]]:
    """Read songs, zebra finches and meerkats: 11 labels."""
    (songs, more_songs), (animals, more_animals) = read_songs(folder), read_species(folder)
    return songs + animals, more_songs + more_animals


def read_rare(folder: Path) -> tuple[list[Example], list[Example]]:
    """Read zebra finches, 2 s of each recording, among much else without calls: 7 % of the sessions.

    The other sound: songs of a Bengalese finch, meerkats, soundscapes, a humpback, and what is left of bats at 16 kHz.
    No recording is both learnt from and in the test, in which zebra finches are as rare.
    """
    learnt, test = [], []
    for number, finch in enumerate(_read_animals(folder, "zebra_finch")):
        (test if number % 3 == 2 else learnt).append(take(finch, 0, SESSION_S))
    bats = sorted(f"bats/{path.name}" for path in (folder / "bats").glob("*.wav"))
    meerkats = sorted(f"meerkat/{path.name}" for path in (folder / "meerkat").glob("*.wav"))
    songs = [f"bengalese_bird0/{number}.wav" for number in range(24)]
    for name in ("birds/one_minute.wav", "humpback/glacier-bay-humpback.ogg", *meerkats[:2], *bats[:2], *songs[:14]):
        learnt.append(read_recording(folder / name, []))
    for name in ("birds/birds_10s.wav", "birds/robin-single-13.ogg", "birds/audiomoth_gps.wav"):
        test.append(read_recording(folder / name, []))
    return learnt, test + [read_recording(folder / name, []) for name in (*meerkats[2:], *bats[2:], *songs[14:])]


@dataclass(frozen=True)
class Plan:
    """How a task is read, learnt and tested."""

    read: Callable[[Path], tuple[list[Example], list[Example]]]
    sample_rate_hz: int
    sizes: tuple[int, ...] = (3, 6, 12)
    training_steps: int = 120
    threshold: float = 0.3


TASKS: Mapping[str, Plan] = {
    "songs": Plan(read_songs, 32_000),
    "species": Plan(read_species, 16_000),
    "all": Plan(read_all, 16_000),
    # Three quarters of what a network learns from lies around calls: where they are rare, it finds far too many.
    "rare": Plan(read_rare, 16_000, (3, 6, 12, 24, 48), 300, 0.95),
}


def read_task(name: str, folder: Path) -> Task:
    """Read a task and compute all features once."""
    plan = TASKS[name]
    learnt, test = plan.read(folder)
    pool = [session for recording in learnt for session in cut(recording)]
    labels = tuple(sorted({call.label for each in learnt for call in each.calls}))
    features = LogMel(plan.sample_rate_hz, 200, (0.016,), 0.0, plan.sample_rate_hz / 2)
    vectors = standardise(np.stack([describe_sound(each.samples, each.sample_rate_hz) for each in pool]))
    heard = [hear(each, features, labels) for each in pool]
    return Task(heard, [hear(each, features, labels) for each in test], labels, features, vectors, plan)


# Learning ------------------------------------------------------------------------------------------------------


def learn(task: Task, chosen: Sequence[int], seed: int) -> Segmenter:
    """Train a network on sessions of the pool."""
    from podcast_core.ml.segmenter.batches import Batches
    from podcast_core.ml.segmenter.calibration import Calibration
    from podcast_core.ml.segmenter.decoding import Decoder
    from podcast_core.ml.segmenter.fitting import fit, one_thread
    from podcast_core.ml.segmenter.loop import Limit
    from podcast_core.ml.segmenter.networks import build_network

    sounds = [task.pool[index] for index in sorted(chosen)]
    with one_thread(seed):
        network = build_network("tcn", bands=task.features.bands, windows=1, outputs=len(task.labels) + 2)
        batches = Batches(sounds, bands=task.features.bands, steps=PIECE_STEPS, size=BATCH_SIZE, seed=seed)
        fit(network, batches, Limit(steps=task.plan.training_steps), kind="tcn", is_warm=False)
    return Segmenter("tcn", task.labels, task.features, network, Decoder(), Calibration(), task.plan.threshold)


def find(model: Segmenter, heard: Heard, threshold: float | None = None) -> list[Found]:
    """Find calls."""
    from podcast_core.ml.segmenter.networks import run_network

    duration_s = len(heard.levels) * model.features.step_s
    return model.find(run_network(model.network, heard.levels), duration_s, threshold=threshold)


def measure_f1(task: Task, model: Segmenter) -> float:
    """Measure F1 on the test."""
    found = [find(model, each) for each in task.test]
    return compare_segments([each.calls for each in task.test], found, tolerance_s=TOLERANCE_S).f1


# Orders --------------------------------------------------------------------------------------------------------


def choose_next(
    order: str, task: Task, labelled: Sequence[int], models: Sequence[Segmenter], count: int, seed: int
) -> list[int]:
    """Choose which sessions are labelled next."""
    known = set(labelled)
    if order == "random":
        shuffled = np.random.default_rng(1000 + seed).permutation(len(task.pool))
        return [int(index) for index in shuffled if index not in known][:count]
    found = [find(models[-1], each, threshold=0.0) for each in task.pool]
    if order == "score":
        highest = np.array([max((call.score or 0.0 for call in calls), default=0.0) for calls in found])
        return [int(index) for index in np.argsort(-highest, kind="stable") if index not in known][:count]
    uncertainty = np.array([measure_uncertainty(calls, SESSION_S) for calls in found])
    disagreement = None
    if len(models) > 1:
        before = [find(models[-2], each) for each in task.pool]
        least = models[-1].threshold
        kept = [[call for call in calls if (call.score or 0) >= least] for calls in found]
        pairs = zip(kept, before, strict=True)
        disagreement = np.array([measure_disagreement(one, other, SESSION_S) for one, other in pairs])
    if order == "spread":
        uncertainty, disagreement = np.ones(len(task.pool)), None
    is_labelled = np.isin(np.arange(len(task.pool)), labelled)
    places = order_by_gain(
        uncertainty, disagreement=disagreement, vectors=task.vectors, is_labelled=is_labelled, seed=seed
    )
    return [place.index for place in places][:count]


def choose_first(task: Task, seed: int) -> list[int]:
    """Draw the sessions to begin with; where none of them has calls, one that has takes the place of the last."""
    drawn = [int(index) for index in np.random.default_rng(seed).permutation(len(task.pool))]
    first = drawn[: task.plan.sizes[0]]
    if not any(task.pool[index].calls for index in first):
        first[-1] = next(index for index in drawn if task.pool[index].calls)
    return first


def simulate(task: Task, orders: Sequence[str], seed: int) -> dict[str, Curve]:
    """Let annotators label in each order; returns F1 by sessions labelled."""
    everything = list(range(len(task.pool)))
    full = measure_f1(task, learn(task, everything, seed))
    first = choose_first(task, seed)
    start = learn(task, first, seed)
    start_f1 = measure_f1(task, start)
    curves: dict[str, Curve] = {}
    for order in orders:
        labelled, models, curve = list(first), [start], {len(first): start_f1}
        for size in task.plan.sizes[1:]:
            labelled += choose_next(order, task, labelled, models, size - len(labelled), seed)
            models.append(learn(task, labelled, seed))
            curve[size] = measure_f1(task, models[-1])
        curves[order] = curve | {len(everything): full}
    return curves


# Figures -------------------------------------------------------------------------------------------------------


def count_needed(curve: Mapping[int, float]) -> float:
    """Say how many sessions reach `ENOUGH` of the last F1: between two sizes on a line over the logarithm of sizes."""
    sizes = sorted(curve)
    wanted = ENOUGH * curve[sizes[-1]]
    if curve[sizes[0]] >= wanted:
        return float(sizes[0])
    for low, high in pairwise(sizes):
        if curve[low] < wanted <= curve[high]:
            share = (wanted - curve[low]) / (curve[high] - curve[low])
            return float(low * (high / low) ** share)
    return float(sizes[-1])


def average(curves: Sequence[Curve]) -> Curve:
    """Average curves size by size."""
    return {size: float(np.mean([each[size] for each in curves])) for size in curves[0]}


def compare(curves: Sequence[Mapping[str, Curve]], order: str, other: str = "random") -> dict[str, Any]:
    """Compare an order with another: sessions needed, their ratio with a 95 % interval, the gain in F1 at each size."""
    chance = np.random.default_rng(0)
    ratios = []
    for _ in range(DRAWS):
        drawn = [curves[index] for index in chance.integers(0, len(curves), len(curves))]
        one, two = (count_needed(average([each[name] for each in drawn])) for name in (order, other))
        ratios.append(one / two)
    ours, theirs = (average([each[name] for each in curves]) for name in (order, other))
    low, high = np.percentile(ratios, [2.5, 97.5])
    sizes = sorted(ours)[1:-1]
    gained, margin = measure_gain(curves, order, other, sizes)
    by_size = {size: [round(value, 3) for value in measure_gain(curves, order, other, [size])] for size in sizes}
    return {
        "f1": {size: round(value, 3) for size, value in ours.items()},
        "needed": round(count_needed(ours), 1),
        "ratio": round(count_needed(ours) / count_needed(theirs), 2),
        "ratio_low": round(float(low), 2),
        "ratio_high": round(float(high), 2),
        "gained": round(gained, 3),
        "gained_margin": round(margin, 3),
        "gained_by_size": by_size,
    }


def measure_gain(
    curves: Sequence[Mapping[str, Curve]], order: str, other: str, sizes: Sequence[int]
) -> tuple[float, float]:
    """Measure how much higher F1 is in an order, in the mean of sizes, and half of its 95 % interval.

    The interval is Student's, of the differences seed by seed: it is honest with few seeds, where draws are too narrow.
    """
    from scipy.stats import t

    differences = [np.mean([each[order][size] - each[other][size] for size in sizes]) for each in curves]
    count = len(differences)
    if count < 2:
        return float(np.mean(differences)), float("nan")
    return float(np.mean(differences)), float(t.ppf(0.975, count - 1) * np.std(differences, ddof=1) / np.sqrt(count))


def main() -> None:
    """Simulate, print a table for each task and write all figures as JSON after every seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tasks", nargs="*", choices=list(TASKS), default=["songs", "species"])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--orders", nargs="+", choices=ORDERS, default=list(ORDERS))
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    tasks = {name: read_task(name, asked.data) for name in asked.tasks}
    report: dict[str, list[dict[str, Curve]]] = {name: [] for name in tasks}
    for seed in range(asked.seeds):
        for name, task in tasks.items():
            began = time.process_time()
            report[name].append(simulate(task, asked.orders, seed))
            spent_s = time.process_time() - began
            print(f"{name}, seed {seed}: {spent_s:.0f} CPU s {json.dumps(report[name][-1])}", flush=True)
            if asked.out:
                asked.out.write_text(json.dumps(report, indent=1))
    for name, task in tasks.items():
        print(f"{name}: {len(task.pool)} sessions of {SESSION_S:g} s, {len(report[name])} seeds")
        for order in asked.orders:
            print(f"  {order}: {compare(report[name], order)}")


if __name__ == "__main__":
    main()
