"""Parquet files of strangers: kilobytes that would be gigabytes, and files that lie about it."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from podcast_core.errors import InvalidInput
from podcast_core.formats import parquet_tables, tables
from podcast_core.formats.parquet_tables import read_cells, read_columns


@pytest.fixture(scope="module", autouse=True)
def _no_process_stays() -> Iterator[None]:
    yield
    parquet_tables.end_readers()


def write(columns: dict[str, Any], **options: Any) -> bytes:
    file = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), file, compression="zstd", **options)
    return file.getvalue()


LONG = "x" * 1_000_000
FLOODS = {
    "a million rows of nothing": lambda: write({"a": pyarrow.nulls(1_000_001)}),
    "many cells": lambda: write({f"c{number}": pyarrow.nulls(60_000) for number in range(30)}),
    "one text many times": lambda: write({"a": [LONG] * 100}),
    "texts that begin alike": lambda: write(
        {"a": [LONG + str(number) for number in range(100)]},
        use_dictionary=False,
        column_encoding={"a": "DELTA_BYTE_ARRAY"},
    ),
    "one text": lambda: write({"a": ["x" * 70_000_000]}, use_dictionary=False),
}


@pytest.mark.parametrize("kind", FLOODS)
def test_a_file_that_unpacks_to_a_flood_is_refused(kind: str) -> None:
    data = FLOODS[kind]()
    assert len(data) < 300_000, kind
    assert read_columns("a.parquet", data)[0] in ("a", "c0")
    with pytest.raises(InvalidInput, match=r"a.parquet: .*(unpacks to more|at most 1,000,000|more memory)"):
        tables.read_rows("a.parquet", data, required=())


def test_what_is_no_parquet_file_is_refused() -> None:
    good = write({"a": [1, 2]})
    for data in (b"PAR1", b"PAR1PAR1PAR1", good[:-1], good[:4] + good[-8:], good[:-8] + b"\xff" * 4 + b"PAR1"):
        with pytest.raises(InvalidInput, match="expected a Parquet file"):
            read_columns("a", data)
        with pytest.raises(InvalidInput, match="expected a Parquet file"):
            read_cells("a", data, 10)


def test_a_good_file_is_read_after_a_bad_one_and_by_the_same_process() -> None:
    good = write({"a": [1, None], "b": ["x", "é\n"], "c": [1.5, 2.0]})
    for _ in range(2):
        assert read_cells("a", good, 10) == (["a", "b", "c"], [["1", "x", "1.5"], ["", "é\n", "2.0"]])
    with pytest.raises(InvalidInput, match="at most 1 are read"):
        read_cells("a", good, 1)
    assert read_columns("a", good) == ["a", "b", "c"]


def test_a_process_that_dies_is_an_error_with_a_reason_and_another_takes_its_place() -> None:
    good = write({"a": [1]})
    read_columns("a", good)
    [waiting] = parquet_tables._waiting
    waiting._process.kill()
    waiting._process.wait()
    assert read_columns("a", good) == ["a"]
    [waiting] = parquet_tables._waiting
    waiting._asking.close()
    with pytest.raises(InvalidInput, match="damaged, or needs more memory or time"):
        waiting.ask(good, {"is_whole": True, "most_rows": 1, "most_bytes": 1 << 20})


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "+05:30"])
def test_times_of_any_zone_are_read_in_utc(zone: str) -> None:
    at = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
    file = io.BytesIO()
    parquet.write_table(pyarrow.table({"at": pyarrow.array([at], pyarrow.timestamp("us", zone))}), file)
    assert read_cells("a", file.getvalue(), 10) == (["at"], [["2026-07-01T12:30:00+00:00"]])
