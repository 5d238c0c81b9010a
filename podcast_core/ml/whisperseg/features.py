"""The picture that a WhisperSeg model sees: log-mel bands, scaled window by window as Whisper's are."""

import warnings
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from podcast_core.ml.interfaces import Samples
from podcast_core.ml.whisperseg.config import WhisperSegConfig, choose_fft_size

if TYPE_CHECKING:
    from torch import Tensor

DYNAMIC_RANGE = 8.0  # powers of ten below the loudest moment of a window
QUIETEST = 1e-10  # Whisper's


class LogMel:
    """Computes features at one sample rate.

    Parameters
    ----------
    config
        Time step, columns, bands and lowest frequency.
    sample_rate_hz
        Of the samples; the highest band ends at half of it.
    """

    def __init__(self, config: WhisperSegConfig, sample_rate_hz: int) -> None:
        import torch

        self.hop = config.hop_samples(sample_rate_hz)
        self.window_samples = self.hop * config.columns
        self.fft_size = choose_fft_size(sample_rate_hz)
        self.step_s = self.hop / sample_rate_hz
        """Time from column to column: the true one, also where the rate has no whole number of samples in it."""
        self.blur_s = self.fft_size / 2 / sample_rate_hz
        """How much earlier and later than a call a frame begins to show it."""
        self._hann = torch.hann_window(self.fft_size)
        self._filters = torch.from_numpy(make_filters(config, sample_rate_hz, self.fft_size))

    def __call__(self, windows: Samples) -> "Tensor":
        """Compute features.

        Parameters
        ----------
        windows
            Shape (batch, window_samples), float32.

        Returns
        -------
        Tensor
            Shape (batch, bands, columns), float32: log10 of power, its loudest 8 decades, (x + 4) / 4.
        """
        import torch

        frames = torch.stft(
            torch.from_numpy(np.ascontiguousarray(windows, np.float32)),
            self.fft_size,
            self.hop,
            window=self._hann,
            return_complex=True,
        )
        power = frames[..., :-1].abs() ** 2
        level = torch.clamp(self._filters @ power, min=QUIETEST).log10()
        loudest = level.amax(dim=(1, 2), keepdim=True)
        return (torch.maximum(level, loudest - DYNAMIC_RANGE) + 4.0) / 4.0


def make_filters(config: WhisperSegConfig, sample_rate_hz: int, fft_size: int) -> NDArray[np.float32]:
    """Make the mel filters, shape (bands, fft_size / 2 + 1), float32: Slaney's scale and norm."""
    from librosa.filters import mel

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # narrow filters without a bin are empty in the original, too
        filters: NDArray[np.float32] = mel(
            sr=sample_rate_hz,
            n_fft=fft_size,
            n_mels=config.mel_bands,
            fmin=config.low_hz,
            fmax=sample_rate_hz // 2,
            dtype=np.float32,
        )
    return filters
