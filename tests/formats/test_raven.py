import io
from pathlib import Path

import pandas as pd
import pytest

from podcast_core.errors import InvalidInput
from podcast_core.formats import raven
from podcast_core.formats.contents import Batch, Contents, Guess, LeftOut, Why

RAVEN_TABLE = Path(__file__).resolve().parents[3] / "shared" / "data" / "birds" / "example.Table.1.selections.txt"
RAVEN_HEADER = "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tSpecies\n"


def read_table(data: bytes, sep: str = ",") -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(data), sep=sep)


def test_raven_tables_draw_a_time_only_box_over_the_whole_band(batch: Batch) -> None:
    files = raven.write(batch)
    table = read_table(files["OS_1.Table.1.selections.txt"], "\t")
    assert table["Selection"].tolist() == [1, 2]
    assert table["Channel"].tolist() == [1, 1]
    assert table[["Begin Time (s)", "File Offset (s)"]].to_numpy().tolist() == [[1.5, 1.5], [5.5, 5.5]]
    assert table[["Low Freq (Hz)", "High Freq (Hz)", "Time Only"]].to_numpy().tolist() == [
        [0.0, 24_000.0, "yes"],
        [100.0, 2000.0, "no"],
    ]


def test_raven_box_that_got_a_band_in_raven_keeps_it(batch: Batch) -> None:
    data = raven.write(batch)["OS_1.Table.1.selections.txt"].replace(b"\t0.0\t24000.0\t", b"\t0.0\t8000.0\t")
    assert raven.read("x.txt", data).annotations[0].high_hz == 8000.0


def test_raven_counts_a_selection_once_though_it_is_listed_for_two_views() -> None:
    both = "1\tWaveform 1\t1\t1\t2\t\t\tORCA\n1\tSpectrogram 1\t1\t1\t2\t100\t200\tORCA\n"
    alone = "2\tWaveform 1\t1\t3\t4\t\t\tORCA\n"
    boxes = raven.read("sea.Table.1.selections.txt", (RAVEN_HEADER + both + alone).encode()).annotations
    assert [(box.name, box.start_s, box.low_hz) for box in boxes] == [("sea", 1.0, 100.0), ("sea", 3.0, None)]


def test_raven_times_of_a_sequence_of_files_count_from_each_file() -> None:
    header = "Selection\tBegin Time (s)\tEnd Time (s)\tBegin File\tFile Offset (s)\n"
    [box] = raven.read("seq.txt", f"{header}1\t3601.5\t3602.0\tb.wav\t1.5\n".encode()).annotations
    assert (box.name, box.start_s, box.end_s) == ("b.wav", 1.5, 2.0)


def test_raven_table_with_a_length_instead_of_an_end() -> None:
    [box] = raven.read("x.txt", b"Selection\tFile Offset (s)\tDelta Time (s)\n1\t1.5\t2\n").annotations
    assert (box.name, box.start_s, box.end_s) == ("x", 1.5, 3.5)


def test_raven_call_type_is_the_label_only_where_there_is_no_other() -> None:
    header = "Selection\tBegin Time (s)\tEnd Time (s)\tAnnotation\tCall Type\tUnsure\tComment\n"
    rows = "1\t1\t2\t\tS1\t\t\n2\t3\t4\torca\tS1\tYes\tfaint\n"
    boxes = raven.read("x.txt", (header + rows).encode()).annotations
    assert [(box.label, box.call_type, box.unsure, box.comment) for box in boxes] == [
        ("S1", "", False, ""),
        ("orca", "S1", True, "faint"),
    ]


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("sea.txt", "sea"),
        ("sea.Table.1.selections.txt", "sea"),
        ("2020.07.05.BirdNET.selection.table.txt", "2020.07.05"),
        ("sea.selections.TXT", "sea"),
    ],
)
def test_raven_tables_are_named_after_their_recording(name: str, stem: str) -> None:
    assert raven.TABLE_SUFFIX.sub("", name) == stem


