"""Measure how fast a picture is made from a file, against librosa's ways, all in one run on one thread.

"librosa" reads the same WAV, runs ``librosa.stft`` and ``librosa.power_to_db``, brings the result to the same pixels
with Pillow and encodes the same JPEG. "mel + dB" is ``melspectrogram`` (128 bands) and ``power_to_db`` alone, of
samples in memory. "colour PNG" is the way of tools that fix the level of black and send RGBA.
All repeats alternate, so that a busy machine slows all of them down, and the fastest one of each counts.

Afterwards six clients load tiles from a real server, and one calls a trivial route.
"""

import tempfile
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile
from threadpoolctl import threadpool_limits

from benchmarks.parts.loading import measure_loading
from podcast_core.audio.files import read_samples
from podcast_core.audio.spectrogram import HEIGHT_PX, WIDTH_PX, choose_window, encode_jpeg
from tests.pictures import compute_picture

REPEATS = 15
WANTED = 0.75  # of the processor time of "mel + dB" alone, for a minute at 48 kHz

Make = Callable[[Path, float, int], bytes]


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


def mel_alone(path: Path, seconds: float, rate: int) -> bytes:
    """Bring samples to mel bands in dB by librosa: no reading (kept in memory), no pixels, no file."""
    import librosa

    samples = _read_once(path, seconds)
    power = librosa.feature.melspectrogram(y=samples, sr=rate, n_fft=1024, hop_length=512, n_mels=128)
    return bytes(librosa.power_to_db(power).data)


def by_colour_png(path: Path, _seconds: float, rate: int) -> bytes:
    """Bring a file to an RGBA PNG by scipy, a colour map and Pillow."""
    from io import BytesIO

    from matplotlib import colormaps
    from PIL import Image
    from scipy.signal import stft

    samples, _ = soundfile.read(path)
    _, _, spectra = stft(samples, rate, nperseg=1024, noverlap=512)
    decibels = 10 * np.log10(np.maximum(np.abs(spectra) ** 2, 1e-10))
    rgba = colormaps["gray"](np.clip((decibels + 100) / 100, 0, 1)[::-1], bytes=True)
    file = BytesIO()
    Image.fromarray(rgba).save(file, "PNG")
    return file.getvalue()


@lru_cache(maxsize=1)
def _read_once(path: Path, seconds: float) -> np.ndarray:
    return read_samples(str(path), channel=0, start_s=0, end_s=seconds)


def measure(makers: dict[str, Make], path: Path, seconds: float, rate: int) -> dict[str, float]:
    """Least processor time of each in milliseconds; the first run (imports, caches) does not count."""
    times: dict[str, list[float]] = {name: [] for name in makers}
    for _ in range(REPEATS + 1):
        for name, make in makers.items():
            began = time.process_time()
            make(path, seconds, rate)
            times[name].append(1000 * (time.process_time() - began))
    return {name: min(each[1:]) for name, each in times.items()}


def main() -> None:
    """Print a line per way and kind of recording."""
    generator = np.random.default_rng(0)
    makers: dict[str, Make] = {"ours": ours, "librosa": by_librosa, "mel + dB": mel_alone, "colour PNG": by_colour_png}
    print(f"File to picture, processor time (least of {REPEATS})")
    for title, seconds, rate in (("60 s at 48 kHz", 60.0, 48_000), ("3 s at 384 kHz", 3.0, 384_000)):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "noise.wav"
            noise = 0.05 * generator.standard_normal(round(seconds * rate))
            soundfile.write(path, noise.astype(np.float32), rate, subtype="PCM_16")
            with threadpool_limits(1):
                found = measure(makers, path, seconds, rate)
        print(f"  {title}")
        for name, milliseconds in found.items():
            print(f"    {name:10} {milliseconds:6.0f} ms: {milliseconds / found['ours']:.2f} times ours")
        print(f"    ours is {found['ours'] / found['mel + dB']:.2f} of mel + dB; wanted {WANTED} for a minute")
    with tempfile.TemporaryDirectory() as folder:
        measure_loading(Path(folder))


if __name__ == "__main__":
    main()
