"""Measure how fast annotations and predictions of other programs come in, beside the least that reading them takes.

A round of 100 recordings in 1,000 sessions each gets 1,000,000 annotations out of 100 files of one format (Raven's
tables, Audacity's labels, our own CSV), then 100,000 predictions of a Pod.Cast TSV, and at last a table of ten rows is
planned, as the page *Data* does before it shows what an import would do, and `rebuild` and `doctor` look at it all.
Each format has a new workspace and a process of its own.

The reference reads the same files with ``pandas.read_csv`` and puts their numbers and labels into an empty table of
SQLite by ``executemany``: times are given in seconds, and as multiples of it in the same run.

Measured on 2026-11-30 on two cores that others kept at a load of 10, in processor time, which that lengthens (the
reference: 13 to 18 us a row). Raven's tables, 1,000,000 annotations in 100,000 sessions: planned in 59 s, kept in 44 s,
sums included, 7.9 times the reference; 1.16 GB of memory at most. At a load of 20, 102,508 predictions are planned in
2.5 s and kept in 4.7 s, 7.5 times the reference of the same run (row by row it was 5.3 s and 8.2 s).
A fifth of it (20,000 sessions, 200,000 annotations): 16 to 19 s, the predictions 2.9 s, rebuild 9.6 s, doctor 4.2 s.

    python benchmarks/imports.py [--formats raven,audacity,csv] [--sessions 100000] [--boxes 1000000]
"""

import argparse
import io
import multiprocessing
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from podcast_core.domain.recording import Recording
from podcast_core.domain.session import Session
from podcast_core.services.exchange import imports
from podcast_core.services.exchange.imports import ImportPlan
from podcast_core.services.labels import rounds
from podcast_core.services.store import records
from podcast_core.services.store.doctor import examine
from podcast_core.services.store.rebuild import rebuild
from podcast_core.settings import Settings
from podcast_core.storage import recordings, sessions
from podcast_core.storage.files import FileStore
from podcast_core.workspace import Workspace, open_workspace

SESSION_S, RATE_HZ = 60.0, 48_000
RECORDINGS = 100
LABELS = ("call", "click", "buzz", "whistle")
PREDICTIONS = 100_000
Table = tuple[str, bytes]
Box = tuple[float, float, float, float, str]


