"""Every kind of job by a real worker, with as little to do as possible."""

import json
import shutil
from pathlib import Path

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.job import Job, JobState
from podcast_core.services.jobs import queue
from podcast_core.workspace import Workspace
from tests.building import list_sessions, submit
from tests.conftest import MakeWav
from tests.hls import FIRST, at, write_folder
from tests.working import wait_until_ended, working_here


def write_deployment(root: Path, wav: Path) -> None:
    document = {"uri": "https://example.invalid/x/sea.wav", "absolute_time": "2020", "source_guid": "lab"}
    boxes = [{"start_time_s": 0.5, "duration_s": 1.0, "confidence": 0.5}]
    (root / "predictions-r1").mkdir(parents=True)
    (root / "predictions-r1" / "sea.json").write_text(json.dumps({**document, "annotations": boxes}))
    (root / "audiosegments" / "r1").mkdir(parents=True)
    shutil.copy(wav, root / "audiosegments" / "r1" / "sea.wav")


def end_of(workspace: Workspace, job_id: str) -> Job:
    job = wait_until_ended(workspace, job_id)
    assert (job.state, job.error) == (JobState.DONE, "")
    return job


def test_every_kind_is_done_and_says_what_it_did(workspace: Workspace, make_wav: MakeWav, tmp_path: Path) -> None:
    write_folder(tmp_path / "node" / "hls" / FIRST, lengths=(10.0, 10.0))
    write_deployment(tmp_path / "deployment", make_wav("sea.wav"))
    with working_here(workspace):
        span = {"from": at(10).isoformat(), "to": at(30).isoformat()}
        asked = {"url": str(tmp_path / "node"), **span, "round_name": "lab", "labels": ["call"]}
        archive = queue.add_job(workspace, kind="ingest_hls", params=asked)
        deployment = queue.add_job(workspace, kind="migrate", params={"root": str(tmp_path / "deployment")})
        job = end_of(workspace, archive)
        assert queue.sum_up(job) == "1 recording added (2 sessions, 0.6 minutes), 1 gap."
        assert any("gap at 2021-" in line for line in job.log)
        job = end_of(workspace, deployment)
        assert queue.sum_up(job).startswith("1 session, 1 prediction and 0 answers brought in 1 round")
        assert job.result["round_id"] == "r1"

        selection = queue.add_job(
            workspace, kind="select", params={"round_id": "r1", "target_name": "best", "high": 0.4, "low": 0.1}
        )
        assert queue.sum_up(end_of(workspace, selection)) == "1 session chosen, 0 known already."

        session = list_sessions(workspace, "lab")[0]
        submit(workspace, "lab", session.id, AnswerBox(1.0, 2.0, "call"))
        params = {"name": "calls", "round_ids": ["lab"], "licence": "CC0-1.0", "proportions": [1.0, 0.0, 0.0]}
        release = end_of(workspace, queue.add_job(workspace, kind="release", params=params))
        assert queue.sum_up(release) == "Release calls/1 made."
