"""Which prediction a box of an original Pod.Cast document is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_core.dialects.podcast.matching import Match, match
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.session import Session
from podcast_core.formats.contents import FileBox

SESSION = Session(round_id="round", id="s", recording_id="a" * 16, channel=0, start_s=60.0, end_s=121.25)
LENGTH_S = SESSION.duration_s


def predict(*spans: tuple[float, float], labels: str = "abcdefghijklmnopqrstuvwxyz") -> list[Prediction]:
    return [
        Prediction(60 + start_s, 60 + end_s, labels[index % len(labels)], 0.5, id=f"p{index}", session_id="s")
        for index, (start_s, end_s) in enumerate(spans)
    ]


def draw(start_s: float, end_s: float) -> FileBox:
    return FileBox(name="s.wav", start_s=start_s, end_s=end_s)


def show(start_s: float, end_s: float) -> FileBox:
    """As the original's page sends a region back that nobody touched (wavesurfer.regions.js, as measured)."""
    return draw(start_s, max(start_s + 1.5, min(end_s, LENGTH_S)))


def name(found: list[Match]) -> list[str]:
    return [each.prediction.id if each.prediction else "new" for each in found]


@given(
    st.lists(
        st.tuples(st.integers(0, 88), st.sampled_from([0.05, 0.31, 0.69, 0.9, 1.08, 1.496, 1.5, 2.45, 2.998])),
        min_size=1,
        max_size=12,
        unique_by=lambda each: each[0],
    )
)
def test_what_nobody_touched_comes_back_as_it_was(on_grid: list[tuple[int, float]]) -> None:
    """On the grid of 0.69 s a neighbour overlaps a widened box as much as its own prediction does."""
    spans = [(0.69 * place, min(0.69 * place + length_s, LENGTH_S)) for place, length_s in on_grid]
    predictions = predict(*spans)
    found = match([show(*span) for span in spans], SESSION, predictions)
    assert name(found) == [each.id for each in predictions]
    assert [(each.start_s, each.end_s) for each in found] == [
        (each.start_s - 60, each.end_s - 60) for each in predictions
    ]


@pytest.mark.parametrize(
    ("box", "expected", "ends_s"),
    [
        (draw(10, 11.5), "p0", 10.69),  # shown
        (draw(10, 10.69), "p0", 10.69),  # as it is: another client
        (draw(9.595, 11.095), "p0", 10.69),  # widened about its centre
        (draw(10.0004, 11.5004), "p0", 10.69),  # arithmetic
        (draw(10, 13), "p0", 13),  # its end was moved
        (draw(9.2, 10.69), "p0", 10.69),  # its start was moved
        (draw(9.4, 10.9), "p0", 10.9),  # moved as a whole
        (draw(8, 10.5), "p0", 10.5),  # its centre lies within
        (draw(20, 21.5), "new", 21.5),  # as long as the page draws it, but elsewhere
        (draw(10.6, 14), "new", 14),  # touches it
        (draw(60.5, 62), "new", LENGTH_S),  # pushed past the end of the sound
    ],
)
def test_one_box(box: FileBox, expected: str, ends_s: float) -> None:
    [found] = match([box], SESSION, predict((10, 10.69)))
    assert name([found]) == [expected]
    assert found.end_s == pytest.approx(ends_s)


def test_the_surest_fit_wins_and_each_prediction_is_one_box() -> None:
    predictions = predict((10, 10.69), (10.69, 11.38))
    assert name(match([show(10.69, 11.38)], SESSION, predictions)) == ["p1"]
    assert name(match([draw(10, 11.5), draw(10.1, 11.6)], SESSION, predictions)) == ["p0", "p1"]
    assert name(match([draw(10, 11.5), draw(10, 11.5)], SESSION, predictions[:1])) == ["p0", "new"]


def test_a_label_tells_two_predictions_of_one_time_apart() -> None:
    predictions = predict((10, 12), (10, 12), labels="ab")
    found = match(
        [
            FileBox(name="s.wav", start_s=10, end_s=12, label="b"),
            FileBox(name="s.wav", start_s=10, end_s=12, label="a"),
        ],
        SESSION,
        predictions,
    )
    assert name(found) == ["p1", "p0"]
