"""Make a workspace as a field season leaves it: one large round, some small ones, and all that people did in them.

By default 100 recordings are cut into 100,000 sessions with 1,000,000 annotations, most of them by one annotator, and
150,000 predictions of two models. Some sessions are answered by two people, some are empty, unsure, verified, skipped,
rejected by a review, or open. There are reviews, versions of a model, a model run and a release of a small round. The
same seed makes the same workspace.

Rows are added by the functions that Pod.Cast itself uses, so that all that follows from them is right. Objects of the
store have the form that Pod.Cast writes, but are not synced one by one; ``--rows-only`` leaves out those of sessions,
predictions, answers and reviews. All recordings are the same file, ten minutes of sound and then a hole that
takes no room: their digests are not those of the file.

    python -m benchmarks.parts.big_workspace FOLDER [--sessions N] [--boxes N] [--database-url URL] [--rows-only]
"""

import argparse
import hashlib
import random
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import Connection

from benchmarks.parts.made_answers import (
    LABELS,
    OTHERS,
    REVIEWED,
    answer_again,
    draw_place,
    make_answers,
    make_review,
    plan_answers,
)
from podcast_core.domain.label import make_labels
from podcast_core.domain.model import ModelVersion
from podcast_core.domain.piece import Piece
from podcast_core.domain.prediction import Prediction, PredictionSet
from podcast_core.domain.recording import Recording
from podcast_core.domain.review import Review
from podcast_core.domain.round import Round
from podcast_core.domain.run import ModelRun, PieceFound, RunBox, RunEnd, RunPlan
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.ml.energy.detector import EnergyDetector
from podcast_core.ml.registry import versions
from podcast_core.services.sets.release_request import ReleaseRequest
from podcast_core.services.sets.releases import create_release
from podcast_core.services.store import records, run_records
from podcast_core.settings import Settings
from podcast_core.storage import predictions, recordings, reviews, rounds, runs, sessions, submissions
from podcast_core.storage.database import analyze
from podcast_core.storage.deriving import postponed
from podcast_core.workspace import Workspace, open_workspace

BIG, SMALL = "season", ("pilot-1", "pilot-2", "pilot-3")
RUN = "season-run"
MODELS = ("energy-detector", "finch")
SITES = ("Orcasound Lab", "Port Townsend", "Bush Point", "")
BEGAN_AT = datetime(2026, 6, 1, tzinfo=UTC)
SESSION_S, RATE_HZ = 60.0, 8000
SOUND_S = 600.0  # of the file; what follows is a hole
BATCH = 2_000  # sessions in one transaction
SMALL_SESSIONS = 12


@dataclass(frozen=True, slots=True)
class Size:
    """How much is made."""

    recordings: int = 100
    sessions: int = 100_000
    boxes: int = 1_000_000
    predictions: int = 150_000
    run_pieces: int = 5_000
    annotators: int = 1  # who answer each session, independently; their boxes sum to `boxes`

    def times(self, factor: float) -> "Size":
        """Give the same proportions in another size."""
        made = (max(1, round(factor * each)) for each in (self.recordings, *self.of_round, self.run_pieces))
        return replace(Size(*made), annotators=self.annotators)

    @property
    def of_round(self) -> tuple[int, int, int]:
        """Sessions, annotations and predictions."""
        return self.sessions, self.boxes, self.predictions


DEFAULT = Size()


