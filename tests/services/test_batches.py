"""Answers that are imported lie in the store in batches: few requests, all or nothing, and still the truth."""

import json
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Outcome
from podcast_core.errors import InvalidInput, StorageUnavailable
from podcast_core.services.exchange import imports
from podcast_core.services.exchange.imports import ImportReport
from podcast_core.services.labels import rounds
from podcast_core.services.store import batch_records, doctor, in_use, records
from podcast_core.services.store.keys import list_keys
from podcast_core.services.store.rebuild import rebuild
from podcast_core.storage import submissions
from podcast_core.storage.files import FileStore
from podcast_core.workspace import Workspace
from tests.beside import dump, open_beside
from tests.building import add_recording, list_answers, make_recording, make_sessions, submit
from tests.services.sea import CSV, TSV

COUNT = 250


class Counting(FileStore):
    """A store that counts what it is asked, and looks whether the database may be written then."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace.settings.resolved_storage_url)
        self.asked: Counter[str] = Counter()
        self._database = workspace.database

    def add(self, key: str, data: bytes) -> bytes:
        with self._database.writing():  # who has the only lock waits for itself here, until it fails
            self.asked["add"] += 1
        return super().add(key, data)

    def read(self, key: str) -> bytes:
        self.asked["read"] += 1
        return super().read(key)

    def list(self, prefix: str) -> list[str]:
        self.asked["list"] += 1
        return super().list(prefix)

    def exists(self, key: str) -> bool:
        self.asked["exists"] += 1
        return super().exists(key)

    def write(self, key: str, data: bytes) -> None:
        self.asked["write"] += 1
        super().write(key, data)


@pytest.fixture(autouse=True)
def field(workspace: Workspace) -> None:
    """A round of many sessions of a second each, in the store, too."""
    rounds.add_round(workspace, name="field", labels=["call"])
    recording = make_recording("/a.wav", COUNT)
    add_recording(workspace, recording, make_sessions(recording, "field", "a_{:04d}", COUNT))
    doctor.examine(workspace, repair=True)


def rows(*numbers: int, label: str = "call") -> bytes:
    """A table with a box in each of these sessions."""
    return (CSV + "".join(f"a.wav,{each}.25,{each}.5,{label}\n" for each in numbers)).encode()


def bring(workspace: Workspace, data: bytes) -> ImportReport:
    return imports.import_annotations(workspace, round_id="field", files=[("a.csv", data)], annotator="Bob")


def list_batches(workspace: Workspace) -> list[str]:
    return workspace.files.list(f"rounds/field/{batch_records.FOLDER}")


def trouble(workspace: Workspace, *, repair: bool = False) -> set[str]:
    """What the doctor finds, beside the recording that the fixture made up; by names and by contents."""
    found = {each.title for contents in (False, True) for each in doctor.examine(workspace, contents=contents).findings}
    if repair:
        doctor.examine(workspace, repair=True, contents=True)
    return found - {"recording is missing"}


def cut_off(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Import until everything is in the store and nothing in the database."""

    def fail(*_: object) -> None:
        raise StorageUnavailable("killed")

    with monkeypatch.context() as cut:
        cut.setattr(submissions, "add_submissions", fail)
        with pytest.raises(StorageUnavailable, match="killed"):
            bring(workspace, data)
    assert list_answers(workspace, "field") == []


def check_rebuilt(workspace: Workspace, request: pytest.FixtureRequest, folder: Path) -> None:
    """A database that is made of the store is the same in every row, and the doctor has nothing to say."""
    with open_beside(workspace, request, folder) as new:
        rebuild(new)
        assert dump(new) == dump(workspace)
    assert trouble(workspace) == set()


