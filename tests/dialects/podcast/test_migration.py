"""Pod.Cast deployments in and out: real documents with synthetic audio, in a folder, on S3, and by another driver."""

import importlib.util
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import fsspec
import pytest

from podcast_core.dialects.podcast import deployment as deployments
from podcast_core.dialects.podcast import migration, migration_out
from podcast_core.dialects.podcast.deployment import Layout
from podcast_core.dialects.podcast.migration import ANNOTATOR, EMPTY_COMMENT, MigrationReport
from podcast_core.domain.annotation import Origin
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.submission import Outcome
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.exchange import datasets
from podcast_core.services.jobs.kinds import get_kinds
from podcast_core.services.labels import rounds, session_views
from podcast_core.services.labels.matching import parse_choice
from podcast_core.services.store import rebuild
from podcast_core.settings import Settings
from podcast_core.worker.runners import get_runners
from podcast_core.workspace import Workspace
from tests.building import latest_answers, list_predictions, list_sessions, opened, submit
from tests.conftest import SHARED_DATA, MakeWav
from tests.hostile import make_wav_head
from tests.s3 import Bucket

SESSIONS = [f"OS_9_27_2017_08_25_00__000{number}" for number in range(1, 7)]
INFO = """current_round: round3
round_info:
  default: {text: new, hydrophone_id: default}
  round3:
    text: You are listening to Orcasound lab.
    hydrophone_id: orcasound_lab
  round5: {text: known negatives, hydrophone_id: default}
hydrophone_info:
  default: {display_name: Wiki, url: https://example.org/wiki}
  orcasound_lab: {display_name: Orcasound Lab Hydrophone, url: https://live.orcasound.net/orcasound-lab}
"""

Read = dict[str, bytes]


def make_load(session_id: str, *starts: float, **fields: Any) -> bytes:
    boxes = [{"start_time_s": start, "duration_s": 2.45, "confidence": 0.649} for start in starts]
    uri = f"https://podcaststorage.invalid/orcasoundlabchunked/{session_id}.wav"
    document = {"uri": uri, "absolute_time": "OS_9_27", "source_guid": "rpi_orcasound_lab", "annotations": boxes}
    return json.dumps({**document, **fields}).encode()


def make_submit(session_id: str, *boxes: tuple[float, float]) -> bytes:
    uri = f"https://podcaststorage.invalid/orcasoundlabchunked/{session_id}.wav"
    listed = [{"start_s": start, "duration_s": duration} for start, duration in boxes]
    return json.dumps({"uri": uri, "absolute_time": None, "source_guid": None, "annotations": listed}).encode()


ORIGINAL = ("absolute_time", "source_guid")


@pytest.fixture
def deployment(tmp_path: Path, make_wav: MakeWav) -> Path:
    """Six sessions of 61.25 s: edited, old with single quotes, empty, of another session, open, without audio."""
    root = tmp_path / "deployment"
    real = SHARED_DATA / "podcast"
    has_real = real.is_dir()
    files: Read = {"ROUND_INFO_CONFIG.yaml": INFO.encode()}
    files["CREDS.yaml"] = (
        b"blobaccount: x\nblobaccountkey: secret\ngetcontainer: predictions\npostcontainer: annotations\n"
    )
    loads = [make_load(name, 24.5, 39.2) for name in SESSIONS]
    loads[1] = make_load(SESSIONS[1], absolute_time=None, source_guid="https://s3.invalid/rpi_orcasound_lab/hls")
    loads[2] = make_load(SESSIONS[2], absolute_time=1562337136, source_guid=None)
    submits = [
        make_submit(SESSIONS[0], (24.5, 2.45), (38.4, 2.45), (5.7, 2.19)),
        repr(json.loads(make_submit(SESSIONS[1], (0, 1.75), (60.5, 2.0)))).encode(),  # one box ends after the sound
        make_submit(SESSIONS[2]),
        make_submit(SESSIONS[0]),  # the fault W04 of the original: the session before under the next one's name
    ]
    if has_real:
        loads[0] = (real / "example-load.json").read_bytes()
        submits[0] = (real / "example-submit.json").read_bytes()
        submits[1] = (real / "example-submit-old.json").read_bytes()
    for name, load in zip(SESSIONS, loads, strict=True):
        files[f"predictions-round3/{name}.json"] = load
    for name, document in zip(SESSIONS, submits, strict=False):
        files[f"annotations-round3/{name}.json"] = document
    files["annotations-round3/ghost.json"] = make_submit("ghost")
    files["predictions-round3/broken.json"] = b'{"annotations": [{"start_s": "x"}]}'
    for key, data in files.items():
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        (root / key).write_bytes(data)
    for number, name in enumerate(SESSIONS[:5]):
        wav = make_wav(f"{name}.wav", seconds=61.25, seed=number)
        target = root / "audiosegments" / "round3" / wav.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(wav, target)
    return root


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Workspace]:
    with opened(Settings(data_dir=tmp_path / "other")) as workspace:
        yield workspace


