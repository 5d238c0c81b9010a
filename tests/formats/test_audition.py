import pytest

from podcast_core.domain.annotation import Annotation
from podcast_core.errors import InvalidInput
from podcast_core.formats import audition
from podcast_core.formats.contents import Batch, Entry, LeftOut, Why, make_batch
from tests.formats.builders import make_recording, make_round, make_session, make_submission

HEADER = b"\xef\xbb\xbfName\tStart\tDuration\tTime Format\tType\tDescription\n"


def test_markers_as_audition_has_them(batch: Batch) -> None:
    assert audition.write(batch)["OS_1.csv"] == (
        HEADER + b"call\t0:01.500\t0:00.500\tdecimal\tCue\t\nclick\t0:05.500\t0:00.750\tdecimal\tCue\t\n"
    )


def test_times_of_every_kind_are_read_and_points_are_told() -> None:
    rows = b"a\t1:02:03.5\t0:01.25\tdecimal\tCue\tfaint\nb\t48000\t24000\t48000 Hz\tCue\t\n"
    rows += b"c\t5.5\t0.25\t\tCue\t\nd\t1:00\t0:00\tdecimal\tCue\t\n"
    contents = audition.read("rec.ch2.csv", HEADER + rows)
    assert [(box.label, box.start_s, box.end_s, box.comment) for box in contents.annotations] == [
        ("a", 3723.5, 3724.75, "faint"),
        ("b", 1.0, 1.5, ""),
        ("c", 5.5, 5.75, ""),
    ]
    assert {(box.name, box.channel) for box in contents.annotations} == {("rec", 1)}
    assert contents.left_out == (LeftOut("rec.ch2.csv, line 5", Why.POINT, "rec", 60.0, 60.0, channel=1, detail="d"),)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"a\t1.2.3\t1\tdecimal\tCue\t", "x.csv, line 2: expected a time like 1:02.345 in Start, found '1.2.3'"),
        (b"a\t1\t1\t0 Hz\tCue\t", "x.csv, line 2: expected decimal times in Time Format, .* found '0 Hz'"),
        (b"a\t" + b"9" * 400 + b"\t1\t\tCue\t", "x.csv, line 2: expected a time like 1:02.345 in Start"),
        (b"a\t1\t1\t75 fps\tCue\t", "x.csv, line 2: expected decimal times in Time Format, .* found '75 fps'"),
    ],
)
def test_times_that_cannot_be_read_are_refused(row: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        audition.read("x.csv", HEADER + row)


def test_rounding_does_not_push_a_box_into_the_next_session() -> None:
    recording = make_recording(file_name="a.wav")
    session = make_session(recording, 1, length_s=7.50049)
    box = Annotation(session.end_s - 0.0002, session.end_s, "call")
    data = audition.write(make_batch(make_round(), [Entry(recording, session, (), make_submission(session, box))]))
    [back] = audition.read("a.csv", data["a.csv"]).annotations
    assert session.start_s < back.start_s < back.end_s <= session.end_s
    assert back.end_s - back.start_s == pytest.approx(0.001)
