import io

import numpy as np
import pytest
import soundfile as sf

from podcast_core.audio.playback import encode_wav, make_playable


def make_tone(hertz: float, seconds: float, rate: int) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
def test_a_rate_that_browsers_play_stays_untouched(rate: int) -> None:
    samples = make_tone(1000, 0.1, rate)
    playable, playable_rate = make_playable(samples, rate)
    assert playable_rate == rate
    assert playable is samples


@pytest.mark.parametrize(("rate", "expected"), [(2_000, 8_000), (96_000, 48_000), (384_000, 48_000), (500_000, 48_000)])
def test_other_rates_are_resampled_without_moving_anything(rate: int, expected: int) -> None:
    samples = make_tone(500, 1.0, rate)
    playable, playable_rate = make_playable(samples, rate)
    assert playable_rate == expected
    assert playable.dtype == np.float32
    assert len(playable) == expected
    middle = slice(expected // 10, -expected // 10)  # the filter rings at both ends
    np.testing.assert_allclose(playable[middle], make_tone(500, 1.0, expected)[middle], atol=1e-3)


def test_wav_bytes_are_what_another_reader_expects() -> None:
    samples = np.array([0, 0.5, -0.5, -1, 1, 2, -2, np.nan, np.inf], np.float32)
    integers, rate = sf.read(io.BytesIO(encode_wav(samples, 44_100)), dtype="int16")
    assert rate == 44_100
    assert integers.tolist() == [0, 16384, -16384, -32768, 32767, 32767, -32768, 0, 32767]


def test_no_samples_are_a_valid_file() -> None:
    assert sf.info(io.BytesIO(encode_wav(np.empty(0, np.float32), 8_000))).frames == 0