def describe(workspace: Workspace) -> dict[str, Any]:
    """Everything that a migration brings."""
    answers = latest_answers(workspace, "round3")
    boxes = list_predictions(workspace, "round3")
    return {
        "sessions": [each.id for each in list_sessions(workspace, "round3")],
        "predictions": [(box.session_id, box.start_s, box.end_s, box.label, box.score, box.model) for box in boxes],
        "answers": {
            name: (each.outcome, [(box.start_s, box.end_s, box.origin) for box in each.annotations], len(each.rejected))
            for name, each in answers.items()
        },
    }


def check(workspace: Workspace, report: MigrationReport) -> None:
    [brought] = report.rounds
    assert (brought.round_id, brought.sessions, brought.submissions, brought.empty) == ("round3", 5, 3, 1)
    round_ = rounds.get_round(workspace, round_id="round3")
    assert (round_.description, round_.site) == ("You are listening to Orcasound lab.", "Orcasound Lab Hydrophone")
    assert round_.site_url == "https://live.orcasound.net/orcasound-lab"
    found = describe(workspace)
    assert found["sessions"] == SESSIONS[:5]
    assert found["predictions"][0][1:] == (pytest.approx(24.5), pytest.approx(26.95), "call", 0.649, "podcast")
    outcome, boxes, _ = found["answers"][SESSIONS[0]]
    assert outcome is Outcome.LABELLED
    assert {origin for _, _, origin in boxes} == {Origin.MODEL_ACCEPTED, Origin.MODEL_EDITED, Origin.NEW}
    assert boxes == sorted(boxes)  # the original's are in the order of their making
    assert found["answers"][SESSIONS[1]][0] is Outcome.LABELLED
    empty = session_views.get_view(workspace, round_id="round3", session_id=SESSIONS[2]).answer
    assert empty is not None
    assert (empty.outcome, empty.annotator, empty.comment) == (Outcome.EMPTY, ANNOTATOR, EMPTY_COMMENT)
    problems = "\n".join(report.problems)
    assert f"session {SESSIONS[5]}: its audio {SESSIONS[5]}.wav was not found" in problems or "invalid" in problems
    assert "session broken: predictions-round3/broken.json, line 1, column 30 (annotations[0].start_s)" in problems
    assert f"answer for session {SESSIONS[3]}: This document belongs to another session" in problems
    assert "of no session here: 1 submitted document (ghost)" in problems
    assert "Round round5: there is nothing in predictions-round5" in problems
    assert len(report.problems) == 5


def test_a_folder_is_brought_and_again_changes_nothing(workspace: Workspace, deployment: Path) -> None:
    report = migration.migrate_in(workspace, root=str(deployment))
    check(workspace, report)
    before = describe(workspace)
    submit(workspace, "round3", SESSIONS[1], AnswerBox(1, 2, "call"), submission_id="mine")
    again = migration.migrate_in(workspace, root=str(deployment))
    [brought] = again.rounds
    assert (brought.sessions, brought.predictions, brought.submissions) == (0, 0, 0)
    assert "things known before" in again.summary
    newest = session_views.get_view(workspace, round_id="round3", session_id=SESSIONS[1]).answer
    assert newest is not None
    assert newest.id == "mine"
    assert {**describe(workspace)["answers"], SESSIONS[1]: None} == {**before["answers"], SESSIONS[1]: None}


