"""Measure how fast a session's picture is made, against librosa's way to the same size.

The reference reads the same WAV, runs ``librosa.stft`` and ``librosa.power_to_db``, brings the result to the same
pixels with Pillow and encodes the same JPEG. Both run in this process, one after the other, on one thread.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from podcast_core.audio.files import read_samples
from podcast_core.audio.spectrogram import HEIGHT_PX, WIDTH_PX, choose_window, compute_picture, encode_jpeg

REPEATS = 9


def ours(path: Path, seconds: float, rate: int) -> bytes:
    """File to JPEG by Pod.Cast."""
    samples = read_samples(str(path), channel=0, start_s=0, end_s=seconds)
    return encode_jpeg(compute_picture(samples, rate).pixels)


def by_librosa(path: Path, seconds: float, rate: int) -> bytes:
    """File to JPEG by librosa and Pillow."""
    import librosa
    from PIL import Image

    samples, _ = librosa.load(path, sr=None)
    window = choose_window(seconds, rate)
    power = np.abs(librosa.stft(samples, n_fft=window, hop_length=window // 2)) ** 2
    decibels = librosa.power_to_db(power, top_db=80)
    pixels = ((decibels - decibels.max() + 80) * (255 / 80)).astype(np.uint8)[::-1]
    return encode_jpeg(np.asarray(Image.fromarray(pixels).resize((WIDTH_PX, HEIGHT_PX))))


def measure(make: Callable[[Path, float, int], bytes], path: Path, seconds: float, rate: int) -> float:
    """Median processor time in milliseconds; the first run (imports, caches) does not count."""
    make(path, seconds, rate)
    times = []
    for _ in range(REPEATS):
        began = time.process_time()
        make(path, seconds, rate)
        times.append(1000 * (time.process_time() - began))
    return statistics.median(times)


def main() -> None:
    """Print one line per kind of recording."""
    generator = np.random.default_rng(0)
    print("Session to picture, processor time (median of 9)")
    for name, seconds, rate in (("60 s at 48 kHz", 60.0, 48_000), ("3 s at 384 kHz", 3.0, 384_000)):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "noise.wav"
            noise = 0.05 * generator.standard_normal(round(seconds * rate))
            soundfile.write(path, noise.astype(np.float32), rate, subtype="PCM_16")
            mine, reference = (measure(make, path, seconds, rate) for make in (ours, by_librosa))
        print(f"  {name}: {mine:.0f} ms, librosa {reference:.0f} ms: ratio {reference / mine:.1f}")


if __name__ == "__main__":
    main()
