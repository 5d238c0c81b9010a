"""Measure the agile loop: speed of searches and maps, and how many labels a classifier needs, by strategy.

    python -m benchmarks.agile [--songs FOLDER] [--seeds 8] [--only strategies]

A person who makes no mistakes answers batches of ten, the first of them the clips most like one example. Windows of
0.2 s of songs are described by each built-in embedder; songs are learnt from or measured on as a whole. What counts is
how many labels it takes to .95 of the F1 that all labels of the same songs give, for rare calls (less than a twentieth
of the windows) and for common ones. It takes about six minutes of a processor.

Measured on 2026-11-30 (2,067 windows of Bird0's 24 shared songs; 3 rare labels and 6 common ones, 8 seeds each): the
median of the labels that it took, and how often the goal was reached with 300 at most.

======== ================= =================== ================ =================
strategy three views, rare three views, common mean MFCC, rare  mean MFCC, common
======== ================= =================== ================ =================
margin   30   (100 %)      70   (100 %)        75   (96 %)      40   (100 %)
badge    35   (100 %)      60   (100 %)        300+ (33 %)      100  (88 %)
quantile 140  (58 %)       65   (98 %)         300+ (12 %)      205  (62 %)
top      35   (100 %)      100  (92 %)         80   (96 %)      100  (92 %)
far      80   (83 %)       60   (100 %)        300+ (17 %)      75   (77 %)
random   135  (75 %)       70   (98 %)         300+ (29 %)      250  (60 %)
======== ================= =================== ================ =================

Each embedder has a goal of its own, as its F1 with all labels is another one: columns are not to be compared with
each other. With rare calls, margin needs a quarter of the labels that random clips do.
"""

import argparse
import csv
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_curve
from threadpoolctl import threadpool_limits

from podcast_core.ml.agile.classifier import train
from podcast_core.ml.agile.search import Space, find_best, make_query, search
from podcast_core.ml.agile.strategies import Strategy, choose
from podcast_core.ml.embedding.built_in import BUILT_IN, make_embedder
from podcast_core.ml.embedding.directions import Vectors, to_directions
from podcast_core.ml.embedding.space import fit_space
from podcast_core.ml.projection.drawing import draw_map

WINDOW_S, HOP_S = 0.2, 0.1
RARE = 0.05
BATCH, MOST = 10, 300
ENOUGH = 0.95
STRATEGIES = (Strategy.MARGIN, Strategy.BADGE, Strategy.QUANTILE, Strategy.TOP, Strategy.FAR, Strategy.RANDOM)


def read_windows(folder: Path) -> tuple[list[NDArray[np.float32]], list[str], NDArray[np.object_], int]:
    """Read windows of all songs: the sound, the label with most of it (none: ""), and the song."""
    boxes: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
    with open(folder / "annotations.csv", newline="") as file:
        for row in csv.DictReader(file):
            boxes[row["filename"]].append((float(row["onset"]), float(row["offset"]), row["clustername"]))
    clips, labels, songs, rate = [], [], [], 0
    for name, calls in boxes.items():
        samples, rate = soundfile.read(folder / name, dtype="float32", always_2d=True)
        for start_s in np.arange(0, len(samples) / rate - WINDOW_S, HOP_S):
            heard: dict[str, float] = defaultdict(float)
            for onset, offset, label in calls:
                heard[label] += max(0.0, min(offset, start_s + WINDOW_S) - max(onset, start_s))
            best = max(heard, key=lambda label: heard[label])
            clips.append(samples[round(start_s * rate) : round((start_s + WINDOW_S) * rate), 0])
            labels.append(best if heard[best] >= 0.03 else "")
            songs.append(name)
    return clips, labels, np.array(songs, object), rate


def find_best_f1(is_label: NDArray[np.bool_], scores: NDArray[np.float32]) -> float:
    """Find F1 at the best threshold."""
    precision, recall, _ = precision_recall_curve(is_label, scores)
    return float((2 * precision * recall / np.maximum(precision + recall, 1e-9)).max())


def count_labels(
    directions: Vectors,
    is_label: NDArray[np.bool_],
    learnt: NDArray[np.int64],
    apart: NDArray[np.int64],
    *,
    strategy: Strategy,
    seed: int,
    goal: float,
) -> int:
    """Count the labels to the goal; `MOST` when it is not reached."""
    chance = np.random.default_rng(seed)
    ours, truth = directions[learnt], is_label[learnt]
    space = Space(ours)
    first = int(chance.choice(np.flatnonzero(truth)))
    known = find_best(space.measure_alike(make_query(ours[[first]])), BATCH).tolist()
    while True:
        names = ["x" if truth[number] else "" for number in known]
        is_open = np.ones(len(ours), bool)
        is_open[known] = False
        made = train(ours[known], names, embedder="e/1", others=ours[is_open], labels=["x"], seed=seed)
        if find_best_f1(is_label[apart], made.compute_logits(directions[apart])[:, 0]) >= goal or len(known) >= MOST:
            return len(known)
        logits = made.compute_logits(ours)[:, 0]
        asked = choose(strategy, logits, ours, is_open, BATCH, seed=seed, is_labelled=~is_open)
        known += [each.number for each in asked]