def test_an_import_is_one_request_per_hundred_facts_at_most_and_none_while_the_database_is_locked(
    workspace: Workspace, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    workspace = replace(workspace, files=Counting(workspace))
    store = workspace.files
    assert isinstance(store, Counting)
    assert bring(workspace, rows(*range(COUNT))).added == COUNT
    table = TSV + "".join(f"a.wav\t{each}.5\t0.25\t0.5\tcall\n" for each in range(COUNT))
    imports.import_predictions(workspace, round_id="field", files=[("p.tsv", table.encode())], model="net")
    assert store.asked == {"add": 2}
    assert bring(workspace, rows(*range(COUNT))).known == COUNT
    assert store.asked == {"add": 2}  # the same again changes nothing
    check_rebuilt(workspace, request, tmp_path / "new")


def test_a_batch_is_of_bounded_size_and_split_by_its_answers_alone(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    monkeypatch.setattr(batch_records, "MAX_ANSWERS", 100)
    monkeypatch.setattr(batch_records, "MAX_BOXES", 120)
    data = rows(*range(COUNT)) + rows(*[7] * 130).removeprefix(CSV.encode()).replace(b".5,", b".75,")
    bring(workspace, data)
    found = [json.loads(workspace.files.read(key)) for key in list_batches(workspace)]
    assert {len(each["submissions"]) for each in found} == {7, 1, 100, 42}
    check_rebuilt(workspace, request, tmp_path / "new")


def test_an_import_that_was_cut_off_is_completed_by_the_next_try_from_what_it_left(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    cut_off(workspace, monkeypatch, rows(1, 2, 3))
    assert trouble(workspace) == {"answer without a row"}
    left = {key: workspace.files.read(key) for key in list_batches(workspace)}
    assert bring(workspace, rows(1, 2, 3)).added == 3
    assert {key: workspace.files.read(key) for key in list_batches(workspace)} == left
    check_rebuilt(workspace, request, tmp_path / "new")


def test_an_import_that_was_cut_off_is_completed_by_the_doctor(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    cut_off(workspace, monkeypatch, rows(1, 2, 3))
    assert trouble(workspace, repair=True) == {"answer without a row"}
    assert bring(workspace, rows(1, 2, 3)).known == 3
    check_rebuilt(workspace, request, tmp_path / "new")


def test_a_next_try_with_other_answers_leaves_the_store_and_the_database_alike(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    cut_off(workspace, monkeypatch, rows(1, 2, 3))
    submit(workspace, "field", "a_0002", outcome=Outcome.EMPTY)
    assert bring(workspace, rows(1, 2, 4)).beside == {"Ann": 1}  # 1 and 2 are in two batches now, 3 in the first only
    assert len(list_batches(workspace)) == 2
    assert trouble(workspace, repair=True) == {"answer without a row"}
    check_rebuilt(workspace, request, tmp_path / "new")
    assert [each.beside for each in list_answers(workspace, "field", "a_0002")] == [False, True]


def test_an_answer_that_an_older_version_left_alone_is_no_trouble(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    cut_off(workspace, monkeypatch, rows(1, 2))
    key, *_ = list_batches(workspace)
    for answer, recording_id in batch_records.to_answers(key, workspace.files.read(key)):
        records.save_submission(workspace.files, answer, recording_id=recording_id)
    path = workspace.files.url(key)
    assert isinstance(path, str)
    os.unlink(path)
    assert bring(workspace, rows(1, 2)).added == 2
    check_rebuilt(workspace, request, tmp_path / "new")


def test_a_lost_or_broken_batch_is_written_again_from_its_rows(
    workspace: Workspace, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    bring(workspace, rows(1, 2, 3))
    bring(workspace, rows(4, 5))
    submit(workspace, "field", "a_0009", AnswerBox(0.25, 0.5, "call"))
    first, second = list_batches(workspace)
    workspace.files.write(first, b'{"kind": "answers"')
    path = workspace.files.url(second)
    assert isinstance(path, str)
    os.unlink(path)
    with pytest.raises(InvalidInput, match="1 of the answers and reviews would be left out"):
        rebuild(workspace, replace=True)
    assert trouble(workspace, repair=True) == {"object cannot be used", "answer without an object"}
    assert workspace.files.list("damaged")
    check_rebuilt(workspace, request, tmp_path / "new")


def test_a_batch_that_was_copied_to_another_round_is_named_and_not_taken(workspace: Workspace) -> None:
    bring(workspace, rows(1))
    (key,) = list_batches(workspace)
    rounds.add_round(workspace, name="other", labels=["call"])
    workspace.files.write(key.replace("/field/", "/other/"), workspace.files.read(key))
    (found,) = [each for each in doctor.examine(workspace).findings if each.title == "object cannot be used"]
    assert "expected answers of round other" in found.why


def test_sessions_that_another_machine_made_and_whose_answers_were_imported_are_in_use(workspace: Workspace) -> None:
    (recording_id,) = (recording_id for _, recording_id in list_keys(workspace.files).sessions)
    assert in_use.find_sessions_in_use(workspace.files, "field", recording_id) == ()
    bring(workspace, rows(1))
    found = in_use.find_sessions_in_use(workspace.files, "field", recording_id)
    assert (len(found), type(found[0])) == (COUNT, Session)
    assert in_use.find_sessions_in_use(workspace.files, "field", "0" * 16) == ()
