"""What nouns check about themselves: each refuses a value that cannot be, in words that say what was expected."""

import math
import re
from datetime import datetime, timedelta

from podcast_core.errors import InvalidInput

SURROGATE = re.compile("[\ud800-\udfff]")


def check_utc(value: datetime | None, what: str) -> None:
    """Refuse a datetime without a zone, or in another zone than UTC (InvalidInput)."""
    if value is not None and value.utcoffset() != timedelta(0):
        raise InvalidInput(f"{what} must be aware UTC, found {value!r}.")


def check_text(value: str, what: str, longest: int) -> None:
    """Refuse empty, overlong or unprintable one-line text (InvalidInput)."""
    if not value.strip() or len(value) > longest or not value.isprintable():
        raise InvalidInput(f"{what} must be 1 to {longest} printable characters, found {value[:80]!r}.")


def check_optional_text(value: str, what: str, longest: int) -> None:
    """Refuse overlong or unprintable one-line text; it may be empty."""
    if value:
        check_text(value, what, longest)


def check_comment(comment: str, longest: int = 4000) -> None:
    """Refuse a comment (one or more lines) that is too long (InvalidInput)."""
    if not comment:
        return
    if len(comment) > longest:
        raise InvalidInput(f"A comment can have at most {longest} characters, found {len(comment)}.")
    if "\0" in comment or SURROGATE.search(comment):  # no database holds them
        raise InvalidInput("A comment is text; found a NUL or half of a surrogate pair in it.")


def check_box(start_s: float, end_s: float, low_hz: float | None, high_hz: float | None) -> None:
    """Refuse (InvalidInput) a box without 0 <= start < end, or 0 <= low <= high in its band; low = high is a line."""
    if not 0 <= start_s < end_s < math.inf:
        raise InvalidInput(f"A box needs 0 <= start < end in seconds, found start {start_s}, end {end_s}.")
    if (low_hz is None) != (high_hz is None):
        raise InvalidInput(f"A box has both a low and a high frequency or neither, found {low_hz} and {high_hz}.")
    if low_hz is None or high_hz is None:
        return
    if not 0 <= low_hz <= high_hz < math.inf:
        raise InvalidInput(f"A box needs 0 <= low <= high in hertz, found low {low_hz}, high {high_hz}.")


def check_score(score: float | None, what: str = "A score") -> None:
    """Refuse a score outside 0 to 1 (InvalidInput)."""
    if score is not None and not 0 <= score <= 1:
        raise InvalidInput(f"{what} must be between 0 and 1, found {score}.")


def check_between(value: float | None, what: str, low: float, high: float, unit: str = "") -> None:
    """Refuse a number that is outside two limits, or not finite (InvalidInput)."""
    if value is not None and not low <= value <= high:
        raise InvalidInput(f"{what} must be between {low:g} and {high:g}{unit}, found {value:g}{unit}.")


def check_order(low: float | None, high: float | None, what: str, unit: str) -> None:
    """Refuse a lower limit that is not below the upper one, where both are given (InvalidInput)."""
    if low is not None and high is not None and low >= high:
        raise InvalidInput(f"{what}: the lower end must be below the upper one, found {low:g} and {high:g}{unit}.")