class Maker:
    """Adds things to a workspace: the rows, and the objects unless only rows are wanted."""

    def __init__(self, workspace: Workspace, size: Size, *, seed: int = 1, rows_only: bool = False) -> None:
        self.workspace, self.size, self.rows_only = workspace, size, rows_only
        self.seed = seed
        self._store = Path(workspace.settings.resolved_storage_url)
        self._connection: Connection | None = None
        self._rounds: list[Round] = []

    def make(self, tell: Callable[[str], None] = print) -> None:
        """Make everything."""
        began = time.perf_counter()
        self.add_versions()
        with self._at_once():
            known = self.add_recordings()
            for number, round_id in enumerate((*SMALL, BIG)):  # the big one is the newest
                is_big = round_id == BIG
                of_round = self.size.of_round if is_big else (SMALL_SESSIONS, 10 * SMALL_SESSIONS, 2 * SMALL_SESSIONS)
                self.add_round(round_id, number, known, *of_round)
                tell(f"{round_id}: {of_round[0]} sessions, {of_round[1]} annotations, {of_round[2]} predictions")
            self.add_run(known)
        for each in self._rounds:  # the store is not asked while the database is locked
            records.save_round(self.workspace.files, each)
        with self._writing() as connection:
            analyze(connection)
        create_release(
            self.workspace,
            request=ReleaseRequest("pilot", (SMALL[0],), "CC BY 4.0", audio="none"),
        )
        tell(f"made in {time.perf_counter() - began:.0f} s")

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        """Add all rows in one transaction, and work out once, at its end, what follows from them."""
        with self.workspace.database.writing() as connection, postponed(connection, remakes=True):
            self._connection = connection
            yield
            self._connection = None

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Begin a transaction, or take that of `_at_once`."""
        if self._connection is not None:
            yield self._connection
            return
        with self.workspace.database.writing() as connection:
            yield connection

    def keep(self, key: str, data: bytes) -> None:
        """Write an object as the store would, but do not wait for the disk."""
        path = self._store / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def add_recordings(self) -> list[Recording]:
        """Add the recordings, long enough for all sessions."""
        length_s = SESSION_S * max(-(-self.size.sessions // self.size.recordings), SMALL_SESSIONS)
        path = write_sound(self.workspace.settings.data_dir.resolve() / "season.wav", length_s)
        known = [
            Recording(
                sha256=hashlib.sha256(f"{self.seed}/{number}".encode()).hexdigest(),
                uri=str(path),
                file_name=f"season_{number:04}.wav",
                sample_rate_hz=RATE_HZ,
                channel_count=1,
                frame_count=round(length_s * RATE_HZ),
                encoding="WAV/PCM_16",
                started_at=BEGAN_AT + number * timedelta(seconds=length_s),
                start_method="given",
                site=SITES[number % len(SITES)],
                added_at=BEGAN_AT + timedelta(days=90, seconds=number),
            )
            for number in range(self.size.recordings)
        ]
        with self._writing() as connection:
            recordings.add_recordings(connection, known)
        for each in known:
            self.keep(*records.make_object(each))
        return known

    def add_versions(self) -> None:
        """Add two versions of a model."""
        detector = EnergyDetector()
        for day in (1, 2):
            made = ModelVersion(
                MODELS[1], 0, "energy", LABELS, BEGAN_AT + timedelta(days=92 + day), parameters=detector.parameters()
            )
            versions.add_version(self.workspace.files, made)

    def add_round(
        self, round_id: str, number: int, known: Sequence[Recording], session_count: int, box_count: int, guesses: int
    ) -> None:
        """Add a round with sessions, predictions, and, where there are to be boxes, answers and reviews."""
        chance = random.Random(f"{self.seed}/{round_id}")
        created_at = BEGAN_AT + timedelta(days=95, hours=number)
        round_ = Round(round_id, round_id, make_labels(LABELS), site=SITES[0], created_at=created_at)
        if self.size.annotators > 1:
            round_ = replace(round_, answers_wanted=self.size.annotators)
        with self._writing() as connection:
            rounds.add_round(connection, round_)
        self._rounds.append(round_)
        made = list(cut_sessions(round_id, known, session_count))
        for start in range(0, len(made), BATCH):
            with self._writing() as connection:
                sessions.add_sessions(connection, made[start : start + BATCH])
        by_recording: dict[str, list[Session]] = {}
        for each in made:
            by_recording.setdefault(each.recording_id, []).append(each)
        if not self.rows_only:
            for of_one in by_recording.values():
                self.keep(*records.make_object(of_one))
        offered = self.add_predictions(made, guesses, created_at, chance)
        if box_count:
            self.add_answers(made, offered, box_count, created_at, chance)

    def add_predictions(
        self, made: Sequence[Session], count: int, created_at: datetime, chance: random.Random
    ) -> dict[str, list[Prediction]]:
        """Add a set of each model; those that pages show come back by session."""
        shown: dict[str, list[Prediction]] = {}
        round_id = made[0].round_id
        for number, model in enumerate(MODELS):
            boxes = []
            for index in range(count // len(MODELS)):
                session = made[chance.randrange(len(made))]
                start_s, end_s, low_hz, high_hz = draw_place(session, chance)
                box = Prediction(
                    *(start_s, end_s, LABELS[chance.randrange(3)], round(chance.random(), 4)),
                    id=f"{round_id}-{number}-{index}",
                    session_id=session.id,
                    low_hz=low_hz,
                    high_hz=high_hz,
                    model=model,
                )
                boxes.append(box)
                shown.setdefault(session.id, []).append(box)
            found = PredictionSet(
                f"{round_id}-{number}", round_id, model, tuple(boxes), "benchmark", created_at + timedelta(hours=1)
            )
            with self._writing() as connection:
                predictions.add_prediction_set(connection, found)
            if not self.rows_only:
                self.keep(*records.make_object(found))
        return shown

    def add_answers(
        self,
        made: Sequence[Session],
        offered: dict[str, list[Prediction]],
        box_count: int,
        created_at: datetime,
        chance: random.Random,
    ) -> None:
        """Add answers and reviews, a batch at a time."""
        plans = plan_answers(len(made), box_count // self.size.annotators, chance)
        places = {each.id: each.recording_id for each in made}
        for start in range(0, len(made), BATCH):
            answers: list[Submission] = []
            judged: list[tuple[Review, Submission]] = []
            for index in range(start, min(start + BATCH, len(made))):
                at = created_at + timedelta(hours=2, seconds=40 * index)
                first = make_answers(made[index], offered.get(made[index].id, []), plans[index], at, chance)
                for answer in self._add_others(list(first), chance):
                    answers.append(answer)
                    if answer.outcome is not Outcome.SKIPPED and chance.random() < REVIEWED:
                        judged.append((make_review(answer, chance), answer))
            with self._writing() as connection:
                submissions.add_submissions(connection, answers)
                for review, _ in judged:
                    reviews.add_review(connection, review)
            if not self.rows_only:
                self.keep_answers(answers, judged, places)

    def _add_others(self, answers: Sequence[Submission], chance: random.Random) -> Sequence[Submission]:
        """Let the others answer a session, too, where several do."""
        others = OTHERS[: self.size.annotators - 1] if answers else ()
        return [*answers[: 1 if others else None], *(answer_again(answers[0], name, chance) for name in others)]

    def keep_answers(
        self, answers: Sequence[Submission], judged: Sequence[tuple[Review, Submission]], places: dict[str, str]
    ) -> None:
        """Write answers and reviews into the store."""
        for answer in answers:
            self.keep(*records.make_object(answer, recording_id=places[answer.session_id]))
        for review, answer in judged:
            self.keep(*records.make_object(review, reviewed=answer))

    def add_run(self, known: Sequence[Recording]) -> None:
        """Add a model run over the first sessions of the big round."""
        chance = random.Random(f"{self.seed}/{RUN}")
        pieces = tuple(
            Piece(each.start_s, each.end_s, each.recording_id, 0)
            for each in cut_sessions(BIG, known, self.size.sessions)
        )[: self.size.run_pieces]
        used = {each.id: each.sha256 for each in known if each.id in {piece.recording_id for piece in pieces}}
        created_at = BEGAN_AT + timedelta(days=96)
        run = ModelRun(
            *(RUN, MODELS[1], 1, "energy", "", EnergyDetector().parameters(), LABELS, 0.1, 0.5, (BIG,), used, "Ann"),
            created_at=created_at,
        )
        found = [self._find(index, piece, chance) for index, piece in enumerate(pieces)]
        end = RunEnd(RUN, created_at + timedelta(hours=1))
        with self._writing() as connection:
            runs.add_run(connection, RunPlan(run, pieces))
            runs.add_all_found(connection, found)
            runs.end_run(connection, end)
        if not self.rows_only:
            packs = (found[start : start + 100] for start in range(0, len(found), 100))
            for made in (run_records.make_object(RunPlan(run, pieces)), *map(run_records.make_pieces, packs)):
                self.keep(*made)
            self.keep(*run_records.make_object(end))

    def _find(self, position: int, piece: Piece, chance: random.Random) -> PieceFound:
        boxes = []
        for _ in range(chance.randrange(3)):
            start_s, end_s, low_hz, high_hz = draw_place(piece, chance)
            label, score = LABELS[chance.randrange(3)], round(0.1 + 0.9 * chance.random(), 4)
            boxes.append(RunBox(start_s, end_s, label, score, low_hz=low_hz, high_hz=high_hz))
        return PieceFound(RUN, position, 0.1, "cpu", tuple(boxes))


def cut_sessions(round_id: str, known: Sequence[Recording], count: int) -> Iterator[Session]:
    """Cut the recordings into sessions of one minute, one recording after the other."""
    per_recording = -(-count // len(known))
    for position in range(count):
        recording, number = known[position // per_recording], position % per_recording
        start_s = number * SESSION_S
        name = f"{recording.file_name.removesuffix('.wav')}_{number:04x}"
        yield Session(start_s, start_s + SESSION_S, recording.id, 0, round_id=round_id, id=name, position=position)


def write_sound(path: Path, length_s: float) -> Path:
    """Write a WAV of ten minutes of noise with calls, and behind it a hole up to its full length."""
    path.parent.mkdir(parents=True, exist_ok=True)
    seconds = np.arange(round(min(SOUND_S, length_s) * RATE_HZ)) / RATE_HZ
    calls = 6000 * np.sin(2 * np.pi * 1000 * seconds) * (seconds % 7 < 1)
    samples = (calls + 300 * np.random.default_rng(0).standard_normal(len(seconds))).astype("<i2")
    byte_count = 2 * round(length_s * RATE_HZ)
    head = b"RIFF" + struct.pack("<I", 36 + byte_count) + b"WAVEfmt "
    head += struct.pack("<IHHIIHH", 16, 1, 1, RATE_HZ, 2 * RATE_HZ, 2, 16) + b"data" + struct.pack("<I", byte_count)
    with path.open("wb") as file:
        file.write(head + samples.tobytes())
        file.truncate(len(head) + byte_count)
    return path


def main() -> None:
    """Make a workspace in a folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the data folder; its database must be new")
    parser.add_argument("--recordings", type=int, default=DEFAULT.recordings)
    parser.add_argument("--sessions", type=int, default=DEFAULT.sessions)
    parser.add_argument("--boxes", type=int, default=DEFAULT.boxes, help="annotations")
    parser.add_argument("--predictions", type=int, default=DEFAULT.predictions)
    parser.add_argument("--annotators", type=int, default=1, help="who answer each session, up to 5")
    parser.add_argument("--database-url", default="", help="default: SQLite in the folder")
    parser.add_argument("--rows-only", action="store_true", help="leave the objects of the store out")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    size = Size(
        *(asked.recordings, asked.sessions, asked.boxes, asked.predictions, min(DEFAULT.run_pieces, asked.sessions)),
        annotators=asked.annotators,
    )
    workspace = open_workspace(Settings(data_dir=asked.folder, database_url=asked.database_url))
    Maker(workspace, size, seed=asked.seed, rows_only=asked.rows_only).make()
    workspace.jobs.close()
    workspace.database.close()


if __name__ == "__main__":
    main()
