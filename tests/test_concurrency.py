"""Many processes label one round at once: nobody is handed what another holds, and every answer is counted once."""

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from podcast_core.domain import Recording, Session
from podcast_core.services import doctor, rounds
from podcast_core.storage import recordings, schema, sessions
from podcast_core.workspace import Workspace
from tests.conftest import environment_of
from tests.serving import ROOT


def _fill(workspace: Workspace, count: int) -> None:
    rounds.add_round(workspace, name="sea", labels=["call"])
    recording = Recording("b" * 64, "/nowhere.wav", "nowhere.wav", 8000, 1, 8000 * count, "WAV/PCM_16")
    made = [Session("sea", f"s{index:05}", recording.id, 0, index, index + 1.0, index) for index in range(count)]
    with workspace.database.writing() as connection:
        recordings.add_recording(connection, recording)
        sessions.add_sessions(connection, made)


def _label_at_once(workspace: Workspace, folder: Path, processes: int) -> list[dict[str, Any]]:
    environment = {**os.environ, **environment_of(workspace.settings)}
    outs = [folder / f"{number}.json" for number in range(processes)]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.labeller", "sea", f"tab {number}", str(out), str(number)],
            cwd=ROOT,
            env=environment,
            stderr=subprocess.PIPE,
        )
        for number, out in enumerate(outs)
    ]
    for process in running:
        _, errors = process.communicate(timeout=900)
        assert process.returncode == 0, errors.decode()
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
    counts = rounds.count_outcomes(workspace, round_id="sea")
    assert {name: number for name, number in counts.items() if number} == recount
    assert sum(recount.values()) == count
    assert sum(bool(one["answers"]) for one in told) > 1  # they did work at once
    found = doctor.examine(workspace, contents=True)
    assert {finding.title for finding in found.findings} <= {
        "recording without an object",
        "session without an object",
        "recording is missing",
    }


def test_a_few_processes_share_a_round(workspace: Workspace, tmp_path: Path) -> None:
    _fill(workspace, 40)
    _check(workspace, _label_at_once(workspace, tmp_path, 3), 40)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_eight_processes_with_two_hundred_sessions_each(workspace: Workspace, tmp_path: Path) -> None:
    _fill(workspace, 1600)
    _check(workspace, _label_at_once(workspace, tmp_path, 8), 1600)
