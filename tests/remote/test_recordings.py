"""Recordings that stay where they are: in a bucket, or on a web server."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
import soundfile
from fastapi.testclient import TestClient

from podcast_core.api.server import create_api
from podcast_core.audio.files import read_samples
from podcast_core.domain.recording import Recording
from podcast_core.errors import NotFound, StorageUnavailable
from podcast_core.services.intake.ingest import IngestReport, ingest
from podcast_core.services.pictures import sounds, spectrograms
from podcast_core.services.store.sources import locate
from podcast_core.workspace import Workspace
from tests.building import list_recordings, list_sessions, make_sound, opened, write_sound
from tests.conftest import MakeWav
from tests.s3 import Bucket, Fault, cut, first, hang, say
from tests.web import Handler, Server, running

RATE = 24_000
MINUTES = 10


class Site(Server):
    """Serves the files of a folder; ``knows_parts`` says whether in parts, too."""

    def __init__(self, folder: Path) -> None:
        super().__init__(_SiteHandler)
        self.folder = folder
        self.knows_parts = True


class _SiteHandler(Handler):
    server: Site

    def do_GET(self) -> None:
        path = self.server.folder / unquote(self.path.partition("?")[0]).strip("/")
        if path.is_file():
            self.answer_file(path.read_bytes(), knows_parts=self.server.knows_parts)
        else:
            self.answer(404)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with running(Site(tmp_path)) as server:
        yield server


@pytest.fixture(scope="module")
def long_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Ten minutes of noise with a tone in the fifth, as WAV and FLAC."""
    folder = tmp_path_factory.mktemp("long")
    samples = make_sound(MINUTES * 60, [(300, 360)], call_hz=2000, noise_level=0.1, rate_hz=RATE)
    files = {}
    for name in ("long.wav", "long.flac"):
        write_sound(folder / name, samples, RATE)
        files[name] = (folder / name).read_bytes()
    return files


def run(workspace: Workspace, *paths: str) -> IngestReport:
    return ingest(workspace, paths=paths, round_name="sea")


def only_recording(workspace: Workspace) -> Recording:
    (recording,) = list_recordings(workspace)
    return recording


@pytest.mark.parametrize("name", ["long.wav", "long.flac"])
def test_a_long_recording_is_fetched_once_and_a_session_costs_its_own_bytes(
    s3_workspace: Workspace, bucket: Bucket, long_files: dict[str, bytes], name: str
) -> None:
    size = len(long_files[name])
    url = bucket.put(f"field/{name}", long_files[name])
    assert run(s3_workspace, url).added[0].session_count == MINUTES
    assert size <= bucket.proxy.sent < 1.02 * size + 300_000
    assert only_recording(s3_workspace).uri == url
    bucket.proxy.seen.clear()
    session = f"long_{5:04x}"
    with opened(s3_workspace.settings) as again:  # another process has nothing in its memory
        picture = spectrograms.get_picture(again, round_id="sea", session_id=session)
        sound = sounds.get_audio(again, round_id="sea", session_id=session).data
    read = [each for each in bucket.proxy.seen if each.method == "GET" and "/field/" in each.path]
    per_minute = size / MINUTES
    assert sum(each.sent for each in read) < per_minute + 1_000_000
    assert len(read) < 20
    tone = np.abs(np.fft.rfft(np.frombuffer(sound[44:], "<i2")[:RATE].astype(float)))
    assert tone.argmax() == 2000
    assert picture.data.startswith(b"\xff\xd8")


def test_a_folder_of_a_bucket_is_searched_and_what_is_broken_is_named(
    s3_workspace: Workspace, bucket: Bucket, make_wav: MakeWav
) -> None:
    whole = make_wav().read_bytes()
    bucket.put("in/deep er/SITE_20200415_102500.wav", whole)
    bucket.put("in/cut.wav", make_wav(seed=1).read_bytes()[:10_000])
    bucket.put("in/empty.flac", b"")
    bucket.put("in/notes.txt", b"left alone")
    bucket.put("in/.hidden/a.wav", whole)
    bucket.put("inside-not.wav", whole)
    base = f"s3://{bucket.name}"
    report = run(s3_workspace, f"{base}/in", f"{base}/nothing/", f"{base}/in/notes.txt", "ftp://host/a.wav")
    assert [each.path for each in report.added] == [f"{base}/in/deep er/SITE_20200415_102500.wav"]
    reasons = {each.path.removeprefix(base): each.reason for each in report.failed}
    assert set(reasons) == {"/in/cut.wav", "/in/empty.flac", "/nothing/", "/in/notes.txt", "ftp://host/a.wav"}
    assert "truncated" in reasons["/in/cut.wav"]
    assert "empty" in reasons["/in/empty.flac"]
    assert "no audio" in reasons["/nothing/"]
    assert "text" in reasons["/in/notes.txt"]
    assert only_recording(s3_workspace).started_at == datetime(2020, 4, 15, 10, 25, tzinfo=UTC)
    again = run(s3_workspace, f"{base}/in")
    assert (len(again.added), len(again.unchanged)) == (0, 1)


