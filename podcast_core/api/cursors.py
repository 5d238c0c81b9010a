"""Where a list goes on: the keys of its last item that was sent, as text for an address."""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from podcast_core.errors import InvalidInput

MAX_LENGTH = 4000
DIGEST_LENGTH = 12


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
    """Read what `Cursor.encode` wrote; InvalidInput for anything else, and for the cursor of another list."""
    try:
        data = base64.urlsafe_b64decode(text[:MAX_LENGTH] + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, UnicodeError, ValueError):
        data = ""
    digest, values = data[:DIGEST_LENGTH], data[DIGEST_LENGTH:]
    if not values or digest != _digest(listed, values):
        raise InvalidInput(
            "after: expected what the address in `next` of an answer of this list with these filters has, found "
            f"{text[:40]!r}."
        )
    count, *keys = json.loads(values)
    return Cursor(tuple(map(_from_json, keys)), count)


def _digest(listed: str, text: str) -> str:
    return hashlib.sha256(f"{listed}\n{text}".encode()).hexdigest()[:DIGEST_LENGTH]


def _to_json(value: Any) -> Any:
    return {"at": value.isoformat()} if isinstance(value, datetime) else value


def _from_json(value: Any) -> Any:
    return datetime.fromisoformat(value["at"]) if isinstance(value, dict) else value
