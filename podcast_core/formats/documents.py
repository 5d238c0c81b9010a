"""JSON documents of other programs: values that know where they stand, so that a wrong one is told exactly.

A message names the file, the line and column, and the path of the value: ``a.json, line 12, column 17
(annotations[3].start_s): expected a number, found 'x'``.
"""

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from json.decoder import scanstring  # type: ignore[attr-defined]  # documented nowhere, there since Python 2.6
from typing import Any, TypeVar

from podcast_core.errors import InvalidInput
from podcast_core.formats.encodings import decode
from podcast_core.formats.findings import Unreadable
from podcast_core.formats.numbers import THOUSANDS, is_number, parse_number

T = TypeVar("T")
Path = tuple[str | int, ...]
SPACE = re.compile(r"[ \t\n\r]*")
MAX_VALUES = 5_000_000  # in one document; chosen: half a gigabyte in Python, or so


class Source:
    """A document's text, which remembers where it was looked through: a fault is found from the one before it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._elements: dict[Path, tuple[int, int]] = {}  # of a list: the number of an element, and its offset
        self._line = (0, 1)  # an offset, and the number of its line

    def locate(self, path: Path) -> str:
        """Spell line and column of a value; nothing where the text is not JSON."""
        try:
            at = _skip_space(self.text, 0)
            for depth, step in enumerate(path):
                known = self._elements.get(path[:depth], (0, 0)) if isinstance(step, int) else (0, 0)
                at = _find_member(self.text, at, step, known)
                if isinstance(step, int):
                    self._elements[path[:depth]] = (step, at)
        except (ValueError, IndexError):
            return ""
        before, line = self._line if self._line[0] <= at else (0, 1)
        self._line = (at, line + self.text.count("\n", before, at))
        return f", line {self._line[1]}, column {at - self.text.rfind(chr(10), 0, at)}"


@dataclass(frozen=True, slots=True)
class Node:
    """A value in a document. ``name`` is the file's, ``source`` its text."""

    name: str
    source: Source
    path: Path
    value: Any

    @property
    def where(self) -> str:
        """The file and the path of the value."""
        return f"{self.name}, {spell_path(self.path)}" if self.path else self.name

    def has(self, key: str) -> bool:
        """Tell whether an object has a member that is not null."""
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def find(self, key: str) -> "Node | None":
        """Get a member of an object; None when it is missing or null. InvalidInput when this is no object."""
        if not isinstance(self.value, dict):
            raise self.refuse("expected an object", self.value)
        value = self.value.get(key)
        return None if value is None else Node(self.name, self.source, (*self.path, key), value)

    def get(self, key: str) -> "Node":
        """Get a member of an object; InvalidInput when it is missing."""
        found = self.find(key)
        if found is None:
            raise self.refuse(f"expected {key!r}", ", ".join(map(str, list(self.value)[:10])) or "nothing")
        return found

    def items(self, key: str) -> Iterator["Node"]:
        """Go through the list under a key; a missing one is empty."""
        found = self.find(key)
        return iter(()) if found is None else found.elements()

    def elements(self) -> Iterator["Node"]:
        """Go through a list; InvalidInput when it is none."""
        if not isinstance(self.value, list):
            raise self.refuse("expected a list", self.value)
        return (Node(self.name, self.source, (*self.path, index), each) for index, each in enumerate(self.value))

    def text(self, key: str, default: str = "") -> str:
        """Get a member as text; numbers are spelled out."""
        found = self.find(key)
        return default if found is None else found.to_text()

    def to_text(self) -> str:
        """Read this value as text; numbers are spelled out; InvalidInput for lists and objects."""
        if isinstance(self.value, bool) or not isinstance(self.value, str | int | float):
            raise self.refuse("expected text", self.value)
        return str(self.value)

    def find_number(self, key: str) -> float | None:
        """Get a member as a number; None when it is missing, null or NaN."""
        found = self.find(key)
        if found is None or (isinstance(found.value, float) and math.isnan(found.value)):
            return None
        return found.to_number()

    def number(self, key: str) -> float:
        """Get a member as a number; InvalidInput when there is none."""
        return self.get(key).to_number()

    def to_number(self) -> float:
        """Read this value as a finite number; text that is one, as spreadsheets and R write it, will do.

        Raises
        ------
        InvalidInput
            For all else.
        """
        value = self.value
        try:
            if isinstance(value, str) and is_number(value) and not THOUSANDS.fullmatch(value.strip()):
                return parse_number(value)
            if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
                return float(value)
        except (ValueError, OverflowError):  # too large for a number
            pass
        raise self.refuse("expected a number", value)

    def find_time(self, key: str) -> datetime | None:
        """Get a member as UTC; a time without a zone is taken for UTC. InvalidInput when it is no time."""
        found = self.find(key)
        if found is None or found.value == "":
            return None
        try:
            moment = datetime.fromisoformat(found.to_text())
        except ValueError:
            raise found.refuse("expected a time like 2020-07-05T06:59:59Z", found.value) from None
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

    def make(self, kind: Callable[..., T], **fields: object) -> T:
        """Make a thing of the value; what it refuses is InvalidInput, with the place."""
        try:
            return kind(**fields, where=self.where)
        except InvalidInput as error:
            raise self.refuse(str(error)) from error

    def refuse(self, reason: str, *found: object) -> InvalidInput:
        """Make the error that says why this value cannot be used."""
        place = self.source.locate(self.path)
        path = f" ({spell_path(self.path)})" if self.path else ""
        seen = f", found {str(found[0])[:60]!r}" if found else ""
        return Unreadable(f"{self.name}{place}{path}", f"{reason}{seen}")


