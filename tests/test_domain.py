from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_core.domain.annotation import Annotation, Origin
from podcast_core.domain.box import Box, Call, Stretch, join_stretches
from podcast_core.domain.display import Display
from podcast_core.domain.ids import ID_PATTERN, make_id
from podcast_core.domain.label import Label, make_labels
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.recording import Recording
from podcast_core.domain.review import Review, Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.errors import InvalidInput

ANNOTATION = Annotation(start_s=1.0, end_s=2.0, label="call")
EMPTY = Submission("s", "r", "x", "Ann", Outcome.EMPTY)


@given(st.text(max_size=200))
def test_an_id_made_of_any_text_is_safe_in_paths_and_urls(text: str) -> None:
    assert ID_PATTERN.fullmatch(make_id(text, fallback="x"))


def test_an_id_keeps_a_pod_cast_file_stem_as_it_is() -> None:
    assert make_id("OS_9_27_2017_08_25_00__0001") == "OS_9_27_2017_08_25_00__0001"


@pytest.mark.parametrize("text", ["", "..", "///", "…"])
def test_no_id_can_be_made_of_text_without_letters_or_digits(text: str) -> None:
    with pytest.raises(InvalidInput, match="letter or digit"):
        make_id(text)


@pytest.mark.parametrize(
    ("start_s", "end_s", "low_hz", "high_hz"),
    [
        (-0.1, 1, None, None),
        (1, 1, None, None),
        (2, 1, None, None),
        (0, float("nan"), None, None),
        (0, float("inf"), None, None),
        (0, 1, 100, None),
        (0, 1, 200, 100),
        (0, 1, -1, 100),
    ],
)
def test_an_impossible_box_is_refused(
    start_s: float, end_s: float, low_hz: float | None, high_hz: float | None
) -> None:
    with pytest.raises(InvalidInput, match="box"):
        Annotation(start_s=start_s, end_s=end_s, label="call", low_hz=low_hz, high_hz=high_hz)


def test_an_annotation_from_a_model_names_its_prediction() -> None:
    with pytest.raises(InvalidInput, match="Origin"):
        Annotation(start_s=0, end_s=1, label="call", origin=Origin.MODEL_ACCEPTED)


@pytest.mark.parametrize(
    ("outcome", "annotations"),
    [(Outcome.LABELLED, ()), (Outcome.EMPTY, (ANNOTATION,)), (Outcome.SKIPPED, (ANNOTATION,))],
)
def test_an_outcome_that_does_not_fit_the_boxes_is_refused(
    outcome: Outcome, annotations: tuple[Annotation, ...]
) -> None:
    with pytest.raises(InvalidInput, match="Outcome"):
        Submission("s", "r", "x", "Ann", outcome, annotations)


@pytest.mark.parametrize(
    ("notes", "message"),
    [
        ({"comment": "x" * 1001}, "at most 1000 characters, found 1001"),
        ({"individual": "x" * 81}, "individual must be 1 to 80"),
        ({"call_type": "S1\nS2"}, "call type must be 1 to 80 printable"),
    ],
)
def test_a_note_that_is_too_long_or_unprintable_is_refused(notes: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        replace(ANNOTATION, **notes)  # type: ignore[arg-type]  # texts only
    assert replace(ANNOTATION, comment="two\nlines", individual="J35", call_type="S1").comment == "two\nlines"


@pytest.mark.parametrize(
    ("work", "message"),
    [
        ({"score_threshold": 1.5}, "score threshold must be between 0 and 1, found 1.5"),
        ({"active_s": -1.0}, "time worked on a session must be between 0 and 604800 s, found -1 s"),
        ({"active_s": float("nan")}, "found nan"),
        ({"action_count": -1}, "number of edits"),
    ],
)
def test_work_that_cannot_have_happened_is_refused(work: dict[str, float], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        replace(EMPTY, **work)  # type: ignore[arg-type]  # numbers only


def test_a_session_stays_open_after_a_skip_and_after_a_verification_with_predictions_left_over() -> None:
    left = (Prediction(id="p", session_id="x", start_s=0, end_s=1, label="call"),)
    closing = {outcome for outcome in Outcome if replace(EMPTY, outcome=outcome, annotations=boxes(outcome)).closes}
    assert closing == set(Outcome) - {Outcome.SKIPPED}
    assert not replace(EMPTY, outcome=Outcome.VERIFIED, unreviewed=left).closes
    assert replace(EMPTY, outcome=Outcome.EMPTY, unreviewed=left).closes


def boxes(outcome: Outcome) -> tuple[Annotation, ...]:
    return (ANNOTATION,) if outcome is Outcome.LABELLED else ()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"window_type": "triangle"}, "A window's shape is one of hann"),
        ({"scale": "bark"}, "linear, mel, log, constant-q; found 'bark'"),
        ({"denoise": "magic"}, "none, median, pcen; found 'magic'"),
        ({"window_samples": 1000}, "power of two from 64 to 16384 samples long, found 1000"),
        ({"window_samples": 32}, "found 32"),
        ({"window_samples": -64}, "found -64"),
        ({"overlap": 0.96}, "between 0 and 0.95, found 0.96"),
        ({"overlap": float("nan")}, "found nan"),
        ({"low_hz": 2000.0, "high_hz": 1000.0}, "found 2000 and 1000 Hz"),
        ({"low_hz": float("inf")}, "found inf Hz"),
        ({"floor_db": -20.0, "ceiling_db": -20.0}, "found -20 and -20 dB"),
        ({"color_map": ""}, "colour map"),
        ({"min_box_s": -0.1}, "least length of a box"),
        ({"threshold": 1.1}, "threshold for predictions must be between 0 and 1"),
    ],
)
def test_a_display_that_cannot_be_shown_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Display(**settings)


