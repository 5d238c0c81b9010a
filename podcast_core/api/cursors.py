"""Where a list goes on: the keys of its last item that was sent, as text for an address."""

import base64
import hashlib
import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from podcast_core.domain.checks import SURROGATE
from podcast_core.errors import InvalidInput
from podcast_core.wire.base import MAX_BEFORE

MAX_LENGTH = 4000  # chosen: names have at most 1,000 letters
DIGEST_LENGTH = 12  # hex digits; chosen: it tells another list's cursor, and nothing is secret


@dataclass(frozen=True, slots=True)
class Cursor:
    """What the last item that was sent is sorted by, which no other item has; and how many were sent up to it."""

    keys: tuple[Any, ...]
    count: int

    def encode(self, listed: str) -> str:
        """Write it for an address; ``listed`` names the list with its filters."""
        text = json.dumps([self.count, *map(_to_json, self.keys)], separators=(",", ":"))
        return base64.urlsafe_b64encode(f"{_digest(listed, text)}{text}".encode()).decode().rstrip("=")


def decode(text: str, listed: str) -> Cursor:
    """Read what `Cursor.encode` wrote; InvalidInput for anything else, and for the cursor of another list.

    Anybody can make up a cursor: keys are values that a database can take, and as many and of the types as the list's
    only where whoever uses them has looked.
    """
    try:
        data = base64.urlsafe_b64decode(text[:MAX_LENGTH] + "=" * (-len(text) % 4)).decode()
        digest, values = data[:DIGEST_LENGTH], data[DIGEST_LENGTH:]
        if digest == _digest(listed, values):
            return _read(json.loads(values))
    except (ValueError, OverflowError, RecursionError):
        pass
    raise refuse(text)


def refuse(text: str) -> InvalidInput:
    """Say what was expected instead of a cursor."""
    return InvalidInput(
        "after: expected what the address in `next` of an answer of this list with these filters has, found "
        f"{text[:40]!r}."
    )


def _read(values: Any) -> Cursor:
    """Read a count and keys, or a count and the keys of several items; ValueError for anything else."""
    if not isinstance(values, list) or not values:
        raise ValueError
    count, *keys = values
    if type(count) is not int or not 0 <= count <= MAX_BEFORE:
        raise ValueError
    return Cursor(
        tuple(list(map(_from_json, key)) if isinstance(key, list) else _from_json(key) for key in keys), count
    )


def _digest(listed: str, text: str) -> str:
    return hashlib.sha256(f"{listed}\n{text}".encode()).hexdigest()[:DIGEST_LENGTH]


def _to_json(value: Any) -> Any:
    return {"at": value.isoformat()} if isinstance(value, datetime) else value


def _from_json(value: Any) -> Any:
    match value:
        case {"at": str() as moment, **others} if not others:
            return _read_moment(moment)
        case str() if "\0" not in value and not SURROGATE.search(value):
            return value
        case int() | float() if math.isfinite(value) and abs(value) < 2**63:
            return value
        case None:
            return None
        case _:
            raise ValueError


def _read_moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)