def test_an_answer_that_was_given_here_is_not_pushed_aside(workspace: Workspace, deployment: Path) -> None:
    late = deployment / "annotations-round3" / f"{SESSIONS[4]}.json"
    migration.migrate_in(workspace, root=str(deployment))
    submit(workspace, "round3", SESSIONS[4], submission_id="mine")
    late.write_bytes(make_submit(SESSIONS[4], (1, 2)))
    report = migration.migrate_in(workspace, root=str(deployment))
    assert any("Ann has answered it here already" in problem for problem in report.problems)
    assert describe(workspace)["answers"][SESSIONS[4]][0] is Outcome.EMPTY


def test_what_was_brought_is_in_the_store(workspace: Workspace, deployment: Path) -> None:
    audio = deployment / "audiosegments" / "round3"  # the same sound under two ids
    shutil.copy(audio / f"{SESSIONS[0]}.wav", audio / f"{SESSIONS[1]}.wav")
    migration.migrate_in(workspace, root=str(deployment))
    before = describe(workspace)
    rebuild.rebuild(workspace, replace=True)
    assert describe(workspace) == before


def test_a_bucket_is_brought_and_its_audio_stays_there(
    s3_workspace: Workspace, bucket: Bucket, deployment: Path
) -> None:
    for path in deployment.rglob("*"):
        if path.is_file():
            bucket.put(f"old/{path.relative_to(deployment)}", path.read_bytes())
    report = migration.migrate_in(s3_workspace, root=f"s3://{bucket.name}/old", round_ids=["round3", "round5"])
    check(s3_workspace, report)
    view = session_views.get_view(s3_workspace, round_id="round3", session_id=SESSIONS[0])
    assert view.recording.uri == f"s3://{bucket.name}/old/audiosegments/round3/{SESSIONS[0]}.wav"
    out = migration_out.migrate_out(s3_workspace, root=f"s3://{bucket.name}/new", round_ids=["round3"])
    assert (out.documents, out.answers, out.wavs) == (5, 3, 5)
    keys = [each["Key"] for each in bucket.client.list_objects_v2(Bucket=bucket.name, Prefix="new/")["Contents"]]
    assert f"new/annotations-round3/{SESSIONS[0]}.json" in keys
    assert "new/ROUND_INFO_CONFIG.yaml" in keys


@pytest.mark.parametrize("root", ["memory://deploy", "memory://"])
def test_any_driver_of_fsspec_will_do_and_its_audio_is_copied(
    workspace: Workspace, deployment: Path, root: str
) -> None:
    memory = fsspec.filesystem("memory")
    memory.put(f"{deployment}/", root.removeprefix("memory:/"), recursive=True)
    try:
        report = migration.migrate_in(workspace, root=root, round_ids=["round3", "round5"])
        check(workspace, report)
        view = session_views.get_view(workspace, round_id="round3", session_id=SESSIONS[0])
        assert view.recording.uri.startswith("store:uploads/")
    finally:
        memory.store.clear()


