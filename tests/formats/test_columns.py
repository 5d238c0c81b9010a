"""Tables of any program: the mapping, the guess, and Parquet."""

import io

import pandas as pd
import pytest

from podcast_core.errors import InvalidInput
from podcast_core.formats import columns, find_formats, parquet
from podcast_core.formats.columns import Columns, guess, parse_columns
from podcast_core.formats.contents import Batch

BIRDNET = b"Start (s),End (s),Scientific name,Common name,Confidence,File\n"
BIRDNET += b"3.0,6.0,Turdus merula,Blackbird,0.8125,/a/rec.wav\n"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            "Start (s),End (s),Scientific name,Common name,Confidence,File",
            ("File", "Start (s)", "End (s)", "", "Common name", "Confidence", "s"),
        ),
        ("IN FILE,OFFSET,DURATION,MANUAL ID", ("IN FILE", "OFFSET", "", "DURATION", "MANUAL ID", "", "s")),
        ("wav,onset_ms,offset_ms,class", ("wav", "onset_ms", "offset_ms", "", "class", "", "ms")),
        (
            "path,start_sample,end_sample,label,prob",
            ("path", "start_sample", "end_sample", "", "label", "prob", "samples"),
        ),
        ("a,b,c", ("", "", "", "", "", "", "s")),
    ],
)  # fmt: skip
def test_names_that_programs_write_are_understood(header: str, expected: tuple[str, ...]) -> None:
    found = guess(header.split(","))
    assert (found.file, found.start, found.end, found.duration, found.label, found.score, found.unit) == expected


def test_a_table_is_read_as_text_and_as_parquet_alike() -> None:
    frame = pd.read_csv(io.BytesIO(BIRDNET))
    packed = io.BytesIO()
    frame.to_parquet(packed)
    for name, data in (("r.csv", BIRDNET), ("r.parquet", packed.getvalue())):
        assert find_formats(name, data) == ["table"]
        [box] = columns.read(name, data).annotations
        assert (box.name, box.start_s, box.end_s, box.label, box.score) == ("/a/rec.wav", 3.0, 6.0, "Blackbird", 0.8125)


def test_a_person_says_what_is_what() -> None:
    table = b"wo;von;dauer;unten;oben;was;kanal\nsee.wav;250;500;1,5;2;Ruf;2\n".replace(b"1,5", b"1.5")
    words = ["file=wo", "start=von", "duration=dauer", "low=unten", "high=oben", "label=was", "channel=kanal"]
    mapping = parse_columns([*words, "unit=ms", "frequency_unit=kHz", "first_channel=1"])
    [box] = columns.read("t.csv", table, mapping).annotations
    assert (box.start_s, box.end_s, box.low_hz, box.high_hz, box.label, box.channel) == (
        0.25,
        0.75,
        1500,
        2000,
        "Ruf",
        1,
    )


def test_without_a_column_of_files_the_table_is_named_after_the_recording() -> None:
    [box] = columns.read("in/rec_1.csv", b"start,end\n1,2\n", Columns(start="start", end="end")).annotations
    assert (box.name, box.start_s, box.end_s) == ("rec_1", 1.0, 2.0)


@pytest.mark.parametrize(
    ("data", "mapping", "reason"),
    [
        (b"a,b\n1,2\n", None, "t.csv, line 1: expected columns of a start and of an end or a duration, found a, b"),
        (b"a,b\n1,2\n", Columns(start="a", end="c"), "t.csv, line 1: expected the column c, found a, b"),
        (b"a,b\nx,2\n", Columns(start="a", end="b"), "t.csv, line 2: expected a number in a, found 'x'"),
        (b"a,b\n1,\n", Columns(start="a", end="b"), "t.csv, line 2: expected a number in b, found nothing"),
        (b"PAR1broken", None, "t.csv: expected a Parquet file, found a damaged one"),
    ],
)
def test_what_does_not_fit_is_told_with_line_and_column(data: bytes, mapping: Columns | None, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        columns.read("t.csv", data, mapping)


@pytest.mark.parametrize("words", [["start"], ["where=a"], ["unit=h"], ["frequency_unit=MHz"], ["first_channel=2"]])
def test_words_that_are_no_mapping_are_refused(words: list[str]) -> None:
    with pytest.raises(InvalidInput):
        parse_columns(words)


def test_parquet_has_types(batch: Batch) -> None:
    frame = pd.read_parquet(io.BytesIO(parquet.write(batch)["annotations.parquet"]))
    assert frame["start_s"].tolist()[:2] == [1.5, 5.5]
    assert str(frame["start_utc"].dtype).startswith("datetime64[us, UTC")
    assert frame["low_hz"].isna().tolist() == [True, False, True, True]
    with pytest.raises(InvalidInput, match="a.parquet: expected a Parquet file, found something else"):
        parquet.read("a.parquet", b"file_name,start_s")
