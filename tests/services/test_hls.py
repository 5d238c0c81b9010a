"""HLS archives, on a synthetic one whose samples tell the time.

Faults of the original code (orca-hls-utils and its successors), and the tests that we pass:

======================================================  ============================================================
an interval of 60 s is 7 h or 9 h, by the host's zone   the_hosts_time_zone_changes_nothing
names in the host's local time                          recordings_are_named_in_utc..., the_hosts_time_zone...
audio begins 0 to 10 s after the time in its name       a_range_is_cut_to_the_sample...
clips of 69.9 s, lengths from a mean of EXTINF          a_range_is_cut_to_the_sample...
a range before the archive: IndexError                  before_the_archive_there_is_a_gap_and_no_error
a range that begins before the first folder: nothing    a_range_across_folders...
the tail of a folder, the last chunk: dropped           a_range_across_folders..., nothing_is_lost_or_doubled...
a segment that fails is left out, the rest moves        a_range_across_folders...
a new folder goes on in the chunk of the last one       a_range_across_folders...
only the first five files                               a_range_across_folders... (14 segments)
all output at 44.1 kHz                                  a_recorder_with_another_rate...
one source for everything                               a_recorder_with_another_rate..., recordings_are_named...
======================================================  ============================================================
"""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from podcast_core.audio.files import read_samples
from podcast_core.errors import Conflict, InvalidInput, NotFound, StorageUnavailable
from podcast_core.remote.access import Remote
from podcast_core.services.hls import ingest
from podcast_core.services.hls import parts as hls_parts
from podcast_core.services.hls.ingest import Source, ingest_hls
from podcast_core.services.labels import rounds
from podcast_core.services.store import doctor
from podcast_core.services.store.rebuild import rebuild
from podcast_core.services.store.sources import locate
from podcast_core.settings import Settings
from podcast_core.workspace import Workspace
from tests.beside import dump, open_beside
from tests.hls import (
    FIRST,
    NODE,
    RATE_HZ,
    SECOND,
    THIRD,
    HlsServer,
    at,
    read_lengths,
    serve_folder,
    write_folder,
)
from tests.s3 import Bucket, first, say
from tests.services.hls_runs import FIRST_S, SECOND_S, THIRD_S, check_every_sample, list_gaps, read_all, run


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings that let us fetch from our own machine."""
    return settings.model_copy(update={"allow_private_urls": True, "storage_timeout_s": 10.0})


def test_a_range_across_folders_keeps_its_time_through_gaps_cuts_and_restarts(
    workspace: Workspace, server: HlsServer, archive: Path
) -> None:
    report = run(workspace, f"{server.url}/{NODE}", 0, 200)
    lengths = [read_lengths(archive / NODE / "hls" / each) for each in (FIRST, SECOND, THIRD)]
    edges = [FIRST_S, *(FIRST_S + each for each in np.cumsum(lengths[0]))]
    half_hour = SECOND_S + sum(lengths[1][:2])  # the first segment that begins after it
    spans = check_every_sample(workspace)
    cut = spans[1][1]
    assert edges[4] < cut < edges[5] - 3  # half a segment
    expected = [
        (edges[0], edges[1]),
        (edges[2], cut),
        (edges[5], edges[6]),
        (SECOND_S, half_hour),
        (half_hour, SECOND_S + sum(lengths[1])),
        (THIRD_S, THIRD_S + sum(lengths[2])),
    ]
    assert np.allclose(spans, expected, rtol=0, atol=0.011)  # the last frame of an encoder is filled with silence
    nothing = "the archive has no segment for this time"
    found = list_gaps(report)
    assert [reason for *_, reason in found] == [
        nothing,
        "live001.ts: it is not in the archive",
        "the segment's audio is damaged or shorter than its playlist says",
        *[nothing] * 3,
    ]
    everything = sorted([*spans, *((start, end) for start, end, _ in found)])
    assert everything[0][0] == 0
    assert everything[-1][1] == 200
    for (_, end), (start, _) in zip(everything, everything[1:], strict=False):
        assert abs(end - start) < 0.012
    assert report.failed == ()
    (key,) = workspace.files.list("rounds/sea/hls-gaps")
    kept = json.loads(workspace.files.read(key))["gaps"]
    assert [(each["started_at"], each["reason"]) for each in kept] == [
        (gap.started_at.isoformat(), gap.reason) for gap in report.gaps
    ]


def test_recordings_are_named_in_utc_after_the_node_and_say_how_their_time_was_found(
    workspace: Workspace, archive: Path
) -> None:
    run(workspace, archive / NODE, 0, 60)
    (first, *_), made = read_all(workspace)
    assert first.file_name == f"{NODE}_20210717T002819_000Z.flac"
    assert (first.site, first.start_method) == (NODE, "hls_folder_stamp")
    assert (first.sample_rate_hz, first.channel_count, first.encoding) == (48_000, 2, "FLAC/PCM_16")
    assert first.uri.startswith("store:hls/")
    assert made[0].id.startswith(f"{NODE}_20210717T002819_000Z_ch1")


def test_a_range_is_cut_to_the_sample_and_sessions_have_their_length(workspace: Workspace, archive: Path) -> None:
    start, end = SECOND_S + 3.3, SECOND_S + 15.7
    run(workspace, archive / NODE, start, end, session_length_s=3.0)
    assert np.allclose(check_every_sample(workspace), [(start, end)], atol=1 / RATE_HZ)
    (recording,), made = read_all(workspace)
    assert recording.frame_count == round((end - start) * RATE_HZ)
    assert [each.duration_s for each in made if each.channel == 0] == pytest.approx([3, 3, 3, 3.4])


def test_nothing_is_lost_or_doubled_where_a_long_run_is_cut(
    workspace: Workspace, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(workspace, archive / NODE, SECOND_S, SECOND_S + 40)
    parts = read_all(workspace)[0]
    assert len(parts) == 2
    monkeypatch.setattr(ingest, "RECORDING_S", 1e6)
    ingest_hls(
        workspace,
        source=Source(str(archive / NODE / "hls" / SECOND)),
        from_at=at(SECOND_S),
        to_at=at(SECOND_S + 40),
        round_name="whole",
    )
    whole = next(each for each in read_all(workspace)[0] if each.id not in {part.id for part in parts})
    read = [
        read_samples(locate(workspace, each), channel=0, start_s=0, end_s=each.duration_s) for each in [whole, *parts]
    ]
    apart = np.abs(read[0] - np.concatenate(read[1:]))
    assert np.flatnonzero(apart).size < 0.2 * len(apart)  # a decoder makes some of the noise anew
    assert apart.max() < 0.01


def test_again_with_any_range_only_what_is_missing_is_added(workspace: Workspace, server: HlsServer) -> None:
    url = f"{server.url}/{NODE}"
    run(workspace, url, SECOND_S + 12.5, SECOND_S + 30)
    before, kept = read_all(workspace)
    server.asked.clear()
    assert run(workspace, url, SECOND_S + 12.5, SECOND_S + 30).added == ()
    assert not any(path.endswith(".ts") for path in server.asked)
    run(workspace, url, 0, 200)
    after, made = read_all(workspace)
    assert made[: len(kept)] == kept
    assert {each.id for each in before} < {each.id for each in after}
    spans = check_every_sample(workspace)
    for (_, end), (start, _) in zip(spans, spans[1:], strict=False):
        assert start - end > -1 / RATE_HZ
    found = read_all(workspace)
    assert run(workspace, url, 0, 200).added == ()
    assert read_all(workspace) == found


@pytest.mark.parametrize(
    ("module", "name", "call"),
    [(hls_parts, "_finish", 2), (hls_parts, "add_recording", 3), (hls_parts, "_write_part", 1)],
)
def test_a_run_that_was_cut_off_is_completed_by_the_next(
    workspace: Workspace, archive: Path, monkeypatch: pytest.MonkeyPatch, module: object, name: str, call: int
) -> None:
    calls, original = [], getattr(module, name)

    def fail(*arguments: object) -> object:
        calls.append(name)
        if len(calls) == call:
            raise StorageUnavailable("killed")
        return original(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(module, name, fail)
        with pytest.raises(StorageUnavailable):
            run(workspace, archive / NODE, 0, 200)
    run(workspace, archive / NODE, 0, 200)
    found, made = read_all(workspace)
    assert len(found) == 6
    assert len({(each.recording_id, each.channel, each.start_s) for each in made}) == len(made)
    run_again = run(workspace, archive / NODE, 0, 200)
    assert (run_again.added, read_all(workspace)) == ((), (found, made))


def test_before_the_archive_there_is_a_gap_and_no_error(workspace: Workspace, archive: Path) -> None:
    report = run(workspace, archive / NODE, -5000, -4000)
    assert report.added == ()
    assert list_gaps(report) == [(-5000, -4000, "the archive has no segment for this time")]


def test_a_server_that_fails_for_a_while_is_asked_again(workspace: Workspace, server: HlsServer) -> None:
    server.failing["live002.ts"] = 2
    run(workspace, f"{server.url}/{NODE}/hls/{SECOND}", 0, 200)
    assert len(check_every_sample(workspace)) == 2


def test_a_server_that_goes_on_failing_costs_one_part_that_comes_later(workspace: Workspace, server: HlsServer) -> None:
    server.failing["live004.ts"] = 10**6
    report = run(workspace, f"{server.url}/{NODE}", SECOND_S, 200)
    (failed,) = report.failed
    assert "503" in failed.reason
    assert "Run it again" in failed.reason
    assert len(report.added) == 2
    server.failing.clear()
    assert len(run(workspace, f"{server.url}/{NODE}", SECOND_S, 200).added) == 1
    assert len(check_every_sample(workspace)) == 3


def test_where_the_server_does_not_list_the_newest_folder_is_found_by_latest_txt(
    workspace: Workspace, archive: Path, tmp_path: Path
) -> None:
    shutil.copytree(archive / NODE, tmp_path / "web" / NODE)
    for folder in ("hls", "."):
        (tmp_path / "web" / NODE / folder / "index.html").write_text("no list here")
    with serve_folder(tmp_path / "web") as server:
        run(workspace, f"{server.url}/{NODE}", 0, 200)
    assert [round(start, 3) for start, _ in check_every_sample(workspace)] == [THIRD_S]


def test_an_address_with_a_query_names_a_playlist_too(workspace: Workspace, server: HlsServer) -> None:
    run(workspace, f"{server.url}/{NODE}/hls/{THIRD}/live.m3u8?signed=1", 0, 200)
    assert [round(start, 3) for start, _ in check_every_sample(workspace)] == [THIRD_S]
    assert read_all(workspace)[0][0].site == NODE


def test_a_recorder_with_another_rate_and_one_channel_stays_as_it_is(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "rpi_other" / "hls" / SECOND
    write_folder(folder, rate=16_000, channels=1, lengths=(5.0, 3.1))
    run(workspace, tmp_path / "rpi_other", 0, 200)
    (recording,), _ = read_all(workspace)
    assert (recording.sample_rate_hz, recording.channel_count, recording.site) == (16_000, 1, "rpi_other")
    assert len(check_every_sample(workspace)) == 1


def test_the_dates_in_a_playlist_outweigh_its_folder(workspace: Workspace, archive: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(archive / NODE / "hls" / SECOND, tmp_path / "stream" / str(int(SECOND) - 777)))
    text = (folder / "live.m3u8").read_text()
    dated = at(SECOND_S).isoformat()
    (folder / "live.m3u8").write_text(text.replace("#EXTINF", f"#EXT-X-PROGRAM-DATE-TIME:{dated}\n#EXTINF", 1))
    run(workspace, folder / "live.m3u8", 0, 200)
    spans = check_every_sample(workspace)
    assert (spans[0][0], len(spans)) == (SECOND_S, 2)
    assert read_all(workspace)[0][0].start_method == "hls_program_date_time"


def test_segments_with_an_encoder_each_are_joined_without_their_padding(workspace: Workspace, tmp_path: Path) -> None:
    """Each encoder writes a frame before its first sample, and fills its last one."""
    start, texts, node = int(SECOND), [], tmp_path / "node" / SECOND
    node.mkdir(parents=True)
    lengths = (4.3, 2.001, 3.7)
    for number, length in enumerate(lengths):
        once = tmp_path / str(start)
        write_folder(once, lengths=(length,), exact_start=start + 2.0 + sum(lengths[:number]))
        shutil.move(once / "live000.ts", node / f"live{number:03d}.ts")
        shutil.rmtree(once)
        texts.append(f"#EXTINF:{length:.6f},\nlive{number:03d}.ts\n")
    (node / "live.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:5\n" + "#EXT-X-DISCONTINUITY\n".join(texts))
    run(workspace, node, 0, 200)
    ((begin, end),) = check_every_sample(workspace)
    assert (begin, end) == pytest.approx((SECOND_S, SECOND_S + 10.001), abs=0.022)


def test_a_database_made_anew_has_what_the_archive_brought(
    workspace: Workspace, archive: Path, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    run(workspace, archive / NODE, 0, 200)
    with open_beside(workspace, request, tmp_path / "new") as new:
        assert rebuild(new).problems == ()
        assert dump(new) == dump(workspace)
        assert run(new, archive / NODE, 0, 200).added == ()
    assert doctor.examine(workspace, contents=True, checksums=True).findings == []


def test_another_offset_for_the_same_audio_is_refused(workspace: Workspace, archive: Path) -> None:
    run(workspace, archive / NODE, 0, 40)
    with pytest.raises(Conflict, match="offset of 2 s, now it is 0 s"):
        run(workspace, archive / NODE, 0, 40, offset_s=0.0)


@pytest.mark.parametrize(
    ("url", "start", "end", "error", "message"),
    [
        ("nowhere", 0, 10, NotFound, "no HLS archive"),
        ("", 0, 10, InvalidInput, "found nothing"),
        (NODE, 10, 10, InvalidInput, "must begin before it ends"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_a_round_is_made(
    workspace: Workspace, archive: Path, url: str, start: float, end: float, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        run(workspace, archive / url if url else "", start, end)
    assert rounds.list_rounds(workspace) == []


def test_a_playlist_on_the_web_cannot_name_files_of_this_machine(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / SECOND
    folder.mkdir()
    (folder / "live.m3u8").write_text("#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n")
    with serve_folder(tmp_path) as server:
        report = run(workspace, f"{server.url}/{SECOND}", 0, 200)
    assert "not on the web: 'file:///etc/passwd'" in report.failed[0].reason
    assert read_all(workspace) == ([], [])


def test_an_archive_in_a_bucket_is_read_like_any_other(workspace: Workspace, archive: Path, bucket: Bucket) -> None:
    for path in sorted((archive / NODE).rglob("*")):
        if path.is_file():
            bucket.put(str(path.relative_to(archive)), path.read_bytes())
    patient = bucket.settings.model_copy(update={"storage_timeout_s": 20.0})
    there = replace(workspace, settings=patient, remote=Remote(patient))
    bucket.proxy.fault = first(2, say(503, "SlowDown"), "GET")
    report = run(there, f"s3://{bucket.name}/{NODE}", 0, 200)
    assert len(report.added) == len(check_every_sample(workspace)) == 6
    assert run(there, f"s3://{bucket.name}/{NODE}", 0, 200).added == ()