def test_audio_that_no_recorder_writes_is_not_copied(workspace: Workspace, deployment: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.put(f"{deployment}/", "/deploy", recursive=True)
    try:
        for name in memory.find("/deploy/audiosegments"):
            memory.pipe_file(name, make_wav_head(1000, 8000))
        report = migration.migrate_in(workspace, root="memory://deploy", round_ids=["round3"])
        assert report.rounds[0].sessions == 0
        assert workspace.files.list("uploads") == workspace.files.list("recordings") == []
    finally:
        memory.store.clear()


def test_rounds_go_out_and_come_back(workspace: Workspace, other: Workspace, deployment: Path, tmp_path: Path) -> None:
    migration.migrate_in(workspace, root=str(deployment))
    submit(workspace, "round3", SESSIONS[4], outcome=Outcome.UNSURE)
    out = tmp_path / "out"
    report = migration_out.migrate_out(workspace, root=str(out), round_ids=["round3"])
    assert report.summary == "5 sessions, 3 answers and 5 wavs written."
    assert report.notes == ["Round round3: answers that Pod.Cast has no document for: 1 unsure."]
    load = json.loads((out / "predictions-round3" / f"{SESSIONS[0]}.json").read_text())
    assert load["uri"] == f"{out}/audiosegments/round3/{SESSIONS[0]}.wav"
    assert set(load["annotations"][0]) == {"start_time_s", "duration_s", "confidence"}
    for folder, name in product(("predictions-round3", "annotations-round3"), SESSIONS[:3]):
        old = json.loads((deployment / "predictions-round3" / f"{name}.json").read_text())
        new = json.loads((out / folder / f"{name}.json").read_text())
        assert {each: new[each] for each in ORIGINAL} == {each: old[each] for each in ORIGINAL}
    info = (out / "ROUND_INFO_CONFIG.yaml").read_text()
    assert info.startswith("current_round: round3\n")
    assert "blobaccountkey: ''" in (out / "CREDS.yaml").read_text()
    files = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    migration_out.migrate_out(workspace, root=str(out), round_ids=["round3"])
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == files

    back = migration.migrate_in(other, root=str(out))
    assert back.problems == []
    one, two = describe(workspace), describe(other)
    del one["answers"][SESSIONS[4]]
    assert two == one
    before, after = (rounds.get_round(each, round_id="round3") for each in (workspace, other))
    assert replace(after, created_at=before.created_at) == before
    made = datasets.export_round(other, round_id="round3", format_name="podcast-json")
    assert json.loads(made.files[f"{SESSIONS[0]}.json"])["annotations"][0]["start_s"] > 0


def test_files_of_others_are_kept_unless_they_are_to_be_replaced(
    workspace: Workspace, deployment: Path, tmp_path: Path
) -> None:
    migration.migrate_in(workspace, root=str(deployment))
    out = tmp_path / "out"
    mine = out / "annotations-round3" / f"{SESSIONS[0]}.json"
    mine.parent.mkdir(parents=True)
    mine.write_text("somebody else's")
    options: dict[str, Any] = {"root": str(out), "round_ids": ["round3"], "audio_url": "https://x.org/wavs/"}
    report = migration_out.migrate_out(workspace, **options)
    assert "the content is different: 1 existing file (" in report.notes[-1]
    assert mine.read_text() == "somebody else's"
    migration_out.migrate_out(workspace, **options, replace=True, layout=Layout(audiocontainer="wavs"))
    assert json.loads(mine.read_text())["uri"] == f"https://x.org/wavs/round3/{SESSIONS[0]}.wav"


@pytest.mark.parametrize(
    "root",
    [
        "http://127.0.0.1:9/old",
        "sftp://host/old",
        "file:///etc",
        "simplecache::s3://bucket/old",
        "zip://old::http://127.0.0.1:9/old.zip",
        "/tmp/simplecache::file:///etc",
        "memory://old::file:///etc",
    ],
)
def test_a_deployment_is_opened_in_folders_and_stores_only(workspace: Workspace, root: str) -> None:
    """Drivers of fsspec would fetch past the guard of addresses, and chain one address with another."""
    with pytest.raises(InvalidInput, match="Expected a folder, or an address that starts with one of s3://"):
        deployments.open_files(workspace, root)


def test_a_document_cannot_name_another_bucket(workspace: Workspace, deployment: Path) -> None:
    """A bucket is read with the server's key; what a document names, anybody may have written."""
    for wav in (deployment / "audiosegments").rglob("*.wav"):
        wav.unlink()
    for path in deployment.glob("predictions-*/*.json"):
        path.write_text(re.sub(r'"uri": *"[^"]*"', '"uri": "s3://private/secret.wav"', path.read_text()))
    report = migration.migrate_in(workspace, root=str(deployment), round_ids=["round3"])
    assert any("s3://private/secret.wav, in another bucket than the deployment" in each for each in report.problems)


def test_what_cannot_be_opened_is_told(workspace: Workspace, deployment: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="There is no folder"):
        migration.migrate_in(workspace, root=str(tmp_path / "none"))
    if importlib.util.find_spec("adlfs") is None:
        with pytest.raises(InvalidInput, match=r"needs the Python package adlfs.*python -m pip install adlfs"):
            migration.migrate_in(workspace, root="abfs://container")
    (deployment / "ROUND_INFO_CONFIG.yaml").write_text("current_round: a\n  b: [")
    with pytest.raises(InvalidInput, match=r"ROUND_INFO_CONFIG.yaml, line 2, column 4: expected YAML"):
        migration.migrate_in(workspace, root=str(deployment))
    with pytest.raises(InvalidInput, match="Name the rounds"):
        migration_out.migrate_out(workspace, root=str(tmp_path), round_ids=[])


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="the folder of real recordings is not there")
def test_the_real_round_configuration(workspace: Workspace, tmp_path: Path, make_wav: Callable[..., Path]) -> None:
    root = tmp_path / "real"
    root.mkdir()
    shutil.copy(SHARED_DATA / "podcast" / "ROUND_INFO_CONFIG.yaml", root)
    for number in range(1, 7):
        folder = root / f"predictions-round{number}"
        folder.mkdir()
        (folder / f"a{number}.json").write_bytes(make_load(f"a{number}", 1.0))
    wavs = make_wav("wavs/a1.wav", seconds=5).parent
    for number in range(2, 7):
        make_wav(f"wavs/a{number}.wav", seconds=5, seed=number)
    report = migration.migrate_in(workspace, root=str(root), audio_folders=[wavs])
    assert [each.round_id for each in report.rounds] == [f"round{number}" for number in range(1, 7)]
    assert report.problems == []
    round4 = rounds.get_round(workspace, round_id="round4")
    assert round4.description.startswith("You are listening to recordings from Port Townsend")
    assert (round4.site, round4.site_url) == (
        "Port Townsend Hydrophone",
        "https://live.orcasound.net/port-townsend",
    )


