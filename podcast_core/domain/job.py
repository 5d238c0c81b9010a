"""Jobs: runs of work that takes longer than a page, and where one stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from podcast_core.domain.times import utc_now


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Tell whether there is work left."""
        return self in (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class Job:
    """One run of a piece of work that takes longer than a page.

    ``done`` of ``total`` are finished and ``next`` is the name of what is being done. ``error`` is a sentence for
    people. ``shown`` is what its page draws while it runs, e.g. a learning curve. ``attempts`` counts how often a
    worker has begun or continued it; ``beat_at`` is the worker's last sign of life, ``retry_of`` the job that this one
    repeats.
    """

    id: str
    kind: str
    params: Mapping[str, Any]
    state: JobState
    who: str
    created_at: datetime
    title: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    beat_at: datetime | None = None
    done: int = 0
    total: int = 0
    next: str = ""
    log: tuple[str, ...] = ()
    shown: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    worker: str = ""
    attempts: int = 0
    retry_of: str = ""


def stamp(line: str) -> str:
    """Write a line of a job's log: with the time."""
    return f"{utc_now():%Y-%m-%d %H:%M:%S} UTC  {line}"
