"""Live sound: recorded into a round as it comes, with gaps, marks and predictions, and nothing of it lost."""

import os
import shutil
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from podcast_core.audio.feeds import Feed
from podcast_core.audio.files import read_samples
from podcast_core.domain.recording import Recording
from podcast_core.domain.times import utc_now
from podcast_core.errors import Conflict, InvalidInput, NotFound
from podcast_core.services.live import feeding, marking, recording, watching
from podcast_core.services.store.rebuild import rebuild
from podcast_core.services.store.sources import locate
from podcast_core.storage import recordings, sessions
from podcast_core.workspace import Workspace
from tests.building import list_predictions, make_sound
from tests.disks import largest_file

RATE_HZ = 8000
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def make_pcm(seconds: float, calls: list[tuple[float, float]] | None = None) -> NDArray[np.int16]:
    """Make sound of one channel: shape (n, 1)."""
    sound = make_sound(seconds, calls or [], rate_hz=RATE_HZ)
    return np.rint(sound * 32767).astype(np.int16)[:, None]


def push(feed: Feed, pcm: NDArray[np.int16], start_s: float, position: int | None = None) -> None:
    """Push sound that was taken from so many seconds after noon on."""
    feed.push(pcm, position=position, at=NOON + timedelta(seconds=start_s + len(pcm) / RATE_HZ))


def open_feed(workspace: Workspace, *, channels: int = 1) -> Feed:
    return feeding.open_microphone(
        workspace, feed_id="mic", name="Mic", sample_rate_hz=RATE_HZ, channel_count=channels, site="pier"
    )


def record(workspace: Workspace, feed: Feed, *, length_s: float = 5, model: str = "") -> recording.Recorder:
    return recording.start_recording(
        workspace,
        feed_id=feed.id,
        round_name="live",
        labels=("call",),
        person="Ann",
        session_length_s=length_s,
        model=model,
    )


def list_recorded(workspace: Workspace) -> list[Recording]:
    with workspace.database.reading() as connection:
        found = sessions.list_sessions(connection, "live")
        return sorted(
            (recordings.get_recording(connection, each.recording_id) for each in found),
            key=lambda each: each.started_at or NOON,
        )


def read_back(workspace: Workspace, recorded: Recording) -> NDArray[np.int16]:
    samples = read_samples(locate(workspace, recorded), channel=0, start_s=0, end_s=recorded.duration_s)
    return np.rint(samples * 32768).astype(np.int16)


def test_sound_becomes_recordings_with_true_times_sample_by_sample_and_gaps_are_recorded(workspace: Workspace) -> None:
    feed = open_feed(workspace)
    record(workspace, feed)
    pcm = make_pcm(18)
    push(feed, pcm[: 7 * RATE_HZ], 0)
    feed.interrupt()
    push(feed, pcm[7 * RATE_HZ :], 9.5)
    assert recording.stop_recording(workspace, feed_id=feed.id) == 5
    recorded = list_recorded(workspace)
    starts = [(each.started_at - NOON).total_seconds() for each in recorded if each.started_at]
    assert starts == [0, 5, 9.5, 14.5, 19.5]
    assert [each.duration_s for each in recorded] == [5, 2, 5, 5, 1]
    assert np.array_equal(np.concatenate([read_back(workspace, each) for each in recorded]), pcm[:, 0])
    assert [bool(each.notes) for each in recorded] == [False, False, True, False, False]
    assert recorded[2].notes[0].startswith("2.50 s of sound are missing before this recording")
    assert len(workspace.files.list("rounds/live/live-gaps/pier")) == 1
    assert {each.site for each in recorded} == {"pier"}
    assert not list((workspace.settings.data_dir / "live").iterdir())  # it is in the store now
    rebuild(workspace, replace=True)
    assert list_recorded(workspace) == recorded