@pytest.mark.parametrize("knows_parts", [True, False])
@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg"])
def test_a_file_on_a_web_server_is_indexed_and_heard(
    s3_workspace: Workspace, site: Site, make_wav: MakeWav, suffix: str, *, knows_parts: bool
) -> None:
    site.knows_parts = knows_parts
    path = make_wav("sea 1.wav", seconds=6)
    samples, rate = soundfile.read(path)
    path = path.with_suffix(f".{suffix}")
    write_sound(path, samples, rate, None)
    url = f"{site.url}/sea%201.{suffix}?token=1"
    report = run(s3_workspace, url)
    assert [each.path for each in report.added] == [url], report.failed
    recording = only_recording(s3_workspace)
    assert (recording.uri, recording.file_name) == (url, f"sea 1.{suffix}")
    assert site.sent <= path.stat().st_size + (1 << 17)
    found = read_samples(locate(s3_workspace, recording), channel=0, start_s=2, end_s=5)
    np.testing.assert_array_equal(found, read_samples(str(path), channel=0, start_s=2, end_s=5))


def test_a_web_address_at_home_is_refused_and_the_others_go_in(
    s3_workspace: Workspace, site: Site, make_wav: MakeWav
) -> None:
    path = make_wav("a.wav")
    with opened(s3_workspace.settings, allow_private_urls=False) as careful:
        report = run(careful, f"{site.url}/a.wav", str(path))
    assert [each.path for each in report.added] == [str(path)]
    assert "PODCAST_ALLOW_PRIVATE_URLS" in report.failed[0].reason
    assert site.seen == []


def test_a_web_server_that_is_down_does_not_keep_the_others_out(
    s3_workspace: Workspace, site: Site, make_wav: MakeWav
) -> None:
    path = make_wav("a.wav")
    with running(Site(path.parent)) as down:
        url = f"{down.url}/a.wav"
    report = run(s3_workspace, url, f"{site.url}/a.wav")
    assert [each.path for each in report.added] == [f"{site.url}/a.wav"]
    assert "after 3 tries" in report.failed[0].reason


def test_a_recording_that_moved_to_a_bucket_is_found_there(
    s3_workspace: Workspace, bucket: Bucket, make_wav: MakeWav
) -> None:
    path = make_wav("a.wav")
    old = bucket.put("old/a.wav", path.read_bytes())
    run(s3_workspace, str(path))
    assert only_recording(s3_workspace).uri == str(path)
    run(s3_workspace, old)
    assert only_recording(s3_workspace).uri == str(path)  # it is there still
    path.unlink()
    run(s3_workspace, old)
    assert only_recording(s3_workspace).uri == old
    new = bucket.put("new/a.wav", make_wav("a.wav").read_bytes())
    bucket.client.delete_object(Bucket=bucket.name, Key="old/a.wav")
    with opened(s3_workspace.settings) as fresh:
        run(fresh, new)
        assert only_recording(fresh).uri == new


SLOW_DOWN = (say(503, "SlowDown"), 503, "after 2 tries: status 503, SlowDown")
HANG = (hang, 503, "no answer within 0.5 s")
CUT = (cut, 503, "after 2 tries")
DENIED = (say(403, "AccessDenied"), 400, "No permission")


@pytest.mark.parametrize(("suffix", "faults"), [("wav", (SLOW_DOWN, HANG, DENIED)), ("flac", (CUT,))])
def test_what_happens_to_a_recording_in_a_bucket_is_said_and_passes(
    s3_workspace: Workspace,
    bucket: Bucket,
    make_wav: MakeWav,
    suffix: str,
    faults: tuple[tuple[Fault, int, str], ...],
) -> None:
    path = make_wav("a.wav", seconds=90, rate=16_000)
    samples, rate = soundfile.read(path)
    path = path.with_suffix(f".{suffix}")
    write_sound(path, samples, rate)
    url = bucket.put(f"a.{suffix}", path.read_bytes())
    run(s3_workspace, url)
    session = list_sessions(s3_workspace, "sea")[1].id

    def ask(what: str, **changes: float) -> tuple[int, str]:
        """Ask a process that has nothing in its memory."""
        with (
            opened(s3_workspace.settings, **changes) as fresh,
            TestClient(create_api(lambda: fresh), base_url="http://127.0.0.1") as client,
        ):
            answer = client.get(f"/api/v1/rounds/sea/sessions/{session}/{what}")
        return answer.status_code, "" if answer.status_code == 200 else answer.json()["detail"]

    for fault, status, words in faults:
        bucket.proxy.fault = lambda handler, fault=fault: "/a." in handler.path and fault(handler)
        found, detail = ask("audio.wav", storage_timeout_s=0.5, storage_attempts=2)
        assert (found, words in detail, url in detail) == (status, True, True), detail
    bucket.proxy.fault = first(2, cut)
    assert ask("audio.wav") == (200, "")
    bucket.client.delete_object(Bucket=bucket.name, Key=f"a.{suffix}")
    status, detail = ask("picture.jpg")
    assert (status, url in detail) == (404, True)


def test_a_request_that_fails_in_the_middle_of_a_file_is_an_error_not_silence(
    s3_workspace: Workspace, bucket: Bucket, long_files: dict[str, bytes]
) -> None:
    for name, data in long_files.items():
        place = s3_workspace.remote.place(bucket.put(name, data))
        bucket.proxy.fault = None
        assert len(read_samples(place, channel=0, start_s=0, end_s=1)) == RATE
        bucket.client.delete_object(Bucket=bucket.name, Key=name)
        with pytest.raises(NotFound, match=name):
            read_samples(place, channel=0, start_s=0, end_s=60)
        bucket.proxy.fault = say(500, "InternalError")
        with pytest.raises(StorageUnavailable, match=name):
            read_samples(place, channel=0, start_s=0, end_s=60)
