import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_core.audio.split import MIN_TAIL, split_frames, to_frames
from podcast_core.errors import InvalidInput

RATES = st.sampled_from([8_000, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 250_000, 384_000, 500_000])


@given(st.integers(1, 10**10), RATES, st.floats(1, 3600))
def test_every_frame_is_in_exactly_one_session(frame_count: int, rate: int, length_s: float) -> None:
    frame_count = min(frame_count, round(length_s * rate) * 500)  # a list of at most 500 sessions
    spans = split_frames(frame_count, rate, length_s)
    assert spans[0][0] == 0
    assert spans[-1][1] == frame_count
    assert all(first < last for first, last in spans)
    assert all(before[1] == after[0] for before, after in zip(spans, spans[1:], strict=False))


@given(st.integers(1, 10**8), RATES, st.floats(1, 3600))
def test_no_session_is_a_scrap(frame_count: int, rate: int, length_s: float) -> None:
    spans = split_frames(frame_count, rate, length_s)
    length = round(length_s * rate)
    assert {last - first for first, last in spans[:-1]} <= {length}
    if len(spans) > 1:
        tail = spans[-1][1] - spans[-1][0]
        assert MIN_TAIL * length <= tail < (1 + MIN_TAIL) * length


@given(st.integers(1, 10**10), RATES, st.floats(0.1, 3600))
def test_seconds_lead_back_to_the_same_frames(frame_count: int, rate: int, length_s: float) -> None:
    frame_count = min(frame_count, round(length_s * rate) * 100)
    for first, last in split_frames(frame_count, rate, length_s):
        assert to_frames(first / rate, last / rate, rate) == (first, last)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (60, [(0, 60)]),
        (59, [(0, 59)]),
        (74, [(0, 74)]),
        (75, [(0, 60), (60, 75)]),
        (120, [(0, 60), (60, 120)]),
        (134, [(0, 60), (60, 134)]),
    ],
)
def test_a_tail_shorter_than_a_quarter_joins_the_last_session(seconds: int, expected: list[tuple[int, int]]) -> None:
    assert split_frames(seconds, 1, 60) == expected


@pytest.mark.parametrize("length_s", [0, -1, float("nan"), float("inf"), 1e-9])
def test_a_length_that_is_no_length_is_refused(length_s: float) -> None:
    with pytest.raises(InvalidInput, match="length"):
        split_frames(100, 48_000, length_s)


def test_no_frames_are_refused() -> None:
    with pytest.raises(InvalidInput, match="0 frames"):
        split_frames(0, 48_000, 60)
