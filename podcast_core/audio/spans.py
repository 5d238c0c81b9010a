"""Spans of true time: [start, end) as pairs of aware datetimes."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

Span = tuple[datetime, datetime]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SLIVER_S = 0.01  # what is shorter is rounding between two spans that touch


def subtract_spans(wanted: Span, covered: Iterable[Span], *, shortest_s: float = SLIVER_S) -> list[Span]:
    """List what of a span is not covered, in order; slivers shorter than ``shortest_s`` are left out."""
    left, position = [], wanted[0]
    for start, end in sorted(covered):
        if end <= position or start >= wanted[1]:
            continue
        if start > position:
            left.append((position, start))
        position = max(position, end)
    if position < wanted[1]:
        left.append((position, wanted[1]))
    return [(start, end) for start, end in left if (end - start).total_seconds() >= shortest_s]


def to_microseconds(moment: datetime) -> int:
    """Count microseconds since 1970, exactly."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def from_microseconds(count: int) -> datetime:
    """Make a moment of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=count)
