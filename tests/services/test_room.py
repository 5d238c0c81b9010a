"""What people send has limits, and a disk that is full or nearly so is told and leaves nothing half done."""

import base64
import io
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.formparsers import MultiPartParser
from starlette.testclient import TestClient

from podcast_core.api.server import create_api
from podcast_core.dialects.whisperseg import annotations
from podcast_core.domain.model import ModelVersion
from podcast_core.domain.times import utc_now
from podcast_core.errors import NoSpace
from podcast_core.ml.registry.versions import write_document
from podcast_core.services import access
from podcast_core.services.intake import uploads
from podcast_core.services.intake.ingest import ingest
from podcast_core.services.store import room
from podcast_core.services.store.rebuild import rebuild
from podcast_core.storage.cache import Cache
from podcast_core.storage.files import FileStore
from podcast_core.storage.sent_bytes import add_sent
from podcast_core.workspace import Workspace
from tests.building import encode_sound, list_recordings, make_sound, write_sound
from tests.disks import largest_file

ROW = {"onset": 0.5, "offset": 0.75, "species": "finch"}
ANSWER = {"submission_id": "s-1", "annotator": "Ann", "outcome": "empty", "regions": []}


def limit(workspace: Workspace, **settings: Any) -> Workspace:
    """The same workspace under other settings."""
    changed = workspace.settings.model_copy(update=settings)
    reserve = changed.least_free_mb * 1_000_000
    files = FileStore(changed.resolved_storage_url, workspace.remote, least_free_bytes=reserve)
    cache = Cache(changed.data_dir / "cache", most_bytes=10**9, least_free_bytes=reserve)
    return replace(workspace, settings=changed, files=files, cache=cache)


def make_wav(seed: int, seconds: float = 40) -> bytes:
    """0.64 MB of noise."""
    return encode_sound(make_sound(seconds, noise_level=0.1, seed=seed), subtype="PCM_16")


@contextmanager
def opened(workspace: Workspace, person: str = "", scope: str = "label") -> Iterator[TestClient]:
    base, head = "http://127.0.0.1:8501", {}
    if person:
        secret = access.create_token(workspace, person=person, scope=scope)[1]
        base, head = "http://192.0.2.7:8501", {"authorization": f"Bearer {secret}"}
    with TestClient(create_api(lambda: workspace), base_url=base, headers=head) as client:
        yield client


def upload(client: TestClient, data: bytes) -> Any:
    return client.post("/upload", files={"newAudioFile": ("a.wav", data)})


def count_files(workspace: Workspace) -> int:
    return sum(path.is_file() for path in Path(workspace.settings.resolved_storage_url).rglob("*"))


def used(workspace: Workspace) -> int:
    return sum(each.byte_count for each in room.list_sent(workspace))


@pytest.mark.usefixtures("round_of_ten")
def test_a_person_may_send_so_much_and_others_still(workspace: Workspace) -> None:
    small = limit(workspace, most_sent_each_mb=1)
    with opened(small, "Ann") as ann, opened(small, "Bob", "admin") as bob:
        assert upload(ann, make_wav(0)).status_code == 201
        kept = count_files(small)
        answer = upload(ann, make_wav(1))
        assert answer.status_code == 507
        assert "Ann may send 1.0 MB in all (PODCAST_MOST_SENT_EACH_MB); 640 kB are used" in answer.text
        assert count_files(small) == kept
        assert upload(ann, make_wav(0)).status_code == 201  # it is there: the same again costs nothing
        assert upload(bob, make_wav(1)).status_code == 201
        form = {"round_name": "sea"}
        assert bob.post("/api/v1/recordings", files={"files": ("b.wav", make_wav(2))}, data=form).status_code == 507
        label = ann.post("/api/v1/rounds/ten/sessions/ten_0000/submissions", json=ANSWER)
        assert label.status_code == 201, label.text  # answers are not counted
    assert [(each.person, each.kind, each.file_count) for each in room.list_sent(small)] == [
        ("Ann", "recordings", 1),
        ("Bob", "recordings", 1),
    ]
    full = limit(workspace, most_sent_mb=1)
    with opened(full) as anybody:
        answer = upload(anybody, make_wav(3))
        assert (answer.status_code, "All people together may send 1.0 MB in all" in answer.text) == (507, True)


def test_without_tokens_nobody_has_a_limit_of_their_own(workspace: Workspace) -> None:
    with opened(limit(workspace, most_sent_each_mb=1)) as client:
        assert [upload(client, make_wav(seed)).status_code for seed in range(2)] == [201, 201]
    with opened(limit(workspace, most_sent_each_mb=0, most_sent_mb=0), "Ann") as ann:
        assert upload(ann, make_wav(2)).status_code == 201  # 0: no limit


def test_what_failed_does_not_count(workspace: Workspace) -> None:
    def fail() -> None:
        with room.keeping(workspace, person="Ann", kind="x", byte_count=10):
            assert used(workspace) == 4096  # a block of the disk
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert used(workspace) == 0
    with room.keeping(workspace, person="Ann", kind="x", byte_count=10**6):
        pass
    rebuild(workspace)
    assert used(workspace) == 10**6


