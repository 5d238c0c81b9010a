"""Model runs: started, looked at, gone on with, applied. Times are seconds from the start of the *recording*."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from podcast_core.domain.limits import MIN_KEPT_SCORE
from podcast_core.wire.base import MAX_BEFORE, Body, Finite, Shape


class RunAdded(Shape):
    """The id of a run, and of the job that does it."""

    run_id: str
    job_id: str


class Run(Shape):
    """A run; ``state`` is queued, running, ready, failed, cancelled or stopped (no job works on it).

    ``speed`` is in seconds of audio per second of work, ``left_s`` the work that is left.
    """

    id: str
    model: str
    version: int
    kind: str
    state: str
    round_ids: list[str]
    threshold: float
    floor: float
    who: str
    created_at: datetime
    finished_at: datetime | None
    pieces: int
    done: int
    failed: int
    audio_s: float
    done_s: float
    speed: float | None
    left_s: float | None
    device: str
    job_id: str
    error: str


class RunDetails(Run):
    """A run with how it came about: checksums of weights and recordings, parameters, labels."""

    weights_sha256: str
    parameters: dict[str, Any]
    labels: list[str]
    recordings: dict[str, str]


class RunSession(Shape):
    """A piece of audio that a run looks at, the session that it is, best score, and number of calls."""

    recording_id: str
    channel: int
    start_s: float
    end_s: float
    round_id: str
    session_id: str
    done: bool
    error: str
    score: float | None
    calls: int


class RunCall(Shape):
    """A call that a run found."""

    recording_id: str
    channel: int
    start_s: float
    end_s: float
    low_hz: float | None
    high_hz: float | None
    label: str
    score: float


class ApplyIn(Body):
    """To which round, from which score on (null: the run's), and what labels become (an empty one: left out).

    ``add_labels`` adds those that the round lacks still. ``verified``: each label from the threshold on that is kept
    with the version, where one is.
    """

    round_id: str
    threshold: Finite | None = None
    labels: dict[str, str] = {}
    add_labels: bool = False
    verified: bool = False


class Applied(Shape):
    """The prediction set that was made, or was there, and how many predictions and sessions it has."""

    set_id: str
    predictions: int
    sessions: int
    is_new: bool


class RunIn(Body):
    """Which model looks at what: rounds or recordings. ``version`` null: the one in use; ``threshold`` null: its own.

    Everything with a score from ``floor`` on is kept. ``device``: cpu, cuda, cuda:1, mps or auto; empty: that of
    the worker.
    """

    model: str
    version: Annotated[int, Field(ge=0, le=MAX_BEFORE)] | None = None
    round_ids: list[str] = []
    recording_ids: list[str] = []
    threshold: Finite | None = None
    floor: Finite = MIN_KEPT_SCORE
    device: str = ""
