"""Measure what labelling in bulk saves, and how fast it is.

A simulated person labels 95 % of the syllables of 24 songs (Bengalese finch Bird0, ../shared/data) with 98 % of the
labels right: by lassos on a map, by hover's recipe (mean MFCC as they are, every heap, five heard), and one by one. A
heap is what the map shows as one (HDBSCAN on its coordinates), the largest first. The person hears a few members of a
selection, as the quick check draws them, and applies the label when they agree. Annotations are the truth.

*By ear first* is how we recommend to work: point at each heap, which plays it, then lasso neighbours that sound alike
in one stroke, and check. All that is heard counts, pointing too; a lasso that takes something out of another counts.

Then 10,000 clips get a label in one act, in 10,000 sessions and in 200, and another one, and are taken back.

    python benchmarks/bulk.py [--songs ../shared/data/bengalese_bird0]

Measured on 2026-11-30 (1,073 syllables with 9 labels; means of 8 seeds, from least to most):

========================= ================ ================ ====== ===================== ===== ======= ========
way                       lassos           listens          clicks labelled              right enough* heard of
========================= ================ ================ ====== ===================== ===== ======= ========
one by one                0                1,073            1,073  100 %                 100 %         1 in 1
mean MFCC, hover's recipe 18.0 (16 to 21)  90 (80 to 105)   90     92.9 % (89.2 to 94.6) 98.9  0 of 8  1 in 11
mean MFCC, heap by heap   14.8 (11 to 17)  46 (35 to 55)    30     85.5 % (71.7 to 94.1) 99.1  0 of 8  1 in 20
three views, heap by heap 13.0             39               26     96.9 % (96.6 to 97.0) 99.5  8 of 8  1 in 27
three views, by ear first 9.4 (9 to 11)     34 (32 to 40)    20     96.6 % (95.1 to 99.4) 99.5  8 of 8  1 in 31
========================= ================ ================ ====== ===================== ===== ======= ========

(* 95 % labelled at 98 % right.) The reference needs 18 lassos and 90 listens. Nine labels need nine lassos.
A classifier that learns after each lasso, so that only what is new to it is lassoed and the rest is accepted label by
label, was tried as well: 9 to 14 lassos and 39 to 57 listens, and 94 % right where a label was new to it. It pays where
a label has many heaps.

10,000 clips took 1.4 s of a processor in 10,000 sessions (2.5 s when they had an answer already, undo 0.7 s), and
0.5 s in 200 sessions (0.8 s, undo 0.02 s), without clips of collections, on busy cores.
"""

import argparse
import csv
import itertools
import sys
import tempfile
import time
import uuid
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from podcast_core.domain.bulk_act import BulkDeed
from podcast_core.ml.embedding.interfaces import ClipEmbedder
from podcast_core.ml.embedding.mean_mfcc import MeanMfcc
from podcast_core.ml.embedding.space import fit_space
from podcast_core.ml.embedding.three_views import ThreeViews, choose_high_hz
from podcast_core.ml.projection.drawing import draw_map
from podcast_core.services.explore.quick_check import draw_members
from podcast_core.services.labels import bulk
from podcast_core.services.labels.bulk import BulkRequest
from podcast_core.settings import Settings
from podcast_core.workspace import open_workspace
from tests.services.bulk import make_many

ENOUGH, RIGHT = 0.95, 0.98
CORRIDOR = 0.01  # of the map's width, on both sides of a stroke from heap to heap
FIRST, MORE = 3, 5  # heard of a lasso, and in all where they do not agree
SEEDS = 8


@dataclass(frozen=True)
class Syllables:
    """Pieces of songs: the sound, the true label, and which song each is from."""

    clips: list[NDArray[np.float32]]
    labels: NDArray[np.object_]
    songs: NDArray[np.object_]
    rate: int


@dataclass
class Work:
    """What a person did, and what came of it."""

    lassos: int = 0
    listens: int = 0
    clicks: int = 0
    labelled: float = 0.0
    right: float = 0.0


def read_songs(folder: Path) -> Syllables:
    """Read all syllables that are annotated."""
    sounds: dict[str, tuple[NDArray[np.float32], int]] = {}
    clips, labels, songs = [], [], []
    with open(folder / "annotations.csv", newline="") as file:
        for row in csv.DictReader(file):
            name = row["filename"]
            if name not in sounds:
                sounds[name] = soundfile.read(folder / name, dtype="float32")
            samples, rate = sounds[name]
            piece = samples[round(float(row["onset"]) * rate) : round(float(row["offset"]) * rate)]
            clips.append(piece if piece.ndim == 1 else piece[:, 0])
            labels.append(row["clustername"])
            songs.append(name)
    return Syllables(clips, np.array(labels, object), np.array(songs, object), rate)


