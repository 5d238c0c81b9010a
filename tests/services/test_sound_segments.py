from pathlib import Path

import numpy as np
import pytest
import soundfile

from podcast_core.domain import Session
from podcast_core.services import ingest
from podcast_core.services.sound_segments import Segments, find_segments
from podcast_core.storage import sessions
from podcast_core.workspace import Workspace
from tests.conftest import SHARED_DATA

RATE = 250_000
CALLS_S = (0.2, 0.21, 0.8)


def write(path: Path, loudness: float) -> None:
    """A second of noise with sweeps of 4 ms."""
    samples = 0.001 * np.random.default_rng(0).standard_normal(RATE)
    time = np.arange(RATE // 250) / RATE
    call = loudness * np.hanning(len(time)) * np.sin(2 * np.pi * (80_000 - 5e6 * time) * time)
    for start_s in CALLS_S:
        first = round(start_s * RATE)
        samples[first : first + len(call)] += call
    soundfile.write(path, samples, RATE, subtype="PCM_16")


def find(workspace: Workspace, path: Path) -> Segments:
    ingest.ingest(workspace, paths=[path], round_name="bats")
    return find_segments(workspace, round_id="bats", session_id=path.stem)


def covers(found: Segments, start_s: float, end_s: float) -> bool:
    return any(each.start_s <= start_s and end_s <= each.end_s for each in found.segments)


def test_calls_are_found_united_and_kept(workspace: Workspace, tmp_path: Path) -> None:
    write(tmp_path / "calls.wav", 0.02)
    found = find(workspace, tmp_path / "calls.wav")
    assert len(found.segments) == 2
    assert all(covers(found, start_s, start_s + 0.004) for start_s in CALLS_S)
    assert sum(each.end_s - each.start_s for each in found.segments) < 0.1
    (tmp_path / "calls.wav").unlink()
    assert find_segments(workspace, round_id="bats", session_id="calls") == found


def test_times_count_from_the_start_of_the_session(workspace: Workspace, tmp_path: Path) -> None:
    write(tmp_path / "calls.wav", 0.02)
    find(workspace, tmp_path / "calls.wav")
    with workspace.database.writing() as connection:
        whole = sessions.get_session(connection, "bats", "calls")
        part = Session("bats", "part", whole.recording_id, 0, 0.5, 1.0, 1)
        sessions.add_sessions(connection, [part])
    found = find_segments(workspace, round_id="bats", session_id="part")
    assert found.duration_s == 0.5
    assert len(found.segments) == 1
    assert covers(found, 0.3, 0.304)


def test_noise_and_silence_hold_nothing(workspace: Workspace, tmp_path: Path) -> None:
    write(tmp_path / "noise.wav", 0.0)
    soundfile.write(tmp_path / "silence.wav", np.zeros(4800), 48_000)
    for name in ("noise", "silence"):
        assert find(workspace, tmp_path / f"{name}.wav").segments == ()


def test_a_real_sequence_is_cut_together(workspace: Workspace) -> None:
    path = SHARED_DATA / "bats" / "XC826198-Carollia_sowelli-2013.02.15-CL00829.wav"
    if not path.exists():
        pytest.skip("needs the recordings in shared/data/bats")
    found = find(workspace, path)
    shown_s = sum(each.end_s - each.start_s for each in found.segments)
    assert len(found.segments) > 10
    assert 0.1 < shown_s / found.duration_s < 0.4
