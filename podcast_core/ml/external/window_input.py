"""What a network is given: windows of sound as they are, or as log-mel pictures, in the axes that it wants."""

import numpy as np
from numpy.typing import NDArray

from podcast_core.ml.external.card import FRAMES, MELS, SAMPLES, Input, LogMel, ModelCard

Array = NDArray[np.float32]


def prepare(card: ModelCard, windows: Array) -> Array:
    """Bring windows to what the card describes.

    Parameters
    ----------
    windows
        Shape (batch, samples of a window), float32, full scale is -1 to 1.

    Returns
    -------
    Array
        Float32, contiguous, with the axes of ``card.input.axes``.
    """
    wanted: Input = card.input
    heard = windows
    if wanted.remove_mean:
        heard = heard - heard.mean(axis=1, keepdims=True)
    if wanted.peak is not None:
        loudest = np.abs(heard).max(axis=1, keepdims=True)
        heard = heard * np.divide(wanted.peak, loudest, out=np.ones_like(loudest), where=loudest > 0)
    if card.input_samples > heard.shape[1]:
        heard = np.pad(heard, ((0, 0), (0, card.input_samples - heard.shape[1])))
    named = [axis for axis in wanted.axes if isinstance(axis, str)]
    if wanted.log_mel is None:
        values, order = heard, ["batch", SAMPLES]
    else:
        values, order = compute_log_mel(heard, card.sample_rate_hz, wanted.log_mel), ["batch", MELS, FRAMES]
    values = values.transpose([order.index(axis) for axis in named])
    shape: list[int] = []
    for place, axis in enumerate(wanted.axes):
        if isinstance(axis, int):
            values = np.expand_dims(values, place)
            shape.append(axis)
        else:
            shape.append(values.shape[place])
    return np.array(np.broadcast_to(values, shape), np.float32, order="C")  # PyTorch wants it writable


def compute_log_mel(windows: Array, sample_rate_hz: int, settings: LogMel) -> Array:
    """Compute log-mel pictures: shape (batch, samples) becomes (batch, mels, frames), the lowest band first."""
    import librosa

    bands = librosa.feature.melspectrogram(
        y=windows,
        sr=sample_rate_hz,
        n_fft=settings.n_fft,
        hop_length=settings.hop,
        win_length=settings.win_length,
        center=settings.centre,
        power=settings.power,
        n_mels=settings.mels,
        fmin=settings.low_hz,
        fmax=settings.high_hz,
        htk=settings.htk,
        norm=settings.norm,
    )
    if settings.scale == "db":
        bands = 10 * np.log10(np.maximum(bands, settings.floor))
        if settings.top_db is not None:
            bands = np.maximum(bands, bands.max(axis=(1, 2), keepdims=True) - settings.top_db)
    elif settings.scale == "log":
        bands = np.log(np.maximum(bands, settings.floor))
    picture: Array = ((bands - settings.mean) / settings.std).astype(np.float32)
    return picture
