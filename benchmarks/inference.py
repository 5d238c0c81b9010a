"""Measure how fast models find calls, and in how much memory; the reference is librosa's log-mel features alone.

An hour of synthetic sea at 48 kHz is run through `podcast_core.ml.running.run_detector`, as a model run does it, by
each kind of model in a process of its own with one thread: times real time (of processor time, so that a busy machine
does not count), the same against the features, which find nothing, and the peak of resident memory after the first 10 s
and in the end. Then five minutes with different numbers of windows at once, and on CUDA where it is.

``python benchmarks/inference.py [--minutes 60] [--only onnx tcn]``
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from benchmarks.parts.sea import RATE_HZ, Sound, plan_sounds, write_sea
from podcast_core.audio.files import read_samples
from podcast_core.domain.model import ModelVersion
from podcast_core.ml.energy.detector import EnergyDetector
from podcast_core.ml.external.card import read_card
from podcast_core.ml.interfaces import Example, Found
from podcast_core.ml.registry.loaded import LoadedModels
from podcast_core.ml.registry.versions import add_version
from podcast_core.ml.running import BLOCK_S, run_detector
from podcast_core.storage.files import FileStore
from podcast_core.worker.process import limit_threads

FEATURES = "librosa's log-mel alone"
BATCH_SIZES = (1, 4, 16, 64)
TRAINED_ON_S = 60
BUDGET_S = 8.0  # a well trained network is not faster
MEL = {"n_fft": 1024, "hop": 512, "mels": 64}

Made = tuple[ModelVersion, bytes]
NOW = datetime(2026, 11, 25, tzinfo=UTC)

# The models ----------------------------------------------------------------------------------------------------


def make_energy(_path: Path, _sounds: list[Sound]) -> Made:
    """Make an energy detector of a band."""
    detector = EnergyDetector(low_hz=2000, high_hz=16_000)
    return ModelVersion("energy", 1, "energy", detector.labels, NOW, parameters=detector.parameters()), b""


def make_window_model(kind: str, weights: bytes, **card: Any) -> Made:
    """Make a model of a network that judges windows."""
    labels = ["other", "call"]
    document = {
        "format": kind,
        "sample_rate_hz": RATE_HZ,
        "window_s": 2.0,
        "hop_s": 1.0,
        "labels": labels,
        "output": {"values": "logits"},
        "smoothing": "mean",
        **card,
    }
    parameters = read_card(document, kind).parameters()
    return ModelVersion(kind, 1, kind, tuple(labels), NOW, parameters=parameters), weights


def make_onnx(_path: Path, _sounds: list[Sound]) -> Made:
    """Make a network that does next to nothing: what reading, cutting and boxes cost."""
    from tests.ml.networks import write_onnx

    return make_window_model("onnx", write_onnx(2 * RATE_HZ))


def make_convolutions(_path: Path, _sounds: list[Sound]) -> Made:
    """Make a small classifier on log-mel pictures, of 0.4 million weights, as torch.export."""
    import torch

    torch.manual_seed(0)
    layers: list[Any] = []
    for come, go in ((1, 32), (32, 64), (64, 128), (128, 256)):
        layers += [torch.nn.Conv2d(come, go, 3, stride=2, padding=1), torch.nn.ReLU()]
    network = torch.nn.Sequential(
        *layers, torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(256, 2)
    ).eval()
    picture = torch.zeros(2, 1, MEL["mels"], 2 * RATE_HZ // MEL["hop"] + 1)
    program = torch.export.export(network, (picture,), dynamic_shapes=({0: torch.export.Dim("batch")},))
    buffer = BytesIO()
    torch.export.save(program, buffer)
    layout = ["batch", 1, "mels", "frames"]
    return make_window_model("torch-export", buffer.getvalue(), input={"log_mel": MEL, "layout": layout})


def make_segmenter(kind: str) -> Callable[[Path, list[Sound]], Made]:
    """Make what trains a segmenter on the first minute of the recording."""

    def make(path: Path, sounds: list[Sound]) -> Made:
        from podcast_core.ml.segmenter.training import train_segmenter

        samples = read_samples(str(path), channel=0, start_s=0, end_s=TRAINED_ON_S)
        calls = [Found(each.start_s, each.end_s, each.label) for each in sounds if each.end_s < TRAINED_ON_S]
        trained = train_segmenter([Example(samples, RATE_HZ, calls)], kind=kind, budget_s=BUDGET_S)
        version = ModelVersion(kind, 1, kind, trained.labels, NOW, parameters=trained.parameters)
        return version, trained.weights

    return make


MODELS: dict[str, Callable[[Path, list[Sound]], Made]] = {
    "energy": make_energy,
    "onnx": make_onnx,
    "torch-export": make_convolutions,
    "tcn": make_segmenter("tcn"),
    "crnn": make_segmenter("crnn"),
}

# One measurement, in a process of its own ----------------------------------------------------------------------


def measure(store: str, name: str, path: str, seconds: float, device: str, batch_size: int | None) -> dict[str, float]:
    """Run a model, or the features, over the first ``seconds`` of a recording."""
    limit_threads()
    if name == FEATURES:

        def run(end_s: float) -> int:
            return run_features(path, end_s)

    else:
        detector = LoadedModels(FileStore(store), device).load_detector(name)
        if batch_size:
            vars(detector)["card"] = vars(detector)["card"].model_copy(update={"batch_size": batch_size})

        def run(end_s: float) -> int:
            blocks = run_detector(detector, path, channel=0, sample_rate_hz=RATE_HZ, end_s=end_s)
            return sum(len(found) for _, found in blocks)

    run(10)  # imports, caches
    before = peak_bytes()
    began, began_cpu = time.perf_counter(), time.process_time()
    calls = run(seconds)
    passed, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    return {"wall_s": passed, "cpu_s": cpu, "calls": calls, "before": before, "peak": peak_bytes()}


def run_features(path: str, end_s: float) -> int:
    """Compute log-mel features with librosa, a block at a time: the same reading, nothing found."""
    import librosa

    frames = 0
    for start_s in range(0, int(end_s), BLOCK_S):
        samples = read_samples(path, channel=0, start_s=start_s, end_s=min(start_s + BLOCK_S, end_s))
        power = librosa.feature.melspectrogram(y=samples, sr=RATE_HZ, n_fft=1024, hop_length=512, n_mels=128)
        frames += librosa.power_to_db(power).shape[1]
    return frames


def peak_bytes() -> int:
    """Read the peak of resident memory of this process; what `getrusage` says begins with its parent's."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def measure_apart(*arguments: object) -> dict[str, float]:
    """Measure in a new process, so that its peak of memory is its own."""
    command = [sys.executable, __file__, "--measure", json.dumps(arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


# The report ----------------------------------------------------------------------------------------------------


def report_hour(store: Path, path: Path, names: Sequence[str], seconds: float) -> None:
    """Print a line per model for the whole recording, between two runs of the features alone."""
    print(f"{seconds / 60:.0f} min at 48 kHz, one thread, blocks of {BLOCK_S} s")
    before = measure_apart(str(store), FEATURES, str(path), seconds, "cpu", None)
    found = {name: measure_apart(str(store), name, str(path), seconds, "cpu", None) for name in names}
    after = measure_apart(str(store), FEATURES, str(path), seconds, "cpu", None)
    reference = {key: (before[key] + after[key]) / 2 for key in before}
    for name, each in {FEATURES: reference, **found}.items():
        grown = (each["peak"] - each["before"]) / 1e6
        print(
            f"  {name:24} {seconds / each['cpu_s']:6.0f} times real time, "
            f"{each['cpu_s'] / reference['cpu_s']:5.2f} times the features' processor time, "
            f"peak {each['peak'] / 1e6:5.0f} MB, {grown:+4.0f} MB after the first 10 s, {each['calls']:.0f} found"
        )


def report_batches(store: Path, path: Path, names: Sequence[str], seconds: float, device: str) -> None:
    """Print times real time for different numbers of windows at once."""
    for name in names:
        speeds = []
        for size in BATCH_SIZES:
            found = measure_apart(str(store), name, str(path), seconds, device, size)
            speeds.append(f"{size}: {seconds / found['cpu_s' if device == 'cpu' else 'wall_s']:.0f}")
        print(f"  {name}, {device}, windows at once: times real time: {', '.join(speeds)}")


def main() -> None:
    """Make the recording and the models, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--only", nargs="*", choices=MODELS, default=list(MODELS))
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.measure:
        print(json.dumps(measure(*json.loads(wanted.measure))))
        return
    limit_threads()
    import torch

    seconds = 60 * wanted.minutes
    with tempfile.TemporaryDirectory() as folder:
        path, store = Path(folder) / "sea.wav", Path(folder) / "store"
        sounds = plan_sounds(seconds)
        write_sea(path, seconds, sounds)
        for name in wanted.only:
            version, weights = MODELS[name](path, sounds)
            add_version(FileStore(str(store)), version, weights)
        report_hour(store, path, wanted.only, seconds)
        windows = [name for name in wanted.only if name in ("onnx", "torch-export")]
        report_batches(store, path, windows, min(seconds, 300), "cpu")
        if torch.cuda.is_available():
            report_batches(store, path, windows, min(seconds, 300), "cuda")
            for name in (each for each in wanted.only if each in ("tcn", "crnn")):
                found = measure_apart(str(store), name, str(path), min(seconds, 300), "cuda", None)
                print(f"  {name}, cuda: {min(seconds, 300) / found['wall_s']:.0f} times real time")
        else:
            print("  There is no CUDA here.")


if __name__ == "__main__":
    main()
