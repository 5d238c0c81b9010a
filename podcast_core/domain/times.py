"""Now, as Pod.Cast keeps it."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Now, as aware UTC."""
    return datetime.now(UTC)
