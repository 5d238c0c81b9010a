"""The doctor finds every difference between database, store and recordings, and mends without removing a label."""

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, text, update

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.round import Round
from podcast_core.services.intake.ingest import ingest
from podcast_core.services.labels import rounds, session_views
from podcast_core.services.store import doctor
from podcast_core.services.store.diagnosis import Diagnosis
from podcast_core.services.store.keys import list_keys
from podcast_core.services.store.rebuild import rebuild
from podcast_core.settings import Settings
from podcast_core.storage import deriving, schema
from podcast_core.workspace import Workspace
from tests.beside import Lives, dump, open_beside, show
from tests.building import submit
from tests.conftest import MakeWav
from tests.lives import Life
from tests.services.sea import add_sea


def titles(found: Diagnosis) -> dict[str, int]:
    return {finding.title: len(finding.names) for finding in found.findings}


def answer(workspace: Workspace, session_id: str, name: str, *, annotator: str = "Ann") -> str:
    box = AnswerBox(0.1, 0.2, "call")
    return submit(workspace, "ten", session_id, box, who=annotator, submission_id=name).submission.id


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Lives:
    """Where a life is kept, to be copied: it takes seconds."""
    return Lives(tmp_path_factory.mktemp("lives"))


@pytest.fixture
def lived(settings: Settings, database_kind: str, lives: Lives, request: pytest.FixtureRequest) -> Iterator[Workspace]:
    """A workspace in which everything has happened once."""
    with lives.copy(settings, database_kind, request) as workspace:
        yield workspace


def test_a_workspace_that_was_only_used_has_no_difference(lived: Workspace) -> None:
    assert doctor.examine(lived).findings == []
    found = doctor.examine(lived, contents=True, checksums=True, repair=True)
    assert (found.findings, found.is_well) == ([], True)


