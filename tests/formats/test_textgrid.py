"""Our TextGrids are read by praatio, and we read praatio's."""

from pathlib import Path

import pytest
from praatio import textgrid as praat
from praatio.data_classes.interval_tier import IntervalTier
from praatio.data_classes.point_tier import PointTier

from podcast_core.domain.annotation import Annotation
from podcast_core.errors import InvalidInput
from podcast_core.formats import textgrid
from podcast_core.formats.contents import Batch, Entry, Guess, Why, make_batch
from tests.formats.builders import make_recording, make_round, make_session, make_submission

HEAD = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n10\n<exists>\n1\n"IntervalTier"\n"calls"\n0\n10\n'


def test_boxes_that_overlap_get_tiers_of_their_own_and_praatio_reads_them(tmp_path: Path) -> None:
    recording = make_recording(file_name="a.wav", seconds=7.5)
    session = make_session(recording)
    times = [(0.0, 1.25), (1.0, 2.0), (1.25, 3.0), (2.0, 7.5)]
    boxes = [Annotation(*each, "call") for each in times] + [Annotation(1e-05, 0.5, 'the "odd" one')]
    entry = Entry(recording, session, (), make_submission(session, *boxes))
    path = tmp_path / "a.TextGrid"
    path.write_bytes(textgrid.write(make_batch(make_round(("call",)), [entry]))["a.TextGrid"])
    read = praat.openTextgrid(str(path), includeEmptyIntervals=False)
    found = {
        name: [(float(e.start), float(e.end), e.label) for e in read.getTier(name).entries] for name in read.tierNames
    }
    assert found == {
        "call": [(0.0, 1.25, "call"), (1.25, 3.0, "call")],
        "call 2": [(1.0, 2.0, "call"), (2.0, 7.5, "call")],
        'the "odd" one': [(1e-05, 0.5, 'the "odd" one')],
    }


@pytest.mark.parametrize("form", ["long_textgrid", "short_textgrid"])
def test_files_of_praatio_are_read_in_both_forms(tmp_path: Path, form: str) -> None:
    grid = praat.Textgrid()
    grid.addTier(IntervalTier("calls", [(0.5, 1.25, 'a "b"'), (2, 3, "é 2 <x>")], 0, 10))
    grid.addTier(PointTier("points", [(1.5, "here")], 0, 10))
    path = tmp_path / "rec.ch2.TextGrid"
    grid.save(str(path), format=form, includeBlankSpaces=True)
    contents = textgrid.read(str(path), path.read_bytes())
    assert [(box.start_s, box.end_s, box.label, box.channel) for box in contents.annotations] == [
        (0.5, 1.25, 'a "b"', 1),
        (2.0, 3.0, "é 2 <x>", 1),
    ]
    [point] = contents.left_out
    assert (point.why, point.start_s, point.channel, point.detail) == (Why.POINT, 1.5, 1, "here")
    assert textgrid.read("x.TextGrid", path.read_text().encode("utf-16")).annotations[0].end_s == 1.25


def test_a_recording_without_boxes_has_an_empty_tier(batch: Batch) -> None:
    quiet = make_batch(batch.round_, batch.entries[1:])
    assert textgrid.read("OS_1.TextGrid", textgrid.write(quiet)["OS_1.TextGrid"]).annotations == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("hello", "x.TextGrid, line 1, column 6: expected a text in double quotes .the file's type., found the end"),
        ('File type = "ooTextFile"\nObject class = "Pitch"', 'line 2, column 16: expected Object class = "TextGrid"'),
        (
            HEAD + '2\n0\n1\n"a"\n',
            "x.TextGrid, line 16, column 1: expected a number .an interval's xmin., found the end",
        ),
        (HEAD + '1\n0\n"a"\n', "line 14, column 1: expected a number .an interval's xmax., found 'a'"),
        (HEAD + '1\n3\n2\n"a"\n', "line 13, column 1: A box needs 0 <= start < end"),
        (HEAD + '1\nxmin = zero\n2\n"a"\n', "line 13, column 8: expected a number .an interval's xmin., found 'zero'"),
        (HEAD + '1\n1\n2\n"a\n', "line 15, column 1: expected a text in double quotes, found no second quote"),
        (HEAD + "1.5\n", "line 12, column 1: expected a whole number .the number of intervals., found 1.5"),
        ("ooBinaryFile\x08TextGrid", "expected a text file, found a binary one"),
    ],
)
def test_what_cannot_be_read_is_told_with_line_and_column(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        textgrid.read("x.TextGrid", text.encode())


TIERS = (
    HEAD.replace("<exists>\n1", "<exists>\n3")
    + """2
0 3.5 "" 3.5 10 " call "
"IntervalTier" "notes" 0 10 1
0 10 "he said ""hi"" ! loud <x>"
"TextTier" "clicks" 0 10 1
5.5 "click"
"""
)


def test_without_a_choice_all_tiers_are_read_and_named_as_a_guess() -> None:
    contents = textgrid.read("a.TextGrid", TIERS.encode())
    assert [(box.start_s, box.label) for box in contents.annotations] == [
        (3.5, "call"),
        (0.0, 'he said "hi" ! loud <x>'),
    ]
    assert [(each.why, each.start_s, each.detail) for each in contents.left_out] == [(Why.POINT, 5.5, "click")]
    assert contents.guesses == (
        Guess("a.TextGrid", "tiers", "calls, notes", "all tiers with texts; say which hold labels"),
    )


def test_tiers_can_be_chosen() -> None:
    contents = textgrid.read("a.TextGrid", TIERS.encode(), ["calls", "songs"])
    assert [(box.start_s, box.end_s, box.label) for box in contents.annotations] == [(3.5, 10.0, "call")]
    assert (contents.left_out, contents.guesses) == ((), ())
    assert contents.notes == (
        "a.TextGrid: tier 'notes' was not asked for; its 1 marks were left out.",
        "a.TextGrid: tier 'clicks' was not asked for; its 1 marks were left out.",
    )
    with pytest.raises(InvalidInput, match="a.TextGrid: expected a tier songs, found calls, notes, clicks"):
        textgrid.read("a.TextGrid", TIERS.encode(), ["songs"])


def test_our_own_tiers_for_boxes_that_overlap_are_no_guess() -> None:
    recording = make_recording(file_name="a.wav", seconds=7.5)
    session = make_session(recording)
    boxes = [Annotation(start, start + 2, label) for start in (0, 1) for label in ("call", "whistle 2")]
    entry = Entry(recording, session, (), make_submission(session, *boxes))
    data = textgrid.write(make_batch(make_round(("call", "whistle 2")), [entry]))["a.TextGrid"]
    assert data.count(b"IntervalTier") == 4
    assert textgrid.read("a.TextGrid", data).guesses == ()


def test_an_interval_without_a_length_is_a_point() -> None:
    contents = textgrid.read("a.TextGrid", (HEAD + '2\n0 0 "x"\n0 10 "call"').encode())
    assert [box.label for box in contents.annotations] == ["call"]
    assert [(each.why, each.start_s, each.detail) for each in contents.left_out] == [(Why.POINT, 0.0, "x")]
