"""The workers that the app starts: they live and die with it."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from podcast_core.cli.worker import NICENESS
from podcast_core.domain.job import JobState
from podcast_core.services.intake import ingest_job
from podcast_core.settings import Settings
from podcast_core.worker.process import LocalWorkers, NameTaken, _to_environment, hold_name, name_local
from podcast_core.workspace import Workspace
from tests.building import list_recordings
from tests.holding import FREE, READS_HERE, holding_many
from tests.serving import serve
from tests.working import PATIENCE_S, wait_for, wait_until_ended

PROC = Path("/proc")
pytestmark = pytest.mark.skipif(not PROC.is_dir(), reason="finds processes in /proc, which this system does not have")


def find_workers(data_dir: Path) -> list[int]:
    """The process ids of all workers on a data folder."""
    found = []
    for folder in PROC.iterdir():
        try:
            command = (folder / "cmdline").read_bytes() if folder.name.isdigit() else b""
            if b"\0worker\0--id\0" in command and str(data_dir).encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue  # it has ended meanwhile
    return found


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, what
        time.sleep(0.05)  # another process does it


def test_the_app_has_a_worker_that_is_started_again_when_it_dies_and_ends_with_the_app_even_by_a_kill(
    workspace: Workspace, tmp_path: Path
) -> None:
    data_dir = workspace.settings.data_dir
    started = {f"PODCAST_{name.upper()}": str(value) for name, value in {"local_workers": 1, **READS_HERE}.items()}
    with holding_many(tmp_path / "many", 10) as source, serve(data_dir, **started) as server:
        job_id = ingest_job.add_ingest(workspace, paths=source.urls, round_name="sea")
        wait_for(workspace, job_id, lambda _: len(list_recordings(workspace)) >= FREE)
        (first,) = find_workers(data_dir)
        ours = os.getpriority(os.PRIO_PROCESS, server.process.pid)
        assert os.getpriority(os.PRIO_PROCESS, first) == min(ours + NICENESS, 19)
        assert b"OMP_NUM_THREADS=1\0" in (PROC / str(first) / "environ").read_bytes()
        os.kill(first, signal.SIGKILL)
        source.open()
        job = wait_until_ended(workspace, job_id)
        assert (job.state, job.attempts) == (JobState.DONE, 2)
        assert job.result["unchanged"] <= 1
        (second,) = find_workers(data_dir)
        assert second != first
        with serve(data_dir, PODCAST_LOCAL_WORKERS="1"):  # another app on the same folder
            wait_until(lambda: len(find_workers(data_dir)) > 1, "the other app has tried to start its own")
            wait_until(lambda: find_workers(data_dir) == [second], "there is one worker of the name")
        assert find_workers(data_dir) == [second]
        server.kill()
        wait_until(lambda: not find_workers(data_dir), "the worker ends with its app")


def test_without_local_workers_there_is_nothing_to_start_or_stop(settings: Settings) -> None:
    workers = LocalWorkers(settings.model_copy(update={"local_workers": 0}))
    workers.start()
    workers.stop()


def test_workers_find_our_modules_wherever_the_app_was_started(settings: Settings) -> None:
    where = Path(_to_environment(settings)["PYTHONPATH"].split(os.pathsep)[0])
    assert (where / "podcast_core" / "__main__.py").is_file()


def test_a_name_is_free_again_when_its_holder_is_gone(tmp_path: Path) -> None:
    with hold_name(tmp_path, "a/b"), pytest.raises(NameTaken, match="another name"), hold_name(tmp_path, "a/b"):
        pass
    with hold_name(tmp_path, "a/b"):
        pass


def test_machines_that_share_a_queue_have_workers_of_different_names(settings: Settings) -> None:
    assert name_local(settings, 1) == "local-1"
    shared = settings.model_copy(update={"database_url": "postgresql://u:p@h/d"})
    assert name_local(shared, 2) == f"{os.uname().nodename}-2"
