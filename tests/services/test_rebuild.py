"""The store is the truth: a database made anew from it is the same in every row, progress and export."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.round import Round
from podcast_core.domain.times import utc_now
from podcast_core.errors import Conflict, InvalidInput, StorageUnavailable
from podcast_core.services.intake.ingest import ingest
from podcast_core.services.labels import claiming, rounds
from podcast_core.services.store import doctor, records
from podcast_core.services.store.keys import list_keys
from podcast_core.services.store.rebuild import rebuild
from podcast_core.settings import Settings
from podcast_core.workspace import Workspace, open_workspace
from tests.beside import dump, open_beside, show
from tests.building import submit
from tests.conftest import SHARED_DATA
from tests.lives import LABELS, Life
from tests.postgres import PostgresServer
from tests.s3 import Bucket, after, say


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_a_database_made_anew_is_the_same_in_every_row_and_export(
    workspace: Workspace, request: pytest.FixtureRequest, tmp_path: Path, seed: int
) -> None:
    Life(workspace, tmp_path / "audio", seed).live()
    rows, seen, told = dump(workspace), show(workspace), []
    assert [name for name, found in rows.items() if not found] == []
    assert {row[15] for row in rows["clips"]} > {""}  # some are called something
    with open_beside(workspace, request, tmp_path / "new") as new:
        report = rebuild(new, on_progress=lambda done, total, _name: told.append((done, total)))
        assert report.problems == ()
        assert report.counts["answers"] == len(rows["submissions"])
        assert dump(new) == rows
        assert show(new) == seen
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1] > 20


def test_a_database_in_use_is_replaced_only_on_request_and_keeps_its_claims(
    workspace: Workspace, round_of_ten: Round
) -> None:
    with pytest.raises(InvalidInput, match=r"not empty: it holds 1 recording, 1 round\. .*--replace"):
        rebuild(workspace)
    with pytest.raises(Conflict, match="for example recording 'aaaa.*doctor --repair"):
        rebuild(workspace, replace=True)
    doctor.examine(workspace, repair=True)
    claimed = claiming.claim_next(workspace, round_id="ten", holder="tab", annotator="Ann", count=2)
    before = dump(workspace)
    assert rebuild(workspace, replace=True).counts["sessions"] == 10
    assert dump(workspace) == before
    again = claiming.claim_next(workspace, round_id="ten", holder="other", annotator="Bob", count=10)
    assert len(claimed.views) == 2
    assert len(again.views) == 8
    assert round_of_ten.id == "ten"


def test_a_broken_object_is_named_and_stops_nothing_but_what_needs_it(
    workspace: Workspace, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    Life(workspace, tmp_path / "audio", 7).live(20)
    keys = list_keys(workspace.files)
    review, answer = next(iter(keys.reviews.values()))[0], next(iter(keys.submissions.values()))[0]
    label = workspace.files.read(answer)
    workspace.files.write(answer, b"{")
    with open_beside(workspace, request, tmp_path / "new") as new:
        with pytest.raises(
            InvalidInput, match=f"of the answers and reviews would be left out; nothing .*{answer} cannot be read"
        ):
            rebuild(new)
        assert not any(dump(new).values())
        report = rebuild(new, partial=True)
        assert report.counts["answers"] == len(dump(workspace)["submissions"]) - 1
        assert any(problem.name == answer for problem in report.problems)
    workspace.files.write(answer, label)
    workspace.files.write(review.replace("reviews", "notes"), b"{")  # not ours
    stray = next(iter(keys.prediction_sets.values()))
    workspace.files.write(stray.replace(".json", "x.json"), workspace.files.read(stray))
    with open_beside(workspace, request, tmp_path / "newer") as new:
        (problem,) = rebuild(new).problems
        assert "does not hold what its name says" in problem.reason
        assert dump(new) == dump(workspace)


def test_a_recording_that_cannot_be_read_takes_nothing_with_it_in_silence(
    workspace: Workspace, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    life = Life(workspace, tmp_path / "audio", 7)
    life.record("sea")
    life.record("sea")
    life.answer("sea", life.sessions("sea")[0])
    key = next(key for key in workspace.files.list("recordings"))
    sessions = [key for key in workspace.files.list("rounds/sea/sessions")]
    workspace.files.write(key, b"")
    with open_beside(workspace, request, tmp_path / "new") as new:
        answered = workspace.files.list("rounds/sea/submissions")[0]
        about = json.loads(workspace.files.read(answered))["recording_id"]
        if about in key:
            with pytest.raises(InvalidInput, match=f"First of 3 reasons: {key} cannot be read"):
                rebuild(new)
        report = rebuild(new, partial=True)
        assert report.counts["sessions"] == 4
        assert len(sessions) == 2
        assert [key in report.problems[0].reason, "entry is missing" in report.problems[1].reason] == [True, True]


def test_objects_of_the_first_release_are_read(
    workspace: Workspace, request: pytest.FixtureRequest, tmp_path: Path, round_of_ten: Round
) -> None:
    submit(workspace, "ten", "ten_0001", AnswerBox(0.1, 0.2, "call"), rejected_prediction_ids=("p-0",))
    doctor.examine(workspace, repair=True)
    absent = {"unreviewed", "score_threshold", "active_s", "action_count", "display", "recording_id"}
    absent_in_box = {"comment", "unsure", "individual", "call_type"}
    for key in workspace.files.list("rounds"):
        document = {name: value for name, value in json.loads(workspace.files.read(key)).items() if name not in absent}
        for box in document.get("annotations", ()):
            for name in absent_in_box:
                del box[name]
        workspace.files.write(key, json.dumps(document).encode())
    with open_beside(workspace, request, tmp_path / "new") as new:
        assert rebuild(new).problems == ()
        assert dump(new) == dump(workspace)
    assert round_of_ten.id == "ten"


def test_two_states_of_a_round_in_one_moment_keep_their_order(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    moment = utc_now()
    monkeypatch.setattr(records, "utc_now", lambda: moment)
    round_ = rounds.add_round(workspace, name="sea", labels=["call"])
    for number in range(12):
        rounds.change_round(workspace, replace(round_, instructions=f"state {number}"))
    with open_beside(workspace, request, tmp_path / "new") as new:
        rebuild(new)
        assert rounds.get_round(new, round_id="sea").instructions == "state 11"


def test_what_is_written_while_the_store_is_read_is_not_lost(workspace: Workspace, tmp_path: Path) -> None:
    life = Life(workspace, tmp_path / "audio", 7)
    life.record("sea")
    life.answer("sea")

    def answer_meanwhile(done: int, _total: int, _name: str) -> None:
        if done == 0:
            life.answer("sea")
            life.edit("sea")

    assert rebuild(workspace, replace=True, on_progress=answer_meanwhile).counts["answers"] == 2
    assert doctor.examine(workspace, contents=True).findings == []


def test_a_bucket_that_fails_in_the_middle_leaves_the_old_database_as_it_was(
    s3_workspace: Workspace, bucket: Bucket, tmp_path: Path
) -> None:
    life = Life(s3_workspace, tmp_path / "audio", 2)
    life.record("sea")
    for _ in range(10):
        life.answer("sea")
    before = dump(s3_workspace)
    bucket.proxy.fault = after(8, say(403, "AccessDenied"), "GET")
    with pytest.raises(StorageUnavailable, match=f"s3://{bucket.name}/some/prefix"):
        rebuild(s3_workspace, replace=True)
    with pytest.raises(StorageUnavailable, match=f"s3://{bucket.name}/some/prefix"):
        doctor.examine(s3_workspace, contents=True, repair=True)
    bucket.proxy.fault = None
    assert dump(s3_workspace) == before
    assert rebuild(s3_workspace, replace=True).problems == ()
    assert dump(s3_workspace) == before
    assert doctor.examine(s3_workspace, contents=True).findings == []


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="the real recordings (../shared/data) are not on this machine")
@pytest.mark.postgresql
def test_real_recordings_move_from_sqlite_to_postgresql_and_back(
    settings: Settings, postgres: PostgresServer, postgres_template: str, tmp_path: Path
) -> None:
    first = open_workspace(settings)
    paths = [str(path) for path in sorted(SHARED_DATA.rglob("*.wav"))[:15]]
    ingest(first, paths=paths, round_name="sea", labels=LABELS)
    life = Life(first, tmp_path / "audio", 11)
    life.live(40)
    name = postgres.create(postgres_template)
    moved = open_workspace(settings.model_copy(update={"database_url": postgres.url(name)}))
    assert rebuild(moved).problems == ()
    assert (dump(moved), show(moved)) == (dump(first), show(first))
    Life(moved, tmp_path / "more", 12, "more-").record("sea")
    back = open_workspace(settings.model_copy(update={"database_url": f"sqlite:///{tmp_path / 'back.sqlite'}"}))
    assert rebuild(back).problems == ()
    assert (dump(back), show(back)) == (dump(moved), show(moved))
    for opened in (first, moved, back):
        opened.database.close()
    postgres.drop(name)