def test_what_a_killed_process_has_left_on_the_disk_is_taken_in_by_the_next(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    feed = open_feed(workspace)
    recorder = record(workspace, feed, length_s=60)
    pcm = make_pcm(3)
    push(feed, pcm, 0)
    deadline = time.monotonic() + 30
    spool = workspace.settings.data_dir / "live"
    while not any(each.stat().st_size == pcm.nbytes for each in spool.glob("*.pcm")):
        assert time.monotonic() < deadline
    left = other_workspace.settings.data_dir / "live"
    shutil.copytree(spool, left)  # the disk as it was in the middle of a minute
    recorder.close()
    assert recording.take_leftovers(other_workspace) == 0  # it may be another process's, which writes it now
    long_ago = time.time() - 60
    for each in left.iterdir():
        os.utime(each, (long_ago, long_ago))
    problems: list[str] = []
    assert recording.take_leftovers(other_workspace, on_problem=problems.append) == 0
    assert "live" in problems[0]  # its round is not there: the sound stays
    other = open_feed(other_workspace)
    record(other_workspace, other, length_s=60)  # makes the round, and looks for what is left
    recording.stop_recording(other_workspace, feed_id=other.id)
    assert np.array_equal(read_back(other_workspace, list_recorded(other_workspace)[0]), pcm[:, 0])
    assert not list(left.iterdir())


def test_a_store_that_fails_loses_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = open_feed(workspace)
    recorder = record(workspace, feed)
    pcm = make_pcm(11)
    monkeypatch.setattr(workspace.files, "_least_free_bytes", 1 << 62)  # the disk is as good as full
    push(feed, pcm[: 6 * RATE_HZ], 0)
    deadline = time.monotonic() + 30
    while not recorder.problem:
        assert time.monotonic() < deadline
    monkeypatch.undo()
    push(feed, pcm[6 * RATE_HZ :], 6)
    assert recording.stop_recording(workspace, feed_id=feed.id) == 3
    assert recorder.problem == ""
    assert np.array_equal(np.concatenate([read_back(workspace, e) for e in list_recorded(workspace)]), pcm[:, 0])


def test_a_full_disk_ends_no_recording(workspace: Workspace) -> None:
    feed = open_feed(workspace)
    recorder = record(workspace, feed, length_s=60)
    pcm = make_pcm(9)
    deadline = time.monotonic() + 30
    with largest_file(2 * RATE_HZ * 2 + RATE_HZ):  # two seconds and a half
        for second in range(5):
            push(feed, pcm[second * RATE_HZ : (second + 1) * RATE_HZ], second)
        while not recorder.problem:
            assert time.monotonic() < deadline
    push(feed, pcm[5 * RATE_HZ :], 5)
    while recorder.problem:  # it is tried again by itself
        assert time.monotonic() < deadline
    recording.stop_recording(workspace, feed_id=feed.id)
    assert np.array_equal(np.concatenate([read_back(workspace, e) for e in list_recorded(workspace)]), pcm[:, 0])


def test_a_model_and_whoever_listens_propose_boxes_and_a_late_mark_still_finds_its_session(
    workspace: Workspace,
) -> None:
    feed = open_feed(workspace)
    recorder = record(workspace, feed, length_s=10, model="energy-detector")
    calls = [(2.0, 3.0), (6.0, 7.0), (14.0, 15.0)]
    pcm = make_pcm(20, calls)
    push(feed, pcm[: 10 * RATE_HZ], 0)
    deadline = time.monotonic() + 30
    while not recorder.recording_count:
        assert time.monotonic() < deadline

    def mark(mark_id: str, start_s: float, end_s: float, label: str = "call") -> None:
        marking.add_mark(
            workspace,
            feed_id=feed.id,
            mark_id=mark_id,
            label=label,
            started_at=NOON + timedelta(seconds=start_s),
            ended_at=NOON + timedelta(seconds=end_s),
            person="Ann",
        )

    mark("late", 9.0, 11.0)  # of a session that is there, and of the next one
    mark("late", 9.0, 11.0)
    with pytest.raises(Conflict, match="late"):
        mark("late", 9.0, 10.0)
    with pytest.raises(InvalidInput, match="no label"):
        mark("other", 9.0, 10.0, "song")
    push(feed, pcm[10 * RATE_HZ :], 10)
    recording.stop_recording(workspace, feed_id=feed.id)
    found = [
        each for each in list_predictions(workspace, "live") if each.model.startswith("energy-detector, live 2026")
    ]
    names = sorted({each.session_id for each in list_predictions(workspace, "live")})
    at = {name: 10 * index for index, name in enumerate(names)}
    for start_s, end_s in calls:
        assert any(at[e.session_id] + e.start_s < end_s and at[e.session_id] + e.end_s > start_s for e in found)
    marks = [each for each in list_predictions(workspace, "live") if each.model.startswith("marks of Ann")]
    assert sorted((at[each.session_id], each.start_s, each.end_s, each.score) for each in marks) == [
        (0, 9, 10, 1),
        (10, 0, 1, 1),
    ]
    with pytest.raises(Conflict, match="not being recorded"):
        mark("none", 12, 13)


def test_a_model_draws_its_boxes_while_sound_comes_and_calls_stay_what_they_were(workspace: Workspace) -> None:
    feed = open_feed(workspace)
    watcher = watching.start_watching(workspace, feed_id=feed.id, model="energy-detector")
    pcm = make_pcm(30, [(3.0, 4.0), (20.0, 21.0)])
    began = utc_now() - timedelta(seconds=30)
    for second in range(30):
        until = began + timedelta(seconds=second + 1)
        feed.push(pcm[second * RATE_HZ : (second + 1) * RATE_HZ], at=until)
        watcher._look()  # as its thread does twice a second
    found = [
        ((each.started_at - began).total_seconds(), (each.ended_at - began).total_seconds()) for each in feed.findings
    ]
    for start_s, end_s in ((3.0, 4.0), (20.0, 21.0)):
        inside = [each for each in found if each[0] < end_s and each[1] > start_s]
        assert len(inside) == 1
        assert inside[0] == pytest.approx((start_s, end_s), abs=0.2)
    watching.stop_watching(workspace, feed_id=feed.id)
    assert watching.find_watcher(feed) is None


def test_the_simulated_hydrophone_runs_once_for_all_and_microphones_change_rate_and_channels(
    workspace: Workspace,
) -> None:
    first = feeding.open_simulated(workspace)
    assert feeding.open_simulated(workspace) is first
    part = first.read(0, most=10**9, wait_s=60)
    assert part is not None
    assert part.samples.any()
    first.end_feed()
    with pytest.raises(NotFound, match="ended"):
        feeding.get_feed(workspace, feed_id=first.id)
    feed = open_feed(workspace, channels=2)
    old, new = feeding.MicrophoneTap(feed), feeding.MicrophoneTap(feed)
    tone = np.rint(10_000 * np.sin(2 * np.pi * 440 * np.arange(960) / 48_000)).astype(np.int16)
    frame = np.stack([tone, -tone], axis=1)
    old.take(frame, sample_rate_hz=48_000, position=0)
    assert feed.end == 0  # another connection has taken over
    new.take(frame, sample_rate_hz=48_000, position=96_000)
    new.take(frame, sample_rate_hz=48_000, position=96_960)
    assert feed.end == 320
    read = feed.read(0, most=320)
    assert read is not None
    assert np.corrcoef(read.samples[:, 0], read.samples[:, 1])[0, 1] < -0.99


def test_stun_and_turn_servers_are_those_of_the_settings(workspace: Workspace) -> None:
    assert feeding.list_ice_servers(workspace) == []
    changes = {"stun_servers": "stun:a.example:3478, stun:b.example", "turn_server": "turn:c.example", "turn_user": "u"}
    with_servers = replace(workspace, settings=workspace.settings.model_copy(update=changes))
    assert feeding.list_ice_servers(with_servers) == [
        {"urls": "stun:a.example:3478"},
        {"urls": "stun:b.example"},
        {"urls": "turn:c.example", "username": "u", "credential": ""},
    ]
