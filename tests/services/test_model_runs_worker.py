"""Model runs by real workers: killed, cancelled, gone on with."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from podcast_core.domain.job import JobState
from podcast_core.domain.model import ENERGY
from podcast_core.domain.run import RunBox
from podcast_core.services.intake.ingest import ingest
from podcast_core.services.jobs import queue
from podcast_core.services.runs import findings, model_runs, run_job
from podcast_core.services.runs.model_runs import RunState
from podcast_core.settings import Settings
from podcast_core.storage import runs
from podcast_core.workspace import Workspace
from tests.building import opened
from tests.holding import READS_HERE, Source, holding
from tests.services.runs import do_run, write_calls
from tests.working import end, start_worker, wait_for, wait_until_ended, working_here

PIECES = 240  # more than are kept at once
HELD = (150, 200)  # the seconds that are kept back; a file's end is looked at when it is opened


@pytest.fixture
def workspace(settings: Settings, new_database_url: str) -> Iterator[Workspace]:
    """An empty workspace that may read from a web server on this machine."""
    with opened(settings, database_url=new_database_url, **READS_HERE) as empty:
        yield empty


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    """A long recording; some of its second half can be held back."""
    calls = tuple((second + 0.2, second + 0.5) for second in range(0, PIECES, 3))
    path = write_calls(tmp_path / "sea" / "long.wav", calls, seconds=PIECES)
    first, last = (path.stat().st_size * second // PIECES for second in HELD)
    with holding(path.parent, part=range(first, last)) as made:
        yield made


def add_long_round(workspace: Workspace, source: Source) -> str:
    round_id = ingest(workspace, paths=source.urls, round_name="long", session_length_s=1.0).round_id
    source.held = frozenset(["long.wav"])
    return round_id


def count_done(workspace: Workspace, run_id: str) -> int:
    return model_runs.get_status(workspace, run_id=run_id).totals.done


def read_boxes(workspace: Workspace, run_id: str) -> list[tuple[int, RunBox]]:
    with workspace.database.reading() as connection:
        return runs.list_boxes(connection, run_id)


def test_a_run_whose_worker_is_killed_is_not_ready_and_goes_on_where_it_was(
    workspace: Workspace, source: Source
) -> None:
    round_id = add_long_round(workspace, source)
    run_id = model_runs.start_run(workspace, model_runs.plan_run(workspace, model=ENERGY, round_ids=[round_id]))
    assert model_runs.get_status(workspace, run_id=run_id).state is RunState.QUEUED
    job_id = f"{run_id}.1"
    process = start_worker(workspace, "w")
    wait_for(workspace, job_id, lambda _: count_done(workspace, run_id) >= run_job.MAX_PIECES)
    end(process, signal.SIGKILL)
    source.open()
    status = model_runs.get_status(workspace, run_id=run_id)
    assert status.state is RunState.RUNNING
    assert not status.run.is_ready
    assert run_job.MAX_PIECES <= status.totals.done < PIECES
    assert not workspace.files.exists(f"runs/{run_id}/end.json")
    seen = findings.list_sessions(workspace, run_id=run_id, threshold=0.6)
    assert sum(each.scored.is_done for each in seen) == status.totals.done  # what is done is there at once
    with working_here(workspace, "w"):
        job = wait_until_ended(workspace, job_id, seconds=120)
    assert (job.state, job.error, job.done, job.total) == (JobState.DONE, "", PIECES, PIECES)
    status = model_runs.get_status(workspace, run_id=run_id)
    assert (status.state, status.totals.done, status.totals.failed) == (RunState.READY, PIECES, 0)
    assert queue.sum_up(job).startswith(
        f"{job.result['calls']} calls found in {PIECES} sessions ({PIECES / 60:.1f} min), "
    )
    at_once = do_run(workspace, round_ids=[round_id]).run.id
    assert read_boxes(workspace, run_id) == read_boxes(workspace, at_once) != []


def test_a_run_that_is_cancelled_goes_on_as_another_job(workspace: Workspace, source: Source) -> None:
    round_id = add_long_round(workspace, source)
    run_id = model_runs.start_run(workspace, model_runs.plan_run(workspace, model=ENERGY, round_ids=[round_id]))
    with working_here(workspace):
        wait_for(workspace, f"{run_id}.1", lambda _: count_done(workspace, run_id) >= 3)
        queue.cancel_job(workspace, job_id=f"{run_id}.1")
        status = model_runs.get_status(workspace, run_id=run_id)
        assert status.state is RunState.CANCELLED
        again = queue.retry_job(workspace, job_id=f"{run_id}.1", who="Bo")  # from the Jobs page
        wait_for(workspace, again, lambda job: job.state is JobState.RUNNING)
        status = model_runs.get_status(workspace, run_id=run_id)
        assert status.job is not None
        assert (status.state, status.job.id) == (RunState.RUNNING, again)
        queue.cancel_job(workspace, job_id=again)
        source.open()
        job_id = model_runs.continue_run(workspace, run_id=run_id, who="Eve")  # from the page of the run
        job = wait_until_ended(workspace, job_id)
    assert (job.id, job.who, job.state) == (f"{run_id}.2", "Eve", JobState.DONE)
    assert model_runs.get_status(workspace, run_id=run_id).state is RunState.READY
