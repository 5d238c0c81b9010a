"""HLS archives as somebody asks for them: a live stream that is followed, and the command under any time zone."""

import os
import shutil
import signal
import time
from pathlib import Path
from threading import Event

import pytest

from podcast_core.services.hls.ingest import Source, follow_hls
from podcast_core.workspace import Workspace
from tests.forking import start
from tests.hls import (
    NODE,
    SECOND,
    HlsServer,
    at,
    read_lengths,
    serve_folder,
)
from tests.services.hls_runs import SECOND_S, check_every_sample, read_all
from tests.working import PATIENCE_S


class TestFollow:
    """A live playlist that shows two segments at a time; the test moves it on after each poll."""

    @pytest.fixture
    def live(self, archive: Path, tmp_path: Path) -> Path:
        return Path(shutil.copytree(archive / NODE / "hls" / SECOND, tmp_path / NODE / SECOND))

    @staticmethod
    def show(live: Path, lengths: list[float], first: int, last: int, *, is_complete: bool = False) -> None:
        body = "".join(f"#EXTINF:{lengths[each]:.6f},\nlive{each:03d}.ts\n" for each in range(first, last))
        end = "#EXT-X-ENDLIST\n" if is_complete else ""
        head = f"#EXTM3U\n#EXT-X-TARGETDURATION:0.01\n#EXT-X-MEDIA-SEQUENCE:{first}\n"
        (live / "live.m3u8").write_text(head + body + end)

    def test_it_ends_with_the_stream_and_what_slid_out_is_a_gap(self, workspace: Workspace, live: Path) -> None:
        lengths = read_lengths(live)
        windows = [(0, 2), (1, 3), (4, 6)]  # nobody ever saw the one numbered 3
        self.show(live, lengths, *windows.pop(0))

        def move_on(_seen: int, _total: int, _newest: str) -> None:
            if windows:
                first, last = windows.pop(0)
                self.show(live, lengths, first, last, is_complete=not windows)

        report = follow_hls(
            workspace, source=Source(str(live)), round_name="sea", stop=Event(), from_at=at(0), on_progress=move_on
        )
        (found,) = [gap for gap in report.gaps if "left the live playlist" in gap.reason]
        assert (found.started_at - at(SECOND_S)).total_seconds() == pytest.approx(sum(lengths[:3]), abs=1e-3)
        recorded = read_all(workspace)[0]
        assert sum(each.duration_s for each in recorded) == pytest.approx(sum(lengths) - lengths[3], abs=0.01)

    def test_what_was_fetched_is_kept_when_it_is_stopped_and_goes_on_later(
        self, workspace: Workspace, live: Path
    ) -> None:
        lengths, stop = read_lengths(live), Event()
        self.show(live, lengths, 0, 3)
        options = {"source": Source(str(live)), "round_name": "sea", "from_at": at(0)}
        follow_hls(workspace, stop=stop, on_progress=lambda *_: stop.set(), **options)  # type: ignore[arg-type]
        assert check_every_sample(workspace)[-1][1] == pytest.approx(SECOND_S + sum(lengths[:3]), abs=1e-3)
        self.show(live, lengths, 0, 6, is_complete=True)
        follow_hls(workspace, stop=Event(), **options)  # type: ignore[arg-type]
        spans = check_every_sample(workspace)
        assert spans[-1][1] == pytest.approx(SECOND_S + sum(lengths), abs=0.022)
        assert [round(end, 2) for _, end in spans[:-1]] == [round(start, 2) for start, _ in spans[1:]]

    def test_a_segment_that_is_listed_before_it_is_there_is_waited_for(self, workspace: Workspace, live: Path) -> None:
        lengths = read_lengths(live)
        late = live / "live002.ts"
        late.rename(live / "not-yet")
        self.show(live, lengths, 0, 4, is_complete=True)

        def move_on(_seen: int, _total: int, _newest: str) -> None:
            if not late.exists():
                (live / "not-yet").rename(late)

        report = follow_hls(
            workspace, source=Source(str(live)), round_name="sea", stop=Event(), from_at=at(0), on_progress=move_on
        )
        assert [gap for gap in report.gaps if "not in the archive" in gap.reason] == []


def test_ctrl_c_keeps_what_was_fetched(archive: Path, tmp_path: Path) -> None:
    with serve_folder(archive) as server:
        command = ["ingest", "hls", f"{server.url}/{NODE}/hls/{SECOND}"]
        command += ["--round", "sea", "--follow", "--from", at(0).isoformat()]
        environment = {**os.environ, "PODCAST_DATA_DIR": str(tmp_path), "PODCAST_ALLOW_PRIVATE_URLS": "1"}
        process = start("podcast_core", command, environment, tmp_path / "out.log")
        end = time.monotonic() + 60
        while time.monotonic() < end and not any(path.endswith("live005.ts") for path in server.asked):
            time.sleep(0.05)  # polling what another process does
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
    assert "2 recordings added" in (tmp_path / "out.log").read_text()


def test_the_hosts_time_zone_changes_nothing(server: HlsServer, tmp_path: Path) -> None:
    """The same command under three time zones makes the same objects, byte for byte."""
    found = {}
    running = []
    for zone in ("UTC", "Europe/Berlin", "America/Los_Angeles"):
        data = tmp_path / zone.replace("/", "-")
        options = ["--from", "2021-07-16T17:28:10", "--to", "2021-07-17T00:31:30Z", "--zone", "America/Los_Angeles"]
        command = ["ingest", "hls", f"{server.url}/{NODE}", *options, "--round", "sea", "--session-length", "10"]
        environment = {**os.environ, "TZ": zone, "PODCAST_DATA_DIR": str(data), "PODCAST_ALLOW_PRIVATE_URLS": "1"}
        log = tmp_path / f"{data.name}.log"
        running.append((zone, data, log, start("podcast_core", command, environment, log)))
    for zone, data, log, process in running:
        assert process.wait(PATIENCE_S) == 0
        store = data / "store"
        objects = {}
        for path in sorted(each for each in store.rglob("*") if each.is_file() and each.parent.name != "round"):
            lines = path.read_bytes().splitlines()
            objects[str(path.relative_to(store))] = [line for line in lines if b"added_at" not in line]
        found[zone] = (log.read_text(), objects)
    assert "6 recordings added" in found["UTC"][0]
    assert found["UTC"] == found["Europe/Berlin"] == found["America/Los_Angeles"]
