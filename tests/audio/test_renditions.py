"""Renditions are checked on tones: where every frequency ends up, how loud, how long, and that blocks fit together."""

import numpy as np
import pytest
from numpy.typing import NDArray

from podcast_core.audio import renditions
from podcast_core.audio.renditions import Rendition, band_pass
from podcast_core.errors import InvalidInput

Samples = NDArray[np.float32]


def make_tones(rate: int, seconds: float, *hertz: float) -> Samples:
    time = np.arange(round(rate * seconds)) / rate
    tones = np.stack([0.25 * np.sin(2 * np.pi * each * time) for each in hertz])
    return np.asarray(tones.sum(axis=0), np.float32)


def level_db(samples: Samples, rate: int, hertz: float) -> float:
    """The level of a tone, in dB of the tones that `make_tones` makes; without both ends, where filters ring."""
    middle = samples[len(samples) // 8 : -len(samples) // 8].astype(np.float64)
    window = np.hanning(len(middle))
    carrier = np.exp(-2j * np.pi * hertz * np.arange(len(middle)) / rate)
    amplitude = 2 * np.abs(np.sum(middle * window * carrier)) / window.sum()
    return float(20 * np.log10(amplitude / 0.25 + 1e-12))


def render(rendition: Rendition, samples: Samples) -> Samples:
    def read(first: int, last: int) -> Samples:
        assert 0 <= first < last <= len(samples)
        return samples[first:last]

    total = rendition.count_samples(len(samples))
    blocks = range(-(-total // rendition.block_samples))
    rendered = np.concatenate([rendition.render(read, len(samples), block) for block in blocks])
    assert len(rendered) == total
    assert rendered.dtype == np.float32
    return rendered


@pytest.mark.parametrize(("rate", "low", "high"), [(48_000, 2000.0, 5000.0), (500_000, 40_000.0, 90_000.0)])
def test_a_band_is_kept_and_an_octave_outside_is_gone(rate: int, low: float, high: float) -> None:
    inside = [low, (low * high) ** 0.5, high]
    samples = make_tones(rate, 0.5, *inside, low / 2, high * 2)
    filtered = band_pass(samples, rate, low, high)
    for hertz in inside:
        assert abs(level_db(filtered, rate, hertz)) < 1, hertz
    for hertz in (low / 2, high * 2):
        assert level_db(filtered, rate, hertz) < -60, hertz


def test_a_band_pass_moves_nothing_in_time() -> None:
    samples = np.zeros(48_000, np.float32)
    samples[20_000] = 1
    assert np.abs(band_pass(samples, 48_000, 2000.0, 5000.0)).argmax() == 20_000


@pytest.mark.parametrize(("low", "high"), [(None, None), (0.0, 24_000.0), (None, 23_900.0)])
def test_a_band_that_is_everything_changes_nothing(low: float | None, high: float | None) -> None:
    samples = make_tones(48_000, 0.1, 1000.0)
    assert band_pass(samples, 48_000, low, high) is samples


@pytest.mark.parametrize("length", [1, 2, 30])
def test_sounds_of_a_few_samples_can_be_filtered(length: int) -> None:
    assert len(band_pass(np.ones(length, np.float32), 48_000, 100.0, 5000.0)) == length


@pytest.mark.parametrize("hertz", [37_000.0, 40_500.0, 44_000.0, 47_500.0])
@pytest.mark.parametrize(("speed", "keep_pitch"), [(1.0, False), (0.5, False), (0.5, True)])
def test_heterodyning_gives_the_difference_and_nothing_else(hertz: float, speed: float, keep_pitch: bool) -> None:
    rendition = Rendition(384_000, speed=speed, keep_pitch=keep_pitch, heterodyne_hz=40_000.0)
    shifted = render(rendition, make_tones(384_000, 0.5, hertz))
    expected_hz = abs(hertz - 40_000) * (1 if keep_pitch else speed)
    assert rendition.wire_rate_hz == 48_000
    assert abs(level_db(shifted, 48_000, expected_hz)) < 1
    if not keep_pitch:
        middle = shifted[len(shifted) // 8 : -len(shifted) // 8]
        assert np.sqrt(2 * np.mean(middle**2)) == pytest.approx(0.25, rel=0.12)  # all of its energy is there


def test_what_is_far_from_the_carrier_is_not_heard() -> None:
    shifted = render(Rendition(384_000, heterodyne_hz=40_000.0), make_tones(384_000, 0.5, 20_000.0, 60_000.0))
    middle = slice(len(shifted) // 8, -len(shifted) // 8)
    assert np.abs(shifted[middle]).max() < 0.25 / 1000


@pytest.mark.parametrize(
    ("rate", "speed", "wire", "tones"),
    [
        (500_000, 0.05, 25_000, (20_000, 90_000, 230_000)),
        (500_000, 0.1, 48_000, (20_000, 90_000, 215_000)),  # the resampler's own filter begins at 91 %
        (384_000, 0.25, 48_000, (20_000, 45_000, 90_000)),
        (48_000, 0.1, 8_000, (500, 10_000, 21_500)),
        (44_100, 0.05, 8_000, (500, 10_000, 19_500)),
        (22_050, 0.55, 12_128, (500, 9_000)),
        (48_000, 2.0, 48_000, (500, 11_000)),
    ],
)
def test_expansion_multiplies_every_frequency_and_the_length(
    rate: int, speed: float, wire: int, tones: tuple[float, ...]
) -> None:
    rendition = Rendition(rate, speed=speed)
    samples = make_tones(rate, 1.0, *tones)
    expanded = render(rendition, samples)
    assert rendition.wire_rate_hz == wire
    assert abs(len(expanded) / wire - 1 / speed) <= 1 / wire
    for hertz in tones:
        assert abs(level_db(expanded, wire, hertz * speed)) < 0.5, hertz


@pytest.mark.parametrize(("rate", "wire"), [(2_000, 8_000), (96_000, 48_000), (384_000, 48_000), (500_000, 48_000)])
def test_rates_that_browsers_do_not_play_are_resampled_without_moving_anything(rate: int, wire: int) -> None:
    played = render(Rendition(rate), make_tones(rate, 1.0, 500.0))
    assert len(played) == wire
    middle = slice(wire // 10, -wire // 10)  # the filter rings at both ends
    np.testing.assert_allclose(played[middle], make_tones(wire, 1.0, 500.0)[middle], atol=1e-3)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
def test_rates_that_browsers_play_stay_untouched(rate: int) -> None:
    samples = make_tones(rate, 0.1, 500.0)
    assert Rendition(rate).wire_rate_hz == rate
    np.testing.assert_array_equal(render(Rendition(rate), samples), samples)


@pytest.mark.parametrize(
    "rendition",
    [
        Rendition(48_000),
        Rendition(500_000),
        Rendition(500_000, speed=0.1),
        Rendition(44_100, speed=0.35),
        Rendition(48_000, low_hz=200.0, high_hz=3000.0),
        Rendition(250_000, speed=0.25, low_hz=20_000.0, high_hz=60_000.0),
        Rendition(250_000, heterodyne_hz=40_123.0),
    ],
)
def test_blocks_fit_together(rendition: Rendition, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = (0.2 * np.random.default_rng(1).standard_normal(rendition.sample_rate_hz)).astype(np.float32)
    at_once = render(rendition, noise)
    monkeypatch.setattr(renditions, "BLOCK_SAMPLES", 10_000)
    monkeypatch.setattr(renditions, "PLAIN_BLOCK_FRAMES", 20_000)
    assert rendition.block_samples < len(at_once) / 2 or rendition.ratio.numerator > 10_000
    np.testing.assert_allclose(render(rendition, noise), at_once, atol=2e-4)


def test_with_kept_pitch_the_sound_becomes_longer_and_its_frequencies_stay() -> None:
    rendition = Rendition(500_000, speed=0.1, keep_pitch=True)
    slowed = render(rendition, make_tones(500_000, 0.5, 3000.0))
    assert rendition.wire_rate_hz == 48_000
    assert len(slowed) == 5 * 48_000
    assert abs(level_db(slowed, 48_000, 3000.0)) < 1.5


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"speed": 0.01}, "speed: expected 0.05 to 2 in steps of 0.05, found 0.01"),
        ({"speed": 3.0}, "found 3"),
        ({"speed": 0.12}, "found 0.12"),
        ({"speed": float("nan")}, "found nan"),
        ({"low_hz": 5000.0, "high_hz": 4000.0}, "found 5000 and 4000"),
        ({"low_hz": -1.0}, "0 <= low_hz"),
        ({"low_hz": 24_000.0}, "below 24000 Hz"),
        ({"heterodyne_hz": 24_000.0}, "less than 24000 Hz"),
        ({"heterodyne_hz": 100.0}, "10000 Hz"),
    ],
)
def test_what_is_impossible_is_explained(wanted: dict[str, float], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Rendition(48_000, **wanted)  # type: ignore[arg-type]
