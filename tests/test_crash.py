"""Killed with SIGKILL, nothing that was acknowledged is missing, and running again completes."""

import json
import os
import random
import threading
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import pytest

from podcast_core.services import rounds
from podcast_core.settings import Settings
from podcast_core.storage import submissions
from podcast_core.workspace import Workspace, open_workspace
from tests.serving import Server, serve


def _submit(server: Server, session_id: str, submission_id: str) -> int:
    body = {
        "submission_id": submission_id,
        "annotator": "Ann",
        "outcome": "labelled",
        "regions": [{"start_s": 0.1, "end_s": 0.2, "label": "call"}],
    }
    request = urllib.request.Request(
        f"{server.url}/api/v1/rounds/ten/sessions/{session_id}/submissions",
        json.dumps(body).encode(),
        {"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return int(answer.status)


def _submit_until_killed(server: Server, acknowledged: list[str], tried: list[tuple[str, str]]) -> None:
    while True:
        session_id, submission_id = f"ten_{random.randrange(10):04x}", str(uuid.uuid4())
        tried.append((session_id, submission_id))
        try:
            _submit(server, session_id, submission_id)
        except (urllib.error.URLError, OSError):
            return
        acknowledged.append(submission_id)


@pytest.mark.usefixtures("round_of_ten")
def test_a_kill_during_submits_loses_no_acknowledged_answer(workspace: Workspace) -> None:
    data_dir = workspace.settings.data_dir
    acknowledged: list[str] = []
    tried: list[tuple[str, str]] = []
    for _ in range(3):
        with serve(data_dir) as server:
            threads = [
                threading.Thread(target=_submit_until_killed, args=(server, acknowledged, tried)) for _ in range(3)
            ]
            for thread in threads:
                thread.start()
            time.sleep(random.uniform(0.3, 1.0))  # somewhere in the middle
            server.kill()
            for thread in threads:
                thread.join()
    assert len(acknowledged) > 10
    again = open_workspace(Settings(data_dir=data_dir))
    with again.database.reading() as connection:
        kept = {submission.id for submission in submissions.list_submissions(connection, "ten")}
    assert set(acknowledged) <= kept
    written = {Path(key).stem for key in again.files.list("rounds/ten/submissions")}
    assert kept <= written
    with serve(data_dir) as server:  # what was cut off is completed by sending it again
        for session_id, submission_id in tried[-20:]:
            assert _submit(server, session_id, submission_id) in (200, 201)
    counts = rounds.count_outcomes(again, round_id="ten")
    assert sum(counts.values()) == 10
    leftovers = [name for _, _, names in os.walk(data_dir / "store") for name in names if name.startswith(".tmp-")]
    assert len(leftovers) <= 9  # at most what each thread was writing when it was killed
    again.database.close()
