"""The file store fails, in all the ways it can: what was acknowledged is there, and what failed works later."""

import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from podcast_core.api.server import create_api
from podcast_core.domain.answer import Answer, AnswerBox
from podcast_core.errors import NoSpace, StorageUnavailable
from podcast_core.services.intake.ingest import IngestReport, ingest
from podcast_core.services.labels import labelling, session_views
from podcast_core.services.store.rebuild import rebuild
from podcast_core.settings import Settings
from podcast_core.workspace import Workspace, open_workspace
from tests.building import list_answers, list_recordings, list_sessions, make_answer
from tests.conftest import MakeWav
from tests.forking import start
from tests.s3 import Bucket, Fault, ProxyHandler, after, hang, say
from tests.serving import serve
from tests.working import PATIENCE_S


def run(workspace: Workspace, *paths: Path, round_name: str = "sea") -> IngestReport:
    return ingest(workspace, paths=paths, round_name=round_name, session_length_s=1.0)


def answer(session_id: str, submission_id: str = "s-1", *, comment: str = "") -> Answer:
    return make_answer("sea", session_id, AnswerBox(0.1, 0.2, "call"), submission_id=submission_id, comment=comment)


def kept(workspace: Workspace) -> list[str]:
    return [each.id for each in list_answers(workspace, "sea")]


def check_agreement(workspace: Workspace) -> None:
    """Nothing is in the database that is not in the store."""
    files = workspace.files
    for recording in list_recordings(workspace):
        assert files.exists(f"recordings/{recording.id}.json")
    for each in list_sessions(workspace, "sea"):
        written = json.loads(files.read(f"rounds/sea/sessions/{each.recording_id}.json"))
        assert each.id in [one["id"] for one in written["sessions"]]
    for answer in list_answers(workspace, "sea"):
        assert files.exists(f"rounds/sea/submissions/{answer.session_id}/{answer.id}.json")


def lose_answer(handler: ProxyHandler) -> bool:
    """Store what is sent, and never say so."""
    handler.ask()
    return hang(handler)


@pytest.mark.parametrize("fault", [say(503, "SlowDown"), say(403, "AccessDenied"), hang, lose_answer])
def test_an_answer_that_the_bucket_did_not_take_is_not_acknowledged_and_goes_in_later_once(
    s3_workspace: Workspace, bucket: Bucket, make_wav: MakeWav, fault: Fault
) -> None:
    run(s3_workspace, make_wav())
    hasty = open_workspace(s3_workspace.settings.model_copy(update={"storage_timeout_s": 0.5, "storage_attempts": 2}))
    assert hasty.files.exists("recordings") is False  # its connection is made
    body = {
        "submission_id": "s-1",
        "annotator": "Ann",
        "outcome": "labelled",
        "regions": [{"start_s": 0.1, "end_s": 0.2, "label": "call"}],
    }
    with (
        TestClient(create_api(lambda: hasty), base_url="http://127.0.0.1") as impatient,
        TestClient(create_api(lambda: s3_workspace), base_url="http://127.0.0.1") as patient,
    ):

        def submit(client: TestClient = patient) -> tuple[int, str]:
            answer = client.post("/api/v1/rounds/sea/sessions/sea_0000/submissions", json=body)
            return answer.status_code, answer.text

        bucket.proxy.fault = fault
        status, text = submit(impatient)
        assert (status, f"s3://{bucket.name}/some/prefix/rounds/sea/submissions" in text) == (503, True)
        assert kept(s3_workspace) == []
        bucket.proxy.fault = None
        assert [submit()[0] for _ in range(2)] == [201, 200]
    hasty.database.close()
    assert kept(s3_workspace) == ["s-1"]
    assert s3_workspace.files.list("rounds/sea/submissions") == ["rounds/sea/submissions/sea_0000/s-1.json"]
    check_agreement(s3_workspace)


def test_a_bucket_that_vanishes_under_the_app_is_an_error_and_the_page_of_labels_stays(
    s3_workspace: Workspace, bucket: Bucket, make_wav: MakeWav
) -> None:
    run(s3_workspace, make_wav())
    labelling.submit(s3_workspace, answer("sea_0000"))
    bucket.vanish()
    with pytest.raises(StorageUnavailable, match=f"no bucket s3://{bucket.name}"):
        labelling.submit(s3_workspace, answer("sea_0001", "s-2"))
    assert kept(s3_workspace) == ["s-1"]
    assert session_views.get_view(s3_workspace, round_id="sea", session_id="sea_0000").answer is not None


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_an_ingest_that_the_bucket_ends_in_the_middle_is_completed_by_running_it_again(
    s3_workspace: Workspace, bucket: Bucket, make_wav: MakeWav, number: int
) -> None:
    paths = [make_wav("a.wav"), make_wav("b.wav", seed=1)]
    bucket.proxy.fault = after(number - 1, say(403, "AccessDenied"), "PUT")
    with pytest.raises(StorageUnavailable, match=f"s3://{bucket.name}/some/prefix/.*AccessDenied"):
        run(s3_workspace, *paths)
    bucket.proxy.fault = None
    check_agreement(s3_workspace)
    report = run(s3_workspace, *paths)
    assert len(report.added) + len(report.unchanged) == 2
    ids = [each.id for each in list_sessions(s3_workspace, "sea")]
    assert sorted(ids) == [f"{stem}_{index:04x}" for stem in "ab" for index in range(3)]
    check_agreement(s3_workspace)


