"""Parquet: the table of the CSV format with real types, for pandas, polars, R's arrow and DuckDB.

Columns are those of `annotations_csv`; points in time are UTC timestamps. Any of our tables can be read as Parquet
as well, and so can tables of other programs (see `formats.columns`).
"""

from datetime import datetime
from io import BytesIO
from typing import Any

from podcast_core.domain.measurement import MEASUREMENTS
from podcast_core.errors import InvalidInput
from podcast_core.formats import annotations_csv, session_tables
from podcast_core.formats.contents import NOTES, Batch, Contents
from podcast_core.formats.format import Format
from podcast_core.formats.tables import Cell, is_parquet, read_header

ANNOTATIONS = "annotations.parquet"
INTEGERS = ("channel", "revision", "action_count")
NUMBERS = (
    *("start_s", "end_s", "low_hz", "high_hz", "score", "start_in_session_s", "end_in_session_s"),
    *("session_start_s", "session_end_s", "score_threshold", "active_s"),
)
TIMES = ("start_utc", "submitted_at")


def write(batch: Batch) -> dict[str, bytes]:
    """Write a batch as ``annotations.parquet`` and ``predictions.csv``."""
    import pyarrow
    from pyarrow import parquet

    rows = list(annotations_csv.list_rows(batch))
    types = {
        **dict.fromkeys(INTEGERS, pyarrow.int64()),
        **dict.fromkeys((*NUMBERS, *MEASUREMENTS), pyarrow.float64()),
        **dict.fromkeys(TIMES, pyarrow.timestamp("us", tz="UTC")),
    }
    schema = pyarrow.schema([(name, types.get(name, pyarrow.string())) for name in annotations_csv.list_columns(batch)])
    columns = [
        pyarrow.array([_type(field.name, row.get(field.name)) for row in rows], type=field.type) for field in schema
    ]
    file = BytesIO()
    parquet.write_table(pyarrow.Table.from_arrays(columns, schema=schema), file, compression="zstd")
    return {ANNOTATIONS: file.getvalue(), session_tables.PREDICTIONS: session_tables.write_predictions(batch)}


def read(name: str, data: bytes) -> Contents:
    """Read our own columns; for others see `formats.columns`; InvalidInput when it is no Parquet file."""
    if not is_parquet(data):
        raise InvalidInput(f"{name}: expected a Parquet file, found something else")
    return annotations_csv.read(name, data)


def fits(name: str, data: bytes) -> bool:
    """Tell our columns in a Parquet file."""
    return is_parquet(data) and annotations_csv.is_ours(read_header(name, data))


def _type(name: str, cell: Cell) -> Any:
    if name in TIMES:
        return datetime.fromisoformat(str(cell)) if cell else None
    return cell


FORMATS = {
    "parquet": Format(
        "Parquet",
        "The table of the CSV format with real types, for pandas, polars, R's arrow and DuckDB.",
        (".parquet",),
        read=read,
        fits=fits,
        write=write,
        notes=NOTES,
        outcomes_in=ANNOTATIONS,
        has_people=True,
        has_measurements=True,
    ),
}
