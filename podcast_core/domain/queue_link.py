"""A selection of sessions as the parameters of an address: a queue that is filtered and sorted is a link."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from podcast_core.domain.checks import check_comment, check_text, check_utc
from podcast_core.domain.summary import Selection
from podcast_core.errors import InvalidInput

MAX_LENGTH = 2000  # of a queue as text: an address may not be longer everywhere


@dataclass(frozen=True, slots=True)
class SavedQueue:
    """A selection of a round's sessions that somebody named; ``query`` are its parameters as in an address."""

    round_id: str
    name: str
    query: str
    who: str
    created_at: datetime

    def __post_init__(self) -> None:
        check_text(self.name, "The name of a queue", 80)
        if "/" in self.name:  # it is a part of an address
            raise InvalidInput(f"The name of a queue has no /; found {self.name!r}.")
        check_text(self.who, "The name of who saved it", 80)
        check_utc(self.created_at, "created_at")
        if len(self.query) > MAX_LENGTH:
            raise InvalidInput(f"A queue has at most {MAX_LENGTH:,} characters, found {len(self.query):,}.")


def to_params(selection: Selection) -> dict[str, str]:
    """Write what a selection asks for, by the names of its fields; what it leaves open is not among it."""
    chosen = {each.name: getattr(selection, each.name) for each in fields(selection)}
    plain = Selection()
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in chosen.items()
        if value != getattr(plain, name)
    }


def read_params(params: Mapping[str, str]) -> Selection:
    """Read what `to_params` wrote; other parameters say nothing.

    Raises
    ------
    InvalidInput
        When a value is none of its kind.
    """
    names = {each.name for each in fields(Selection)}
    found: dict[str, Any] = {}
    for name, text in params.items():
        if name in names and text:
            expected, read = _READERS.get(name, _TEXT)
            try:
                found[name] = read(text)
            except (ValueError, KeyError) as error:
                raise InvalidInput(f"{name}: expected {expected}, found {text[:80]!r}.") from error
    return Selection(**found)


def _read_hour(text: str) -> int:
    if not re.fullmatch(r"\d{1,2}", text, re.ASCII):
        raise ValueError
    return int(text)


def _read_text(text: str) -> str:
    check_comment(text)
    return text


_TEXT: tuple[str, Callable[[str], Any]] = ("a text", _read_text)
_DAY: tuple[str, Callable[[str], Any]] = ("a day as in 2026-01-31", date.fromisoformat)
_HOUR: tuple[str, Callable[[str], Any]] = ("an hour from 0 to 23", _read_hour)
_SCORE: tuple[str, Callable[[str], Any]] = ("a score from 0 to 1", float)
_READERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "date_from": _DAY,
    "date_to": _DAY,
    "hour_from": _HOUR,
    "hour_to": _HOUR,
    "score_from": _SCORE,
    "score_to": _SCORE,
    **dict.fromkeys(("is_open", "by_author"), ("true or false", {"true": True, "false": False}.__getitem__)),
}
