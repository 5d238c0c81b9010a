"""A process that reads Parquet files, and can do nothing else; see `sandbox`.

Such a file says in kilobytes what fills gigabytes (one value a million times, a text that begins as the one before),
and what it claims of its own size may be a lie. So it is read where memory and time end, and comes back as text.
"""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from podcast_core.errors import count_of
from podcast_core.sandbox import Fields, give_up, receive, send, take_pipes

BATCH_ROWS = 1000  # read at once; chosen
ROW_BYTES, CELL_BYTES = 500, 60  # what one takes in Python, beside its text
MAX_COLUMNS = 10_000  # chosen: tables of scores have one a species


class Refused(Exception):
    """The file cannot be read, with the reason as a part of a sentence."""


def main() -> None:
    """Serve one parent until it closes the pipe."""
    asking, answering = take_pipes()
    try:
        limits, _ = receive(asking)
        warm_up()
        give_up(memory_bytes=limits["memory_bytes"], cpu_s=limits["cpu_s"])
        while True:
            asked, data = receive(asking)
            while len(data) < asked["size_bytes"]:  # a message holds so much only
                data += receive(asking)[1]
            for fields, payload in answer(asked, data):
                send(answering, fields, payload)
    except (EOFError, BrokenPipeError):
        return


def answer(asked: Fields, data: bytes) -> Iterator[tuple[Fields, bytes]]:
    """Answer with the names of the columns, and with the rows where they are wanted."""
    try:
        limits = {name: asked[name] for name in ("is_whole", "most_rows", "most_bytes")}
        for part in read(data, **limits):
            yield {"kind": "part"}, json.dumps(part).encode()
    except Refused as error:
        yield {"kind": "refused", "reason": str(error)[:300]}, b""
    except MemoryError:
        yield {"kind": "refused", "reason": "it needs more memory than reading a table may have"}, b""
    else:
        yield {"kind": "end", "cpu_s": time.process_time()}, b""


def read(data: bytes, *, is_whole: bool, most_rows: int, most_bytes: int) -> Iterator[list[Any]]:
    """Read the names of the columns, then, where the file is whole, lists of rows of text.

    Raises
    ------
    Refused
        When it is damaged or too large.
    """
    import pyarrow
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(BytesIO(data), pre_buffer=False)
        names = file.schema_arrow.names
        if len(names) > MAX_COLUMNS:
            raise Refused(f"it has {len(names):,} columns, at most {MAX_COLUMNS:,} are read")
        yield names
        if not is_whole:
            return
        if file.metadata.num_rows > most_rows:
            raise Refused(f"it has {count_of(file.metadata.num_rows, 'row')}, at most {most_rows:,} are read")
        size, count = 0, 0
        for batch in file.iter_batches(batch_size=BATCH_ROWS, use_threads=False):
            rows = [[spell(value) for value in row.values()] for row in in_utc(batch).to_pylist()]
            count += len(rows)
            size += sum(ROW_BYTES + sum(CELL_BYTES + len(cell) for cell in row) for row in rows)
            if size > most_bytes or count > most_rows:
                raise Refused(f"it unpacks to more than {most_bytes >> 20} MB; no table of its size does")
            yield rows
    except MemoryError:  # among them Arrow's own
        raise
    except (pyarrow.ArrowException, OSError, ValueError, OverflowError) as error:
        raise Refused(str(error)) from error


def in_utc(batch: Any) -> Any:
    """Tell times that have a zone in UTC: what other zones are is in files, which cannot be opened here."""
    import pyarrow

    for index, field in enumerate(batch.schema):
        if pyarrow.types.is_timestamp(field.type) and field.type.tz:
            told = batch.column(index).cast(pyarrow.timestamp(field.type.unit, "UTC"))
            batch = batch.set_column(index, field.name, told)
    return batch


def spell(value: object) -> str:
    """Spell a value as a cell of a table."""
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def warm_up() -> None:
    """Load everything that reading needs, as long as files can be opened."""
    import pyarrow
    from pyarrow import parquet

    table = pyarrow.table({"a": ["x"], "b": [1.5], "c": [datetime(2026, 1, 1, tzinfo=UTC)]})
    for codec in ("snappy", "gzip", "brotli", "zstd", "lz4", "none"):
        file = BytesIO()
        parquet.write_table(table, file, compression=codec)
        list(read(file.getvalue(), is_whole=True, most_rows=10, most_bytes=1 << 20))