def test_raven_rows_that_cannot_be_used_are_refused() -> None:
    rows = "1\tSpectrogram 1\t0\t1\t2\t\t\tA\n2\tSpectrogram 1\t1\t\t2\t\t\tA\n3\tSpectrogram 1\t1\t1\t2\t300\t200\tA\n"
    with pytest.raises(InvalidInput) as caught:
        raven.read("x.txt", (RAVEN_HEADER + rows).encode())
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == [f"x.txt, line {n}" for n in (2, 3, 4)]


@pytest.mark.skipif(not RAVEN_TABLE.is_file(), reason="the Raven table is not on this machine")
def test_a_table_of_raven_itself() -> None:
    boxes = raven.read(RAVEN_TABLE.name, RAVEN_TABLE.read_bytes()).annotations
    assert len(boxes) == 10
    assert (boxes[0].name, boxes[0].label, boxes[0].channel) == ("example", "WOTH", 0)
    assert (boxes[0].start_s, boxes[0].high_hz) == (1.897648165999982, 3266.5)
    assert boxes[9].label == ""


HEADER = ("Selection", "View", "Channel", "Begin Time (s)", "End Time (s)", "Low Freq (Hz)", "High Freq (Hz)")


def read_rows(header: str, *rows: str, name: str = "sea.Table.1.selections.txt", sign: str = "\t") -> Contents:
    """Read a table whose columns are parted by | here."""
    lines = ["|".join((*HEADER, header)), *rows]
    return raven.read(name, "\n".join(lines).replace("|", sign).encode())


@pytest.mark.parametrize("column", ["species", "Species", "class", "Type", "tag", "My own column"])
def test_raven_labels_are_found_whatever_their_column_is_called(column: str) -> None:
    contents = read_rows(column, "1|Spectrogram 1|1|3.0|6.0|150|11000|whistle")
    assert [box.label for box in contents.annotations] == ["whistle"]
    assert [each for each in contents.guesses if each.what == "label"][0].value == column


def test_raven_asks_which_of_several_unknown_columns_is_the_label() -> None:
    with pytest.raises(InvalidInput, match="several columns may hold the label: Foo, Bar"):
        read_rows("Foo|Bar", "1|Spectrogram 1|1|3.0|6.0|150|11000|whistle|loud")


def test_raven_table_of_birdnet_keeps_score_and_path_and_names_what_is_not_used() -> None:
    contents = read_rows(
        "Common Name|Species Code|Confidence|Begin Path|File Offset (s)",
        "1|Spectrogram 1|1|109.0|112.0|150|12000|call|cal|0.8123|/rec/b.wav|9.0",
    )
    [box] = contents.annotations
    assert (box.name, box.start_s, box.end_s, box.label, box.score) == ("/rec/b.wav", 9.0, 12.0, "call", 0.8123)
    assert Guess("sea.Table.1.selections.txt", "not used", "Species Code") in contents.guesses
    assert {each.what for each in contents.guesses} == {"label", "score", "not used"}


def test_raven_views_are_merged_only_where_they_show_the_same_selection() -> None:
    contents = read_rows(
        "Begin File|File Offset (s)|Annotation",
        "1|Spectrogram 1|1|3.0|6.0|150|11000|a.wav|3.0|call",
        "1|Waveform 1|1|3.0|6.0|0|12000|a.wav|3.0|call",
        "1|Spectrogram 2|1|3.0|6.0|150|11000|a.wav|3.0|call",
        "1|Waveform 1|1|7.0|8.0|0|12000|b.wav|7.0|whistle",
        "1|Spectrogram 1|2|3.0|6.0|150|11000|a.wav|3.0|call",
    )
    assert [(box.name, box.start_s, box.channel) for box in contents.annotations] == [
        ("a.wav", 3.0, 0),
        ("b.wav", 7.0, 0),
        ("a.wav", 3.0, 1),
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (r"E:\siteB\x.wav", r"E:\siteB\x.wav"),
        ("/rec/siteB/x.wav", "/rec/siteB/x.wav"),
        ("/rec/siteB", "/rec/siteB/x.wav"),
        ("/rec/siteB/other.wav", "x.wav"),
        ("", "x.wav"),
    ],
)
def test_raven_path_adds_the_folder_to_the_file(path: str, expected: str) -> None:
    [box] = read_rows("Begin File|Begin Path", f"1|Spectrogram 1|1|3.0|6.0|150|11000|x.wav|{path}").annotations
    assert box.name == expected


