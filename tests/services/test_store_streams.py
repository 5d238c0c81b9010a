"""Rebuild and doctor read a store in a stream: few requests, and none while the database is locked (`stalling`)."""

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.round import Round
from podcast_core.domain.submission import Submission
from podcast_core.errors import NoSpace
from podcast_core.services.exchange import imports
from podcast_core.services.intake.ingest import ingest
from podcast_core.services.labels import rounds
from podcast_core.services.store import answer_reading, doctor
from podcast_core.services.store.rebuild import rebuild
from podcast_core.services.store.spool import Spool
from podcast_core.storage.answer_rows import to_row
from podcast_core.storage.files import FileStore
from podcast_core.workspace import Workspace
from tests.beside import dump, open_beside
from tests.building import add_recording, list_answers, make_recording, make_sessions, submit
from tests.conftest import MakeWav
from tests.disks import largest_file
from tests.lives import Life
from tests.services.sea import CSV

COUNT = 1_000


class Counted(FileStore):
    """A store that counts what it is asked."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace.settings.resolved_storage_url)
        self.asked: Counter[str] = Counter()

    def read(self, key: str) -> bytes:
        self.asked["read"] += 1
        return super().read(key)

    def list(self, prefix: str) -> list[str]:
        self.asked["list"] += 1
        return super().list(prefix)


def test_a_thousand_imported_answers_are_read_by_few_requests(
    workspace: Workspace, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    rounds.add_round(workspace, name="field", labels=["call"])
    recording = make_recording("/a.wav", COUNT)
    add_recording(workspace, recording, make_sessions(recording, "field", "a_{:04d}", COUNT))
    doctor.examine(workspace, repair=True)
    table = CSV + "".join(f"a.wav,{each}.25,{each}.5,call\n" for each in range(COUNT))
    imports.import_annotations(workspace, round_id="field", files=[("a.csv", table.encode())], annotator="Bob")
    told: list[tuple[int, int, str]] = []
    with open_beside(workspace, request, tmp_path / "new") as new:
        store = Counted(new)
        watched, asked = replace(new, files=store), store.asked
        rebuild(watched, on_progress=lambda *step: told.append(step))
        assert asked.total() <= 2 * COUNT / 100  # sessions and answers
        asked.clear()
        assert {each.title for each in doctor.examine(watched, contents=True).findings} == {"recording is missing"}
        assert asked.total() <= 2 * COUNT / 100
        assert dump(new) == dump(workspace)
    assert [step[:2] for step in told] == sorted(step[:2] for step in told)
    assert {total for _, total, _ in told} == {told[-1][0]}


def test_labels_of_another_machine_are_added_to_the_round_and_to_its_newest_state(
    workspace: Workspace, request: pytest.FixtureRequest, tmp_path: Path, make_wav: MakeWav
) -> None:
    path = make_wav("shared.wav", seconds=4)
    with (
        open_beside(workspace, request, tmp_path / "x", storage=tmp_path / "elsewhere") as other,
        open_beside(workspace, request, tmp_path / "y") as new,
    ):
        for one, annotator, labels in ((workspace, "Ann", ["call"]), (other, "Bob", ["call", "click"])):
            ingest(one, paths=[str(path)], round_name="sea", session_length_s=1.0, labels=labels)
            box = AnswerBox(0.1, 0.2, labels[-1])
            submit(one, "sea", "shared_0001", box, who=annotator, submission_id=annotator)
        rounds.change_round(workspace, replace(rounds.get_round(workspace, round_id="sea"), instructions="newest"))
        shutil.copytree(tmp_path / "elsewhere", workspace.settings.resolved_storage_url, dirs_exist_ok=True)
        assert rebuild(new).problems == ()
        assert doctor.examine(workspace, repair=True, contents=True).is_well
        for one in (workspace, new):
            state = rounds.get_round(one, round_id="sea")
            assert ({*state.label_names}, state.instructions) == ({"call", "click"}, "newest")
            assert doctor.examine(one, contents=True).findings == []


def test_what_others_add_while_the_store_is_read_stays(workspace: Workspace, tmp_path: Path) -> None:
    life = Life(workspace, tmp_path / "audio", 7)
    life.record("sea")
    life.answer("sea")

    def live(done: int, _total: int, _name: str) -> None:
        if done == 0:
            life.record("sea")
            for session in life.sessions("sea"):
                life.answer("sea", session)
            life.edit("sea")
            life.judge("sea")

    before = dump(workspace)
    report = rebuild(workspace, replace=True, on_progress=live)
    rows = dump(workspace)
    assert (len(before["recordings"]), len(rows["recordings"])) == (1, 2)
    assert report.counts["answers"] == len(rows["submissions"]) > len(before["submissions"])
    assert report.counts["sessions"] == len(rows["sessions"])
    assert doctor.examine(workspace, contents=True).findings == []
    assert rebuild(workspace, replace=True).problems == ()
    assert dump(workspace) == rows


def test_answers_in_many_groups_come_to_the_same(
    workspace: Workspace, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Life(workspace, tmp_path / "audio", 3).live(25)
    monkeypatch.setattr(answer_reading, "GROUP", 3)
    told: list[tuple[int, int]] = []
    with open_beside(workspace, request, tmp_path / "new") as new:
        rebuild(new, on_progress=lambda done, total, key: told.append((done, total)) if not key else None)
        assert dump(new) == dump(workspace)
        assert len({done for done, total in told if done < total}) > 2  # told while rows are added
        assert doctor.examine(new, contents=True).findings == []


def test_many_answers_without_objects_are_written_in_batches(workspace: Workspace, round_of_ten: Round) -> None:
    for number in range(1, 10):
        submit(workspace, round_of_ten.id, f"ten_{number:04x}", AnswerBox(0.1, 0.2, "call"), submission_id=f"s{number}")
    shutil.rmtree(workspace.settings.resolved_storage_url)
    assert doctor.examine(workspace, repair=True).is_well
    assert len(workspace.files.list("rounds/ten/batches")) == 1
    rows = dump(workspace)
    rebuild(workspace, replace=True)
    assert dump(workspace) == rows


def test_a_spool_gives_back_what_was_put_last_and_is_not_left_out(workspace: Workspace, round_of_ten: Round) -> None:
    for name in ("one", "two", "three"):
        submit(workspace, round_of_ten.id, "ten_0001", submission_id=name)
    answers: dict[str, Submission] = {each.id: each for each in list_answers(workspace, "ten")}
    one, two, three = (to_row(answers[name]) for name in ("one", "two", "three"))
    later = to_row(replace(answers["one"], comment="later"))
    with Spool(workspace.settings.data_dir) as spool:
        spool.put([one, two])
        spool.put([later, three], again=["one"])
        assert [[row.id for row in group] for group in spool] == [["two"], ["one", "three"]]
        assert list(spool)[1][0] == later
        spool.leave_out({"one"})
        assert [[row.id for row in group] for group in spool] == [["two"], ["three"]]
        with largest_file(10):
            spool.put([one])
            with pytest.raises(NoSpace, match="Answers cannot be kept in"):
                list(spool)