def test_a_rebuild_that_the_bucket_ends_in_the_middle_changes_nothing_and_works_later(
    s3_workspace: Workspace, bucket: Bucket, make_wav: MakeWav
) -> None:
    run(s3_workspace, make_wav())
    labelling.submit(s3_workspace, answer("sea_0000"))
    labelling.submit(s3_workspace, answer("sea_0001", "s-2"))
    view = session_views.get_view(s3_workspace, round_id="sea", session_id="sea_0001")
    for number, fault in ((0, say(503, "SlowDown")), (2, say(404, "NoSuchBucket")), (3, say(403, "AccessDenied"))):
        bucket.proxy.fault = after(number, fault, "GET")
        with pytest.raises(StorageUnavailable, match=f"s3://{bucket.name}"):
            rebuild(s3_workspace, replace=True)
        assert kept(s3_workspace) == ["s-1", "s-2"]
    bucket.proxy.fault = None
    report = rebuild(s3_workspace, replace=True)
    assert report.problems == ()
    assert kept(s3_workspace) == ["s-1", "s-2"]
    assert session_views.get_view(s3_workspace, round_id="sea", session_id="sea_0001") == view


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Fill a disk to the last byte."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    yield
    filler.unlink()


def leftovers(folder: Path) -> list[str]:
    return [name for _, _, names in os.walk(folder) for name in names if name.startswith(".tmp-")]


@pytest.mark.parametrize("is_all_on_it", [False, True])
def test_a_full_disk_loses_nothing_and_what_failed_works_when_there_is_space(
    settings: Settings, migrated: Path, small_disk: Path, make_wav: MakeWav, *, is_all_on_it: bool
) -> None:
    data_dir = small_disk / "data" if is_all_on_it else settings.data_dir
    data_dir.mkdir()
    shutil.copy(migrated, data_dir / "podcast.sqlite")
    workspace = open_workspace(Settings(data_dir=data_dir, storage_url=str(small_disk / "store"), least_free_mb=0))
    run(workspace, make_wav())
    labelling.submit(workspace, answer("sea_0000"))
    more = make_wav("more.wav", seed=1)
    with filled(small_disk):
        with pytest.raises(NoSpace, match="No space left"):
            labelling.submit(workspace, answer("sea_0001", "s-2", comment="sea " * 500))
        with pytest.raises(NoSpace, match="not enough room on the disk"):
            run(workspace, more)
        assert leftovers(small_disk) == []
        assert kept(workspace) == ["s-1"]
        check_agreement(workspace)
    assert labelling.submit(workspace, answer("sea_0001", "s-2", comment="sea " * 500)).repeated is False
    assert len(run(workspace, more).added) == 1
    assert kept(workspace) == ["s-1", "s-2"]
    assert leftovers(small_disk) == []
    check_agreement(workspace)
    workspace.database.close()


def test_the_app_runs_on_a_bucket_from_the_picture_to_the_export(
    s3_workspace: Workspace, bucket: Bucket, make_wav: MakeWav, tmp_path: Path
) -> None:
    url = bucket.put("field/sea.wav", make_wav("sea.wav", seconds=4).read_bytes())
    assert len(ingest(s3_workspace, paths=[url], round_name="sea").added) == 1
    data_dir = s3_workspace.settings.data_dir
    environment = {**bucket.environment, "PODCAST_LOCAL_WORKERS": "0"}
    for_all = {**os.environ, **environment, "PODCAST_DATA_DIR": str(data_dir)}

    with serve(data_dir, **environment) as server:
        base = f"{server.url}/api/v1/rounds/sea"

        def ask(path: str, body: object = None, **headers: str) -> tuple[int, bytes]:
            data = None if body is None else json.dumps(body).encode()
            request = urllib.request.Request(base + path, data, {"content-type": "application/json", **headers})
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()

        claimed = json.loads(ask("/claims", {"holder": "tab", "annotator": "Ann"})[1])
        assert claimed["state"] == "ok"
        assert ask("/sessions/sea/picture.jpg")[1].startswith(b"\xff\xd8")
        assert len(ask("/sessions/sea/audio.wav")[1]) == 44 + 4 * 8000 * 2
        assert ask("/sessions/sea/audio.wav", Range="bytes=100-199")[0] == 206
        answer = {"submission_id": "s-1", "annotator": "Ann", "outcome": "labelled"}
        answer["regions"] = [{"start_s": 0.5, "end_s": 1.25, "label": "call"}]  # type: ignore[assignment]
        assert ask("/sessions/sea/submissions", answer)[0] == 201
    export = ["export", "--round", "sea", "--format", "csv", "--out", str(tmp_path / "labels")]
    assert start("podcast_core", export, for_all, tmp_path / "export.log").wait(PATIENCE_S) == 0
    rows = "".join(path.read_text() for path in (tmp_path / "labels").rglob("*.csv"))
    assert "1.25" in rows
    keys = [each["Key"] for each in bucket.client.list_objects_v2(Bucket=bucket.name)["Contents"]]
    kinds = {key.removeprefix("some/prefix/").split("/")[0] for key in keys}
    assert kinds == {"field", "recordings", "rounds"}
    assert any((data_dir / "cache").rglob("*"))  # pictures stay on this machine
    assert not (data_dir / "store").exists()
