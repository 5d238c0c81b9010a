"""Sound as bytes: WAV at a rate that every browser plays, FLAC for keeping."""

import struct
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 8_000, 48_000  # outside of these browsers differ, or play nothing

Samples = NDArray[np.float32]


def make_playable(samples: Samples, sample_rate_hz: int) -> tuple[Samples, int]:
    """Bring samples to a rate between 8 and 48 kHz; a rate within stays as it is.

    Parameters
    ----------
    samples
        Shape (n,), float32.
    sample_rate_hz
        Their rate.

    Returns
    -------
    samples, rate
        The same sound: what lies above 24 kHz is lost, and the times of what remains do not change.
    """
    playable_hz = min(max(sample_rate_hz, LOWEST_RATE_HZ), HIGHEST_RATE_HZ)
    return resample(samples, sample_rate_hz, playable_hz), playable_hz


def resample(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """Change the sample rate; shape (n,) becomes (round(n * to_hz / from_hz),), both float32."""
    if from_hz == to_hz or not len(samples):
        return samples
    import soxr

    resampled: Samples = soxr.resample(samples, from_hz, to_hz)
    return resampled


def encode_wav(samples: Samples, sample_rate_hz: int) -> bytes:
    """Encode one channel as a 16-bit WAV file.

    Parameters
    ----------
    samples
        Shape (n,), float32. Beyond -1 to 1 they are clipped; NaN becomes 0.
    sample_rate_hz
        Their rate.
    """
    scaled = samples * np.float32(32768.0)
    np.nan_to_num(scaled, copy=False, nan=0.0)
    np.clip(np.rint(scaled, out=scaled), -32768, 32767, out=scaled)
    data = scaled.astype("<i2").tobytes()
    head = struct.pack("<4sI4s", b"RIFF", 36 + len(data), b"WAVE")
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, sample_rate_hz, sample_rate_hz * 2, 2, 16)
    return b"".join((head, form, struct.pack("<4sI", b"data", len(data)), data))


def encode_flac(samples: Samples, sample_rate_hz: int) -> bytes:
    """Encode one channel, shape (n,), float32, as a 16-bit FLAC file."""
    import soundfile as sf

    file = BytesIO()
    sf.write(file, samples, sample_rate_hz, format="FLAC", subtype="PCM_16")
    return file.getvalue()
