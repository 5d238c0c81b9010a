"""Embedders: the same numbers as hover's recipe, better neighbours than it, and one space per collection."""

import warnings
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks import embedding as benchmark
from podcast_core.errors import InvalidInput, ModelUnavailable
from podcast_core.ml.embedding.built_in import BUILT_IN, make_embedder
from podcast_core.ml.embedding.mean_mfcc import MeanMfcc
from podcast_core.ml.embedding.plugged import Plugged
from podcast_core.ml.embedding.space import DIRECTIONS, fit_space, read_space
from podcast_core.ml.embedding.three_views import ThreeViews, choose_high_hz
from podcast_core.ml.interfaces import Samples
from tests.conftest import SHARED_DATA


def make_clips(lengths: list[int]) -> list[Samples]:
    chance = np.random.default_rng(0)
    return [
        (0.1 * chance.standard_normal(length) + np.sin(np.arange(length) * 0.1 * (index + 1))).astype(np.float32)
        for index, length in enumerate(lengths)
    ]


@pytest.mark.parametrize("rate", [8000, 22_050, 44_100])
def test_mean_mfcc_is_what_librosa_computes(rate: int) -> None:
    """Row 11 of the reference: the difference to librosa is below 0.001, for clips of any length."""
    import librosa

    clips = [*make_clips([30_000, 30_100, 4000, 700, 1]), np.zeros(5000, np.float32)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # librosa does not like clips that are shorter than its window
        wanted = [librosa.feature.mfcc(y=clip, sr=rate, n_mfcc=32).mean(axis=1) for clip in clips]
    assert np.abs(MeanMfcc().describe(clips, rate) - np.array(wanted)).max() < 1e-3


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_clip_is_described_alike_alone_and_among_others(name: str) -> None:
    embedder = make_embedder(name, [16_000])
    clips = [*make_clips([16_000, 16_000, 300, 40_000, 1]), np.zeros(800, np.float32)]
    together = embedder.describe(clips, 16_000)
    assert together.shape == (6, embedder.dimension)
    assert np.isfinite(together).all()
    alone = np.concatenate([embedder.describe([clip], 16_000) for clip in clips])
    np.testing.assert_allclose(alone, together, rtol=1e-3, atol=1e-3)


def test_gain_changes_no_modulation_and_a_recorder_is_not_heard_beyond_what_all_have() -> None:
    clips = make_clips([32_000])
    embedder = ThreeViews(choose_high_hz([16_000, 32_000, 44_100]))
    assert embedder.high_hz == 8000
    loud, quiet = (embedder.describe([clips[0] * gain], 32_000)[0, 101:485] for gain in (1, 0.01))
    np.testing.assert_allclose(loud, quiet, atol=1e-3)
    assert choose_high_hz([8000]) == 4000
    assert choose_high_hz([500_000, 32_000]) == 48_000  # bats are heard, too
    assert choose_high_hz([2000]) == 4000


def test_views_weigh_alike_and_a_space_is_read_as_it_was_written() -> None:
    chance = np.random.default_rng(0)
    features = chance.standard_normal((300, 90)) * np.array([100.0] * 30 + [1.0] * 30 + [0.0] * 30)
    features[7] = np.nan
    space = fit_space(features, (30, 30, 30))
    vectors = space.place(features)
    energy = [np.nanmean((vectors[:, part * DIRECTIONS : (part + 1) * DIRECTIONS] ** 2).sum(axis=1)) for part in (0, 1)]
    assert energy == pytest.approx([1, 1], rel=0.05)
    assert not vectors[:7, 2 * DIRECTIONS :].any()
    assert np.isnan(vectors[7]).all()
    np.testing.assert_array_equal(read_space(space.to_bytes()).place(features), vectors)
    np.testing.assert_array_equal(fit_space(features, (30, 30, 30)).turn, space.turn)
    with pytest.raises(InvalidInput, match="Expected 90 features a clip, found 3"):
        space.place(np.zeros((1, 3)))
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_space(b"PK")
    with pytest.raises(InvalidInput, match="No clip could be described"):
        fit_space(features[7:8], (30, 30, 30))


class Loud:
    """An embedder of another package: loudness and length of windows of half a second."""

    sample_rate_hz, window_s, hop_s, dimension = 8000, 0.5, 0.5, 2

    def __init__(self, wrong: NDArray[Any] | None = None) -> None:
        self._wrong = wrong

    def embed(self, samples: Samples) -> NDArray[Any]:
        """Describe every window."""
        if self._wrong is not None:
            return self._wrong
        windows = samples[: len(samples) // 4000 * 4000].reshape(-1, 4000)
        return np.stack([np.abs(windows).mean(axis=1), np.full(len(windows), 4000.0)], axis=1)


def test_a_plugged_embedder_describes_clips_by_the_mean_of_their_windows() -> None:
    """Row 47 of the reference: what has the right shape is taken, what has another one is refused."""
    clips = [np.concatenate([np.zeros(4000), np.ones(4000)]).astype(np.float32), np.ones(1000, np.float32)]
    found = Plugged(Loud(), "loud", 2).describe(clips, 8000)
    assert found.tolist() == [[0.5, 4000], [0.25, 4000]]
    for wrong, message in (
        (np.zeros((1, 3)), r"promised vectors of 2 numbers, found the shape \(1, 3\)"),
        (np.zeros(2), "promised vectors"),
        (np.zeros((0, 2)), "promised vectors"),
        (np.array([[1.0, np.nan]]), "not finite"),
    ):
        with pytest.raises(ModelUnavailable, match=message):
            Plugged(Loud(wrong), "loud", 2).describe(clips, 8000)


@pytest.fixture(scope="module")
def syllables() -> benchmark.Sounds:
    """400 syllables of one finch from ten songs."""
    if not (SHARED_DATA / "bengalese_bird0").is_dir():
        pytest.skip("needs the recordings in ../shared/data")
    found = benchmark.load_syllables(SHARED_DATA)
    return benchmark.Sounds(found.clips[:400], found.rates[:400], found.classes[:400], found.groups[:400])


def test_our_default_has_better_neighbours_than_hovers_recipe(syllables: benchmark.Sounds) -> None:
    """Neighbours of the same song do not count."""
    ours, hovers = (
        benchmark.score(benchmark.describe(syllables, name), syllables.classes, syllables.groups)
        for name in ("three-views", "mean-mfcc")
    )
    assert ours[0] > max(0.97, hovers[0])
    assert ours[1] > max(0.9, hovers[1] + 0.04)