def test_raven_table_over_several_files_without_offsets_is_told() -> None:
    rows = ["1|Spectrogram 1|1|1.0|1.5|150|11000|a.wav|call", "2|Spectrogram 1|1|5.0|6.0|150|11000|b.wav|call"]
    [note] = read_rows("Begin File|Annotation", *rows).notes
    assert "names 2 files and has no column File Offset (s)" in note
    assert read_rows("Begin File|Annotation", rows[0]).notes == ()


def test_raven_table_with_commas_between_columns_or_in_numbers() -> None:
    [box] = read_rows("Annotation|Comment", '1|Spectrogram 1|1|3.0|6.0|100|2000|call|"a, ""b"""', sign=",").annotations
    assert (box.label, box.start_s, box.comment) == ("call", 3.0, 'a, "b"')
    [box] = read_rows("Annotation", "1|Spectrogram 1|1|3,0|6,25|150,5|11000,0|call").annotations
    assert (box.start_s, box.end_s, box.low_hz, box.high_hz) == (3.0, 6.25, 150.5, 11000.0)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('"loud, near"', "loud, near"),  # as spreadsheets save it
        ('"a ""b"""', 'a "b"'),
        ('"call"', '"call"'),  # as Raven has it
        ('12" call', '12" call'),
        ('"', '"'),
    ],
)
def test_raven_quotes(cell: str, expected: str) -> None:
    row = f"1|Spectrogram 1|1|3.0|6.0|100|2000|call|{cell}"
    assert [box.comment for box in read_rows("Annotation|Comment", row, row).annotations] == [expected] * 2


def test_raven_points_are_left_out_and_named() -> None:
    contents = read_rows("Annotation", "1|Spectrogram 1|1|3|3|0|9|call", "2|Spectrogram 1|1|4|5|0|9|call")
    assert [box.start_s for box in contents.annotations] == [4.0]
    where = "sea.Table.1.selections.txt, line 2"
    assert contents.left_out == (LeftOut(where, Why.POINT, "sea", 3.0, 3.0, channel=0, detail="call"),)


def test_raven_table_that_carries_the_recordings_id_names_it() -> None:
    row = "1|Spectrogram 1|1|4|5|0|9|sea.wav|call"
    [box] = read_rows("Begin File|Annotation", row, name="in/sea.0123456789abcdef.Table.1.selections.txt").annotations
    assert (box.name, box.recording_id) == ("sea.wav", "0123456789abcdef")


def test_raven_table_that_r_wrote_has_quotes_around_all_text() -> None:
    header = "|".join(f'"{column}"' for column in (*HEADER, "Annotation"))
    data = f'{header}\n1|"Spectrogram 1"|1|3.5|6|100|2000|"call"\n'.replace("|", "\t").encode()
    [box] = raven.read("sea.txt", data).annotations
    assert (box.start_s, box.end_s, box.label) == (3.5, 6.0, "call")


def test_tables_that_were_joined_with_their_headers_are_read() -> None:
    row = "1\tSpectrogram 1\t1\t{}\t{}\t100\t200\tORCA\n"
    data = RAVEN_HEADER + row.format(1, 2) + RAVEN_HEADER + row.format(3, 4)
    assert [box.start_s for box in raven.read("sea.txt", data.encode()).annotations] == [1.0, 3.0]


@pytest.mark.parametrize(
    ("name", "recording"),
    [
        ("sea.Table.1.selections (1).txt", "sea"),
        ("sea.BirdNET.selection.table (2).txt", "sea"),
        ("sea (1).txt", "sea (1)"),
        ("sea (1).Table.1.selections.txt", "sea (1)"),
    ],
)
def test_what_a_browser_puts_behind_a_name_is_no_part_of_it(name: str, recording: str) -> None:
    data = RAVEN_HEADER + "1\tSpectrogram 1\t1\t1\t2\t100\t200\tORCA\n"
    assert [box.name for box in raven.read(name, data.encode()).annotations] == [recording]
