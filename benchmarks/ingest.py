"""Measure how fast recordings are indexed, against cutting them with FFmpeg, and how a large round behaves.

The reference is what makes a minute of audio labelable elsewhere: ``ffmpeg -f segment -segment_time 60``, which writes
every minute to a file of its own; once as it is, once with ``-c copy``. Ours reads the file for its SHA-256, decodes it
where nothing else proves that it is whole (FLAC), and writes down where the minutes are. Both in seconds of processor
time (user and system), reading and writing the same disk. For WAV, SHA-256 is nearly all of our time; how long FFmpeg
takes depends on how the disk takes a gigabyte.
"""

import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.recording import Recording
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.services.intake.ingest import ingest
from podcast_core.services.labels import labelling, progress, rounds
from podcast_core.settings import Settings
from podcast_core.storage import recordings, sessions, submissions
from podcast_core.workspace import Workspace, open_workspace

HOURS = {"wav": 3.0, "flac": 1.0}
RATE_HZ = 48_000
REPEATS = 3
SESSIONS = 10_000
CALLS = 30


def hours_of(path: Path) -> float:
    """How long a recording is made."""
    return HOURS[path.suffix[1:]]


def write_recording(path: Path) -> None:
    """Write hours of noise."""
    minute = 0.05 * np.random.default_rng(0).standard_normal(60 * RATE_HZ).astype(np.float32)
    with soundfile.SoundFile(path, "w", RATE_HZ, 1, subtype="PCM_16") as file:
        for number in range(round(60 * hours_of(path))):
            file.write(np.roll(minute, 977 * number))


def by_ffmpeg(path: Path, folder: Path, *options: str) -> float:
    """Cut a recording into minutes; seconds of processor time."""
    folder.mkdir()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = ["ffmpeg", "-v", "error", "-nostdin", "-i", path, "-f", "segment", "-segment_time", "60", *options]
    subprocess.run([*command, folder / f"%04d{path.suffix}"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    shutil.rmtree(folder)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ours(path: Path, folder: Path) -> float:
    """Index a recording; seconds of processor time."""
    workspace = open_workspace(Settings(data_dir=folder, database_url="", storage_url=""))
    began = time.process_time()
    report = ingest(workspace, paths=[path], round_name="all")
    seconds = time.process_time() - began
    assert report.added[0].session_count == round(60 * hours_of(path))
    workspace.database.close()
    shutil.rmtree(folder)
    return seconds


def compare(path: Path, folder: Path) -> None:
    """Print how many hours of audio a minute of processor time does."""

    def measure(work: Callable[[], float]) -> float:
        return statistics.median(work() for _ in range(REPEATS))

    mine = measure(lambda: ours(path, folder / "ours"))
    hours = hours_of(path)
    print(f"{hours:g} h of {path.suffix[1:].upper()} at {RATE_HZ / 1000:g} kHz, processor time (median of {REPEATS})")
    print(f"  ingest: {60 * hours / mine:,.0f} hours of audio per minute ({mine:.2f} s)")
    for name, options in (("ffmpeg -f segment", ()), ("ffmpeg -f segment -c copy", ("-c", "copy"))):
        # The default binds the loop's value, whose type mypy cannot tell.
        reference = measure(lambda options=options: by_ffmpeg(path, folder / "cut", *options))  # type: ignore[misc]
        print(f"  {name}: {60 * hours / reference:,.0f} ({reference:.2f} s): ratio {reference / mine:.1f}")


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
        claimed = labelling.claim_next(workspace, round_id="all", holder=f"tab {number}", annotator="Ann", count=3)
        assert len(claimed.views) == 3

    steps: dict[str, Callable[[int], object]] = {
        "claim three sessions": claim,
        "list all with outcomes": lambda _: labelling.list_outcomes(workspace, round_id="all"),
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
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if shutil.which("ffmpeg") is None:
            sys.exit("ffmpeg is missing; on Debian: apt-get install ffmpeg")
        for kind in HOURS:
            path = folder / f"long.{kind}"
            write_recording(path)
            compare(path, folder)
            path.unlink()
        print(f"A round of {SESSIONS:,} sessions, half of them answered (SQLite, median of {CALLS})")
        workspace = open_workspace(Settings(data_dir=folder / "large", database_url="", storage_url=""))
        make_large_round(workspace)
        time_large_round(workspace)
        workspace.database.close()


if __name__ == "__main__":
    main()
