"""What running work may call: how it tells its progress, and keeps the steps that are done.

The kinds of jobs import the work, and the work imports this: so there is no circle.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from podcast_core.progress import Progress, tell_nobody

MAX_REASONS = 100  # failures that a result names; the number of all is given too

Params = Mapping[str, Any]
Result = dict[str, Any]


class RunningJob(Protocol):
    """A running job, as the work sees it; call it to tell the progress: done, total, what is next."""

    def __call__(self, done: int, total: int, name: str) -> None:
        """Tell the progress. Leaves by an exception when the job was cancelled or its worker is ended."""

    def step(self, name: str, function: Callable[..., Any], *args: Any) -> Any:
        """Do something that returns JSON values; when the job is continued later, it is not done again."""

    def log(self, line: str) -> None:
        """Write a line that people see on the Jobs page."""

    def show(self, **values: Any) -> None:
        """Keep JSON values that a page draws while the job runs; they are written with the next progress."""


def is_cancelled(error: BaseException) -> bool:
    """Tell whether a job is left because somebody cancelled it."""
    from dbos import error as dbos_error

    return isinstance(error, dbos_error.DBOSWorkflowCancelledError)


class InProcessJob:
    """Does a job in this process, without the queue."""

    def __init__(self, on_progress: Progress = tell_nobody, on_line: Callable[[str], object] = tell_nobody) -> None:
        self._on_progress = on_progress
        self._on_line = on_line

    def __call__(self, done: int, total: int, name: str) -> None:
        """Tell the progress."""
        self._on_progress(done, total, name)

    def log(self, line: str) -> None:
        """Tell a line."""
        self._on_line(line)

    def step(self, name: str, function: Callable[..., Any], *args: Any) -> Any:  # noqa: ARG002  # workers keep it by name
        """Do a step."""
        return function(*args)

    def show(self, **values: Any) -> None:
        """Keep nothing: no page looks at it."""
