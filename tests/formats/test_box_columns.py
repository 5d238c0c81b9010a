"""What is read and placed by columns is what is read and placed one by one."""

import random
from dataclasses import replace

import pytest

from podcast_core.errors import InvalidInput
from podcast_core.formats import other_tables, podcast_tsv
from podcast_core.formats.contents import BoxColumns, Contents, FileBox
from podcast_core.formats.placing import PlacedColumns, Places
from podcast_core.services.exchange.import_sorting import Sorter
from tests.formats.builders import make_recording, make_session

DAY, NIGHT = make_recording(1, "sea.day.wav"), make_recording(2, "night.wav", channels=2)
BATS = replace(make_recording(3, "bats.wav"), sample_rate_hz=250_000)
HEADER = "file,channel,start_s,end_s,low_hz,high_hz,label,score,model"
PLAIN = {"file": "sea.day.wav", "channel": "0", "start_s": "1.5", "end_s": " 2 ", "label": "call", "score": "0.25"}


def write(rows: list[dict[str, str]], header: str = HEADER) -> bytes:
    names = header.split(",")
    return "\n".join([header, *(",".join(row.get(name, "") for name in names) for row in rows)]).encode()


def read_by_rows(data: bytes) -> Contents:
    """Read a table as it is read when it is not plain: an empty line at its end changes nothing else."""
    contents = other_tables.read("t.csv", data + b"\n\n")
    assert not isinstance(contents.annotations, BoxColumns)
    return contents


def describe(data: bytes) -> object:
    try:
        return other_tables.read("t.csv", data)
    except InvalidInput as error:
        return str(error)


def describe_by_rows(data: bytes) -> object:
    try:
        return read_by_rows(data)
    except InvalidInput as error:
        return str(error)


@pytest.mark.parametrize(
    ("changed", "is_plain"),
    [
        ({}, True),
        ({"low_hz": "200", "high_hz": "300.5"}, True),
        ({"low_hz": "200"}, False),
        ({"channel": ""}, True),
        ({"channel": "1.5"}, False),
        ({"label": ""}, True),
        ({"model": " net "}, True),
        ({"score": ""}, True),
        ({"score": "1.5"}, True),  # then it is no score
        ({"end_s": "1e1"}, False),
        ({"end_s": "nan"}, False),
        ({"end_s": "1.5"}, False),
        ({"end_s": "1"}, False),
        ({"file": ""}, False),
        ({"file": "file"}, False),
        ({"label": '"call"'}, False),
    ],
)
def test_tables_are_read_by_columns_as_row_by_row(changed: dict[str, str], is_plain: bool) -> None:
    data = write([PLAIN, {**PLAIN, **changed}, {**PLAIN, "start_s": "0.125", "label": "click"}])
    found = describe(data)
    assert found == describe_by_rows(data)
    assert (isinstance(found, Contents) and isinstance(found.annotations, BoxColumns)) is is_plain


def test_a_pod_cast_table_is_read_by_columns() -> None:
    data = b"wav_filename\tstart_time_s\tduration_s\na.wav\t1\t2.5\nb.wav\t0\t0.25\n"
    found, expected = podcast_tsv.read("t.tsv", data), podcast_tsv.read("t.tsv", data + b"\n")
    assert isinstance(found.annotations, BoxColumns)
    assert found == expected


def test_boxes_are_placed_together_as_one_by_one() -> None:
    chance = random.Random(7)
    sessions = [make_session(DAY, number, length_s=20) for number in (0, 1, 3)]
    sessions += [make_session(NIGHT, number, channel=1, length_s=30) for number in range(2)]
    sessions += [make_session(BATS, number, length_s=30) for number in range(2)]
    places = Places(sessions, [DAY, NIGHT, BATS])
    rows = []
    for _ in range(600):
        start_s, low_hz = chance.choice([0, 19, 20, 40, chance.random() * 100]), chance.choice([10, 1_000, 70_000])
        is_bare = chance.random() < 0.3
        rows.append(
            {
                "file": chance.choice(["sea.day.wav", "night.wav", "bats.wav", "other.wav", sessions[1].id]),
                "channel": chance.choice(["", "0", "1"]),
                "start_s": f"{start_s:.3f}",
                "end_s": f"{start_s + chance.choice([0.5, 1, 20, 30]):.3f}",
                "low_hz": "" if is_bare else str(low_hz // 2),
                "high_hz": "" if is_bare else str(low_hz),
                "label": "call",
            }
        )
    columns = read_bands(rows)
    boxes: list[FileBox] = list(columns)
    places.hear(boxes)
    together, alone = Sorter(places), Sorter(places)
    found, expected = together.place(columns), alone.place(boxes)
    assert isinstance(found, PlacedColumns)
    assert sorted(map(repr, found)) == sorted(map(repr, expected))
    assert len(found) > 100
    assert (together.left_out, together.cut) == (alone.left_out, alone.cut)
    assert together.low == alone.low


def read_bands(rows: list[dict[str, str]]) -> BoxColumns:
    """Read boxes whose bands the recordings have."""
    usual = [row for row in rows if row["file"] == "bats.wav" or int(row["high_hz"] or 0) < 70_000]
    contents = other_tables.read("t.csv", write(usual), {"unit": "s", "frequency_unit": "Hz"})
    assert isinstance(contents.annotations, BoxColumns)
    return contents.annotations
