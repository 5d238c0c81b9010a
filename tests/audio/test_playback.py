import io

import numpy as np
import pytest
import soundfile as sf

from podcast_core.audio.playback import encode_wav, encode_wav_head, stretch
from podcast_core.errors import InvalidInput


def make_tone(hertz: float, seconds: float, rate: int) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


@pytest.mark.parametrize(("speed", "longest_shift_s"), [(0.5, 0.02), (0.1, 0.02), (0.05, 0.02), (2.0, 0.02)])
def test_stretching_keeps_frequencies_and_places(speed: float, longest_shift_s: float) -> None:
    rate = 16_000
    samples = make_tone(1000, 4.0, rate) * np.float32(0.2)
    samples[2 * rate] = 1.0
    stretched = stretch(samples, rate, speed)
    assert len(stretched) == round(4 * rate / speed)
    assert stretched.dtype == np.float32
    spectrum = np.abs(np.fft.rfft(stretched[: rate * 2] * np.hanning(len(stretched[: rate * 2]))))
    assert abs(spectrum.argmax() * rate / len(stretched[: rate * 2]) - 1000) <= 1
    assert abs(np.abs(stretched).argmax() / rate * speed - 2.0) <= longest_shift_s


def test_normal_speed_stretches_nothing() -> None:
    samples = make_tone(1000, 0.1, 8000)
    assert stretch(samples, 8000, 1.0) is samples


def test_wav_bytes_are_what_another_reader_expects() -> None:
    samples = np.array([0, 0.5, -0.5, -1, 1, 2, -2, np.nan, np.inf], np.float32)
    integers, rate = sf.read(io.BytesIO(encode_wav(samples, 44_100)), dtype="int16")
    assert rate == 44_100
    assert integers.tolist() == [0, 16384, -16384, -32768, 32767, 32767, -32768, 0, 32767]


def test_no_samples_are_a_valid_file() -> None:
    assert sf.info(io.BytesIO(encode_wav(np.empty(0, np.float32), 8_000))).frames == 0


def test_more_sound_than_a_wav_file_holds_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"4.3 GB.*Ask for a part"):
        encode_wav_head(2**31, 48_000)
