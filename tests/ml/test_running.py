"""Blocks and one piece give the same calls."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from podcast_core.errors import InvalidInput
from podcast_core.ml.energy.detector import EnergyDetector
from podcast_core.ml.interfaces import Found, Samples
from podcast_core.ml.running import run_detector
from tests.building import make_sound, write_sound
from tests.conftest import SHARED_DATA

RATE = 4000


class AtRate:
    """An energy detector that wants a rate of its own."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._inner = EnergyDetector(low_hz=500, high_hz=900, threshold_db=15, min_gap_s=0.05)
        self.labels = self._inner.labels
        self.sample_rate_hz = sample_rate_hz
        self.context_s = self._inner.context_s

    def detect(self, samples: Samples, sample_rate_hz: int, *, threshold: float | None = None) -> list[Found]:
        """Find calls."""
        assert sample_rate_hz == self.sample_rate_hz
        return self._inner.detect(samples, sample_rate_hz, threshold=threshold)


def collect(
    path: Path, detector: EnergyDetector | AtRate, end_s: float, block_s: int, start_s: float = 0
) -> list[Found]:
    rate = soundfile.info(path).samplerate
    run = run_detector(
        detector, str(path), channel=0, sample_rate_hz=rate, start_s=start_s, end_s=end_s, block_s=block_s
    )
    pieces = list(run)
    assert pieces[-1][0] == end_s
    return [call for _, calls in pieces for call in calls]


def write(path: Path, calls: list[tuple[float, float]], seconds: float, seed: int = 0) -> Path:
    spans = [(start_s, start_s + length_s) for start_s, length_s in calls]
    sound = make_sound(seconds, spans, call_hz=700, call_level=0.1, rate_hz=RATE, seed=seed)
    return write_sound(path, sound, RATE, "FLOAT")


def times(found: list[Found]) -> list[tuple[float, float]]:
    return [(round(call.start_s, 6), round(call.end_s, 6)) for call in found]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    calls=st.lists(st.tuples(st.floats(0, 29), st.floats(0.01, 9)), max_size=6),
    block_s=st.integers(2, 12),
    seed=st.integers(0, 5),
    threshold_db=st.sampled_from([6.0, 15.0]),
)
def test_blocks_find_what_one_piece_finds(
    tmp_path: Path, calls: list[tuple[float, float]], block_s: int, seed: int, threshold_db: float
) -> None:
    path = write(tmp_path / "a.wav", calls, 30.5, seed)
    detector = EnergyDetector(low_hz=500, high_hz=900, threshold_db=threshold_db, min_gap_s=0.05, min_length_s=0.02)
    assert times(collect(path, detector, 30.5, block_s)) == times(collect(path, detector, 30.5, 100))


def test_a_call_across_borders_is_one_with_its_highest_score(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", [(8.5, 3.2)], 25)
    detector = EnergyDetector(low_hz=500, high_hz=900, threshold_db=15, min_gap_s=0.05)
    (call,) = collect(path, detector, 25, 2)
    (whole,) = collect(path, detector, 25, 100)
    assert (call.start_s, call.end_s) == pytest.approx((8.5, 11.7), abs=0.01)
    assert call.score == pytest.approx(whole.score, abs=0.01)


def test_the_detector_gets_its_rate(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", [(8.9, 0.4)], 20)
    (call,) = collect(path, AtRate(6000), 20, 3)
    assert (call.start_s, call.end_s) == pytest.approx((8.9, 9.3), abs=0.01)


def test_a_piece_of_a_recording_counts_from_its_start(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", [(3.0, 0.4), (9.0, 0.4)], 12)
    detector = EnergyDetector(low_hz=500, high_hz=900, threshold_db=15, min_gap_s=0.05)
    (call,) = collect(path, detector, 11.25, 2, start_s=6.5)
    assert call.start_s == pytest.approx(9.0, abs=0.01)


class EveryThree:
    """Finds a call of 0.5 s every 3 s, counted from where its windows begin."""

    labels = ("call",)
    sample_rate_hz = None
    context_s = 1.0

    def detect(self, samples: Samples, sample_rate_hz: int, *, threshold: float | None = None) -> list[Found]:
        return self.detect_from(samples, sample_rate_hz, offset=0, threshold=threshold)

    def detect_from(
        self,
        samples: Samples,
        sample_rate_hz: int,
        *,
        offset: int,
        threshold: float | None = None,  # noqa: ARG002
    ) -> list[Found]:
        begins_s = offset / sample_rate_hz
        marks = np.arange(0, 60, 3) - begins_s
        end_s = len(samples) / sample_rate_hz
        return [Found(float(mark), float(mark) + 0.5, "call") for mark in marks if 0 <= mark <= end_s - 0.5]


@pytest.mark.parametrize(
    ("origin_s", "starts"), [(0.0, [9.0, 12.0, 15.0, 18.0]), (None, [7.0, 10.0, 13.0, 16.0, 19.0])]
)
def test_windows_are_counted_from_the_origin(tmp_path: Path, origin_s: float | None, starts: list[float]) -> None:
    path = str(write(tmp_path / "a.wav", [], 20))
    run = run_detector(
        EveryThree(), path, channel=0, sample_rate_hz=RATE, start_s=7, end_s=20, origin_s=origin_s, block_s=4
    )
    assert [call.start_s for _, calls in run for call in calls] == starts


def test_impossible_pieces_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", [], 1)
    with pytest.raises(InvalidInput, match="start < end"):
        collect(path, EnergyDetector(), 0, 2)
    with pytest.raises(InvalidInput, match="1 second"):
        collect(path, EnergyDetector(), 1, 0)
    with pytest.raises(InvalidInput, match="ends at"):
        collect(path, EnergyDetector(), 5, 2)


def test_real_meerkats_in_blocks() -> None:
    path = SHARED_DATA / "meerkat" / "ZIP040_2022_ML_01.wav"
    if not path.exists():
        pytest.skip("the shared recordings are not here")
    info = soundfile.info(path)
    detector = EnergyDetector(low_hz=300, threshold_db=8)
    end_s = info.frames / info.samplerate
    found = collect(path, detector, end_s, 3)
    assert times(found) == times(collect(path, detector, end_s, 1000))
    assert len(found) > 20
