"""Measure how fast the picture of a bat recording is made, against the original's way to the same picture.

The reference takes bats_ai's steps with its own libraries: librosa's loading, transform and decibels, the medians,
matplotlib's figures of 5,000 frames, a Lanczos resize and a JPEG file. Both run in this process, one after the other.

    python -m benchmarks.bats [RECORDING]
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from podcast_core.audio.files import read_blocks
from podcast_core.audio.spectrogram import Samples, encode_jpeg
from podcast_core.audio.ultrasound_picture import PX_PER_MS, UltrasoundPicture, compute_above, shade

REPEATS = 9
WANTED_MS = 100
BAND_KHZ = 120
SECONDS, RATE = 3.6, 384_000
FRAMES = 5000  # of one figure of the original

Pixels = NDArray[np.uint8]


def ours(path: Path) -> Pixels:
    """File to pixels and JPEG by Pod.Cast."""
    info = soundfile.info(path)
    picture = UltrasoundPicture(info.frames, info.samplerate, BAND_KHZ)

    def read(first: int, last: int) -> Iterator[Samples]:
        return read_blocks(str(path), channel=0, start_s=first / info.samplerate, end_s=last / info.samplerate)

    scale, tiles = compute_above(picture, read)
    parts = []
    for tile in tiles:
        parts.append(shade(picture, tile, scale))
        encode_jpeg(parts[-1], 80)
    return np.concatenate(parts, axis=1)


def by_original(path: Path) -> Pixels:
    """File to pixels and JPEG by the original's steps."""
    import librosa

    samples, rate = librosa.load(path, sr=None)
    size = 1 << int(np.ceil(np.log2(int(0.001 * rate))))
    power = np.abs(librosa.stft(samples, n_fft=size, hop_length=size // 4, window="hamming")) ** 2
    levels = librosa.power_to_db(power, ref=1.0, amin=1e-10, top_db=80)
    levels -= np.median(levels, axis=1, keepdims=True)
    levels[levels <= np.median(levels[levels > 0])] = 0
    bins, half = librosa.fft_frequencies(sr=rate, n_fft=size), rate / size / 2
    levels[(bins + half <= 5000) | (bins - half >= 1000 * BAND_KHZ)] = 0
    np.clip(levels, 0, None, out=levels)
    width = int(PX_PER_MS * 1000 * len(samples) / rate)
    pixels = _draw(levels, rate, size, width)
    encode_jpeg(pixels, 80)
    return pixels


def _draw(levels: NDArray[np.float32], rate: int, size: int, width: int) -> Pixels:
    import librosa
    import matplotlib as mpl
    from PIL import Image

    mpl.use("agg")
    from matplotlib import pyplot

    drawn = []
    for chunk in np.array_split(levels, -(-levels.shape[1] // FRAMES), axis=1):
        figure = pyplot.figure(figsize=(int(np.ceil(chunk.shape[1] / chunk.shape[0])) * 3 + 1, 3), dpi=300)
        axes = figure.add_axes((0, 0, 1, 1))
        extent = {"sr": rate, "hop_length": size // 4, "x_axis": "time", "y_axis": "linear"}
        librosa.display.specshow(chunk, ax=axes, vmin=0, vmax=levels.max(), cmap="gray", **extent)
        axes.set_ylim(3000, 1000 * BAND_KHZ + 2000)
        axes.axis("off")
        figure.canvas.draw()
        drawn.append(np.asarray(figure.canvas.buffer_rgba())[:, :, 0].copy())  # type: ignore[attr-defined]
        pyplot.close(figure)
    return np.asarray(Image.fromarray(np.hstack(drawn)).resize((width, 300), Image.Resampling.LANCZOS))


def measure(make: Callable[[Path], Pixels], path: Path, repeats: int) -> tuple[float, Pixels]:
    """Least processor time in milliseconds and the picture; the first run (imports, caches) does not count."""
    pixels = make(path)
    times = []
    for _ in range(repeats):
        began = time.process_time()
        pixels = make(path)
        times.append(1000 * (time.process_time() - began))
    return min(times), pixels


def synthesise(path: Path) -> None:
    """Write 3.6 s of noise with sweeps, at 384 kHz."""
    samples = 0.002 * np.random.default_rng(0).standard_normal(round(SECONDS * RATE))
    at = np.arange(round(0.005 * RATE)) / RATE
    call = 0.3 * np.hanning(len(at)) * np.sin(2 * np.pi * (90_000 - 5e6 * at) * at)
    for start in range(RATE // 20, len(samples) - len(call), RATE // 12):
        samples[start : start + len(call)] += call
    soundfile.write(path, samples.astype(np.float32), RATE, subtype="PCM_16")


def main() -> None:
    """Print one line."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "sweeps.wav"
        if len(sys.argv) <= 1:
            synthesise(path)
        info = soundfile.info(path)
        mine, picture = measure(ours, path, REPEATS)
        reference, original = measure(by_original, path, 1)
    width = min(picture.shape[1], original.shape[1])
    correlation = np.corrcoef(picture[:, :width].ravel().astype(float), original[:, :width].ravel().astype(float))[0, 1]
    print(f"{path.name}, {info.duration:.2f} s at {info.samplerate / 1000:g} kHz, 5 to {BAND_KHZ} kHz, processor time:")
    print(
        f"  {mine:.0f} ms (wanted {WANTED_MS}), the original's steps {reference:.0f} ms: ratio {reference / mine:.1f}"
    )
    print(f"  correlation of the pictures {correlation:.3f}")


if __name__ == "__main__":
    main()
