"""Measure how fast recordings are indexed, against cutting them with FFmpeg, and how a large round behaves.

The reference is what makes a minute of audio labelable elsewhere: ``ffmpeg -f segment -segment_time 60``, which writes
every minute to a file of its own; once as it is, once with ``-c copy``. Ours reads each file once for its SHA-256,
proves that it is whole (FLAC: by the checksums of its frames), and writes down where the minutes are. All in wall time,
on the same disk, from which the recordings are read anew each time, with the seconds of processor time beside it; and
beside those how fast the disk reads, and how fast one processor computes a SHA-256: these are our limits. How long
FFmpeg takes depends on how the disk takes what it writes. All ways take turns, so that a busy machine slows all of them
down.

``--hours`` says how much audio, ``--files`` in how many recordings; the cut minutes of one recording at a time lie on
the disk too.
"""

import argparse
import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.recording import Recording
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.domain.summary import Selection
from podcast_core.services.intake.ingest import ingest
from podcast_core.services.labels import claiming, listing, progress, rounds
from podcast_core.settings import Settings
from podcast_core.storage import recordings, sessions, submissions
from podcast_core.workspace import Workspace, open_workspace

KINDS = ("wav", "flac")
HOURS, FILES = 8.0, 8
RATE_HZ = 48_000
REPEATS = 3
WANTED = 5
BLOCK_BYTES = 1 << 20
SESSIONS = 10_000
CALLS = 30


class Took(NamedTuple):
    """Seconds by the clock, and of processors."""

    wall_s: float
    cpu_s: float


def write_recordings(folder: Path, kind: str, hours: float, count: int) -> list[Path]:
    """Write so many hours of noise in so many recordings, no two of which are the same."""
    folder.mkdir()
    minute = 0.05 * np.random.default_rng(0).standard_normal(60 * RATE_HZ).astype(np.float32)
    paths = [folder / f"r{number}.{kind}" for number in range(count)]
    for shift, path in enumerate(paths):
        with soundfile.SoundFile(path, "w", RATE_HZ, 1, subtype="PCM_16") as file:
            for number in range(round(60 * hours / count)):
                file.write(np.roll(minute, 977 * number + shift))
    return paths


