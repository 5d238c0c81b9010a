"""Measure how well and how fast sounds are described, beside the mean MFCC of hover's guide as librosa computes it.

Whether the nearest sounds are of the same kind says little where they come from the same song: 0.98 for anything. So
neighbours of the same song, file or recording do not count here (kNN-5 and precision at 20, by cosine).

* `syllables`: nine types of one Bengalese finch, by song;
* `birds`: which of four zebra finches, by file;
* `species`: zebra finches, a Bengalese finch, meerkats and bats, by recording;
* whatever folder is given with ``--folder``: ``CLASS_GROUP_anything.wav``, by group.

Speed is that of the whole job for one-second clips of files at their own rate: decoding, vectors, files and rows; then
of the same clips again, which copies; then of ``librosa.feature.mfcc`` of samples in memory, in one thread. It is told
by the clock and in processor time of all threads, as other programs on a busy machine count in the first only.

Measured on 2026-11-30 on two cores that eight others used too; ``digits`` are ten words of six synthetic voices:

=============== ================ ============== ============== ============= =========================== ==========
kNN-5 / P@20    syllables (1073) birds (498)    species (1948) digits (720)  a clip, the whole job       again
=============== ================ ============== ============== ============= =========================== ==========
three-views     0.995 / 0.979    0.976 / 0.849  1.000 / 0.999  0.775 / 0.596 0.70 ms (2,840 clips/s)     0.09 ms
mean-mfcc       0.973 / 0.932    0.970 / 0.853  0.953 / 0.946  0.311 / 0.286 0.69 ms (2,880 clips/s)     0.04 ms
librosa         as mean-mfcc                                                 4.8 ms (410 clips/s)
=============== ================ ============== ============== ============= =========================== ==========

Clips per second are those of two cores with nothing else to do. How far vectors are evened is decision 30.

``python benchmarks/embedding.py [--data ../shared/data] [--folder digits]``
"""

import argparse
import csv
import json
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from podcast_core.ml.embedding.built_in import BUILT_IN, make_embedder
from podcast_core.ml.embedding.space import fit_space
from podcast_core.settings import Settings
from podcast_core.workspace import open_workspace

LIBROSA = "librosa, one by one"
RATE_HZ, FILES, FILE_S = 32_000, 8, 300
MIN_SAMPLES = 200


@dataclass
class Sounds:
    """Clips, each with its rate, class and group."""

    clips: list[NDArray[np.float32]] = field(default_factory=list)
    rates: list[int] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)

    def add(self, path: Path, spans: Iterable[tuple[float, float, str]], group: str) -> None:
        """Add spans of a file: start, end and class."""
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        for start_s, end_s, name in spans:
            clip = samples[round(start_s * rate) : round(end_s * rate), 0]
            if len(clip) >= MIN_SAMPLES:
                self.clips.append(np.ascontiguousarray(clip))
                self.rates.append(rate)
                self.classes.append(name)
                self.groups.append(group)


def load_syllables(data: Path) -> Sounds:
    """Load the syllables of one Bengalese finch."""
    found = Sounds()
    by_song: dict[str, list[tuple[float, float, str]]] = {}
    with (data / "bengalese_bird0" / "annotations.csv").open() as file:
        for row in csv.DictReader(file):
            spans = by_song.setdefault(row["filename"], [])
            spans.append((float(row["onset"]), float(row["offset"]), row["clustername"]))
    for name, spans in by_song.items():
        found.add(data / "bengalese_bird0" / name, spans, name)
    return found


def load_calls(folder: Path, name_of: Callable[[str], str]) -> Sounds:
    """Load calls of a folder of WAV files with JSON beside them; each file is a group."""
    found = Sounds()
    for path in sorted(folder.glob("*.json")):
        told = json.loads(path.read_text())
        name = name_of(path.stem)
        spans = [(start, end, name) for start, end in zip(told["onset"], told["offset"], strict=True)]
        found.add(path.with_suffix(".wav"), spans, path.stem)
    return found


def load_species(data: Path) -> Sounds:
    """Load calls of four kinds of animals."""
    parts = [
        load_calls(data / "zebra_finch", lambda _: "zebra finch"),
        load_calls(data / "meerkat", lambda _: "meerkat"),
        load_syllables(data),
        load_bats(data / "bats"),
    ]
    parts[2].classes = ["Bengalese finch"] * len(parts[2].clips)
    return Sounds(
        [clip for part in parts for clip in part.clips],
        [rate for part in parts for rate in part.rates],
        [name for part in parts for name in part.classes],
        [group for part in parts for group in part.groups],
    )


def load_bats(folder: Path) -> Sounds:
    """Load the loudest 40 pieces of 20 ms of each recording of bats: their boxes are of another format."""
    found = Sounds()
    for path in sorted(folder.glob("*.wav")):
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        length = round(0.02 * rate)
        count = len(samples) // length
        loudness = (samples[: count * length, 0].reshape(count, length) ** 2).sum(axis=1)
        best = np.sort(np.argsort(loudness)[::-1][:40])
        found.add(path, [(index * 0.02, (index + 1) * 0.02, "bat") for index in best], path.stem)
    return found


