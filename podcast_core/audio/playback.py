"""Sound as bytes: WAV at a rate that every browser plays, FLAC for keeping."""

import struct
from contextlib import suppress
from io import BytesIO

import numpy as np
import soundfile as sf
import soxr
from numpy.typing import NDArray

from podcast_core.errors import InvalidInput

MIN_RATE_HZ, MAX_RATE_HZ = 8_000, 48_000  # outside of these browsers differ, or play nothing
SAMPLE_BYTES = 2  # 16 bits: what all browsers play
MAX_WAV_BYTES = 2**32 - 100  # a RIFF chunk counts with 32 bits, and has a head

Samples = NDArray[np.float32]


def resample(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """Change the sample rate; shape (n,) becomes (round(n * to_hz / from_hz),), both float32."""
    if from_hz == to_hz or not len(samples):
        return samples
    resampled: Samples = soxr.resample(samples, from_hz, to_hz)
    return resampled


def stretch(samples: Samples, sample_rate_hz: int, speed: float) -> Samples:
    """Change how long a sound lasts, and not its frequencies (FFmpeg's atempo: overlapping pieces, WSOLA).

    Parameters
    ----------
    samples
        Shape (n,), float32.
    sample_rate_hz
        Their rate.
    speed
        Below 1 the sound becomes longer.

    Returns
    -------
    samples
        Shape (round(n / speed),); the last samples may be silent.
    """
    wanted = round(len(samples) / speed)
    if speed == 1 or not len(samples):
        return samples
    import av
    from av.filter import Graph

    graph = Graph()
    source = graph.add_abuffer(sample_rate=sample_rate_hz, format="flt", layout="mono")
    links = [source]
    while speed < 0.5:  # the least that one filter takes
        links.append(graph.add("atempo", "0.5"))
        speed /= 0.5
    links += [graph.add("atempo", f"{speed:.9f}"), graph.add("abuffersink")]
    graph.link_nodes(*links).configure()
    frame = av.AudioFrame.from_ndarray(samples[np.newaxis], format="flt", layout="mono")
    frame.sample_rate = sample_rate_hz
    source.push(frame)
    source.push(None)
    pieces = [np.empty(0, np.float32)]
    with suppress(av.error.EOFError, av.error.BlockingIOError):
        while isinstance(piece := links[-1].pull(), av.AudioFrame):
            pieces.append(piece.to_ndarray()[0])
    stretched = np.concatenate(pieces)[:wanted]
    return np.pad(stretched, (0, wanted - len(stretched)))


def encode_wav(samples: Samples, sample_rate_hz: int) -> bytes:
    """Encode one channel, shape (n,), float32, as a 16-bit WAV file."""
    return encode_wav_head(len(samples), sample_rate_hz) + encode_pcm(samples)


def encode_wav_head(sample_count: int, sample_rate_hz: int) -> bytes:
    """Encode what stands before the samples of a WAV file: 44 bytes.

    Raises
    ------
    InvalidInput
        When there are more samples than a WAV file can hold (4 GiB).
    """
    size = sample_count * SAMPLE_BYTES
    if size > MAX_WAV_BYTES:
        raise InvalidInput(
            f"This sound would be {size / 1e9:.1f} GB long: expected at most 4.2 GB. Ask for a part of it, "
            "or for a higher speed."
        )
    head = struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE")
    form = struct.pack(
        "<4sIHHIIHH", b"fmt ", 16, 1, 1, sample_rate_hz, sample_rate_hz * SAMPLE_BYTES, SAMPLE_BYTES, 8 * SAMPLE_BYTES
    )
    return b"".join((head, form, struct.pack("<4sI", b"data", size)))


def encode_pcm(samples: Samples) -> bytes:
    """Encode samples, shape (n,), float32, with 16 bits. Beyond -1 to 1 they are clipped; NaN becomes 0."""
    scaled = samples * np.float32(32768.0)
    np.clip(np.rint(scaled, out=scaled), -32768, 32767, out=scaled)
    if (is_nan := np.isnan(scaled)).any():  # hardly ever
        scaled[is_nan] = 0.0
    return scaled.astype("<i2").tobytes()


def encode_flac(samples: Samples, sample_rate_hz: int) -> bytes:
    """Encode one channel, shape (n,), float32, as a 16-bit FLAC file."""
    file = BytesIO()
    sf.write(file, samples, sample_rate_hz, format="FLAC", subtype="PCM_16")
    return file.getvalue()