def test_a_round_refuses_the_same_hotkey_twice() -> None:
    labels = (Label("call", "#000000", "1"), Label("click", "#000000", "1"))
    with pytest.raises(InvalidInput, match="hotkey twice: 1"):
        Round("r", "R", labels)


def test_a_round_refuses_a_link_that_runs_code() -> None:
    with pytest.raises(InvalidInput, match="https://"):
        Round("r", "R", make_labels(["call"]), site_url="javascript:alert(1)")


@pytest.mark.parametrize("field", ["description", "instructions", "site", "site_url"])
def test_a_round_refuses_what_no_store_can_hold(field: str) -> None:
    with pytest.raises(InvalidInput, match="half of a surrogate pair"):
        Round("r", "r", make_labels(["call"]), **{field: "https://\ud800"})  # type: ignore[arg-type]


def test_a_round_refuses_what_no_store_can_hold_of_its_labels() -> None:
    with pytest.raises(InvalidInput, match="half of a surrogate pair"):
        Round("r", "r", (Label("call", "#000000", description="\ud800"),))


def test_labels_get_colours_and_the_first_nine_get_keys() -> None:
    labels = make_labels([f"label {number}" for number in range(12)])
    assert [label.hotkey for label in labels] == [*"123456789", "", "", ""]
    assert len({label.color for label in labels[:8]}) == 8


def test_a_correction_names_the_new_submission() -> None:
    with pytest.raises(InvalidInput, match="correction"):
        Review("v", "s", "Ann", Verdict.CORRECT)


@given(st.floats(0, 1e6), st.floats(0, 600))
def test_session_time_and_recording_time_are_inverse(start_s: float, inside_s: float) -> None:
    session = Session(round_id="r", id="x", recording_id="0" * 16, channel=0, start_s=start_s, end_s=start_s + 600)
    assert session.to_session_s(session.to_recording_s(inside_s)) == pytest.approx(inside_s, abs=1e-9)


@given(st.floats(0, 1e6), st.floats(0, 599), st.floats(0.1, 1))
def test_boxes_go_to_session_time_and_back(start_s: float, inside_s: float, length_s: float) -> None:
    session = Session(start_s, start_s + 600, "0" * 16, 0, round_id="r", id="x")
    box = Annotation(
        start_s + inside_s, start_s + inside_s + length_s, "call", low_hz=100.0, high_hz=200.0, comment="so"
    )
    moved = session.to_session(box)
    assert moved.is_at(box.shifted(-session.start_s))
    assert moved.is_within(Stretch(0, 600))
    back = session.to_recording(moved)
    assert back.is_at(box)
    assert back.put_at(box) == box


def test_what_rounding_put_beyond_a_session_is_cut_off_in_both_directions() -> None:
    session = Session(10.0, 20.0, "0" * 16, 0, round_id="r", id="x")
    assert session.to_session(Call(10.0 - 1e-9, 11.0, "call")) == Call(0.0, 1.0, "call")
    assert session.to_recording(Stretch(-1e-9, 10 + 1e-9)) == Stretch(10.0, 20.0)


def test_stretches_are_compared_cut_and_joined() -> None:
    one, other, third = Stretch(1.0, 3.0), Stretch(2.0, 4.0), Stretch(3.0, 5.0)
    assert (one.overlaps(other), one.overlaps(third)) == (True, False)
    assert (one.measure_common_s(other), one.measure_common_s(Stretch(8, 9))) == (1.0, 0.0)
    assert [one.measure_iou(each) for each in (other, one, third)] == pytest.approx([1 / 3, 1.0, 0.0])
    assert Call(1.0, 3.0, "call", 0.5).cut_to(other) == Call(0.0, 1.0, "call", 0.5)
    assert join_stretches([third, Call(0.0, 0.5, "call"), one]) == [Stretch(0.0, 0.5), Stretch(1.0, 5.0)]


def test_boxes_have_one_place_when_they_differ_by_rounding_only() -> None:
    box = Box(1.0, 2.0, low_hz=10.0, high_hz=20.0)
    assert box.is_at(Box(1.0 + 1e-7, 2.0, low_hz=10.0, high_hz=20.0 - 1e-7))
    assert not box.is_at(Box(1.0, 2.0))
    assert not box.is_at(Box(1.0, 2.0, low_hz=10.0, high_hz=20.1))


def test_a_session_knows_when_it_began() -> None:
    recording = Recording("b" * 64, "/x", "x.wav", 48000, 1, 48000 * 600, "WAV", datetime(2020, 1, 1, tzinfo=UTC))
    session = Session(round_id="r", id="x", recording_id=recording.id, channel=0, start_s=60.0, end_s=120.0)
    assert session.started_at(recording) == datetime(2020, 1, 1, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize("zone", [None, timezone(timedelta(hours=-7))])
def test_a_time_that_is_not_utc_is_refused(zone: timezone | None) -> None:
    with pytest.raises(InvalidInput, match="aware UTC"):
        Recording("b" * 64, "/x", "x.wav", 48000, 1, 1, "WAV", datetime(2020, 1, 1, tzinfo=zone))
