"""Agreement of found and known calls: WhisperSeg's rules, on its own example and on small cases."""

import csv
from pathlib import Path

import pytest

from podcast_core.errors import InvalidInput
from podcast_core.ml.interfaces import Found
from podcast_core.ml.measuring.metrics import (
    NOTHING,
    Agreement,
    compare_frames,
    compare_per_label,
    compare_segments,
    count_confusions,
    count_false_alarms,
)
from tests.conftest import SHARED_DATA

FROM_S = 40.0


def call(start_s: float, end_s: float, label: str = "a") -> Found:
    return Found(start_s, end_s, label)


KNOWN = [call(0.1, 0.2), call(0.3, 0.4, "b"), call(1, 2)]
GUESS = [call(0.12, 0.22), call(0.3, 0.4), call(1.5, 2), call(3, 3.1)]


def read_calls(path: Path) -> list[Found]:
    with path.open() as file:
        rows = [(float(row["onset"]), float(row["offset"]), row["clustername"]) for row in csv.DictReader(file)]
    return [Found(*row) for row in rows if row[0] >= FROM_S]


def test_equal_to_the_figures_of_whisperseg() -> None:
    folder = SHARED_DATA / "whisperseg"
    if not folder.exists():
        pytest.skip("the shared recordings are not here")
    known, found = ([read_calls(folder / f"{name}annotations.csv")] for name in ("", "pred_"))
    for with_labels, expected in ((False, (0.250, 0.658, 0.977)), (True, (0.220, 0.586, 0.842))):
        for tolerance_s, f1 in zip((0.01, 0.02, 0.05), expected, strict=True):
            agreement = compare_segments(known, found, tolerance_s=tolerance_s, with_labels=with_labels)
            assert agreement.f1 == pytest.approx(f1, abs=0.0005)
    assert compare_frames(known, found, with_labels=False).f1 == pytest.approx(0.936, abs=0.0005)
    assert compare_frames(known, found).f1 == pytest.approx(0.810, abs=0.0005)


def test_both_ends_and_the_label_must_be_right() -> None:
    assert compare_segments([KNOWN], [GUESS], tolerance_s=0.02) == Agreement(1, 4, 3)
    assert compare_segments([KNOWN], [GUESS], tolerance_s=0.02, with_labels=False) == Agreement(2, 4, 3)
    assert compare_segments([KNOWN], [GUESS], tolerance_s=0.019) == Agreement(0, 4, 3)


def test_a_known_call_is_found_once() -> None:
    assert compare_segments([[call(1, 2)]], [[call(1, 2), call(1, 2)]], tolerance_s=0.1) == Agreement(1, 2, 1)


def test_recordings_are_not_mixed_and_counts_are_added() -> None:
    assert compare_segments([KNOWN, []], [[], KNOWN], tolerance_s=0.1) == Agreement(0, 3, 3)
    with pytest.raises(InvalidInput, match="as many lists"):
        compare_segments([KNOWN], [], tolerance_s=0.1)


def test_nothing_found_where_nothing_is_agrees() -> None:
    nothing = compare_segments([[]], [[]], tolerance_s=0.1)
    assert (nothing.precision, nothing.recall, nothing.f1) == (1, 1, 1)
    missed = compare_segments([KNOWN], [[]], tolerance_s=0.1)
    assert (missed.precision, missed.recall, missed.f1) == (0, 0, 0)


def test_frames() -> None:
    assert compare_frames([KNOWN], [GUESS]) == Agreement(580, 800, 1200)
    assert compare_frames([KNOWN], [GUESS], with_labels=False) == Agreement(680, 800, 1200)


def test_per_label() -> None:
    assert compare_per_label([KNOWN], [GUESS], tolerance_s=0.02) == {"a": Agreement(1, 4, 2), "b": Agreement(0, 0, 1)}


def test_confusions() -> None:
    assert count_confusions([KNOWN], [GUESS], tolerance_s=0.02) == {
        (NOTHING, "a"): 2,
        ("a", NOTHING): 1,
        ("a", "a"): 1,
        ("b", "a"): 1,
    }


def test_false_alarms_touch_no_call() -> None:
    assert count_false_alarms([KNOWN, []], [GUESS, [call(1, 2)]]) == 2
    assert count_false_alarms([[call(1, 2)]], [[call(0.5, 1), call(2, 3), call(1.9, 2.5)]]) == 2