def measure_strategies(folder: Path, seeds: int) -> None:
    """Print the median count of labels by embedder, strategy and how rare a call is."""
    clips, labels, songs, rate = read_windows(folder)
    given = np.array(labels, object)
    shares = {label: float((given == label).mean()) for label in sorted(set(labels) - {""})}
    groups = {
        "rare": [each for each in shares if shares[each] < RARE],
        "common": [each for each in shares if shares[each] >= RARE],
    }
    print(f"{len(clips):,} windows of {len(set(songs))} songs; " + ", ".join(f"{k} {v:.1%}" for k, v in shares.items()))
    for name in BUILT_IN:
        embedder = make_embedder(name, [rate])
        described = embedder.describe(clips, rate)
        vectors = fit_space(described, embedder.blocks).place(described) if embedder.blocks else described
        directions = to_directions(vectors)
        for kind, some in groups.items():
            for strategy in STRATEGIES:
                counts = [
                    measure_one(directions, given == label, songs, strategy, seed)
                    for label in some
                    for seed in range(seeds)
                ]
                if counts:
                    reached = np.mean(np.array(counts) < MOST)
                    line = f"{name:12} {kind:6} {strategy.value:8} median {np.median(counts):4.0f} labels"
                    print(f"{line}, reached in {reached:.0%} of {len(counts)}", flush=True)


def measure_one(
    directions: Vectors, is_label: NDArray[np.bool_], songs: NDArray[np.object_], strategy: Strategy, seed: int
) -> int:
    """Count the labels that one strategy needs for one label, with some songs left out."""
    names = np.random.default_rng(seed).permutation(sorted(set(songs)))
    is_apart = np.isin(songs.astype(str), names[: max(1, len(names) * 3 // 10)].astype(str))
    learnt, apart = np.flatnonzero(~is_apart), np.flatnonzero(is_apart)
    if not is_label[learnt].any() or not is_label[apart].any():
        return MOST
    whole = train(directions[learnt], np.where(is_label[learnt], "x", "").tolist(), embedder="e/1", labels=["x"])
    goal = ENOUGH * find_best_f1(is_label[apart], whole.compute_logits(directions[apart])[:, 0])
    return count_labels(directions, is_label, learnt, apart, strategy=strategy, seed=seed, goal=goal)


def measure_speed(sizes: Sequence[int] = (100_000, 1_000_000)) -> None:
    """Print what a search costs beside numpy's own product, and what maps cost."""
    for count in sizes:
        measure_search(count)
    measure_training()
    for method, count in (("pca", 100_000), ("pacmap", 2_000), ("pacmap", 20_000), ("umap", 2_000), ("tsne", 2_000)):
        start = time.perf_counter()
        vectors = np.random.default_rng(0).standard_normal((count, 144), np.float32)
        draw_map(vectors, np.zeros(count, bool), method=method)
        print(f"map by {method} of {count:,} x 144: {time.perf_counter() - start:.2f} s", flush=True)


def measure_search(count: int) -> None:
    """Print what a search costs beside numpy's own product."""
    space = Space(to_directions(np.random.default_rng(0).standard_normal((count, 128), np.float32)))
    query = space.directions[0]
    alone = take_best(lambda: space.directions @ query)
    whole = take_best(lambda: search(space, space.measure_alike(query), 50))
    print(f"search in {count:,} x 128: {whole * 1e3:.2f} ms, the product alone {alone * 1e3:.2f} ms", flush=True)


def measure_training(known: int = 500, kinds: int = 8) -> None:
    """Print what it costs to learn a classifier, beside scikit-learn's logistic regression on the same labels."""
    chance = np.random.default_rng(0)
    kind = chance.integers(kinds, size=2000)
    directions = to_directions((np.eye(kinds, 144)[kind] + chance.standard_normal((2000, 144)) / 8).astype(np.float32))
    names = [f"kind {each}" for each in kind[:known]]
    with threadpool_limits(1):
        ours = take_best(lambda: train(directions[:known], names, embedder="e/1", others=directions), tries=3)
        theirs = take_best(lambda: LogisticRegression(max_iter=1000).fit(directions[:known], names), tries=3)
    print(f"classifier of {kinds} labels from {known} clips: {ours:.2f} s, scikit-learn {theirs:.2f} s", flush=True)


def take_best(work: Callable[[], object], tries: int = 40) -> float:
    """Time something: the best of many tries."""
    best = float("inf")
    for _ in range(tries):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).resolve().parents[2] / "shared" / "data" / "bengalese_bird0"
    parser.add_argument("--songs", type=Path, default=default)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--only", choices=("speed", "strategies"))
    asked = parser.parse_args()
    if asked.only != "strategies":
        measure_speed()
    if asked.only == "speed":
        return
    if asked.songs.is_dir():
        with threadpool_limits(1):  # so small problems take longer where threads wait for each other
            measure_strategies(asked.songs, asked.seeds)
    else:
        print(f"There are no songs in {asked.songs}.")


if __name__ == "__main__":
    main()