def load_folder(folder: Path) -> Sounds:
    """Load files called CLASS_GROUP_anything.wav."""
    found = Sounds()
    for path in sorted(folder.glob("*.wav")):
        name, group = path.stem.split("_")[:2]
        found.add(path, [(0.0, soundfile.info(path).duration, name)], group)
    return found


def describe(sounds: Sounds, name: str) -> NDArray[np.floating]:
    """Make vectors with an embedder, or with librosa."""
    rates = sorted(set(sounds.rates))
    if name == LIBROSA:
        return np.array([_mean_mfcc(*each) for each in zip(sounds.clips, sounds.rates, strict=True)])
    embedder = make_embedder(name, rates)
    features = np.empty((len(sounds.clips), embedder.dimension), np.float32)
    for rate in rates:
        rows = [row for row, its in enumerate(sounds.rates) if its == rate]
        features[rows] = embedder.describe([sounds.clips[row] for row in rows], rate)
    return fit_space(features, embedder.blocks).place(features) if embedder.blocks else features


def _mean_mfcc(clip: NDArray[np.float32], rate: int) -> NDArray[np.floating]:
    import librosa

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # many calls are shorter than its window
        found: NDArray[np.floating] = librosa.feature.mfcc(y=clip, sr=rate, n_mfcc=32).mean(axis=1)
    return found


def score(vectors: NDArray[np.floating], classes: Sequence[str], groups: Sequence[str]) -> tuple[float, float]:
    """Compute kNN-5 and precision at 20 by cosine, with neighbours of other groups only."""
    kinds, parts = (np.unique(each, return_inverse=True)[1] for each in (classes, groups))
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    alike = unit @ unit.T
    alike[parts[:, None] == parts[None, :]] = -np.inf
    nearest = np.argsort(-alike, axis=1)[:, :20]
    right = 0
    for row, kind in enumerate(kinds):
        votes = kinds[nearest[row, :5]]
        counts = np.bincount(votes)
        right += next(vote for vote in votes if counts[vote] == counts.max()) == kind
    return right / len(kinds), float((kinds[nearest] == kinds[:, None]).mean())


def measure_speed(folder: Path) -> None:
    """Print clips per second of the whole job, files, vectors and rows, and of describing them again."""
    from podcast_core.services.explore import collections, notebooks
    from podcast_core.services.intake.ingest import ingest

    workspace = open_workspace(Settings(data_dir=folder / "data"))
    chance = np.random.default_rng(0)
    for number in range(FILES):
        sound = 0.1 * chance.standard_normal(RATE_HZ * FILE_S)
        soundfile.write(folder / f"{number}.wav", sound, RATE_HZ, subtype="PCM_16")
    told = ingest(workspace, paths=sorted(folder.glob("*.wav")), round_name="Speed")
    for name in BUILT_IN:
        make_embedder(name, [RATE_HZ]).describe([np.zeros(RATE_HZ, np.float32)], RATE_HZ)
        shutil.rmtree(folder / "data" / "store" / "explore", ignore_errors=True)
        for what in (name, "  a second time"):
            each = collections.add_collection(workspace, round_id=told.round_id, name=what, embedder=name)

            def run(collection_id: str = each.id) -> None:
                notebooks.describe(workspace, collection_id=collection_id)

            _print_speed(what, run, FILES * FILE_S)
    heard = [soundfile.read(folder / "0.wav", dtype="float32")[0][s * RATE_HZ : (s + 1) * RATE_HZ] for s in range(100)]
    _mean_mfcc(heard[0], RATE_HZ)
    with threadpool_limits(1):
        _print_speed(LIBROSA, lambda: [_mean_mfcc(clip, RATE_HZ) for clip in heard], len(heard))
    workspace.database.close()


def _print_speed(name: str, work: Callable[[], object], clips: int) -> None:
    clock_s, cpu_s = time.perf_counter(), time.process_time()
    work()
    clock_s, cpu_s = time.perf_counter() - clock_s, time.process_time() - cpu_s
    per_clip_ms, alone = 1000 * cpu_s / clips, 2 * clips / cpu_s
    print(f"{name:22} {clips / clock_s:8,.0f} clips/s by the clock, {per_clip_ms:6.2f} ms of processor a clip", end="")
    print(f" ({alone:,.0f} clips/s on two cores of its own)", flush=True)


def main() -> None:
    """Print a table of figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--folder", type=Path, help="more sounds, called CLASS_GROUP_anything.wav")
    parser.add_argument("--only", choices=("quality", "speed"))
    asked = parser.parse_args()
    if asked.only != "speed":
        sets = {
            "syllables": load_syllables(asked.data),
            "birds": load_calls(asked.data / "zebra_finch", lambda stem: stem.split("_")[2].split("-")[0]),
            "species": load_species(asked.data),
        }
        if asked.folder:
            sets[asked.folder.name] = load_folder(asked.folder)
        print(f"{'kNN-5 / P@20':22}", *(f"{name} ({len(each.clips)})".rjust(18) for name, each in sets.items()))
        for name in (*BUILT_IN, LIBROSA):
            found = [score(describe(each, name), each.classes, each.groups) for each in sets.values()]
            print(f"{name:22}", *(f"{knn:.3f} / {precision:.3f}".rjust(18) for knn, precision in found), flush=True)
    if asked.only != "quality":
        with tempfile.TemporaryDirectory() as folder:
            measure_speed(Path(folder))


if __name__ == "__main__":
    main()
