"""Tables of any program: the mapping, the guess, and Parquet."""

import io
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_core.errors import InvalidInput
from podcast_core.formats import find_formats, other_tables, parquet
from podcast_core.formats.columns import Said, parse_columns
from podcast_core.formats.contents import NOT_USED, Batch, Contents, FileBox, LeftOut, Why
from podcast_core.formats.guessing import guess

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
        [box] = other_tables.read(name, data).annotations
        assert (box.name, box.start_s, box.end_s, box.label, box.score) == ("/a/rec.wav", 3.0, 6.0, "Blackbird", 0.8125)


def test_a_person_says_what_is_what() -> None:
    table = b"wo;von;dauer;unten;oben;was;kanal\nsee.wav;250;500;1,5;2;Ruf;2\n".replace(b"1,5", b"1.5")
    words = ["file=wo", "start=von", "duration=dauer", "low=unten", "high=oben", "label=was", "channel=kanal"]
    mapping = parse_columns([*words, "unit=ms", "frequency_unit=kHz", "first_channel=1"])
    [box] = other_tables.read("t.csv", table, mapping).annotations
    assert (box.start_s, box.end_s, box.low_hz, box.high_hz, box.label, box.channel) == (
        0.25,
        0.75,
        1500,
        2000,
        "Ruf",
        1,
    )


def test_without_a_column_of_files_the_table_is_named_after_the_recording() -> None:
    [box] = other_tables.read("in/rec_1.csv", b"start,end\n1,2\n", {"start": "start", "end": "end"}).annotations
    assert (box.name, box.start_s, box.end_s) == ("in/rec_1", 1.0, 2.0)


@pytest.mark.parametrize(
    ("data", "mapping", "reason"),
    [
        (b"a,b\n1,2\n", None, "t.csv, line 1: expected columns of a start and of an end or a duration, found a, b"),
        (b"a,b\n1,2\n", {"start": "a", "end": "c"}, "t.csv, line 1: expected the column c, found a, b"),
        (b"a,b\nx,2\n", {"start": "a", "end": "b"}, "t.csv, line 2: expected a number in a, found 'x'"),
        (b"a,b\n1,\n", {"start": "a", "end": "b"}, "t.csv, line 2: expected a number in b, found nothing"),
        (b"PAR1broken", None, "t.csv: expected a Parquet file, found one that cannot be read"),
    ],
)
def test_what_does_not_fit_is_told_with_line_and_column(data: bytes, mapping: Said | None, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        other_tables.read("t.csv", data, mapping)


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


def read(text: str, name: str = "t.csv", **said: str) -> Contents:
    return other_tables.read(name, text.encode(), said)


def read_one(text: str, **said: str) -> FileBox:
    [box] = read(text, **said).annotations
    return box


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ("low_freq (kHz)", "high_freq (kHz)", (1500, 7250)),
        ("Low Freq (kHz)", "High Freq (kHz)", (1500, 7250)),
        ("fmin_khz", "fmax_khz", (1500, 7250)),
        ("min [kHz]", "max [kHz]", (1500, 7250)),
        ("minFreqKHz", "maxFreqKHz", (1500, 7250)),
        ("Low Freq (Hz)", "High Freq (Hz)", (1.5, 7.25)),
        ("f_min", "f_max", (1500, 7250)),  # no unit, and nothing but bats and infrasound is that low in hertz
        ("min", "max", (None, None)),  # of what?
    ],
)
def test_bands_are_read_in_the_unit_they_name(low: str, high: str, expected: tuple[float | None, float | None]) -> None:
    contents = read(f"file,start,end,{low},{high},label\na.wav,3.5,4.25,1.5,7.25,call\n")
    [box] = contents.annotations
    assert (box.low_hz, box.high_hz) == expected
    unused = [each.value for each in contents.guesses if each.what == NOT_USED]
    assert unused == ([low, high] if expected == (None, None) else [])
    assert ("frequency_unit" in {each.what for each in contents.guesses}) == (low == "f_min")


def test_a_person_can_say_another_unit_than_the_guessed_one() -> None:
    table = "file,start,end,fmin,fmax,label\nwhale.wav,1,2,15,30,fin\n"
    assert read_one(table, frequency_unit="Hz").high_hz == 30
    assert read_one(table).high_hz == 30_000
    assert read_one(table.replace("15,30", "150,3000")).high_hz == 3000


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        ("start_s,end_s", "1.5,2", (1.5, 2.0)),
        ("start (ms),end (ms)", "1500,2000", (1.5, 2.0)),
        ("Start [sec],Duration [ms]", "1.5,500", (1.5, 2.0)),
        ("onset_ms,duration_ms", "1500,500", (1.5, 2.0)),
        ("Begin Time (s),End Time (s)", "1.5,2", (1.5, 2.0)),
    ],
)
def test_times_are_read_in_the_unit_that_each_column_names(
    header: str, row: str, expected: tuple[float, float]
) -> None:
    box = read_one(f"file,{header},label\na.wav,{row},call\n")
    assert (box.start_s, box.end_s) == expected


