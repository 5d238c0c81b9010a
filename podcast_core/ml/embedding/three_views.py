"""Our default: three views of a clip that fail in different ways, so that together they seldom do.

* **Cepstra**: how 20 cepstral coefficients are spread over time, and how fast they change. What is constant in a
  recording, its microphone and its distance, moves them little.
* **Modulations**: how strongly a picture whose loudest point is 1 rises, falls and ripples in each region of
  frequency (24 complex Gabor filters). Neither gain nor a constant background counts.
* **Levels**: how loud each band is, and the shape of the spectrum: absolute, as telling call from background needs.

A clip is heard in 48 moments per started 1.5 s, at its own rate: nothing is resampled. Bands reach to ``high_hz``,
which is the same for all recordings of a collection, so that a recorder's rate says nothing about the sound.
"""

import math
import warnings
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from podcast_core.ml.embedding.interfaces import Batch, Features, make_batches
from podcast_core.ml.embedding.mel import MelBands
from podcast_core.ml.interfaces import Samples

BANDS, MOMENTS, SPAN_S = 64, 48, 1.5  # chosen, as the next ones; what comes of them is measured in decision 30
AT_ONCE = 960  # moments: what is made of them stays in the processor's cache
LOW_HZ, MIN_RATE_HZ = 50.0, 1000  # chosen: below it is mostly wind; a moment is not longer than at that rate
COEFFICIENTS = 20  # as in `session_vectors`
RANGE_DB, PICTURE_DB = 80.0, 60.0  # as librosa's power_to_db; chosen: as much as a picture shows of it
ZONES, FILTERS = 8, 24  # regions of frequency, and complex Gabor filters; chosen
SHAPES = 4  # centre, spread, disorder and loudness of the spectrum
FAINT = 0.02  # modulations are as likely to be twice as strong as half as strong
CEPSTRA = 5 * COEFFICIENTS + 1
MODULATIONS = FILTERS * ZONES * 2
LEVELS = 3 * BANDS + 5 * SHAPES
MAX_HZ = (4000, 8000, 12000, 16000, 24000, 48000, 96000, 192000)  # up to half of the sample rates that recorders have


