import json
from pathlib import Path

import numpy as np
import pytest

from podcast_core.domain.session import Session
from podcast_core.services.intake import ingest
from podcast_core.services.pictures.sound_segments import Segments, find_segments
from podcast_core.workspace import Workspace
from tests.building import add_sessions, get_session, make_sound, write_sound
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
    write_sound(path, samples, RATE)


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
    whole = get_session(workspace, "bats", "calls")
    add_sessions(workspace, Session(0.5, 1.0, whole.recording_id, 0, round_id="bats", id="part", position=1))
    found = find_segments(workspace, round_id="bats", session_id="part")
    assert found.duration_s == 0.5
    assert len(found.segments) == 1
    assert covers(found, 0.3, 0.304)


def test_noise_and_silence_hold_nothing(workspace: Workspace, tmp_path: Path) -> None:
    write(tmp_path / "noise.wav", 0.0)
    write_sound(tmp_path / "silence.wav", np.zeros(4800), 48_000)
    write_sound(
        tmp_path / "ends.wav", make_sound(6, rate_hz=16_000), 16_000
    )  # windows that reach over its ends see edges
    for name in ("noise", "silence", "ends"):
        assert find(workspace, tmp_path / f"{name}.wav").segments == ()


def test_all_boxes_of_real_sequences_are_shown(workspace: Workspace) -> None:
    folder = SHARED_DATA / "bats"
    if not folder.exists():
        pytest.skip("needs the recordings in shared/data/bats")
    document = json.loads((folder / "annotation_project.aoef.json").read_text())["data"]
    names = {each["uuid"]: each["path"].rpartition("/")[2] for each in document["recordings"]}
    inside, shares = [], []
    for name in sorted(names.values()):
        found = find(workspace, folder / name)
        shares.append(sum(each.end_s - each.start_s for each in found.segments) / found.duration_s)
        for event in document["sound_events"]:
            if names[event["recording"]] == name:
                start_s, _, end_s, _ = event["geometry"]["coordinates"]
                inside.append(covers(found, start_s, end_s))
    assert (sum(inside), len(inside)) == (131, 131)
    assert 0.2 < min(shares) < max(shares) < 0.7
