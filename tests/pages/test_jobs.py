from pathlib import Path

import pytest

from podcast_core.domain.job import JobState
from podcast_core.domain.times import utc_now
from podcast_core.services.intake import ingest_job
from podcast_core.services.jobs import queue
from podcast_core.workspace import Workspace
from tests.conftest import MakeWav
from tests.pages.conftest import OpenPage
from tests.working import wait_until_ended, working_here

PAGE = "jobs.py"


def put_in(workspace: Workspace, *paths: Path | str) -> str:
    return ingest_job.add_ingest(workspace, paths=[str(path) for path in paths], round_name="sea", who="Eve")


def test_without_a_job_it_says_where_they_come_from(open_page: OpenPage) -> None:
    assert "adding recordings on the Data page" in open_page(PAGE).info[0].value


def test_a_job_is_shown_with_its_result_and_what_failed(
    open_page: OpenPage, workspace: Workspace, make_wav: MakeWav, tmp_path: Path
) -> None:
    (tmp_path / "_notes_.wav").write_text("these are my field notes")
    job_id = put_in(workspace, make_wav("dive.wav"), tmp_path / "_notes_.wav")
    with working_here(workspace):
        wait_until_ended(workspace, job_id)
    page = open_page(PAGE)
    texts = " ".join(each.value for each in (*page.markdown, *page.caption))
    assert r"1 recording added \(1 session, 0.1 minutes\), 1 failed." in texts
    assert r"/\_notes\_.wav: The file is text" in texts
    assert "Eve · " in texts
    assert "started by worker w" in page.code[0].value
    page.button(key=f"label-{job_id}").click().run()
    assert page.query_params["round"] == "sea"
    page = open_page(PAGE)
    page.button(key=f"retry-{job_id}").click().run()
    newest = queue.list_jobs(workspace)[0]
    assert (newest.state, newest.who, newest.params) == (JobState.QUEUED, "Ann", {})


def test_a_job_can_be_cancelled_and_go_on(open_page: OpenPage, workspace: Workspace, make_wav: MakeWav) -> None:
    job_id = put_in(workspace, make_wav())
    page = open_page(PAGE)
    page.button(key=f"cancel-{job_id}").click().run()
    assert queue.get_job(workspace, job_id=job_id).state is JobState.CANCELLED
    page.button(key=f"retry-{job_id}").click().run()
    assert not page.exception
    assert queue.list_jobs(workspace)[0].retry_of == job_id


def test_the_error_of_a_job_and_a_worker_that_is_gone_are_explained(
    open_page: OpenPage, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = queue.add_job(workspace, kind="release", params={"name": "n", "round_ids": ["gone"], "licence": "CC0"})
    with working_here(workspace):
        wait_until_ended(workspace, failed)
    waiting = put_in(workspace, "/nowhere")
    monkeypatch.setattr(queue, "LONG_WAIT_S", -1.0)
    page = open_page(PAGE)
    assert "no round 'gone'" in page.error[0].value
    assert any("Waiting for a worker" in each.value for each in page.caption)
    assert queue.get_job(workspace, job_id=waiting).created_at <= utc_now()


def test_many_jobs_are_shown_in_two_steps(open_page: OpenPage, workspace: Workspace) -> None:
    for number in range(23):
        put_in(workspace, f"/nowhere/{number}")
    page = open_page(PAGE)
    assert len([each for each in page.button if each.label == "Cancel"]) == 20
    next(each for each in page.button if each.label == "Show 3 older").click().run()
    assert len([each for each in page.button if each.label == "Cancel"]) == 23
