"""What a stretch of sound is like, in few numbers: cepstral coefficients of its mel spectrum, and how they vary.

No weights, and robust against different microphones and gains: the first coefficient, which is the level, is left out,
and what is constant in a recording moves all vectors of it in the same way only by its spectral shape.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.audio.grid import Grid
from podcast_core.audio.spectrogram import compute_decibels, plan_picture
from podcast_core.ml.interfaces import Samples

BANDS, COEFFICIENTS = 64, 20  # chosen, within what is usual for cepstral coefficients
STEPS_PER_S, MAX_STEPS = 50, 3000  # chosen: 20 ms, shorter than most calls, of a minute
DIMENSION = 4 * (COEFFICIENTS - 1)
RANGE_DB = 80.0  # as librosa's power_to_db

Vectors = NDArray[np.float32]


def describe_sound(samples: Samples, sample_rate_hz: int) -> Vectors:
    """Describe a stretch of sound.

    Returns
    -------
    ndarray
        Shape (76,), float32: mean, standard deviation, least and greatest value over time of 19 coefficients of the
        discrete cosine transform of 64 mel bands in dB.
    """
    from scipy.fft import dct

    duration_s = len(samples) / sample_rate_hz
    steps = int(np.clip(round(duration_s * STEPS_PER_S), 1, MAX_STEPS))
    grid = Grid(width_px=steps, height_px=BANDS, end_s=duration_s, high_hz=sample_rate_hz / 2, scale="mel")
    levels = compute_decibels(plan_picture(grid, sample_rate_hz), [samples])
    levels = np.maximum(levels, levels.max() - RANGE_DB)
    cepstra = dct(levels, axis=1, norm="ortho")[:, 1:COEFFICIENTS]
    parts = (cepstra.mean(axis=0), cepstra.std(axis=0), cepstra.min(axis=0), cepstra.max(axis=0))
    return np.concatenate(parts).astype(np.float32)


def standardise(vectors: NDArray[Any]) -> Vectors:
    """Give each dimension of (n, d) vectors a mean of 0 and a standard deviation of 1; a constant one becomes 0."""
    spread = vectors.std(axis=0)
    centred = vectors - vectors.mean(axis=0)
    return np.asarray(np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 1e-9), np.float32)