def test_labels_of_documents_follow_the_rule_of_imports(
    workspace: Workspace, tmp_path: Path, make_wav: Callable[..., Path]
) -> None:
    def label(document: bytes, *labels: str) -> bytes:
        read = json.loads(document)
        boxes = [{**box, "label": each} for box, each in zip(read["annotations"], labels, strict=True)]
        return json.dumps({**read, "annotations": boxes}).encode()

    def bring(**options: Any) -> MigrationReport:
        return migration.migrate_in(workspace, root=str(root), round_ids=["r1"], audio_folders=[wavs], **options)

    root = tmp_path / "old"
    for folder in ("predictions-r1", "annotations-r1"):
        (root / folder).mkdir(parents=True)
    wavs = make_wav("wavs/a1.wav", seconds=5).parent
    (root / "predictions-r1/a1.json").write_bytes(label(make_load("a1", 1.0, 2.0), "S1", "S2"))
    (root / "annotations-r1/a1.json").write_bytes(label(make_submit("a1", (1.0, 2.45), (0.1, 0.2)), "S1", "S3"))
    report = bring()
    assert (report.problems, report.rounds[0].predictions, report.rounds[0].submissions) == ([], 2, 1)
    assert report.notes == [
        f"Round r1: new in its list of labels, from the documents: {names}." for names in ("S1, S2", "S3")
    ]
    assert rounds.get_round(workspace, round_id="r1").label_names == ("call", "S1", "S2", "S3")
    assert bring().notes == []

    make_wav("wavs/a2.wav", seconds=5, seed=2)
    (root / "predictions-r1/a2.json").write_bytes(label(make_load("a2", 1.0), "S9"))
    (root / "annotations-r1/a2.json").write_bytes(label(make_submit("a2", (1.0, 2.45)), "S9"))
    report = bring()  # the round was here before
    assert "no predictions and answers were brought. 1 label is not in the list" in report.problems[0]
    assert "--map S9=LABEL" in report.problems[0]
    assert "S9" not in rounds.get_round(workspace, round_id="r1").label_names
    report = bring(labels=parse_choice(["S9="]))
    assert "answer for session a2: It has boxes with labels that are left out (S9)" in report.problems[0]
    assert session_views.get_view(workspace, round_id="r1", session_id="a2").predictions == []
    report = bring(labels=parse_choice(["S9=S2"]))
    assert (report.problems, report.rounds[0].submissions) == ([], 1)
    view = session_views.get_view(workspace, round_id="r1", session_id="a2")
    assert [each.label for each in view.predictions] == ["S2"]
    assert view.answer is not None
    assert [each.label for each in view.answer.annotations] == ["S2"]


def test_it_runs_as_a_job(workspace: Workspace, deployment: Path) -> None:
    told: list[str] = []
    params = {"root": str(deployment), "round_ids": ["round3"]}
    result = get_runners()["migrate"](workspace, params, lambda _done, _total, name: told.append(name))  # type: ignore[arg-type]
    assert (result["round_id"], result["sessions"], result["failed_count"]) == ("round3", 5, 4)
    assert told[:5] == SESSIONS[:5]
    said = "3 answers (1 without a box, see their comments) brought in 1 round; 4 not brought."
    assert get_kinds()["migrate"].summary(result).endswith(said)