def describe(syllables: Syllables, embedder: ClipEmbedder) -> NDArray[np.float32]:
    """Describe syllables by one of our embedders, in the space that it is fitted to."""
    features = embedder.describe(syllables.clips, syllables.rate)
    return fit_space(features, embedder.blocks).place(features) if embedder.blocks else features


def find_heaps(places: NDArray[np.float32], least: int) -> list[NDArray[np.int64]]:
    """Find what a map shows as heaps, the largest first."""
    from sklearn.cluster import HDBSCAN

    found = HDBSCAN(min_cluster_size=least, copy=True).fit_predict(places)
    heaps = [np.flatnonzero(found == heap) for heap in range(found.max() + 1)]
    return sorted(heaps, key=len, reverse=True)


def work_with_lassos(syllables: Syllables, places: NDArray[np.float32], seed: int) -> Work:
    """Lasso heaps until enough is labelled: few are heard where they agree, and who does not fit is put out."""
    work, given = Work(), np.full(len(places), "", object)
    for heap in find_heaps(places, max(10, len(places) // 60)):
        work.lassos += 1
        order = draw_members(heap, syllables.songs[heap], MORE, seed)
        heard = order[:FIRST]
        if len(set(syllables.labels[heard])) > 1:
            heard = order
        work.listens += len(heard)
        label, agreed = Counter(syllables.labels[heard]).most_common(1)[0]
        if agreed < len(heard) - 1:
            continue
        given[heap] = label
        for each in heard:  # evicted from the selection, and labelled by a key
            given[each] = syllables.labels[each]
        work.clicks += 2 + 2 * (len(heard) - agreed)  # choose the label, apply
        if (given != "").mean() >= ENOUGH:
            break
    return finish(work, given, syllables)


def work_by_ear(syllables: Syllables, places: NDArray[np.float32], seed: int) -> Work:
    """Point at each heap first, which plays it; then one lasso for neighbours that sound alike, and a quick check.

    Two heaps are neighbours when nothing else lies on the straight way from one to the other, so that one stroke goes
    around both. Where the check finds a heap that does not belong, it is taken out by one more lasso and has its own.
    """
    work, given = Work(), np.full(len(places), "", object)
    heaps = find_heaps(places, max(10, len(places) // 60))
    pointed = [int(heap[np.argmin(((places[heap] - places[heap].mean(0)) ** 2).sum(1))]) for heap in heaps]
    work.listens += len(heaps)
    waiting = join_neighbours(places, heaps, [syllables.labels[each] for each in pointed])
    while waiting and (given != "").mean() < ENOUGH:
        group = max(waiting, key=lambda each: sum(len(heaps[heap]) for heap in each))
        waiting.remove(group)
        work.lassos += 1
        heard = [pointed[heap] for heap in group]
        chosen = np.concatenate([heaps[heap] for heap in group])
        drawn = [each for each in draw_members(chosen, syllables.songs[chosen], MORE, seed) if each not in heard]
        more = drawn[: FIRST - 1]
        if len(set(syllables.labels[[*heard, *more]])) > 1:
            more = drawn
        work.listens += len(more)
        heard += more
        label, agreed = Counter(syllables.labels[heard]).most_common(1)[0]
        odd = [
            heap
            for heap in group
            for names in [syllables.labels[np.intersect1d(heaps[heap], heard)]]
            if len(group) > 1 and 2 * (names == label).sum() <= len(names)
        ]
        if odd:
            work.lassos += 1  # with "difference"
            waiting += [[heap] for heap in odd]
            chosen = np.concatenate([heaps[heap] for heap in group if heap not in odd])
            heard = [each for each in heard if each in chosen]
            agreed = int((syllables.labels[heard] == label).sum())
        if agreed >= len(heard) - 1:
            given[chosen] = label
            work.clicks += 2 + 2 * (len(heard) - agreed)  # choose the label, apply; those that differ by a key
            for each in heard:
                given[each] = syllables.labels[each]
    return finish(work, given, syllables)


def join_neighbours(places: NDArray[np.float32], heaps: list[NDArray[np.int64]], names: list[str]) -> list[list[int]]:
    """Join heaps of one name that a stroke can go around: groups of places in the list of heaps."""
    groups = [[heap] for heap in range(len(heaps))]
    for one, other in itertools.combinations(range(len(heaps)), 2):
        if names[one] == names[other] and is_free(places, heaps, names, one, other):
            mine, theirs = (next(group for group in groups if heap in group) for heap in (one, other))
            if mine is not theirs:
                groups.remove(theirs)
                mine += theirs
    return groups


def is_free(
    places: NDArray[np.float32], heaps: list[NDArray[np.int64]], names: list[str], one: int, other: int
) -> bool:
    """Tell whether nothing of another name lies near the straight way between two heaps."""
    here, there = places[heaps[one]], places[heaps[other]]
    nearest = np.unravel_index(((here[:, None] - there[None]) ** 2).sum(2).argmin(), (len(here), len(there)))
    start, way = here[nearest[0]], there[nearest[1]] - here[nearest[0]]
    same = np.concatenate([heap for heap, name in zip(heaps, names, strict=True) if name == names[one]])
    rest = np.delete(places, same, axis=0)
    along = np.clip(((rest - start) @ way) / max(1e-9, float(way @ way)), 0, 1)
    distance = np.linalg.norm(rest - (start + along[:, None] * way), axis=1)
    return bool(distance.min() > CORRIDOR * np.ptp(places, axis=0).max())


def work_as_hover(syllables: Syllables, places: NDArray[np.float32], seed: int) -> Work:
    """Lasso every heap, hear five, keep the label when four agree; as the reference counts it."""
    work, given = Work(), np.full(len(places), "", object)
    chance = np.random.default_rng(seed)
    for heap in find_heaps(places, 15):
        work.lassos += 1
        heard = chance.choice(heap, min(5, len(heap)), replace=False)
        work.listens += len(heard)
        label, agreed = Counter(syllables.labels[heard]).most_common(1)[0]
        if agreed >= 4:
            given[heap] = label
            work.clicks += 5  # view selected, type, apply, commit, push
    return finish(work, given, syllables)


def finish(work: Work, given: NDArray[np.object_], syllables: Syllables) -> Work:
    """Say how much is labelled, and how much of that is right."""
    done = given != ""
    work.labelled = float(done.mean())
    work.right = float((given == syllables.labels)[done].mean()) if done.any() else 0.0
    return work


def measure_work(folder: Path) -> None:
    """Compare the ways to label the songs."""
    syllables = read_songs(folder)
    count = len(syllables.clips)
    print(f"{count:,} syllables of {len(set(syllables.songs))} songs, {len(set(syllables.labels))} labels")
    print_work("one by one", [Work(0, count, count, 1.0, 1.0)])
    for name, embedder, ways in (
        ("mean MFCC", MeanMfcc(), {"hover's recipe": work_as_hover, "heap by heap": work_with_lassos}),
        (
            "three views",
            ThreeViews(choose_high_hz([syllables.rate])),
            {"heap by heap": work_with_lassos, "by ear first": work_by_ear},
        ),
    ):
        vectors = describe(syllables, embedder)
        held_out = np.zeros(count, bool)
        maps = [draw_map(vectors, held_out, method="pacmap", seed=seed).places for seed in range(SEEDS)]
        for called, way in ways.items():
            print_work(f"{name}, {called}", [way(syllables, places, seed) for seed, places in enumerate(maps)])


def print_work(name: str, outcomes: list[Work]) -> None:
    """Print means and ranges."""
    told = []
    for what, form in (("lassos", ".1f"), ("listens", ".1f"), ("clicks", ".1f"), ("labelled", ".1%"), ("right", ".2%")):
        values = [getattr(each, what) for each in outcomes]
        told.append(f"{what} {np.mean(values):{form}} ({min(values):{form}} to {max(values):{form}})")
    good = sum(each.labelled >= ENOUGH and each.right >= RIGHT for each in outcomes)
    print(f"  {name:26}{', '.join(told)}; {good} of {len(outcomes)} seeds reach 95 % at 98 %", flush=True)


def measure_speed() -> None:
    """Label 10,000 clips in one act, again, and take that back."""
    for session_count, each in ((10_000, 1), (200, 50)):
        with tempfile.TemporaryDirectory() as folder:
            workspace = open_workspace(Settings(data_dir=Path(folder)))
            stretches = make_many(workspace, session_count=session_count, each=each)
            took = []
            for label in ("call", "whistle"):
                request = BulkRequest(uuid.uuid4().hex, "many", BulkDeed.LABEL, stretches, "Bo", label)
                with stopwatch(took):
                    done = bulk.act_in_bulk(workspace, request)
            with stopwatch(took):
                bulk.undo(workspace, act_id="undo", undoes=done.act.id, who="Bo")
            workspace.jobs.close()
            workspace.database.close()
        told = ", ".join(f"{what} {wall:.2f} s ({cpu:.2f} CPU)" for what, (wall, cpu) in zip(WHAT, took, strict=True))
        print(f"10,000 clips in {session_count:,} sessions: {told}")


WHAT = ("label", "label again", "undo")


class stopwatch:  # used as a word
    """Notes seconds by the clock and of the processor."""

    def __init__(self, took: list[tuple[float, float]]) -> None:
        self._took = took

    def __enter__(self) -> None:
        self._began = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        self._took.append((time.perf_counter() - self._began[0], time.process_time() - self._began[1]))


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).resolve().parents[2] / "shared" / "data" / "bengalese_bird0"
    parser.add_argument("--songs", type=Path, default=default)
    asked = parser.parse_args()
    if asked.songs.is_dir():
        measure_work(asked.songs)
    else:
        print(f"There are no songs in {asked.songs}.")
    measure_speed()


if __name__ == "__main__":
    main()
