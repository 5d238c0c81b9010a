"""Measure the long-term average's processor time against reading and the same transforms alone, in one run.

"alone" reads the same file in the same blocks, and makes SciPy's transforms of the same stretches of samples, without
a window function, power, means, levels or tiles. Both alternate, on one thread, and the fastest of each counts.
"""

import argparse
import resource
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
from scipy.fft import rfft
from threadpoolctl import threadpool_limits

from podcast_core.audio.files import read_blocks
from podcast_core.audio.ltsa import Layout, compute_tiles, to_bytes

RATE_HZ = 48_000
REPEATS = 3
WANTED = 1.5


def write_noise(path: Path, minutes: int) -> None:
    """Write noise, which costs the same as any sound."""
    noise = (np.random.default_rng(1).normal(0, 1_000, 60 * RATE_HZ)).astype(np.int16)
    with soundfile.SoundFile(path, "w", RATE_HZ, 1, "PCM_16") as file:
        for _ in range(minutes):
            file.write(noise)


def ours(path: Path, frame_count: int) -> None:
    """Compute all tiles."""
    layout = Layout(RATE_HZ, frame_count)
    for tile in compute_tiles(layout, read_blocks(str(path), channel=0, start_s=0, end_s=frame_count / RATE_HZ)):
        to_bytes(tile.density).tobytes()


def alone(path: Path, frame_count: int) -> None:
    """Read, and transform."""
    layout = Layout(RATE_HZ, frame_count)
    for block in read_blocks(str(path), channel=0, start_s=0, end_s=frame_count / RATE_HZ):
        rfft(np.lib.stride_tricks.sliding_window_view(block, layout.window)[:: layout.hop])


def measure_s(do: Callable[[Path, int], None], path: Path, frame_count: int) -> float:
    """Measure the processor time of one call."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    do(path, frame_count)
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print both, and the memory that was used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=60)
    minutes = parser.parse_args().minutes
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1):
        path, frame_count = Path(folder) / "noise.wav", minutes * 60 * RATE_HZ
        write_noise(path, minutes)
        times = [(measure_s(ours, path, frame_count), measure_s(alone, path, frame_count)) for _ in range(REPEATS)]
    mine, theirs = (min(each) for each in zip(*times, strict=True))
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{minutes} min at {RATE_HZ / 1000:g} kHz: {mine:.2f} s of CPU, reading and transforms alone {theirs:.2f} s:")
    print(f"{mine / theirs:.2f} times (wanted: {WANTED:g} at most); {memory_mb:.0f} MB at most.")


if __name__ == "__main__":
    main()
