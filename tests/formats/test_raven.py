import io
from pathlib import Path

import pandas as pd
import pytest

from podcast_core.errors import InvalidInput
from podcast_core.formats import raven
from podcast_core.formats.contents import Batch

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
