"""Several workers on PostgreSQL share one queue."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from podcast_core.domain.job import JobState
from podcast_core.services.intake import ingest_job
from podcast_core.services.jobs import queue
from podcast_core.settings import Settings
from podcast_core.workspace import Workspace
from tests.building import opened
from tests.holding import FREE, READS_HERE, holding_many
from tests.postgres import PostgresServer
from tests.working import check_whole, end, start_worker, wait_for, wait_until_ended, working

COUNTS = (10, 11, 12, 13)  # files of a job, and how it is told from others

pytestmark = pytest.mark.postgresql


@pytest.fixture
def shared(postgres: PostgresServer, settings: Settings) -> Iterator[Workspace]:
    """A workspace on a PostgreSQL database of its own, since the queue's tables are not emptied between tests."""
    name = postgres.create()
    with opened(settings, database_url=postgres.url(name), **READS_HERE) as workspace:
        yield workspace
    postgres.drop(name)


def test_workers_share_the_queue_and_the_job_of_one_that_is_lost_goes_to_the_other(
    shared: Workspace, tmp_path: Path
) -> None:
    with ExitStack() as sources, working(shared, "stays", "--take-over-after", "2"):
        held = [
            sources.enter_context(holding_many(tmp_path / f"many{number}", count))
            for number, count in enumerate(COUNTS)
        ]
        lost = start_worker(shared, "lost")
        try:
            ids = [
                ingest_job.add_ingest(shared, paths=source.urls, round_name=source.folder.name, labels=["call"])
                for source in held
            ]
            by_lost = wait_for_worker(shared, ids, "lost")
        finally:
            end(lost, signal.SIGKILL)
        for source in held:
            source.open()
        ended = [wait_until_ended(shared, job_id, seconds=120) for job_id in ids]
    assert [job.state for job in ended] == [JobState.DONE] * 4
    assert [job.result["added"] + job.result["unchanged"] for job in ended] == [*COUNTS]
    assert sum(job.result["unchanged"] for job in ended) <= 2  # what was in hand when it was killed
    assert {job.worker for job in ended if job.id in by_lost} == {"stays"}
    for number, count in enumerate(COUNTS):
        check_whole(shared, count, f"many{number}")


def wait_for_worker(workspace: Workspace, job_ids: list[str], name: str) -> list[str]:
    """Wait until a worker is in the middle of something, and say which jobs it has."""

    def find() -> list[str]:
        return [
            job.id
            for number, job_id in enumerate(job_ids)
            if (job := queue.get_job(workspace, job_id=job_id)).worker == name
            and len(workspace.files.list(f"rounds/many{number}/sessions")) >= FREE
        ]

    wait_for(workspace, job_ids[0], lambda _: bool(find()))
    return find()
