from pathlib import Path

import pytest

from podcast_core.domain.job import JobState
from podcast_core.errors import Conflict, InvalidInput, NotFound, StorageUnavailable
from podcast_core.services.intake import ingest_job
from podcast_core.services.jobs import queue
from podcast_core.workspace import Workspace


def test_a_new_workspace_has_no_jobs_and_reading_makes_no_file(workspace: Workspace) -> None:
    assert queue.list_jobs(workspace) == []
    with pytest.raises(NotFound, match="no job 'x'"):
        queue.get_job(workspace, job_id="x")
    assert not (workspace.settings.data_dir / "jobs.sqlite").exists()


def test_what_cannot_be_a_job_is_refused_at_once(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no kind of job 'dance'"):
        queue.add_job(workspace, kind="dance", params={})
    with pytest.raises(InvalidInput, match="must be JSON values"):
        queue.add_job(workspace, kind="ingest", params={"paths": [tmp_path]})
    with pytest.raises(InvalidInput, match="at least one"):
        ingest_job.add_ingest(workspace, paths=[], round_name="sea")
    with pytest.raises(InvalidInput, match="length"):
        ingest_job.add_ingest(workspace, paths=["x"], round_name="sea", session_length_s=0)
    assert queue.list_jobs(workspace) == []


def test_the_same_id_again_is_the_same_job(workspace: Workspace) -> None:
    for _ in range(2):
        assert ingest_job.add_ingest(workspace, paths=["x.wav"], round_name="sea", job_id="one") == "one"
    (job,) = queue.list_open_jobs(workspace)
    assert (job.state, job.who) == (JobState.QUEUED, "Ann")
    with pytest.raises(Conflict, match="only a job that has ended"):
        queue.retry_job(workspace, job_id="one")
    queue.cancel_job(workspace, job_id="one")
    assert queue.list_open_jobs(workspace) == []
    assert queue.get_job(workspace, job_id="one").log[-1].endswith("cancelled before it began")


def test_a_queue_that_cannot_be_used_is_named(workspace: Workspace) -> None:
    (workspace.settings.data_dir / "jobs.sqlite").write_text("no database, and longer than a header of SQLite" * 30)
    with pytest.raises(StorageUnavailable, match=r"job queue .*jobs.sqlite failed: file is not a database"):
        queue.list_jobs(workspace)