def test_whole_numbers_beyond_a_day_are_asked_about() -> None:
    table = "file,start,end,label\na.wav,84000,102000,call\n"
    with pytest.raises(InvalidInput, match=r"start and end are whole numbers up to 102000.*unit=ms, unit=samples"):
        read(table)
    assert read_one(table, unit="ms").start_s == 84.0
    assert read_one(table, unit="samples").in_samples


def test_times_partly_in_samples_are_refused() -> None:
    with pytest.raises(InvalidInput, match="expected times in one unit, found start_sample, end_s"):
        read("file,start_sample,end_s,label\na.wav,1,2,call\n")


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ("score", "0.5", 0.5),
        ("Confidence", "0,5", 0.5),
        ("confidence (%)", "50", 0.5),
        ("logit", "0.5", None),
        ("score", "1.5", None),
        ("probability", "-0.1", None),
        ("score", "", None),
    ],
)
def test_a_score_is_what_holds_numbers_from_0_to_1(column: str, cell: str, expected: float | None) -> None:
    contents = read(f"file;start;end;label;{column}\na.wav;1;2;call;{cell}\n")
    assert [box.score for box in contents.annotations] == [expected]
    unused = [each.value for each in contents.guesses if each.what == NOT_USED]
    assert unused == ([column] if expected is None and cell else [])


def test_a_score_in_percent_is_taken_when_it_is_said() -> None:
    assert (
        read_one("file,start,end,label,score\na.wav,1,2,call,85\n", score="score", score_unit="percent").score == 0.85
    )


@pytest.mark.parametrize(
    "column", ["species", "Species", "class", "type", "annotation", "tag", "AUTO ID*", "Espèce", "Foo"]
)
def test_a_label_column_is_understood_or_the_only_text(column: str) -> None:
    assert read_one(f"file,start,end,{column}\na.wav,1,2,whistle\n").label == "whistle"


def test_several_columns_that_may_be_labels_are_asked_about() -> None:
    table = "file,start,end,Foo,Bar\na.wav,1,2,whistle,loud\n"
    with pytest.raises(InvalidInput, match=r"t.csv, line 1: several columns may hold the label: Foo, Bar. Say which"):
        read(table)
    assert read_one(table, label="Bar").label == "loud"
    box = read_one(table, label="")
    assert (box.label, box.label_is_blank) == ("", False)


def test_a_column_called_like_a_label_that_holds_numbers_is_asked_about() -> None:
    with pytest.raises(InvalidInput, match="call may be a label, but holds numbers"):
        read("file,start,end,call\na.wav,0,3,0.91\n")


def test_the_label_of_a_row_may_be_in_a_second_column() -> None:
    header = "IN FILE,OFFSET,DURATION,MANUAL ID,AUTO ID\n"
    assert [box.label for box in read(f"{header}a.wav,1,2,,whistle\na.wav,4,2,call,whistle\n").annotations] == [
        "whistle",
        "call",
    ]
    assert read_one(f"{header}a.wav,1,2,,whistle\n").label == "whistle"


def test_an_empty_label_is_told_from_a_table_without_labels() -> None:
    assert read_one("file,start,end,label\na.wav,1,2,\n").label_is_blank
    assert not read_one("file,start,end\na.wav,1,2\n").label_is_blank


@pytest.mark.parametrize(("cells", "expected"), [("01", [0, 1]), ("12", [0, 1]), ("11", [0, 0])])
def test_channels_count_from_0_where_there_is_a_0(cells: str, expected: list[int]) -> None:
    rows = "".join(f"a.wav,1,2,call,{cell}\n" for cell in cells)
    contents = read(f"file,start,end,label,channel\n{rows}")
    assert [box.channel for box in contents.annotations] == expected
    assert "first_channel" in {each.what for each in contents.guesses}


def test_selections_over_several_files_are_read_as_any_table() -> None:
    contents = read(
        "Selection,View,Channel,Begin Time (s),End Time (s),Begin File,File Offset (s),species\n"
        "1,Waveform 1,1,103.25,104.0,b.wav,3.25,whistle\n"
        "1,Spectrogram 1,1,103.25,104.0,b.wav,3.25,whistle\n"
        "2,Spectrogram 1,1,5.0,6.5,a.wav,5.0,call\n"
    )
    found = [(box.name, box.start_s, box.end_s, box.label, box.channel) for box in contents.annotations]
    assert found == [("b.wav", 3.25, 4.0, "whistle", 0), ("a.wav", 5.0, 6.5, "call", 0)]


def test_points_are_left_out_and_named() -> None:
    contents = read("file,start,end,label\na.wav,3,3,call\na.wav,4,5,call\n")
    assert contents.left_out == (LeftOut("t.csv, line 2", Why.POINT, "a.wav", 3.0, 3.0, detail="call"),)
    assert len(contents.annotations) == 1


@pytest.mark.parametrize(
    "header",
    [
        *("Datei;Beginn (s);Ende (s);Art", "fichier;début;fin;espèce", "file;start;end;label", "fil;start;slut;art"),
        *("nome file;inizio;fine;specie", "plik;początek;koniec;gatunek"),
    ],
)
def test_tables_of_european_programs(header: str) -> None:
    contents = read(f"sep=;\n{header}\na.wav;3,5;4,25;call\n")
    assert [(box.name, box.start_s, box.end_s, box.label) for box in contents.annotations] == [
        ("a.wav", 3.5, 4.25, "call")
    ]
    assert "decimal" in {each.what for each in contents.guesses}


