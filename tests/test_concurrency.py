"""Many processes label one round at once: nobody is handed what another holds, and every answer is counted once."""

import json
import os
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from podcast_core.errors import InvalidInput
from podcast_core.services.labels import rounds
from podcast_core.services.store import doctor
from podcast_core.services.store.rebuild import rebuild
from podcast_core.storage import schema
from podcast_core.workspace import Workspace
from tests.beside import dump, open_beside, show
from tests.building import add_recording, list_sessions, make_recording, make_sessions
from tests.conftest import environment_of
from tests.forking import start
from tests.lives import Life


def _fill(workspace: Workspace, count: int) -> None:
    rounds.add_round(workspace, name="sea", labels=["call"])
    recording = make_recording("/nowhere.wav", count, digits="b")
    add_recording(workspace, recording, make_sessions(recording, "sea", "s{:05}", count))


def _label_at_once(workspace: Workspace, folder: Path, processes: int) -> list[dict[str, Any]]:
    environment = {**os.environ, **environment_of(workspace.settings)}
    outs = [folder / f"{number}.json" for number in range(processes)]
    running = [
        start("tests.labeller", ["sea", f"tab {number}", str(out), str(number)], environment, out.with_suffix(".log"))
        for number, out in enumerate(outs)
    ]
    for process, out in zip(running, outs, strict=True):
        while not out.with_suffix(".ready").exists() and process.poll() is None:
            time.sleep(0.01)  # it starts
    (folder / "go").touch()
    for process, out in zip(running, outs, strict=True):
        assert process.wait(900) == 0, out.with_suffix(".log").read_text()
    return [json.loads(out.read_text()) for out in outs]


def _check(workspace: Workspace, told: list[dict[str, Any]], count: int) -> None:
    holds = defaultdict(list)
    for one in told:
        for session_id, since, until in one["held"]:
            holds[session_id].append((since, until))
    for session_id, spans in holds.items():
        spans.sort()
        for (_, until), (since, _) in zip(spans, spans[1:], strict=False):
            assert until <= since, f"{session_id} was held by two at once"
    acknowledged = [tuple(answer) for one in told for answer in one["answers"]]
    with workspace.database.reading() as connection:
        rows = connection.execute(select(schema.submissions.c.session_id, schema.submissions.c.id)).all()
        raw = connection.execute(
            select(schema.submissions.c.outcome, func.count()).group_by(schema.submissions.c.outcome)
        )
        recount = {outcome: number for outcome, number in raw}
    assert sorted(map(tuple, rows)) == sorted(acknowledged)
    assert set(Counter(session_id for session_id, _ in acknowledged).values()) == {1}
    counts = rounds.count_standings(workspace, round_id="sea")
    assert {name: number for name, number in counts.items() if number} == recount
    assert sum(recount.values()) == count
    assert sum(bool(one["answers"]) for one in told) > 1  # they did work at once
    found = doctor.examine(workspace, contents=True)
    assert {finding.title for finding in found.findings} <= {
        "recording without an object",
        "session without an object",
        "recording is missing",
    }


def test_whatever_people_do_at_once_database_and_store_agree(
    workspace: Workspace, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    Life(workspace, tmp_path / "audio", 0).live(5)
    failures: list[BaseException] = []

    def live(number: int) -> None:
        life = Life(
            workspace, tmp_path / f"audio{number}", 100 + number, f"{number % 2}-"
        )  # two have recordings of one name
        life.is_crowded = True
        deeds: list[Callable[[str], object]] = [life.answer, life.answer, life.verify, life.judge, life.edit]
        try:
            life.predict("sea", "net")  # two import the same
            life.record("sea")
            for _ in range(12):
                with suppress(InvalidInput):  # somebody else used the label that an edit would have removed
                    life.chance.choice(deeds)(life.chance.choice(["sea", "fjord"]))
            life.record("fjord")
        except BaseException as error:  # noqa: BLE001  # shown below, not by the thread
            failures.append(error)

    threads = [threading.Thread(target=live, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    for round_ in rounds.list_rounds(workspace):
        places = [session.position for session in list_sessions(workspace, round_.id)]
        assert places == list(range(len(places)))
    assert doctor.examine(workspace, contents=True, checksums=True).findings == []
    with open_beside(workspace, request, tmp_path / "new") as new:
        assert rebuild(new).problems == ()
        assert (dump(new), show(new)) == (dump(workspace), show(workspace))


def test_a_few_processes_share_a_round(workspace: Workspace, tmp_path: Path) -> None:
    _fill(workspace, 40)
    _check(workspace, _label_at_once(workspace, tmp_path, 3), 40)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_eight_processes_with_two_hundred_sessions_each(workspace: Workspace, tmp_path: Path) -> None:
    _fill(workspace, 1600)
    _check(workspace, _label_at_once(workspace, tmp_path, 8), 1600)