def spell_path(path: Path) -> str:
    """Spell a path as JavaScript would, e.g. ``annotations[3].start_s``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def read_document(name: str, data: bytes) -> Node:
    """Read JSON.

    Raises
    ------
    InvalidInput
        With line and column where it stops being JSON.
    """
    text = decode(name, data)
    check_values(name, text)
    try:
        return Node(name, Source(text), (), json.loads(text))
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"{name}, line {error.lineno}, column {error.colno}: expected JSON, found something else ({error.msg})"
        ) from None
    except ValueError as error:  # a number of more digits than Python reads
        raise InvalidInput(f"{name}: expected JSON, found a number that is too long ({error})") from None
    except RecursionError:
        raise InvalidInput(f"{name}: expected JSON, found something else (nested too deeply)") from None


def peek_document(name: str, data: bytes) -> Any:
    """Read JSON for a first look; None when it is none."""
    if not name.lower().endswith(".json"):
        return None
    try:
        text = decode(name, data)
        check_values(name, text)
        return json.loads(text)
    except (ValueError, RecursionError, InvalidInput):
        return None


def check_values(name: str, text: str) -> None:
    """Refuse what would be gigabytes in memory: there, an empty list of two bytes has sixty (InvalidInput)."""
    count = sum(text.count(sign) for sign in ",[{")
    if count > MAX_VALUES:
        raise InvalidInput(f"{name}: expected at most {MAX_VALUES:,} values in a document. Split it.")


def write_document(document: Any) -> bytes:
    """Write JSON, the same bytes for the same content; floats read back exactly."""
    return (json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _find_member(text: str, at: int, step: str | int, known: tuple[int, int]) -> int:
    """Find the offset of a member of the object or list that begins at ``at``.

    ``known`` is the number of an element of the list and its offset; an offset of 0: none is known.
    """
    decoder, index = json.JSONDecoder(), 0
    at = _skip_space(text, at + 1)
    if known[1] and isinstance(step, int) and known[0] <= step:
        index, at = known
    while True:
        key: str | int = index
        if isinstance(step, str):
            key, at = scanstring(text, at + 1)
            at = _skip_space(text, _skip_space(text, at) + 1)  # over the colon
        if key == step:
            return at
        _, at = decoder.raw_decode(text, at)
        at = _skip_space(text, _skip_space(text, at) + 1)  # over the comma
        index += 1


def _skip_space(text: str, at: int) -> int:
    found = SPACE.match(text, at)
    return at if found is None else found.end()
