from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podcast_core.errors import InvalidInput
from podcast_core.formats.contents import FileAnswer, FileBox, LeftOut, Why
from podcast_core.formats.placing import Placement, Places
from tests.formats.builders import make_recording, make_session

MONO = make_recording(1, "sea.day.wav")
STEREO = make_recording(2, "stereo.wav", channels=2)
FIRST, SECOND, THIRD = (make_session(MONO, number, length_s=20) for number in range(3))
LEFT, RIGHT = (make_session(STEREO, 0, channel=channel, length_s=60) for channel in range(2))
PLACES = Places([THIRD, RIGHT, FIRST, SECOND, LEFT], [MONO, STEREO])


def place(name: str, start_s: float, end_s: float, **fields: object) -> list[tuple[str, float, float]]:
    found = PLACES.place(FileBox(name=name, start_s=start_s, end_s=end_s, **fields))  # type: ignore[arg-type]
    return [(part.session.id, part.box.start_s, part.box.end_s) for part in found.parts]


@pytest.mark.parametrize("name", ["sea.day.wav", "sea.day", "sea.day.flac", "x/y/sea.day.wav", r"C:\x\sea.day.wav"])
def test_times_count_from_the_recording_that_is_named(name: str) -> None:
    assert place(name, 21, 22) == [(SECOND.id, 21, 22)]


@pytest.mark.parametrize("name", [SECOND.id, f"{SECOND.id}.wav", f"audio/{SECOND.id}.wav"])
def test_times_count_from_the_session_that_is_named(name: str) -> None:
    assert place(name, 1, 2) == [(SECOND.id, 21, 22)]


def test_a_box_over_a_border_is_cut_there() -> None:
    assert place("sea.day.wav", 19, 41) == [(FIRST.id, 19, 20), (SECOND.id, 20, 40), (THIRD.id, 40, 41)]


def test_what_arithmetic_leaves_over_at_a_border_is_no_part() -> None:
    assert place("sea.day.wav", 18, 20.0000000001) == [(FIRST.id, 18, 20)]


def test_what_lies_outside_of_a_named_session_is_told() -> None:
    found = PLACES.place(FileBox(name=FIRST.id, start_s=19, end_s=21.5))
    assert [(part.session, part.box.end_s) for part in found.parts] == [(FIRST, 20)]
    assert (found.lost_s, found.left_out) == (1.5, None)


@pytest.mark.parametrize("name", ["other.wav", "sea", ""])
def test_a_name_that_the_round_does_not_have_finds_nothing(name: str) -> None:
    left_out = LeftOut("x, line 2", Why.NO_FILE, name, 1, 3)
    assert PLACES.place(FileBox(name=name, start_s=1, end_s=3, where="x, line 2")) == Placement((), 2, left_out)


@pytest.mark.parametrize(
    ("fields", "why", "detail"),
    [
        ({"start_s": 60, "end_s": 61}, Why.OUTSIDE, "from 60.000 s; the recording has 60.000 s"),
        ({"start_s": 60 * 48_000, "end_s": 61 * 48_000, "in_samples": True}, Why.OUTSIDE, "from 60.000 s"),
        ({"name": SECOND.id, "start_s": 20, "end_s": 21}, Why.OUTSIDE, "from 20.000 s; the session has 20.000 s"),
        ({"start_s": 1, "end_s": 2, "channel": 1}, Why.NO_CHANNEL, "channel 2 of 1"),
        ({"start_s": 1, "end_s": 2, "name": "other.wav"}, Why.NO_FILE, ""),
        ({"start_s": 1, "end_s": 2, "name": "half.wav"}, Why.NOT_IN_ROUND, "the round has no session of half.wav at 1"),
        ({"start_s": 50, "end_s": 52, "name": "half.wav", "channel": 1}, Why.NOT_IN_ROUND, "has no channel 2"),
    ],
)
def test_why_nothing_is_found_is_told(fields: dict[str, Any], why: Why, detail: str) -> None:
    half = make_recording(4, "half.wav", channels=2)
    places = Places([SECOND, FIRST, THIRD, make_session(half, 2, length_s=20)], [MONO, half])
    found = places.place(FileBox(**{"name": "sea.day.wav", **fields}))
    assert found.parts == ()
    assert found.left_out is not None
    assert found.left_out.why == why
    assert detail in found.left_out.detail


def test_channels_are_told_apart_and_the_first_is_meant_when_none_is_given() -> None:
    assert place("stereo.wav", 1, 2) == [(LEFT.id, 1, 2)]
    assert place("stereo.wav", 1, 2, channel=1) == [(RIGHT.id, 1, 2)]
    assert place("stereo.wav", 1, 2, channel=2) == []


def test_the_digest_of_the_audio_decides_not_the_name() -> None:
    assert place("renamed.wav", 1, 2, recording_id=MONO.id) == [(FIRST.id, 1, 2)]
    assert place("sea.day.wav", 1, 2, recording_id="f" * 16) == []
    assert place("sea.day.wav", 1, 2, recording_id="f" * 16, session_id=FIRST.id) == []