def test_rows_that_were_made_without_objects_are_written_into_the_store(
    workspace: Workspace, round_of_ten: Round, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    answer(workspace, "ten_0001", "one")
    shutil.rmtree(workspace.settings.resolved_storage_url)
    found = doctor.examine(workspace)
    assert not found.is_well
    expected = {
        "recording without an object": 1,
        "round without an object": 1,
        "session without an object": 10,
        "prediction set without an object": 1,
        "answer without an object": 1,
    }
    assert titles(found) == expected
    repaired = doctor.examine(workspace, repair=True)
    assert (titles(repaired), repaired.is_well) == (expected, True)
    assert doctor.examine(workspace, contents=True).findings == []
    with open_beside(workspace, request, tmp_path / "new") as new:
        rebuild(new)
        assert dump(new) == dump(workspace)
    assert round_of_ten.id == "ten"


def test_objects_without_rows_get_their_rows_back(lived: Workspace) -> None:
    rows, seen, places = dump(lived), show(lived), list_keys(lived.files).places
    with lived.database.writing() as connection:
        said = (schema.review_acts, schema.remarks, schema.reviews)
        for table in (*said, schema.rejections, schema.passed_over, schema.annotations, schema.submissions):
            connection.execute(delete(table))
        connection.execute(update(schema.rounds).values(instructions="an older state"))
        moved = schema.recordings.c.id.in_(places)
        connection.execute(update(schema.recordings).where(moved).values(uri="/an/older/place"))
    found = doctor.examine(lived)
    states = {"round changed", "round has wrong counts", "recording changed", "recording is missing"}
    lost = {f"{each} without a row" for each in ("answer", "review", "review act", "remark")}
    assert titles(found).keys() == {*lost, *states}
    assert titles(found)["answer without a row"] == len(rows["submissions"])
    assert doctor.examine(lived, repair=True).is_well
    assert (dump(lived), show(lived)) == (rows, seen)


def test_a_broken_object_is_named_and_written_again_from_its_row(lived: Workspace) -> None:
    everything = list_keys(lived.files)
    before = dump(lived)
    chosen = [
        next(iter(everything.recordings.values())),
        next(iter(everything.sessions.values())),
        next(iter(everything.prediction_sets.values())),
        next(iter(everything.submissions.values()))[0],
        next(iter(everything.reviews.values()))[0],
        next(iter(everything.rounds.values()))[-1],
        next(iter(everything.places.values()))[-1],
    ]
    was = {key: lived.files.read(key) for key in chosen}
    kinds = [b"", b'{"kind": "submission"', b"[]", b'{"kind": "round", "schema_version": 1}', b'{"schema_version": 99}']
    for key, broken in zip(chosen, itertools.cycle(kinds), strict=False):
        lived.files.write(key, broken)
    found = doctor.examine(lived, contents=True)
    assert {name for finding in found.findings for name in finding.names} >= set(chosen)
    assert all(any(f"{key} cannot be read" in finding.text for finding in found.findings) for key in chosen)
    assert doctor.examine(lived, contents=True, repair=True).is_well
    assert doctor.examine(lived, contents=True).findings == []
    assert dump(lived) == before
    assert {key: lived.files.read(key) for key in chosen[1:5]} == {key: was[key] for key in chosen[1:5]}
    assert len(lived.files.list("damaged")) == 5  # states and places have followers instead


def test_missing_and_changed_audio_is_told_apart(workspace: Workspace, make_wav: MakeWav) -> None:
    paths = [make_wav(f"{name}.wav", seed=number) for number, name in enumerate("abc")]
    ingest(workspace, paths=[str(path) for path in paths], round_name="sea")
    paths[0].unlink()
    data = bytearray(paths[1].read_bytes())
    data[-1] ^= 1
    paths[1].write_bytes(data)
    assert titles(doctor.examine(workspace)) == {"recording is missing": 1}
    told: list[int] = []
    found = doctor.examine(workspace, checksums=True, on_progress=lambda done, _total, _name: told.append(done))
    assert [(finding.title, finding.names) for finding in found.findings] == [
        ("recording is missing", (str(paths[0]),)),
        ("recording has changed", (str(paths[1]),)),
    ]
    assert told
    assert "indexed" not in found.findings[0].text


def test_what_an_interrupted_write_left_is_removed_after_an_hour(lived: Workspace) -> None:
    folder = Path(lived.settings.resolved_storage_url) / "recordings"
    young, old = folder / ".tmp-young", folder / ".tmp-old"
    for path in (young, old):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    assert titles(doctor.examine(lived)) == {"unfinished file": 1}
    assert doctor.examine(lived, repair=True).is_well
    assert (young.exists(), old.exists()) == (True, False)


def test_a_row_that_somebody_changed_by_hand_is_found(workspace: Workspace, round_of_ten: Round) -> None:
    answer(workspace, "ten_0001", "one")
    doctor.examine(workspace, repair=True)
    with workspace.database.writing() as connection:
        connection.execute(text("UPDATE submissions SET comment = 'by hand'"))
    assert doctor.examine(workspace).is_well  # names only
    assert titles(doctor.examine(workspace, contents=True, repair=True)) == {"answer differs": 1}
    rebuild(workspace, replace=True)
    assert doctor.examine(workspace, contents=True).is_well
    assert rounds.get_round(workspace, round_id="ten") == round_of_ten


def test_two_machines_that_write_into_one_store_come_to_the_same(
    workspace: Workspace, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    Life(workspace, tmp_path / "one", 1, "one-").live(15)
    with open_beside(workspace, request, tmp_path / "new") as other:
        rebuild(other)
        mine, theirs = Life(workspace, tmp_path / "one", 2, "mine-"), Life(other, tmp_path / "two", 3, "theirs-")
        for _ in range(12):  # both know nothing of each other, and answer the same sessions
            mine.answer("sea")
            theirs.answer("sea")
        mine.record("sea")
        theirs.record("sea")
        theirs.edit("sea")
        for _ in range(4):
            mine.answer("sea")
            theirs.answer("sea")
            theirs.judge("sea")
        for one in (workspace, other):
            found = doctor.examine(one, repair=True)
            assert found.is_well
            assert doctor.examine(one, contents=True).findings == []
        assert dump(workspace) == dump(other)
        assert show(workspace) == show(other)
        for session in mine.sessions("sea"):
            history = session_views.get_view(workspace, round_id="sea", session_id=session).history
            order = [(each.submitted_at, each.id) for each in history]
            assert order == sorted(order)
            assert [each.revision for each in history] == list(range(1, len(history) + 1))


def test_stores_of_two_machines_that_are_copied_together_are_the_union(
    workspace: Workspace, request: pytest.FixtureRequest, tmp_path: Path, make_wav: MakeWav
) -> None:
    path = make_wav("shared.wav", seconds=8)
    with open_beside(workspace, request, tmp_path / "x", storage=tmp_path / "elsewhere") as other:
        for one, annotator, labels in ((workspace, "Ann", ["call"]), (other, "Bob", ["call", "click"])):
            ingest(one, paths=[str(path)], round_name="sea", session_length_s=1.0, labels=labels)
            for number in (0, 1, 2) if annotator == "Ann" else (2, 3):
                box = AnswerBox(0.1, 0.2, labels[-1])
                submit(one, "sea", f"shared_{number:04x}", box, who=annotator, submission_id=f"{annotator}-{number}")
        shutil.copytree(tmp_path / "elsewhere", workspace.settings.resolved_storage_url, dirs_exist_ok=True)
        found = doctor.examine(workspace, repair=True, contents=True)  # other entries of the same recordings, too
        assert found.is_well
        outcomes = rounds.count_standings(workspace, round_id="sea")
        assert (outcomes["labelled"], outcomes["unreviewed"]) == (4, 4)
        history = session_views.get_view(workspace, round_id="sea", session_id="shared_0002").history
        assert [(each.id, each.revision) for each in history] == [("Ann-2", 1), ("Bob-2", 2)]
        assert set(rounds.get_round(workspace, round_id="sea").label_names) == {"call", "click"}
    with open_beside(workspace, request, tmp_path / "y") as new:
        assert rebuild(new).problems == ()
        assert dump(new) == dump(workspace)


def test_labels_are_never_put_on_the_wrong_audio_when_two_recordings_have_one_name(
    workspace: Workspace, request: pytest.FixtureRequest, tmp_path: Path, make_wav: MakeWav
) -> None:
    with open_beside(workspace, request, tmp_path / "x", storage=tmp_path / "elsewhere") as other:
        for number, (one, name) in enumerate(((workspace, "Ann"), (other, "Bob"))):
            path = make_wav(f"{name}/20260101_000000.wav", seed=number)
            ingest(one, paths=[str(path)], round_name="sea", session_length_s=1.0)
            submit(one, "sea", "20260101_000000_0000", who=name, submission_id=f"a-{name}")
        shutil.copytree(tmp_path / "elsewhere", workspace.settings.resolved_storage_url, dirs_exist_ok=True)
        found = doctor.examine(workspace, repair=True)
        assert not found.is_well
        told = "\n".join(finding.text for finding in found.findings)
        assert "is a piece of recording" in told
        assert "answer a-Bob by Bob is left out: it is about recording" in told
        history = session_views.get_view(workspace, round_id="sea", session_id="20260101_000000_0000").history
        assert [each.annotator for each in history] == ["Ann"]
        assert len(workspace.files.list("rounds/sea/submissions")) == 2  # nothing is removed


def test_wrong_counts_of_a_round_are_named_and_counted_again(workspace: Workspace) -> None:
    add_sea(workspace)
    with workspace.database.writing() as connection:
        connection.execute(text("UPDATE tallies SET count = 7 WHERE measure = 'standing'"))
    assert any("wrong counts" in each.title for each in doctor.examine(workspace).findings)
    doctor.examine(workspace, repair=True)
    with workspace.database.reading() as connection:
        assert deriving.find_differences(connection) == []