def forget(paths: Sequence[Path]) -> None:
    """Let the system read files from the disk again."""
    for path in paths:
        with path.open("rb") as file:
            os.fsync(file.fileno())
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def measure(paths: Sequence[Path], ways: Mapping[str, Callable[[], object]]) -> dict[str, Took]:
    """Do something with recordings that are not in memory in some ways by turns; the median of each by the clock."""
    took: dict[str, list[Took]] = {name: [] for name in ways}
    for _ in range(REPEATS):
        for name, work in ways.items():
            forget(paths)
            began_s, cpu_s = time.perf_counter(), sum(os.times()[:4])
            work()
            took[name].append(Took(time.perf_counter() - began_s, sum(os.times()[:4]) - cpu_s))
    return {name: sorted(each)[REPEATS // 2] for name, each in took.items()}


def read(paths: Sequence[Path]) -> None:
    """Read recordings, and do nothing with them."""
    block = bytearray(BLOCK_BYTES)
    for path in paths:
        with path.open("rb", buffering=0) as file:
            while file.readinto(block):
                pass


def hash_bytes(count: int) -> None:
    """Compute the SHA-256 of so many bytes that are in memory, in one thread."""
    digest, block = hashlib.sha256(), bytes(BLOCK_BYTES)
    for _ in range(count // BLOCK_BYTES):
        digest.update(block)


def by_ffmpeg(paths: Sequence[Path], folder: Path, *options: str) -> None:
    """Cut recordings into minutes, as one who has FFmpeg does."""
    for path in paths:
        folder.mkdir()
        command = ["ffmpeg", "-v", "error", "-nostdin", "-i", path, "-f", "segment", "-segment_time", "60", *options]
        subprocess.run([*command, folder / f"%04d{path.suffix}"], check=True)
        shutil.rmtree(folder)


def ours(paths: Sequence[Path], workspace: Workspace, sessions_expected: int) -> None:
    """Index recordings into a new workspace."""
    report = ingest(workspace, paths=paths, round_name="all")
    assert sum(each.session_count for each in report.added) == sessions_expected, report.failed
    workspace.database.close()


def compare(paths: Sequence[Path], folder: Path, hours: float) -> None:
    """Print what each way takes, and its ratio to ours."""
    byte_count = sum(path.stat().st_size for path in paths)
    kind = paths[0].suffix[1:].upper()
    print(
        f"{hours:g} h of {kind} at {RATE_HZ / 1000:g} kHz in {len(paths)} recordings, {byte_count / 1e9:.2f} GB; "
        f"{os.cpu_count()} processors (median of {REPEATS})"
    )
    minutes = len(paths) * round(60 * hours / len(paths))
    empty = [
        open_workspace(Settings(data_dir=folder / kind / f"workspace{number}", database_url="", storage_url=""))
        for number in range(REPEATS)
    ]
    ways: dict[str, Callable[[], object]] = {
        "ingest": lambda: ours(paths, empty.pop(), minutes),
        "ffmpeg -f segment": lambda: by_ffmpeg(paths, folder / "cut"),
        "ffmpeg -f segment -c copy": lambda: by_ffmpeg(paths, folder / "cut", "-c", "copy"),
        "the disk alone: reading": lambda: read(paths),
        "one processor alone: SHA-256": lambda: hash_bytes(byte_count),
    }
    found = measure(paths, ways)
    for name, took in found.items():
        speed, pace = byte_count / 1e6 / took.wall_s, 60 * hours / took.wall_s
        print(
            f"  {name:30} {took.wall_s:7.2f} s ({took.cpu_s:6.2f} s of processors) {speed:7,.0f} MB/s "
            f"{pace:8,.0f} h of audio a minute {took.wall_s / found['ingest'].wall_s:5.1f} x ingest"
        )
    print(f"  wanted: ffmpeg -f segment takes {WANTED} x ingest; {os.getloadavg()[0]:.1f} processes were at work")


def make_large_round(workspace: Workspace) -> None:
    """Make a round of 100 recordings and 10,000 sessions, half of them answered."""
    rounds.add_round(workspace, name="all", labels=["call", "whistle"])
    each = SESSIONS // 100
    with workspace.database.writing() as connection:
        for number in range(100):
            recording = Recording(
                f"{number:064x}"[::-1], f"/r{number}.wav", f"r{number}.wav", 8000, 1, 480_000 * each, ""
            )
            recordings.add_recording(connection, recording)
            made = [
                Session(
                    round_id="all",
                    id=f"r{number}_{i:04x}",
                    recording_id=recording.id,
                    channel=0,
                    start_s=60.0 * i,
                    end_s=60.0 * (i + 1),
                    position=number * each + i,
                )
                for i in range(each)
            ]
            sessions.add_sessions(connection, made)
            for session in made[::2]:
                box = Annotation(session.start_s, session.start_s + 1, "call")
                submissions.add_submission(
                    connection, Submission(f"s-{session.id}", "all", session.id, "Ann", Outcome.LABELLED, (box,))
                )


def time_large_round(workspace: Workspace) -> None:
    """Print how long the steps of a large round take."""

    def claim(number: int) -> None:
        claimed = claiming.claim_next(workspace, round_id="all", holder=f"tab {number}", annotator="Ann", count=3)
        assert len(claimed.views) == 3

    steps: dict[str, Callable[[int], object]] = {
        "claim three sessions": claim,
        "list all with outcomes": lambda _: listing.list_sessions(
            workspace, round_id="all", selection=Selection(), limit=SESSIONS
        ),
        "count outcomes": lambda _: rounds.count_standings(workspace, round_id="all"),
        "progress page": lambda _: progress.get_progress(workspace, round_id="all"),
    }
    for name, step in steps.items():
        times = []
        for number in range(CALLS):
            began = time.perf_counter()
            step(number)
            times.append(1000 * (time.perf_counter() - began))
        print(f"  {name}: {statistics.median(times):.1f} ms (slowest of {CALLS}: {max(times):.1f} ms)")


def main() -> None:
    """Print both parts."""
    parser = argparse.ArgumentParser(description="Measure how fast recordings are indexed.")
    parser.add_argument("--hours", type=float, default=HOURS, help="of audio (default: %(default)s)")
    parser.add_argument("--files", type=int, default=FILES, help="recordings (default: %(default)s)")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    asked = parser.parse_args()
    if shutil.which("ffmpeg") is None:
        sys.exit("ffmpeg is missing; on Debian: apt-get install ffmpeg")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in asked.kinds:
            paths = write_recordings(folder / kind, kind, asked.hours, asked.files)
            compare(paths, folder, asked.hours)
            shutil.rmtree(folder / kind)
        print(f"A round of {SESSIONS:,} sessions, half of them answered (SQLite, median of {CALLS})")
        workspace = open_workspace(Settings(data_dir=folder / "large", database_url="", storage_url=""))
        make_large_round(workspace)
        time_large_round(workspace)
        workspace.database.close()


if __name__ == "__main__":
    main()
