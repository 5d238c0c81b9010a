import random
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from podcast_core.domain.job import JobState
from podcast_core.errors import Conflict
from podcast_core.services.intake import ingest_job
from podcast_core.services.jobs import queue
from podcast_core.settings import Settings
from podcast_core.worker.process import NAME_TAKEN, hold_name
from podcast_core.workspace import Workspace
from tests.building import list_recordings, opened
from tests.forking import Process
from tests.holding import FREE, READS_HERE, holding_many
from tests.working import (
    PATIENCE_S,
    check_whole,
    end,
    start_worker,
    wait_for,
    wait_until_ended,
    working,
    working_here,
    write_many,
)


@pytest.fixture
def workspace(settings: Settings, new_database_url: str) -> Iterator[Workspace]:
    """An empty workspace that may read from a web server on this machine."""
    with opened(settings, database_url=new_database_url, **READS_HERE) as empty:
        yield empty


def ingest(workspace: Workspace, *paths: Path | str, **options: object) -> str:
    return ingest_job.add_ingest(workspace, paths=[*map(str, paths)], round_name="sea", **options)  # type: ignore[arg-type]  # as they are named


def wait_until_held(workspace: Workspace, job_id: str) -> None:
    """Wait until all recordings are added that are not held."""
    wait_for(workspace, job_id, lambda _: len(list_recordings(workspace)) >= FREE)


def wait_until_begun(workspace: Workspace, job_id: str) -> None:
    """Wait until a worker begins or continues a job."""
    before = queue.get_job(workspace, job_id=job_id).attempts
    wait_for(workspace, job_id, lambda job: job.attempts > before or not job.state.is_open)


def kill_often(workspace: Workspace, folder: Path, *, count: int, kills: int, seed: int) -> None:
    """Kill the worker of an ingest at random moments, and let another of its name end it."""
    random_ = random.Random(seed)
    job_id = ingest(workspace, folder)
    for _ in range(kills):
        process = start_worker(workspace, "w")
        if random_.random() < 0.8:  # else somewhere in its start
            wait_until_begun(workspace, job_id)
        time.sleep(random_.uniform(0, 0.4))
        end(process, signal.SIGKILL)
    interrupted = queue.get_job(workspace, job_id=job_id)
    with working_here(workspace, "w"):
        job = wait_until_ended(workspace, job_id)
    assert (job.state, job.error, job.done, job.total) == (JobState.DONE, "", count, count)
    # What was finished was not done again: at most the file in hand at each kill was looked at twice.
    assert job.result["added"] + job.result["unchanged"] == count
    assert job.result["unchanged"] <= kills
    assert job.result["failed_count"] == 0
    assert sum(line.endswith("  done") for line in job.log) == 1
    if interrupted.state.is_open and interrupted.started_at:
        assert any("continued by worker w" in line for line in job.log)
    check_whole(workspace, count)
    assert [each.id for each in queue.list_jobs(workspace)] == [job_id]


def test_a_worker_that_is_killed_goes_on_where_it_was(workspace: Workspace, tmp_path: Path) -> None:
    kill_often(workspace, write_many(tmp_path / "many", 80), count=80, kills=3, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(10))
def test_fifty_kills_at_random_points_lose_and_double_nothing(workspace: Workspace, tmp_path: Path, seed: int) -> None:
    kill_often(workspace, write_many(tmp_path / "many", 300), count=300, kills=6, seed=seed)


def test_the_result_says_what_failed_and_why(workspace: Workspace, tmp_path: Path) -> None:
    folder = write_many(tmp_path / "many", 3)
    (folder / "notes.wav").write_text("these are my field notes")
    with working_here(workspace):
        job = wait_until_ended(workspace, ingest(workspace, folder, who="Eve", site="Pier"))
    assert (job.state, job.who, job.title) == (JobState.DONE, "Eve", "Add recordings: many to sea")
    assert {**job.result, "failed": []} == {
        "round_id": "sea",
        "added": 3,
        "unchanged": 0,
        "sessions": 3,
        "seconds": 1.5,
        "failed_count": 1,
        "failed": [],
    }
    assert "text, not audio" in job.result["failed"][0][1]
    assert any("notes.wav" in line for line in job.log)
    assert job.started_at is not None
    assert job.finished_at is not None


def test_a_job_that_failed_says_why_and_run_again_goes_on_where_it_was(workspace: Workspace, tmp_path: Path) -> None:
    folder = write_many(tmp_path / "many", 5)
    blocked = workspace.settings.data_dir / "store" / "recordings"
    with working_here(workspace):
        done = wait_until_ended(workspace, ingest(workspace, folder))
        assert done.state is JobState.DONE
        more = write_many(tmp_path / "more", 4)
        blocked.rename(blocked.with_name("away"))
        blocked.write_text("no folder")
        failed = wait_until_ended(workspace, ingest(workspace, more))
        assert failed.state is JobState.FAILED
        assert "file store" in failed.error
        assert "recordings/" in failed.error
        blocked.unlink()
        blocked.with_name("away").rename(blocked)
        again = queue.retry_job(workspace, job_id=failed.id, who="Bo")
        job = wait_until_ended(workspace, again)
    assert (job.state, job.retry_of, job.who, job.error) == (JobState.DONE, failed.id, "Bo", "")
    assert job.result["added"] == 4
    assert len(queue.list_jobs(workspace)) == 3