def test_a_session_id_counts_only_with_its_own_recording() -> None:
    assert place("sea.day.wav", 21, 22, session_id=SECOND.id) == [(SECOND.id, 21, 22)]
    assert place("unknown.wav", 21, 22, session_id=SECOND.id) == []


def test_a_name_that_means_two_things_is_refused() -> None:
    twin = make_recording(3, "sea.day.flac")
    places = Places([FIRST, make_session(twin)], [MONO, twin])
    with pytest.raises(InvalidInput, match="sea.day may be several recordings or sessions of this round"):
        places.place(FileBox(name="sea.day", start_s=1, end_s=2, where="x.csv, line 2"))
    [part] = places.place(FileBox(name="sea.day.flac", start_s=1, end_s=2)).parts
    assert part.session.recording_id == twin.id


def test_half_open_bands_end_where_the_frequencies_end() -> None:
    bands = [(None, 5.0), (5.0, None), (5.0, 99_999.0), (None, None)]
    found = [
        PLACES.place(FileBox(name="stereo", start_s=1, end_s=2, low_hz=low_hz, high_hz=high_hz)).parts[0].box
        for low_hz, high_hz in bands
    ]
    assert [(box.low_hz, box.high_hz) for box in found] == [(0, 5), (5, 24_000), (5, 24_000), (None, None)]
    with pytest.raises(InvalidInput, match="x, line 2: expected a band below 24000 Hz.*found one from 30000 Hz"):
        PLACES.place(
            FileBox(name="stereo", start_s=1, end_s=2, label="", low_hz=30_000.0, high_hz=31_000.0, where="x, line 2")
        )


def test_an_answer_for_a_recording_is_for_all_its_sessions() -> None:
    assert PLACES.find_sessions(FileAnswer("sea.day.wav", "empty")) == [FIRST, SECOND, THIRD]
    assert PLACES.find_sessions(FileAnswer("stereo.wav", "empty", channel=1)) == [RIGHT]
    assert PLACES.find_sessions(FileAnswer("sea.day.wav", "empty", SECOND.id)) == [SECOND]
    assert PLACES.find_sessions(FileAnswer("sea.day.wav", "empty", "elsewhere")) == []
    assert PLACES.find_sessions(FileAnswer(SECOND.id, "empty")) == [SECOND]
    assert PLACES.find_sessions(FileAnswer("other.wav", "empty")) == []


@settings(deadline=None)
@given(st.floats(0, 70), st.floats(0.0001, 70))
def test_no_second_of_a_box_gets_lost_or_doubled(start_s: float, length_s: float) -> None:
    found = PLACES.place(FileBox(name="sea.day.wav", start_s=start_s, end_s=start_s + length_s))
    spans = [(part.box.start_s, part.box.end_s) for part in found.parts]
    assert sum(end - start for start, end in spans) + found.lost_s == pytest.approx(
        start_s + length_s - start_s, abs=5e-6
    )
    assert all(one[1] <= other[0] for one, other in zip(spans, spans[1:], strict=False))
    for part in found.parts:
        assert part.session.start_s <= part.box.start_s < part.box.end_s <= part.session.end_s


def test_what_was_left_out_touches_the_sessions_at_its_time_or_the_nearest() -> None:
    def touch(start_s: float | None = None, end_s: float | None = None, name: str = "sea.day.wav") -> list[str]:
        return [each.id for each in PLACES.find_touched(LeftOut("x", Why.POINT, name, start_s, end_s))]

    assert touch() == [FIRST.id, SECOND.id, THIRD.id]
    assert touch(5, 5) == [FIRST.id]
    assert touch(19, 21) == [FIRST.id, SECOND.id]
    assert touch(102, 105) == [THIRD.id]
    assert touch(1, 2, SECOND.id) == [SECOND.id]
    assert touch(1, 2, "other.wav") == touch(1, 2, "") == []
    assert touch(1, 2, "stereo.wav") == [LEFT.id, RIGHT.id]


def test_a_path_means_its_recording_though_a_session_of_another_is_called_so() -> None:
    here, there = (
        replace(make_recording(number, "x.wav"), uri=f"/{site}/x.wav") for number, site in ((5, "a"), (6, "b"))
    )
    first = replace(make_session(here), id="x")
    places = Places([first, make_session(there)], [here, there])
    [part] = places.place(FileBox(name="b/x.wav", start_s=1, end_s=2)).parts
    assert part.session.recording_id == there.id
    [part] = places.place(FileBox(name="a/x.wav", start_s=1, end_s=2)).parts
    assert part.session == first
    with pytest.raises(InvalidInput, match=r"may be several recordings .*/a/x.wav, /b/x.wav"):
        places.place(FileBox(name="x.wav", start_s=1, end_s=2))


def test_other_audio_under_a_known_name_is_told() -> None:
    left_out = PLACES.place(FileBox(name="sea.day.wav", start_s=1, end_s=2, recording_id="f" * 16)).left_out
    assert left_out is not None
    assert (left_out.why, left_out.detail) == (Why.NO_FILE, "a recording of this name is there, with other audio")
