"""Model runs by real workers: killed, cancelled, gone on with."""

import signal
from pathlib import Path

from podcast_core.domain.job import JobState
from podcast_core.domain.model import ENERGY
from podcast_core.domain.run import RunBox
from podcast_core.services.intake.ingest import ingest
from podcast_core.services.jobs import queue
from podcast_core.services.runs import findings, model_runs, run_job
from podcast_core.services.runs.model_runs import RunState
from podcast_core.storage import runs
from podcast_core.workspace import Workspace
from tests.services.runs import do_run, write_calls
from tests.working import end, start_worker, wait_for, wait_until_ended, working_here

PIECES = 240  # more than are kept at once


def add_long_round(workspace: Workspace, folder: Path) -> str:
    calls = tuple((second + 0.2, second + 0.5) for second in range(0, PIECES, 3))
    path = write_calls(folder / "long.wav", calls, seconds=PIECES)
    return ingest(workspace, paths=[path], round_name="long", session_length_s=1.0).round_id


def read_boxes(workspace: Workspace, run_id: str) -> list[tuple[int, RunBox]]:
    with workspace.database.reading() as connection:
        return runs.list_boxes(connection, run_id)


def test_a_run_whose_worker_is_killed_is_not_ready_and_goes_on_where_it_was(
    workspace: Workspace, tmp_path: Path
) -> None:
    round_id = add_long_round(workspace, tmp_path)
    run_id = model_runs.start_run(workspace, model_runs.plan_run(workspace, model=ENERGY, round_ids=[round_id]))
    assert model_runs.get_status(workspace, run_id=run_id).state is RunState.QUEUED
    job_id = f"{run_id}.1"
    process = start_worker(workspace, "w")
    wait_for(workspace, job_id, lambda job: job.done >= run_job.MAX_PIECES)
    end(process, signal.SIGKILL)
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


def test_a_run_that_is_cancelled_goes_on_as_another_job(workspace: Workspace, tmp_path: Path) -> None:
    round_id = add_long_round(workspace, tmp_path)
    run_id = model_runs.start_run(workspace, model_runs.plan_run(workspace, model=ENERGY, round_ids=[round_id]))
    with working_here(workspace):
        wait_for(workspace, f"{run_id}.1", lambda job: job.done >= 3)
        queue.cancel_job(workspace, job_id=f"{run_id}.1")
        status = model_runs.get_status(workspace, run_id=run_id)
        assert status.state is RunState.CANCELLED
        again = queue.retry_job(workspace, job_id=f"{run_id}.1", who="Bo")  # from the Jobs page
        wait_for(workspace, again, lambda job: job.state is JobState.RUNNING)
        status = model_runs.get_status(workspace, run_id=run_id)
        assert status.job is not None
        assert (status.state, status.job.id) == (RunState.RUNNING, again)
        queue.cancel_job(workspace, job_id=again)
        job_id = model_runs.continue_run(workspace, run_id=run_id, who="Eve")  # from the page of the run
        job = wait_until_ended(workspace, job_id)
    assert (job.id, job.who, job.state) == (f"{run_id}.2", "Eve", JobState.DONE)
    assert model_runs.get_status(workspace, run_id=run_id).state is RunState.READY