def test_a_job_that_is_cancelled_stops_and_run_again_completes_it(workspace: Workspace, tmp_path: Path) -> None:
    with holding_many(tmp_path / "many", 20) as source, working_here(workspace):
        job_id = ingest(workspace, *source.urls)
        wait_until_held(workspace, job_id)
        assert queue.cancel_job(workspace, job_id=job_id).state is JobState.CANCELLED
        with pytest.raises(Conflict, match="is cancelled"):
            queue.cancel_job(workspace, job_id=job_id)
        assert queue.get_job(workspace, job_id=job_id).log[-1].endswith("told to stop; what is in hand ends first")
        source.open()
        other = write_many(tmp_path / "other", 2)
        assert wait_until_ended(workspace, ingest(workspace, other)).state is JobState.DONE  # it works on
        kept = len(list_recordings(workspace)) - 2
        assert FREE <= kept < 20
        job = wait_until_ended(workspace, queue.retry_job(workspace, job_id=job_id))
    assert job.state is JobState.DONE
    assert job.result["added"] + job.result["unchanged"] == 20
    assert job.result["unchanged"] <= 1


def test_a_worker_that_is_told_to_end_hands_its_job_back(workspace: Workspace, tmp_path: Path) -> None:
    with holding_many(tmp_path / "many", 30) as source:
        job_id = ingest(workspace, *source.urls)
        with working(workspace) as process:
            wait_until_held(workspace, job_id)
            process.send_signal(signal.SIGTERM)
            source.open_slowly(process)
            assert process.wait() == 0
        job = queue.get_job(workspace, job_id=job_id)
        assert job.state is JobState.QUEUED
        assert FREE <= len(list_recordings(workspace)) < 30
        source.open()
        with working_here(workspace, "another"):
            assert wait_until_ended(workspace, job_id).result["unchanged"] <= 1


def test_the_job_of_a_worker_that_never_comes_back_is_taken_over(workspace: Workspace, tmp_path: Path) -> None:
    with holding_many(tmp_path / "many", 10) as source:
        job_id = ingest(workspace, *source.urls)
        process = start_worker(workspace, "lost")
        wait_until_held(workspace, job_id)
        end(process, signal.SIGKILL)
        source.open()
        with working(workspace, "heir", "--take-over-after", "2"):
            job = wait_until_ended(workspace, job_id)
    assert (job.state, job.worker) == (JobState.DONE, "heir")
    assert job.result["unchanged"] <= 1
    check_whole(workspace, 10)


def stands_still(process: Process) -> bool:
    """Tell whether every thread of a process stands still, or it has ended."""
    threads = Path(f"/proc/{process.pid}/task").glob("*/stat")
    return all(path.read_text().rpartition(")")[2].split()[0] in "TZ" for path in threads)


def put_to_sleep(workspace: Workspace, process: Process) -> None:
    """Stop a process at a moment when it holds no lock of SQLite, which would stop everybody else too."""
    paths = [workspace.settings.data_dir / name for name in ("podcast.sqlite", "jobs.sqlite")]
    while process.poll() is None:
        process.send_signal(signal.SIGSTOP)
        while not stands_still(process):
            time.sleep(0.005)
        try:
            for path in paths:
                with closing(sqlite3.connect(path, timeout=0)) as connection:
                    connection.execute("BEGIN IMMEDIATE")
                    connection.rollback()
        except sqlite3.OperationalError:
            process.send_signal(signal.SIGCONT)
            time.sleep(0.01)  # it goes on a little
        else:
            return


@pytest.mark.slow
def test_a_worker_that_was_asleep_leaves_the_job_to_the_one_that_took_it_over(
    workspace: Workspace, tmp_path: Path
) -> None:
    with holding_many(tmp_path / "many", 20) as source:
        job_id = ingest(workspace, *source.urls)
        with working(workspace, "sleeper") as sleeper:
            wait_until_held(workspace, job_id)
            put_to_sleep(workspace, sleeper)
            with working(workspace, "heir", "--take-over-after", "2"):
                wait_for(workspace, job_id, lambda job: job.worker == "heir")
                sleeper.send_signal(signal.SIGCONT)
                source.open()
                job = wait_until_ended(workspace, job_id)
    assert (job.state, job.worker) == (JobState.DONE, "heir")
    check_whole(workspace, 20)


def test_two_workers_of_one_name_are_one_too_many(workspace: Workspace) -> None:
    with hold_name(workspace.settings.data_dir, "twin"):
        assert start_worker(workspace, "twin").wait(PATIENCE_S) == NAME_TAKEN == 75
    assert "runs already" in (workspace.settings.data_dir / "twin.log").read_text()
