"""Text in files: which encoding it is in, and what is no text at all."""

import re

from podcast_core.errors import InvalidInput

HEADER_BYTES = 65_536  # in which a null byte is looked for, which no text has
MAX_TEXT_BYTES = 1 << 28  # of one file of text; more is no work of people, nor of a program for them
BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")
PEEKED_BYTES = 1 << 20  # by which a format is found out


def decode(name: str, data: bytes) -> str:
    """Decode text: UTF-8 with or without a byte order mark, or UTF-16 with one (a spreadsheet's "Unicode text").

    Raises
    ------
    InvalidInput
        For others, and for too much of it.
    """
    is_wide = data[:2] in BYTE_ORDER_MARKS
    if len(data) > MAX_TEXT_BYTES:
        raise InvalidInput(f"{name}: expected at most {MAX_TEXT_BYTES >> 20} MB of text, found {len(data) >> 20}")
    try:
        return data.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        if is_wide:
            raise InvalidInput(f"{name}: expected text in UTF-16, as its first bytes say, found another") from None
        line = data.count(b"\n", 0, error.start) + 1
        around = re.split(rb"[\s,;]", data[max(error.start - 12, 0) : error.start + 12])
        word = next((each for each in around if data[error.start : error.start + 1] in each), b"")
        raise InvalidInput(
            f"{name}, line {line}: expected text in UTF-8, found byte {data[error.start : error.start + 1].hex()} at "
            f"offset {error.start}; in Windows-1252 it reads {word.decode('windows-1252', errors='replace')!r}. Say "
            "the file's encoding, e.g. windows-1252, or save it again as UTF-8."
        ) from None


def recode(name: str, data: bytes, encoding: str) -> bytes:
    """Bring a file that is no UTF-8 into it from the encoding that a person said; others stay as they are.

    Raises
    ------
    InvalidInput
        When the file is not in that encoding either.
    """
    if not encoding or is_parquet(data) or name.lower().endswith(".zip") or _is_unicode(data):
        return data
    try:
        return data.decode(encoding).encode()
    except UnicodeDecodeError as error:
        found = data[error.start : error.start + 1].hex()
        raise InvalidInput(
            f"{name}: expected text in {encoding}, found byte {found} at offset {error.start}. Say another encoding."
        ) from None


def is_encoding(name: str) -> bool:
    """Tell whether there is an encoding of text by a name."""
    try:
        b"text".decode(name)
    except UnicodeDecodeError:
        return True
    except (LookupError, ValueError):
        return False
    return True


def is_binary(data: bytes) -> bool:
    """Tell what is no text in any encoding that tables are written in."""
    return b"\0" in data[:HEADER_BYTES] and data[:2] not in BYTE_ORDER_MARKS


def _is_unicode(data: bytes) -> bool:
    try:
        decode("", data)
    except InvalidInput:
        return False
    return not is_binary(data)


def is_parquet(data: bytes) -> bool:
    """Tell a Parquet file by its first bytes."""
    return data[:4] == b"PAR1"


def take_beginning(data: bytes) -> bytes:
    """Take the first lines of a table, where it is clear where a line ends: of a large file they say what it is."""
    begin = data[:PEEKED_BYTES]
    is_clear = b'"' not in begin and begin[:2] not in BYTE_ORDER_MARKS and not is_parquet(begin)
    return begin.rpartition(b"\n")[0] if len(data) > PEEKED_BYTES and is_clear else data