def test_spectrograms_for_bats_that_are_looked_at_do_not_fill_the_store(workspace: Workspace, tmp_path: Path) -> None:
    file = write_sound(tmp_path / "bat.wav", make_sound(0.5, noise_level=0.1, rate_hz=16_000), 16_000)
    ingest(workspace, paths=[file], round_name="bats")
    full = limit(workspace, most_sent_each_mb=1)
    with full.database.writing() as connection:
        add_sent(connection, "Ann", "recordings", 999_999)
    url = "/api/v1/recording/1/spectrogram"
    with opened(full, "Ann", "read") as ann:
        seen = [ann.get(url).json() for _ in range(2)]
        assert seen[0] == seen[1]
        shutil.rmtree(full.settings.data_dir / "cache")
        assert ann.get(seen[0]["tiles"][0]["url"]).content == base64.b64decode(seen[0]["base64_spectrogram"])
        shutil.rmtree(full.settings.data_dir / "cache")
        with largest_file(1000):  # a full disk: nothing can be kept, and all is seen
            assert ann.get(url).json()["base64_spectrogram"] == seen[0]["base64_spectrogram"]
        assert ann.get(f"{url}/snr/99.jpg").status_code == 404
    assert full.files.list("bat-pictures") == []


def test_posts_are_kept_once_and_have_limits(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(workspace, "Ann") as client:
        rows = [{**ROW, "comment": "x" * 150_000, "n": number} for number in range(100)]
        for _ in range(3):
            answer = client.post("/post-annotations", json={"annotations": rows})
            assert (answer.status_code, "at most 4,000,000 bytes in a post" in answer.text) == (400, True)
        assert workspace.files.list("vocal-annotations") == []
        monkeypatch.setattr(annotations, "MAX_COLLECTION", 10_000)
        sent = [client.post("/post-annotations", json={"annotations": [ROW]}) for _ in range(5)]
        assert {answer.status_code for answer in sent} == {201}
        assert (len(workspace.files.list("vocal-annotations")), used(workspace)) == (1, 4096)
        others = [client.post("/post-annotations", json={"annotations": [{**ROW, "n": n}]}) for n in range(3)]
        assert [answer.status_code for answer in others] == [201, 507, 507]
        assert "Start another one under a different name." in others[1].text
        assert client.post("/post-annotations/finches", json={"annotations": [ROW]}).status_code == 201


@pytest.mark.usefixtures("round_of_ten")
def test_labels_are_taken_when_all_else_is_refused_for_want_of_space(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "b.wav"
    path.write_bytes(make_wav(1, 3))
    ingest(workspace, paths=[path], round_name="sea")
    recording_id = next(each.id for each in list_recordings(workspace) if each.file_name == "b.wav")
    tight = limit(workspace, least_free_mb=10**9)
    kept = count_files(tight)
    with opened(tight) as client:
        refused = [
            upload(client, make_wav(2, 3)),
            upload(client, make_wav(2, 90)),  # refused before it comes
            client.post("/api/v1/recordings", files={"files": ("b.wav", make_wav(2, 3))}, data={"round_name": "sea"}),
            client.post("/api/v1/models", files={"file": ("m.zip", make_model())}, data={"name": "mine"}),
            client.post(
                "/api/v1/rounds/ten/predictions/import",
                files={"files": ("p.csv", b"filename,start_s,end_s,label,score\nten.wav,1,2,call,0.5\n")},
            ),
            client.post("/upload-by-url", json={"audio_url": "https://example.org/a.wav"}),
        ]
        assert [answer.status_code for answer in refused] == [507] * len(refused), [each.text for each in refused]
        assert all("PODCAST_LEAST_FREE_MB" in answer.text for answer in refused)
        looked_at = client.get(f"/api/v1/recording/{recording_id}/spectrogram")  # is seen, and not stored
        assert looked_at.status_code == 200, looked_at.text
        assert (count_files(tight), used(tight)) == (kept, 0)
        seen = client.get("/api/v1/rounds/sea/sessions/b/picture.jpg")
        assert (seen.status_code, seen.content[:2]) == (200, b"\xff\xd8")
        assert tight.cache.measure_bytes() == 0
        assert client.post("/api/v1/rounds/ten/sessions/ten_0000/submissions", json=ANSWER).status_code == 201
        assert client.post("/post-annotations", json={"annotations": [ROW]}).status_code == 201
    with pytest.raises(NoSpace, match="PODCAST_LEAST_FREE_MB"):
        ingest(tight, paths=[path], round_name="other")


def make_model() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("model.json", write_document(ModelVersion("mine", 1, "energy", ("call",), utc_now())))
    return file.getvalue()


@pytest.mark.parametrize("step", ["while it comes", "while it is looked at", "while it is kept"])
def test_a_disk_that_fills_up_in_the_middle_is_told_and_leaves_nothing(
    workspace: Workspace, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = make_wav(0, 90)  # 1.4 MB
    with opened(workspace) as client:
        assert client.get("/get-annotations").status_code == 200  # all is loaded
        if step != "while it comes":
            monkeypatch.setattr(MultiPartParser, "spool_max_size", 1 << 24)
        if step == "while it is kept":
            info = uploads._inspect(workspace, io.BytesIO(data), take_cut=False)
            monkeypatch.setattr(uploads, "_inspect", lambda *_, **__: info)
        with largest_file(1_200_000):
            answer = upload(client, data)
        assert (answer.status_code, "othing was saved" in answer.text or "File too large" in answer.text) == (507, True)
        assert (count_files(workspace), used(workspace)) == (0, 0)
        assert upload(client, data).status_code == 201


def test_a_picture_that_the_disk_has_no_room_for_is_still_seen(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "b.wav"
    path.write_bytes(make_wav(1, 3))
    ingest(workspace, paths=[path], round_name="sea")
    with opened(workspace) as client:
        assert client.get("/get-annotations").status_code == 200
        with largest_file(20_000):
            answer = client.get("/api/v1/rounds/sea/sessions/b/picture.jpg")
        assert (answer.status_code, answer.content[:2]) == (200, b"\xff\xd8")
    assert workspace.cache.measure_bytes() == 0
