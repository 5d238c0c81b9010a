"""Rounds with calls in them, and model runs that are done here instead of by a worker."""

from pathlib import Path
from typing import Any

from podcast_core.domain.model import ENERGY
from podcast_core.services.intake.ingest import ingest
from podcast_core.services.jobs.running import InProcessJob
from podcast_core.services.runs import model_runs, run_job, suggesting
from podcast_core.services.runs.model_runs import RunStatus
from podcast_core.workspace import Workspace
from tests.building import make_sound, write_sound

RATE = 8000
CALLS = ((0.5, 0.7), (1.9, 2.1), (4.25, 4.5))  # the second one is over the border of two sessions


def write_calls(path: Path, calls: tuple[tuple[float, float], ...] = CALLS, seconds: float = 6.0) -> Path:
    """Write noise with calls of 1 kHz."""
    return write_sound(path, make_sound(seconds, calls, rate_hz=RATE, seed=len(calls)), RATE)


def add_round(workspace: Workspace, path: Path, *, name: str = "sea", labels: tuple[str, ...] = ("call",)) -> str:
    """Add a recording to a round, in sessions of 2 s."""
    report = ingest(workspace, paths=[path], round_name=name, session_length_s=2.0, labels=labels)
    assert not report.failed
    return report.round_id


def do_run(workspace: Workspace, **options: Any) -> RunStatus:
    """Do a run of the energy detector in this process."""
    plan = model_runs.plan_run(workspace, **{"model": ENERGY, **options})
    model_runs.add_run(workspace, plan)
    return finish_run(workspace, plan.run.id)


def finish_run(workspace: Workspace, run_id: str) -> RunStatus:
    """Do a run that is there to its end."""
    here = InProcessJob()
    run_job.run(workspace, {"run_id": run_id}, here)
    return model_runs.get_status(workspace, run_id=run_id)


def list_drawn(workspace: Workspace, *, round_id: str) -> list[str]:
    """List the sessions of a round that were drawn at random."""
    found = suggesting.get_suggestion(workspace, round_id=round_id)
    assert found is not None
    return found.drawn
