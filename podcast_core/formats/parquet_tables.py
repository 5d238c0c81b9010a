"""Tables in Parquet files, as text: read in a process of its own, see `parquet_process`."""

import atexit
import json
import struct
from contextlib import suppress
from functools import lru_cache
from threading import Lock
from typing import IO, Any

from podcast_core.errors import InvalidInput
from podcast_core.sandbox import receive, send, spawn
from podcast_core.zips import FREE_BYTES, MAX_SHRUNK

MEMORY_BYTES = 1 << 30  # of the process that reads; chosen: bounds what a broken file may take
CPU_S = 60  # of it, in the same way
MAX_FOOTER_BYTES = 4 << 20  # chosen: real ones have kilobytes
MAX_BYTES = 1 << 30  # of rows in memory
PIECE_BYTES = 1 << 26  # of what is sent to that process at once
TIRED_S = 10.0  # after so much computing a process makes way for a fresh one
MAGIC = b"PAR1"

_lock = Lock()
_waiting: "list[_Reader]" = []


def read_columns(name: str, data: bytes) -> list[str]:
    """Read the names of the columns.

    Raises
    ------
    InvalidInput
        When it is no Parquet file that can be read.
    """
    try:
        return list(_read_columns(_take_footer(data)))
    except InvalidInput as error:
        raise InvalidInput(f"{name}: expected a Parquet file, found one that cannot be read ({error})") from error


def read_cells(name: str, data: bytes, most_rows: int) -> tuple[list[str], list[list[str]]]:
    """Read the names of the columns, and all rows as text.

    Raises
    ------
    InvalidInput
        When it is no Parquet file that can be read, or is one that unpacks to far more than it has.
    """
    try:
        _take_footer(data)
        columns, *batches = _ask(data, is_whole=True, most_rows=most_rows)
    except InvalidInput as error:
        raise InvalidInput(f"{name}: expected a Parquet file, found one that cannot be read ({error})") from error
    return columns, [row for batch in batches for row in batch]


@lru_cache(maxsize=8)  # every format looks at them
def _read_columns(footer: bytes) -> tuple[str, ...]:
    return tuple(_ask(footer, is_whole=False, most_rows=0)[0])


def _take_footer(data: bytes) -> bytes:
    """Take the end of a file, which describes it, as a file without rows."""
    size: int = struct.unpack("<I", data[-8:-4])[0] if len(data) >= 12 else 0
    if data[-4:] != MAGIC or size > len(data) - 12:
        raise InvalidInput("it has no end")
    if size > MAX_FOOTER_BYTES:
        raise InvalidInput(f"its description has {size:,} bytes, expected at most {MAX_FOOTER_BYTES:,}")
    return MAGIC + data[-8 - size :]


def _ask(data: bytes, *, is_whole: bool, most_rows: int) -> list[Any]:
    most_bytes = min(MAX_BYTES, max(FREE_BYTES, MAX_SHRUNK * len(data)))
    reader = _take_reader()
    try:
        return reader.ask(data, {"is_whole": is_whole, "most_rows": most_rows, "most_bytes": most_bytes})
    finally:
        reader.put_back()


@atexit.register
def end_readers() -> None:
    """End the process that waits for another file."""
    with _lock:
        while _waiting:
            _waiting.pop().close()


def _take_reader() -> "_Reader":
    """Take a process that waits, or start one: the first file costs a fifth of a second, the next nothing."""
    with _lock:
        while _waiting:
            reader = _waiting.pop()
            if reader.is_running:
                return reader
            reader.close()
    return _Reader()


class _Reader:
    def __init__(self) -> None:
        self._process = spawn("podcast_core.formats.parquet_process", ARROW_DEFAULT_MEMORY_POOL="system")
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._asking: IO[bytes] = self._process.stdin
        self._answering: IO[bytes] = self._process.stdout
        self._is_usable = False
        with suppress(OSError):  # a process that has ended is found out when it is asked
            send(self._asking, {"memory_bytes": MEMORY_BYTES, "cpu_s": CPU_S})

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def ask(self, data: bytes, fields: dict[str, Any]) -> list[Any]:
        self._is_usable = False
        parts: list[Any] = []
        size = 0
        try:
            pieces = [data[at : at + PIECE_BYTES] for at in range(0, len(data), PIECE_BYTES)]
            send(self._asking, {**fields, "size_bytes": len(data)}, pieces[0])
            for piece in pieces[1:]:
                send(self._asking, {}, piece)
            while True:
                answer, payload = receive(self._answering)
                if answer.get("kind") == "end":
                    self._is_usable = float(answer["cpu_s"]) < TIRED_S
                    return parts
                size += len(payload)
                if answer.get("kind") != "part" or size > fields["most_bytes"]:
                    raise InvalidInput(str(answer.get("reason", "it unpacks to more than any table"))[:300])
                parts.append(json.loads(payload))
        except (EOFError, OSError, ValueError, KeyError) as error:
            raise InvalidInput("it is damaged, or needs more memory or time than a table may have") from error

    def put_back(self) -> None:
        """Let the next file have the process, unless it has failed at this one, which may have done it harm."""
        if self._is_usable:
            with _lock:
                if not _waiting:
                    _waiting.append(self)
                    return
        self.close()

    def close(self) -> None:
        self._process.kill()
        for pipe in (self._asking, self._answering):
            with suppress(OSError):
                pipe.close()
        self._process.wait()