@dataclass(frozen=True, slots=True)
class Size:
    """How many sessions and boxes there are in all."""

    sessions: int
    boxes: int

    @property
    def session_count(self) -> int:
        """Sessions of a recording."""
        return max(1, self.sessions // RECORDINGS)

    @property
    def box_count(self) -> int:
        """Boxes of a recording."""
        return max(1, self.boxes // RECORDINGS)


class CountingStore(FileStore):
    """A store that counts what a bucket would be asked."""

    asked: Counter[str] = Counter()

    def add(self, key: str, data: bytes) -> bytes:
        """Count and add."""
        self.asked["objects written"] += 1
        return super().add(key, data)

    def read(self, key: str) -> bytes:
        """Count and read."""
        self.asked["objects read"] += 1
        return super().read(key)


def name_recording(number: int) -> str:
    """Name a recording's file without its ending."""
    return f"recorder_{number:03d}"


def fill(workspace: Workspace, size: Size) -> None:
    """Add the round with its recordings and sessions; no audio is needed for any of this."""
    round_ = rounds.add_round(workspace, name="season", labels=list(LABELS))
    for number in range(RECORDINGS):
        recording = Recording(
            sha256=f"{number:064x}"[::-1],
            uri=f"/season/{name_recording(number)}.wav",
            file_name=f"{name_recording(number)}.wav",
            sample_rate_hz=RATE_HZ,
            channel_count=1,
            frame_count=round(size.session_count * SESSION_S * RATE_HZ),
            encoding="WAV/PCM_16",
            started_at=datetime(2026, 6, 1, tzinfo=UTC),
        )
        made = [
            Session(
                *(at * SESSION_S, (at + 1) * SESSION_S, recording.id, 0),
                round_id=round_.id,
                id=f"{name_recording(number)}_{at:04d}",
                position=number * size.session_count + at,
            )
            for at in range(size.session_count)
        ]
        records.save_recording(workspace.files, recording)
        records.save_sessions(workspace.files, made)
        with workspace.database.writing() as connection:
            recordings.add_recording(connection, recording)
            sessions.add_sessions(connection, made)


def draw_boxes(number: int, size: Size) -> Iterator[Box]:
    """Draw the boxes of a recording, in time."""
    chance = random.Random(number)
    step_s = size.session_count * SESSION_S / size.box_count
    for at in range(size.box_count):
        start_s = at * step_s + chance.random() * min(step_s, SESSION_S) / 2
        low_hz = chance.randrange(200, 8000)
        end_s = start_s + 0.1 + chance.random()
        yield round(start_s, 4), round(end_s, 4), low_hz, low_hz + chance.randrange(100, 4000), chance.choice(LABELS)


def make_raven(number: int, size: Size) -> Table:
    """Write a selection table as Raven Pro does."""
    head = "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tAnnotation"
    lines = [
        f"{at}\tSpectrogram 1\t1\t{start_s:.9f}\t{end_s:.9f}\t{low_hz:.1f}\t{high_hz:.1f}\t{label}"
        for at, (start_s, end_s, low_hz, high_hz, label) in enumerate(draw_boxes(number, size), start=1)
    ]
    return f"{name_recording(number)}.Table.1.selections.txt", "\n".join([head, *lines, ""]).encode()


def make_audacity(number: int, size: Size) -> Table:
    """Write a label track as Audacity does, with frequencies."""
    lines = [
        f"{start_s:.6f}\t{end_s:.6f}\t{label}\n\\\t{low_hz:.6f}\t{high_hz:.6f}"
        for start_s, end_s, low_hz, high_hz, label in draw_boxes(number, size)
    ]
    return f"{name_recording(number)}.txt", "\n".join([*lines, ""]).encode()


def make_csv(number: int, size: Size) -> Table:
    """Write the columns of our own CSV that say something, one row per box."""
    head = "file_name,session_id,channel,start_s,end_s,low_hz,high_hz,label,outcome,origin,annotator,submitted_at"
    stem = name_recording(number)
    lines = [
        f"{stem}.wav,{stem}_{int(start_s // SESSION_S):04d},0,{start_s},{end_s},{low_hz},{high_hz},{label},"
        "labelled,new,Ann,2026-07-01T12:00:00+00:00"
        for start_s, end_s, low_hz, high_hz, label in draw_boxes(number, size)
    ]
    return f"{stem}.csv", "\n".join([head, *lines, ""]).encode()


def make_predictions(size: Size) -> Table:
    """Write predictions as Pod.Cast's TSV."""
    chance = random.Random(1)
    lines = ["wav_filename\tstart_time_s\tduration_s\tconfidence\tlabel"]
    for _ in range(PREDICTIONS * size.boxes // 1_000_000):
        number, start_s = chance.randrange(RECORDINGS), chance.random() * (size.session_count * SESSION_S - 2)
        lines.append(
            f"{name_recording(number)}.wav\t{start_s:.3f}\t1.5\t{chance.random():.4f}\t{chance.choice(LABELS)}"
        )
    return "predictions.tsv", "\n".join([*lines, ""]).encode()


FORMATS: dict[str, Callable[[int, Size], Table]] = {"raven": make_raven, "audacity": make_audacity, "csv": make_csv}


@dataclass(slots=True)
class Clock:
    """Seconds on the wall and of processor time."""

    wall_s: float = 0.0
    cpu_s: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Measure a block."""
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            self.wall_s += time.perf_counter() - wall_s
            self.cpu_s += time.process_time() - cpu_s


def measure_reference(tables: list[Table], sep: str, folder: Path) -> Clock:
    """Read tables with pandas and put them into an empty table of SQLite."""
    import pandas as pd

    clock = Clock()
    with clock.running():
        database = sqlite3.connect(folder / "reference.sqlite")
        for _, data in tables:
            frame = pd.read_csv(io.BytesIO(data), sep=sep, header=None, names=range(12), dtype=str)
            if database.in_transaction is False:
                database.execute(f"CREATE TABLE IF NOT EXISTS boxes ({', '.join(f'c{each}' for each in range(12))})")
            rows = frame.itertuples(index=False, name=None)
            database.executemany(f"INSERT INTO boxes VALUES ({', '.join('?' * 12)})", rows)
        database.commit()
        database.close()
    return clock


def measure(name: str, size: Size, database_url: str) -> None:
    """Measure one format in a new workspace, and print what it took."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_workspace(Settings(data_dir=Path(folder), database_url=database_url, annotator="Ann"))
        workspace = replace(workspace, files=CountingStore(workspace.settings.resolved_storage_url))
        fill(workspace, size)
        CountingStore.asked.clear()
        tables = [FORMATS[name](number, size) for number in range(RECORDINGS)]
        before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        planning, applying = Clock(), Clock()
        with planning.running():
            plan = imports.plan_annotations(workspace, round_id="season", files=tables, annotator="Ann")
        with applying.running():
            imports.apply_plan(workspace, plan)
        tell(name, f"{plan.report.added:,} answers, {size.boxes:,} annotations", planning, applying)
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"  peak memory {peak_mb:.0f} MB ({before_mb:.0f} MB before)", dict(CountingStore.asked), flush=True)
        del plan
        measure_rest(workspace, size, Path(folder))
        measure_store(workspace)
        reference = measure_reference(tables, "," if name == "csv" else "\t", Path(folder))
        took_s = planning.cpu_s + applying.cpu_s
        print(f"  reference {reference.cpu_s:.1f} s of CPU: the import takes {took_s / reference.cpu_s:.1f} times that")
        workspace.database.close()


def measure_rest(workspace: Workspace, size: Size, folder: Path) -> None:
    """Measure predictions, and the plan of a small table in the full round."""
    CountingStore.asked.clear()
    planning, applying = Clock(), Clock()
    table = make_predictions(size)
    with planning.running():
        plan = imports.plan_predictions(workspace, round_id="season", files=[table], model="net")
    with applying.running():
        imports.apply_plan(workspace, plan)
    tell("predictions", f"{plan.report.added:,} predictions", planning, applying)
    reference = measure_reference([table], "\t", folder)
    ratio = (planning.cpu_s + applying.cpu_s) / reference.cpu_s
    print(f"  reference {reference.cpu_s:.2f} s of CPU: the import takes {ratio:.1f} times that")
    print("  ", dict(CountingStore.asked))
    small = Clock()
    rows = "".join(f"{name_recording(3)}.wav,{at * 60 + 7.5},{at * 60 + 8},call\n" for at in range(10))
    with small.running():
        found: ImportPlan = imports.plan_annotations(
            workspace,
            round_id="season",
            files=[("ten.csv", f"file_name,start_s,end_s,label\n{rows}".encode())],
            annotator="Bob",
        )
    print(f"ten rows planned in {small.wall_s:.2f} s ({small.cpu_s:.2f} s of CPU): {found.report.outlook}", flush=True)


def measure_store(workspace: Workspace) -> None:
    """Measure a rebuild and a doctor of the workspace with all that was imported."""
    for name, work in {
        "rebuild": lambda: rebuild(workspace, replace=True),
        "doctor": lambda: examine(workspace),
    }.items():
        clock = Clock()
        CountingStore.asked.clear()
        with clock.running():
            work()
        asked = dict(CountingStore.asked)
        print(f"{name}: {clock.wall_s:.1f} s, {clock.cpu_s:.1f} s of CPU", asked, flush=True)


def tell(name: str, what: str, planning: Clock, applying: Clock) -> None:
    """Print times."""
    wall_s, cpu_s = planning.wall_s + applying.wall_s, planning.cpu_s + applying.cpu_s
    print(
        f"{name}: {what} in {wall_s:.1f} s, {cpu_s:.1f} s of CPU "
        f"(planned in {planning.cpu_s:.1f} s, kept in {applying.cpu_s:.1f} s)",
        flush=True,
    )


def main() -> None:
    """Read the command line, and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--formats", default=",".join(FORMATS))
    parser.add_argument("--sessions", type=int, default=100_000)
    parser.add_argument("--boxes", type=int, default=1_000_000)
    parser.add_argument("--database-url", default="")
    asked = parser.parse_args()
    size = Size(asked.sessions, asked.boxes)
    for name in asked.formats.split(","):
        process = multiprocessing.get_context("spawn").Process(target=measure, args=(name, size, asked.database_url))
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit(process.exitcode)


if __name__ == "__main__":
    main()