CELLS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs"), exclude_characters='"'), max_size=12)


@given(
    st.sampled_from(["Qwx", "My notes; old", "a,b,c", "Höhe (dB)", "ファイル", "x1", "Peak Power", "SNR"]),
    st.lists(CELLS, min_size=2, max_size=2),
    st.integers(0, 4),
    st.sampled_from([",", ";", "\t"]),
)
def test_an_unknown_column_changes_nothing(column: str, cells: list[str], place: int, sign: str) -> None:
    table = [
        ["file", "start", "end", "label"],
        ["a.wav", "1.5", "2", "call"],
        ["b/c.wav", "3", "4.25", "whistle"],
    ]
    wider = [[*row[:place], f'"{cell}"', *row[place:]] for row, cell in zip(table, [column, *cells], strict=True)]
    plain, found = (read("\n".join(sign.join(row) for row in rows)) for rows in (table, wider))
    assert found.annotations == plain.annotations
    assert found.left_out == plain.left_out == ()


def test_predictions_are_read_with_and_without_the_columns_that_may_be_missing() -> None:
    header = "wav_filename,start_time_s,duration_s"
    box = read_one(f"{header},confidence,label,low_hz,high_hz\na.wav,3,2,0.5,call,100,200\n")
    assert (box.name, box.start_s, box.end_s, box.score) == ("a.wav", 3.0, 5.0, 0.5)
    assert (box.label, box.low_hz, box.high_hz, box.where) == ("call", 100.0, 200.0, "t.csv, line 2")
    box = read_one(f"{header}\na.wav,3,2\n".replace(",", "\t"))
    assert (box.score, box.label, box.low_hz, box.label_is_blank) == (None, "", None, False)


def test_every_bad_row_of_a_table_is_named() -> None:
    rows = "a.wav,x,2\na.wav,1,2\n,1,1\na.wav,1,-1\na.wav,1,\n"
    with pytest.raises(InvalidInput) as caught:
        read("wav_filename,start_time_s,duration_s\n" + rows)
    assert str(caught.value).splitlines() == [
        "t.csv, line 2: expected a number in start_time_s, found 'x'",
        "t.csv, line 4: expected a name in wav_filename, found nothing",
        "t.csv, line 5: A box needs 0 <= start < end in seconds, found start 1.0, end 0.0.",
        "t.csv, line 6: expected a number in duration_s, found nothing",
    ]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("Start (µs)", "End (µs)", (30e-6, 45e-6)),
        ("start_us", "end_us", (30e-6, 45e-6)),
        ("Start (min)", "End [min]", (1800, 2700)),
        ("start_minutes", "duration_s", (1800, 1845)),
    ],
)
def test_microseconds_and_minutes_are_times(start: str, end: str, expected: tuple[float, float]) -> None:
    table = f"file,{start},{end},label\na.wav,30,45,call\n".encode()
    [box] = other_tables.read("t.csv", table).annotations
    assert (box.start_s, box.end_s) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("column", "word"),
    [
        ("Start (frames)", "unit"),
        ("start (мс)", "unit"),
        ("Low Freq (mel)", "frequency_unit"),
        ("low [oct]", "frequency_unit"),
    ],
)
def test_a_unit_that_is_not_known_is_asked_for(column: str, word: str) -> None:
    """Whether the column is guessed or said."""
    role, other = ("start", "x") if word == "unit" else ("low", "start")
    table = f"file,{column},{other},end,label\na.wav,1,1,2,call\n".encode()
    said = {role: column}
    with pytest.raises(InvalidInput, match=rf"of {re.escape(column)} is no unit that is known. Say the unit: {word}="):
        other_tables.read("t.csv", table, said)
    assert other_tables.read("t.csv", table, {**said, word: "ms" if word == "unit" else "Hz"}).annotations


@pytest.mark.parametrize(
    "end", [".BirdNET.results.csv", ".BirdNET.selection.table.txt", ".BirdNET.results.r.csv", ".csv"]
)
def test_what_birdnet_puts_behind_a_name_is_no_part_of_it(end: str) -> None:
    table = b"Start (s),End (s),Common name\n0.0,3.0,call\n"
    [box] = other_tables.read(f"SITE1_20220101_000000{end}", table).annotations
    assert box.name == "SITE1_20220101_000000"


def test_a_column_of_0_and_1_per_class_is_no_label() -> None:
    table = "file,start,end,call,whistle,channel\na.wav,0,3,1,0,1\na.wav,3,6,0,0,1\n"
    with pytest.raises(InvalidInput, match="line 1: call, whistle hold only 0 and 1, as in a table with a column per"):
        read(table)
    assert {box.label for box in other_tables.read("t.csv", table.encode(), {"label": "call"}).annotations} == {
        "0",
        "1",
    }
    assert len(read("file,start,end,label,channel\na.wav,0,3,1,0\n").annotations) == 1
