"""Killed with SIGKILL, nothing that was acknowledged is missing, and running again completes.

Each run is seeded: it says how many answers the server lives for, and what is sent to it. The moment within a save at
which the kill falls is chance all the same.
"""

import json
import random
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from podcast_core.services.labels import rounds
from podcast_core.services.store import doctor
from podcast_core.services.store.rebuild import rebuild
from podcast_core.storage import schema
from podcast_core.workspace import Workspace
from tests.beside import dump, open_beside, show
from tests.conftest import environment_of
from tests.serving import Server, serve
from tests.working import PATIENCE_S

THREADS = 3


class Client:
    """Submits answers, each under an id of its own, until the server is gone."""

    def __init__(self, server: Server, seed: int, heard: threading.Semaphore) -> None:
        self._server, self._heard = server, heard
        self._chance = random.Random(seed)
        self.tried: list[tuple[str, str]] = []
        self.acknowledged: list[tuple[str, str]] = []

    def run(self) -> None:
        """Submit until that fails; a quarter of the answers is sent twice, as after a lost acknowledgement."""
        while True:
            session_id = f"ten_{self._chance.randrange(10):04x}"
            submission_id = str(uuid.UUID(int=self._chance.getrandbits(128), version=4))
            self.tried.append((session_id, submission_id))
            try:
                for _ in range(2 if self._chance.random() < 0.25 else 1):
                    submit(self._server, session_id, submission_id)
                    self.acknowledged.append((session_id, submission_id))
                    self._heard.release()
            except (urllib.error.URLError, OSError):
                return


def submit(server: Server, session_id: str, submission_id: str) -> int:
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


def kill_while_submitting(workspace: Workspace, seed: int, cut_off: Sequence[Client] = ()) -> list[Client]:
    """Start the app, complete what was cut off, submit from several threads, and kill it somewhere in the middle."""
    chance = random.Random(seed)
    with serve(workspace.settings.data_dir, **environment_of(workspace.settings)) as server:
        for client in cut_off:  # by sending it again
            for session_id, submission_id in client.tried[-5:]:
                assert submit(server, session_id, submission_id) in (200, 201)
                client.acknowledged.append((session_id, submission_id))
        acknowledged = threading.Semaphore(0)
        clients = [Client(server, 1000 * seed + number, acknowledged) for number in range(THREADS)]
        threads = [threading.Thread(target=client.run) for client in clients]
        for thread in threads:
            thread.start()
        for _ in range(chance.randrange(30)):  # counted, not timed: a busy machine answers a tenth as often
            assert acknowledged.acquire(timeout=PATIENCE_S)
        time.sleep(chance.uniform(0, 0.05))  # somewhere in the middle of a save
        server.kill()
        for thread in threads:
            thread.join()
    return clients


def check_nothing_is_lost(
    workspace: Workspace, clients: list[Client], request: pytest.FixtureRequest, folder: Path
) -> None:
    """Compare what was acknowledged with rows and objects; mend; compare with a database made of the objects."""
    acknowledged = {answer for client in clients for answer in client.acknowledged}
    tried = {answer for client in clients for answer in client.tried}
    with workspace.database.reading() as connection:
        rows = connection.execute(select(schema.submissions.c.session_id, schema.submissions.c.id)).all()
        boxes = Counter(connection.scalars(select(schema.annotations.c.submission_id)).all())
    kept = {tuple(row) for row in rows}
    objects = [
        tuple(key.removesuffix(".json").split("/")[3:]) for key in workspace.files.list("rounds/ten/submissions")
    ]
    assert acknowledged <= kept <= set(objects) <= tried
    assert len(objects) == len(set(objects))
    assert len(rows) == len(kept)
    assert boxes == {submission_id: 1 for _, submission_id in kept}  # none is there by half
    found = doctor.examine(workspace, repair=True)
    assert {finding.title for finding in found.findings} <= {"answer without a row", "unfinished file"}
    assert found.is_well
    assert doctor.examine(workspace, contents=True).findings == []
    assert sum(rounds.count_standings(workspace, round_id="ten").values()) == 10
    with open_beside(workspace, request, folder) as new:
        rebuild(new)
        assert (dump(new), show(new)) == (dump(workspace), show(workspace))


@pytest.mark.usefixtures("round_of_ten")
def test_a_kill_during_submits_loses_no_acknowledged_answer(
    workspace: Workspace, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    doctor.examine(workspace, repair=True)  # the fixture made rows only
    clients = kill_while_submitting(workspace, 1)
    check_nothing_is_lost(workspace, clients, request, tmp_path / "new")
    clients += kill_while_submitting(workspace, 2, cut_off=clients)
    check_nothing_is_lost(workspace, clients, request, tmp_path / "newer")


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("round_of_ten")
def test_fifty_kills_lose_nothing_and_double_nothing(
    workspace: Workspace, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    doctor.examine(workspace, repair=True)
    clients: list[Client] = []
    for seed in range(50):
        clients += kill_while_submitting(workspace, seed)
        if seed % 10 == 9:
            check_nothing_is_lost(workspace, clients, request, tmp_path / f"new{seed}")
    acknowledged = {answer for client in clients for answer in client.acknowledged}
    unanswered = {answer for client in clients for answer in client.tried} - acknowledged
    print(f"50 kills: {len(acknowledged)} acknowledged, {len(unanswered)} cut off")  # noqa: T201  # for the record
    assert len(acknowledged) > 500