class ThreeViews:
    """Describes clips by 697 features in three blocks."""

    id = "three-views/1"
    blocks: Sequence[int] = (CEPSTRA, MODULATIONS, LEVELS)
    dimension = CEPSTRA + MODULATIONS + LEVELS
    sample_rate_hz: int | None = None
    takes_turns = False

    def __init__(self, high_hz: float) -> None:
        self.high_hz = float(high_hz)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """How far up it hears."""
        return {"high_hz": self.high_hz}

    def describe(self, clips: Sequence[Samples], sample_rate_hz: int) -> Features:
        """Describe clips: shape (clips, 697)."""
        found = np.empty((len(clips), self.dimension), np.float32)
        spans = [max(1, math.ceil(len(clip) / sample_rate_hz / SPAN_S)) for clip in clips]
        for batch in make_batches(clips, spans):
            moments = MOMENTS * spans[int(batch.indexes[0])]
            for some in batch.cut(max(1, AT_ONCE // moments)):
                found[some.indexes] = _describe(some, moments, sample_rate_hz, self.high_hz)
        return found


def choose_high_hz(sample_rates_hz: Sequence[int]) -> float:
    """Choose up to which frequency to hear recordings: what the slowest of them have, but a quarter of the fastest."""
    slowest, fastest = min(sample_rates_hz) / 2, max(sample_rates_hz) / 2
    wanted = max(slowest, fastest / 4)
    return float(max((each for each in MAX_HZ if each <= wanted), default=MAX_HZ[0]))


def _describe(batch: Batch, moments: int, rate: int, high_hz: float) -> Features:
    import torch

    with torch.inference_mode():
        power = _compute_power(batch, moments, rate, high_hz)
        levels = torch.log10(power.clamp(min=1e-10)).mul_(10)
        levels = torch.maximum(levels, levels.amax(dim=(1, 2), keepdim=True) - RANGE_DB)
        lengths_s = torch.from_numpy(batch.lengths / rate).float().log_().unsqueeze(1)
        views = [_see_cepstra(levels), lengths_s, _see_modulations(levels), _see_levels(power, levels)]
        found: Features = torch.cat(views, dim=1).numpy()
        return found


def _compute_power(batch: Batch, moments: int, rate: int, high_hz: float) -> Any:
    """Compute the power of mel bands at moments that lie evenly over each clip: (clips, moments, bands)."""
    import torch

    size, window, bands = _get_tools(rate, high_hz)
    samples = torch.from_numpy(batch.samples)
    lengths = torch.from_numpy(batch.lengths)
    if samples.shape[1] < size:
        samples = torch.nn.functional.pad(samples, (0, size - samples.shape[1]))
    last = (lengths - size).clamp(min=0).double()
    starts = (last.unsqueeze(1) * torch.linspace(0, 1, moments, dtype=torch.float64)).round().long()
    rows = torch.arange(len(samples)).unsqueeze(1) * samples.shape[1] + starts
    pieces = samples.flatten().unfold(0, size, 1)[rows.flatten()].mul_(window)
    return bands.measure(pieces).view(len(samples), moments, BANDS)


def _see_cepstra(levels: Any) -> Any:
    import torch

    cepstra = levels @ _get_cosines()
    changes = torch.diff(cepstra, dim=1)
    parts = (cepstra.mean(1), cepstra.std(1), cepstra.amin(1), cepstra.amax(1), changes.std(1))
    return torch.cat(parts, dim=1)


def _see_modulations(levels: Any) -> Any:
    import torch

    loudest = levels.amax(dim=(1, 2), keepdim=True)
    picture = ((levels - loudest + PICTURE_DB) / PICTURE_DB).clamp_(0, 1).unsqueeze(1)
    waves = torch.nn.functional.conv2d(picture, _get_filters(), stride=(2, 4), padding=4)
    strength = torch.sqrt(waves[:, :FILTERS].square() + waves[:, FILTERS:].square() + 1e-8)
    strength = torch.nn.functional.avg_pool2d(strength, (1, 2))  # (clips, filters, moments, zones)
    found = torch.cat((strength.mean(2).flatten(1), strength.amax(2).flatten(1)), dim=1)
    return found.add_(FAINT).log_()


def _see_levels(power: Any, levels: Any) -> Any:
    import torch

    total = power.sum(2)
    shares = power / total.clamp(min=1e-20).unsqueeze(2)
    bands = torch.arange(BANDS, dtype=torch.float32)
    centre = shares @ bands
    spread = (shares * (bands - centre.unsqueeze(2)).square()).sum(2).sqrt()
    disorder = -(shares * (shares + 1e-9).log()).sum(2)
    loudness = 10 * total.clamp(min=1e-10).log10()
    parts = [levels.mean(1), levels.std(1), levels.amax(1)]
    for course in (centre, spread, disorder, loudness):
        peak = course.argmax(1).float() / course.shape[1]
        parts.append(torch.stack((course.mean(1), course.std(1), course.amin(1), course.amax(1), peak), dim=1))
    return torch.cat(parts, dim=1)


@lru_cache(maxsize=16)
def _get_tools(rate: int, high_hz: float) -> tuple[int, Any, MelBands]:
    """Make the length of a moment in samples (about 20 ms, at most 1024), its window, and the mel filters."""
    import librosa
    import torch

    size = int(min(1024, max(256, 2 ** math.ceil(math.log2(max(rate, MIN_RATE_HZ) * 0.02)))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # bands narrower than a bin, which get the nearest one
        filters = librosa.filters.mel(
            sr=rate, n_fft=size, n_mels=BANDS, fmin=LOW_HZ, fmax=high_hz, norm=None, dtype=np.float64
        )
    bank, bins = filters.T, librosa.fft_frequencies(sr=rate, n_fft=size)
    for band in np.flatnonzero(bank.sum(axis=0) == 0):
        centre = librosa.mel_frequencies(BANDS + 2, fmin=LOW_HZ, fmax=high_hz)[band + 1]
        if centre <= rate / 2:
            bank[int(np.abs(bins - centre).argmin()), band] = 1
    return size, torch.hann_window(size), MelBands(bank)


@lru_cache(maxsize=1)
def _get_cosines() -> Any:
    import torch
    from scipy.fft import dct

    return torch.from_numpy(
        np.ascontiguousarray(dct(np.eye(BANDS), axis=1, norm="ortho")[:, :COEFFICIENTS], np.float32)
    )


@lru_cache(maxsize=1)
def _get_filters() -> Any:
    """Make complex Gabor filters of 9 moments by 9 bands without a constant part: the real parts, then the others."""
    import torch

    reach = np.arange(-4, 5)
    hill = np.hanning(11)[1:-1]
    shapes = []
    for ripple in (0, 1 / 12, 1 / 6, 1 / 3):
        for change in (0, 1 / 12, 1 / 6, 1 / 3, -1 / 12, -1 / 6, -1 / 3):
            if not ripple and change <= 0:
                continue  # without a ripple, rising and falling are the same
            wave = np.exp(2j * np.pi * (change * reach[:, None] + ripple * reach[None, :]))
            shape = np.outer(hill, hill)
            shape = shape * (wave - (shape * wave).sum() / shape.sum())
            shapes.append(shape / np.sqrt((np.abs(shape) ** 2).sum()))
    both = np.stack([*(each.real for each in shapes), *(each.imag for each in shapes)])
    return torch.from_numpy(both[:, None].astype(np.float32))
