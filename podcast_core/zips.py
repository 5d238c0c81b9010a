"""ZIP archives that strangers made: what they claim of themselves may be a lie, and none unpacks to a flood."""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import BinaryIO

from podcast_core.errors import InvalidInput

MAX_SHRUNK = 20  # tables and what a network has learnt hardly get smaller
FREE_BYTES = 64 << 20  # what may be shrunk as much as it likes
MAX_DIRECTORY_BYTES = 8 << 20  # some 100,000 files
# Others are kinds of packing whose readers know no bound (bzip2, LZMA), and nobody's files are packed so.
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 1
_END, _WIDE_PLACE, _WIDE_END = b"PK\5\6", b"PK\6\7", b"PK\6\6"
_END_BYTES, _WIDE_PLACE_BYTES, _WIDE_END_BYTES = 22, 20, 56
# RuntimeError: it has a password; OverflowError, struct.error, ValueError: places in it that cannot be.
_FAULTS = (
    *(zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError),
    *(OverflowError, ValueError, struct.error),
)


@contextmanager
def open_zip(data: bytes | BinaryIO, expected: str) -> Iterator[zipfile.ZipFile]:
    """Open an archive; ``expected`` begins the message where it is none, e.g. "expected a ZIP archive".

    Raises
    ------
    InvalidInput
        When it is none, or lists more files than anybody packs; also for what goes wrong while it is open.
    """
    file = BytesIO(data) if isinstance(data, bytes) else data
    try:
        if _measure_directory(file) > MAX_DIRECTORY_BYTES:
            raise InvalidInput(f"{expected}, found an archive with too many files")
        with zipfile.ZipFile(file) as archive:
            yield archive
    except _FAULTS as error:
        raise InvalidInput(f"{expected}, found something else ({error})") from error


def check_sizes(archive: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo], most_bytes: int) -> None:
    """Refuse members that unpack to more than ``most_bytes``, or to far more than they are packed.

    Raises
    ------
    InvalidInput
        Saying how large they would be.
    """
    assert archive.fp is not None
    whole = archive.fp.seek(0, 2)  # members that share their bytes are not counted twice
    size, packed = sum(each.file_size for each in members), min(whole, sum(each.compress_size for each in members))
    most = min(most_bytes, max(FREE_BYTES, MAX_SHRUNK * packed))
    if size > most:
        raise InvalidInput(f"it would be {size:,} bytes, unpacked of {packed:,}: expected at most {most:,}")


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most_bytes: int) -> bytes:
    """Read a member, and not more of it than it claims.

    Raises
    ------
    InvalidInput
        When it is too large, or packed in a way that is not read here.
    """
    name = member.filename[:80]
    try:
        check_sizes(archive, [member], most_bytes)
    except InvalidInput as error:
        raise InvalidInput(f"{name}: {error}") from None
    if member.compress_type not in _PACKED or member.flag_bits & _ENCRYPTED:
        raise InvalidInput(f"{name} has a password, or is packed in a way that is not read here: expected 'deflate'")
    with archive.open(member) as file:
        data = file.read(member.file_size + 1)
    if len(data) > member.file_size:
        raise InvalidInput(f"{name} is larger than the archive says")
    return data


def _measure_directory(file: BinaryIO) -> int:
    """Size of the list of files, as `zipfile` will believe it; 0 where there is none."""
    size = file.seek(0, 2)
    start = max(0, size - _END_BYTES - (1 << 16) - _WIDE_PLACE_BYTES - _WIDE_END_BYTES)
    file.seek(start)
    tail = file.read()
    file.seek(0)
    found = 0
    for at in (each.start() for each in re.finditer(_END, tail[: 4 - _END_BYTES])):  # any of them may be believed
        claimed: int = struct.unpack_from("<I", tail, at + 12)[0]
        wide = tail[max(0, at - _WIDE_PLACE_BYTES - _WIDE_END_BYTES) : at]
        if wide.startswith(_WIDE_END) and wide[_WIDE_END_BYTES:].startswith(_WIDE_PLACE):
            claimed = struct.unpack_from("<Q", wide, 40)[0]
        found = max(found, claimed)
    return found
