"""What cannot be kept: refused with every reason, or left out, counted and named. And what had to be guessed."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from podcast_core.errors import InvalidInput

T = TypeVar("T")
R = TypeVar("R")

MAX_PROBLEMS = 20  # that are named; the others are counted
NOT_USED = "not used"


class Why(StrEnum):
    """Why something of a file is left out."""

    POINT = "a point in time"
    GEOMETRY = "a shape that is no box"
    OUTSIDE = "outside the recording"
    NO_CHANNEL = "no such channel"
    NO_FILE = "no such file in the round"
    NOT_IN_ROUND = "in no session of the round"
    NO_LABEL = "without a label"
    UNREADABLE = "cannot be read"
    FOREIGN = "not a file of labels"
    ANOTHER = "another person's answer"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What a file has and we cannot keep. It is counted and named, and it is never taken for an absence.

    ``where`` names file and line. ``name``, ids, channel and seconds are those of `FileBox`, as far as they are known;
    without a name it may be of any recording that the file speaks of. ``detail`` says more, for the person.
    """

    where: str
    why: Why
    name: str = ""
    start_s: float | None = None
    end_s: float | None = None
    session_id: str = ""
    recording_id: str = ""
    channel: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Guess:
    """What nobody said and had to be guessed to read a file, to be shown before it is applied.

    ``where`` is the file, ``what`` one of the words of `columns.Columns` (``start``, ``unit``, ...), or ``encoding``,
    ``delimiter``, ``decimal``, ``zone``, ``time_method``, or `NOT_USED` for a column that nothing is made of.
    ``value`` is the column's name or the value, ``why`` what speaks for it.
    """

    where: str
    what: str
    value: str
    why: str = ""


PLACE_IN_FILE = re.compile(r", (?:(?:line|row) \d+.*|[\w.\[\]]+)$")


def file_of(where: str) -> str:
    """Take the place in the file off where a thing was read."""
    file, _, line = where.rpartition(", line ")
    if line.isdecimal() and line.isascii():  # as nearly always
        return file
    return PLACE_IN_FILE.sub("", where)


class Unreadable(InvalidInput):
    """What stands at a place of a file cannot be used."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where
        self.reason = reason


_leaving_out: ContextVar[list[LeftOut] | None] = ContextVar("leaving_out", default=None)


@contextmanager
def leave_out_unreadable() -> Iterator[list[LeftOut]]:
    """Let `collect` leave out and list what cannot be read, as a person chose, instead of refusing all."""
    left_out: list[LeftOut] = []
    token = _leaving_out.set(left_out)
    try:
        yield left_out
    finally:
        _leaving_out.reset(token)


def collect(items: Iterable[T], parse: Callable[[T], R]) -> list[R]:
    """Parse every item; when some cannot be, refuse them all with every reason, not only the first.

    Raises
    ------
    InvalidInput
        With one line for each bad item; not within `leave_out_unreadable`.
    """
    left_out = _leaving_out.get()
    results, problems = [], []
    for item in items:
        try:
            results.append(parse(item))
        except InvalidInput as error:
            if left_out is not None and isinstance(error, Unreadable):
                left_out.append(LeftOut(error.where, Why.UNREADABLE, detail=error.reason))
            else:
                problems.append(str(error))
    refuse(problems)
    return results


def refuse(problems: Sequence[str]) -> None:
    """Raise `InvalidInput` with the problems, one in a line, if there are any."""
    if not problems:
        return
    lines = "\n".join(problems).splitlines()
    more = [f"... and {len(lines) - MAX_PROBLEMS} more"] if len(lines) > MAX_PROBLEMS else []
    raise InvalidInput("\n".join(lines[:MAX_PROBLEMS] + more))
