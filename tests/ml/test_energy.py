"""The energy detector: what it finds, what it learns, and inputs with nothing in them."""

import json
from pathlib import Path

import numpy as np
import pytest

from podcast_core.audio.files import inspect_audio, read_samples
from podcast_core.errors import InvalidInput
from podcast_core.ml.energy.detector import EnergyDetector, to_decibels, to_score
from podcast_core.ml.energy.fitting import fit_energy
from podcast_core.ml.interfaces import Detector, Example, Found, Samples
from podcast_core.ml.measuring.metrics import compare_segments
from tests import building
from tests.conftest import SHARED_DATA

RATE = 16_000
CALLS = ((1.0, 1.2), (1.5, 1.6), (3.0, 3.4))


def make_sound(
    seconds: float = 5.0, calls: tuple[tuple[float, float], ...] = CALLS, hz: float = 3000, noise: float = 0.01
) -> Samples:
    sound = building.make_sound(seconds, calls, call_hz=hz, call_level=0.2, noise_level=noise, rate_hz=RATE, seed=1)
    return sound.astype("f4")


def read_example(path: Path) -> Example:
    rate = inspect_audio(str(path)).sample_rate_hz
    truth = json.loads(path.with_suffix(".json").read_text())
    end_s = inspect_audio(str(path)).frame_count / rate
    calls = [Found(on, off, "call") for on, off in zip(truth["onset"], truth["offset"], strict=True)]
    return Example(read_samples(str(path), channel=0, start_s=0, end_s=end_s), rate, calls)


def test_finds_calls_where_they_are() -> None:
    detector: Detector = EnergyDetector("whistle", low_hz=2000, high_hz=4000)
    found = detector.detect(make_sound(), RATE)
    assert [(call.start_s, call.end_s) for call in found] == pytest.approx(np.array(CALLS), abs=0.006)
    assert {(call.label, call.low_hz, call.high_hz) for call in found} == {("whistle", 2000, 4000)}
    assert all(0.5 < call.score < 1 for call in found if call.score)


def test_does_not_hear_what_is_outside_of_its_band() -> None:
    assert EnergyDetector(low_hz=5000, high_hz=7000).detect(make_sound(), RATE) == []


def test_floor_follows_noise_that_grows() -> None:
    sound = make_sound(60, ((50.0, 50.3),), noise=0.001)
    sound += (np.linspace(0, 0.03, len(sound)) * np.random.default_rng(2).standard_normal(len(sound))).astype("f4")
    found = EnergyDetector(low_hz=2000, high_hz=4000).detect(sound, RATE)
    assert [(call.start_s, call.end_s) for call in found] == [pytest.approx((50.0, 50.3), abs=0.02)]


@pytest.mark.parametrize("count", [0, 1, 2, 39, 400])
@pytest.mark.parametrize("make", [np.zeros, np.ones])
def test_nothing_is_found_where_nothing_is(count: int, make: type) -> None:
    assert EnergyDetector().detect(np.asarray(make(count), np.float32), RATE) == []


def test_a_band_above_the_recording_is_no_failure() -> None:
    assert EnergyDetector(low_hz=20_000, high_hz=60_000).detect(make_sound(), RATE) == []


@pytest.mark.parametrize(("gap_s", "count"), [(0.1, 3), (0.35, 2), (2.0, 1)])
def test_short_gaps_are_closed(gap_s: float, count: int) -> None:
    assert len(EnergyDetector(low_hz=2000, high_hz=4000, min_gap_s=gap_s).detect(make_sound(), RATE)) == count


def test_short_calls_are_dropped() -> None:
    found = EnergyDetector(low_hz=2000, high_hz=4000, min_length_s=0.15).detect(make_sound(), RATE)
    assert [round(call.start_s, 1) for call in found] == [1.0, 3.0]


def test_threshold_is_the_least_score() -> None:
    detector = EnergyDetector(low_hz=2000, high_hz=4000)
    scores = [call.score or 0 for call in detector.detect(make_sound(), RATE)]
    assert detector.detect(make_sound(), RATE, threshold=1) == []
    assert len(detector.detect(make_sound(), RATE, threshold=min(scores) - 0.01)) == 3
    assert all((call.score or 0) >= 0.2 for call in detector.detect(make_sound(), RATE, threshold=0.2))
    assert to_decibels(to_score(7.5)) == pytest.approx(7.5)


def test_a_lower_threshold_adds_calls_and_changes_none() -> None:
    detector = EnergyDetector(low_hz=2000, high_hz=4000, threshold_db=12)
    sound = make_sound() + make_sound(calls=((0.2, 0.5), (4.2, 4.4)), noise=0) * np.float32(0.1)
    own = detector.detect(sound, RATE)
    found = detector.detect(sound, RATE, threshold=0.3)
    assert [call for call in found if (call.score or 0) >= to_score(12)] == own
    assert {round(call.start_s, 1) for call in found} >= {0.2, 4.2}
    assert all(one.end_s <= other.start_s for one, other in zip(found, found[1:], strict=False))
    assert detector.detect(sound, RATE, threshold=0.4) == [each for each in found if (each.score or 0) >= 0.4]


def test_parameters_come_back() -> None:
    detector = EnergyDetector("moan", low_hz=100, high_hz=900, threshold_db=8)
    assert EnergyDetector.from_parameters(json.loads(json.dumps(detector.parameters()))) == detector


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [({"loudness": 1}, "has no loudness"), ({"step_s": 0}, "time step"), ({"threshold_db": "loud"}, "cannot be used")],
)
def test_impossible_parameters_are_refused(parameters: dict[str, object], reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        EnergyDetector.from_parameters(parameters)


def test_learns_band_and_threshold() -> None:
    hum = 0.1 * np.sin(2 * np.pi * 60 * np.arange(5 * RATE) / RATE) * (np.arange(5 * RATE) % RATE < RATE / 2)
    sound = (make_sound() + hum).astype("f4")
    detector = fit_energy([Example(sound, RATE, [Found(start, end, "call") for start, end in CALLS])], label="whistle")
    assert [(call.start_s, call.end_s) for call in detector.detect(sound, RATE)] == pytest.approx(
        np.array(CALLS), abs=0.02
    )
    assert detector.labels == ("whistle",)


def test_learns_from_calls_that_touch() -> None:
    calls = [Found(1.0, 1.1, "call"), Found(1.1 + 1e-9, 1.2, "call"), Found(3.0, 3.4, "call")]
    assert fit_energy([Example(make_sound(), RATE, calls)]).min_gap_s >= 0


def test_nothing_to_learn_from() -> None:
    with pytest.raises(InvalidInput, match="at least one"):
        fit_energy([Example(make_sound(), RATE)])


def test_learns_from_real_birds() -> None:
    folder = SHARED_DATA / "zebra_finch"
    if not folder.exists():
        pytest.skip("the shared recordings are not here")
    train = [read_example(path) for path in sorted(folder.glob("*g19o3U*.wav"))[:3]]
    test = [read_example(path) for path in sorted(folder.glob("*g4p5U*.wav"))]
    detector = fit_energy(train)
    found = [detector.detect(each.samples, each.sample_rate_hz) for each in test]
    agreement = compare_segments([each.calls for each in test], found, tolerance_s=0.02, with_labels=False)
    assert agreement.f1 > 0.75
