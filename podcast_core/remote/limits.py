"""How long and how often something far away is tried."""

import random
from dataclasses import dataclass

from podcast_core.settings import Settings

# A request may take `timeout_s`, and longer only as long as bytes come at least this fast.
MIN_BYTES_PER_S = 20_000
MAX_WAIT_S = 10.0  # between two tries; chosen
MAX_FETCH_S = 4 * 3600.0  # of one file, however large; chosen


@dataclass(frozen=True, slots=True)
class Limits:
    """``timeout_s`` is for one try of a request, whose size in bytes is at most ``largest_bytes``."""

    timeout_s: float
    attempts: int
    largest_bytes: int
    allow_private: bool

    @staticmethod
    def of(settings: Settings) -> "Limits":
        """Take them from the settings."""
        return Limits(
            timeout_s=settings.storage_timeout_s,
            attempts=settings.storage_attempts,
            largest_bytes=settings.largest_fetch_mb * 1_000_000,
            allow_private=settings.allow_private_urls,
        )

    def allowed_s(self, size_bytes: float) -> float:
        """Say how long one try may take that moves so many bytes."""
        return min(self.timeout_s + size_bytes / MIN_BYTES_PER_S, MAX_FETCH_S)


def choose_wait_s(failures: int) -> float:
    """Choose how long to wait before the next try: twice as long each time, and not all at the same moment."""
    longest: float = min(0.2 * 2**failures, MAX_WAIT_S)
    return random.uniform(0.5, 1.0) * longest
