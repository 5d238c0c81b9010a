"""The work of a model run: some pieces at a time, kept whole, as one object, before the next ones begin.

Killed at any moment, a run goes on after the last pieces that were kept, and is ready only when all of them are.
"""

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from podcast_core.domain.model import ModelVersion
from podcast_core.domain.piece import Piece
from podcast_core.domain.recording import Recording
from podcast_core.domain.run import ModelRun, PieceFound, RunBox, RunEnd
from podcast_core.domain.times import utc_now
from podcast_core.errors import Conflict, InvalidInput, NotFound, PodcastError
from podcast_core.ml.device import CPU, check_device
from podcast_core.ml.interfaces import Detector, Found
from podcast_core.ml.registry import versions
from podcast_core.ml.running import BLOCK_S, run_detector
from podcast_core.progress import tell_nobody
from podcast_core.services.jobs.running import MAX_REASONS, Result, RunningJob
from podcast_core.services.runs import suggesting
from podcast_core.services.runs.model_runs import WITHOUT_DEVICE, show_length, to_json
from podcast_core.services.store import run_records
from podcast_core.services.store.sources import locate
from podcast_core.storage import recordings, run_sums, runs
from podcast_core.workspace import Workspace

MAX_BOXES_PER_S = 50  # of the best scores; no animal calls so often
MIN_S = 1e-6
MAX_PIECES, MAX_WAIT_S = 100, 10.0  # that are kept at once; and how long they may wait for it


def run(workspace: Workspace, params: Mapping[str, Any], run: RunningJob) -> Result:
    """Look at the pieces of a run, some in each step; ``params`` has its ``run_id``, and where wanted a ``device``."""
    looker = Looker(workspace, params["run_id"], params.get("device", ""))
    total = len(looker.pieces)
    progress = _Progress(looker.pieces)

    def tell(position: int) -> None:
        run(position, total, progress.describe(looker.name(position)))

    position = 0
    while position < total:
        for result in run.step("pieces", looker.look_from, position, tell):
            progress.add(position, result["took_s"])
            if result["error"]:
                run.log(f"failed: {looker.name(position)}: {result['error']}")
            if result["cut"]:
                run.log(f"{looker.name(position)}: the {MAX_BOXES_PER_S} best calls per second are kept of more.")
            position += 1
    run(total, total, "")
    ended: Result = run.step("end", looker.end)
    for round_id in looker.round_ids:
        run.log(run.step("suggest", looker.suggest, round_id, partial(run, total, total)))
    return ended


class Looker:
    """Looks at the pieces of one run; ModelUnavailable when this machine does not have the device that is wanted."""

    def __init__(self, workspace: Workspace, run_id: str, device: str = "") -> None:
        self._workspace = workspace
        with workspace.database.reading() as connection:
            self._run = runs.get_run(connection, run_id)
            self.pieces: Sequence[Piece] = runs.list_pieces(connection, run_id)
            known = recordings.list_recordings(connection, set(self._run.recordings))
        self._recordings: dict[str, Recording] = {each.id: each for each in known}
        self._has_adopted = False
        check_device(device)
        self._device = CPU if self._run.kind in WITHOUT_DEVICE else workspace.models.choose(device)

    @cached_property
    def _detector(self) -> Detector:
        """Load the model when the first piece needs it, and look it up only then."""
        version = versions.get_version(self._workspace.files, self._run.model, self._run.version)
        _check_same(self._run, version)
        return self._workspace.models.make_detector(version, device=self._device)

    @property
    def round_ids(self) -> Sequence[str]:
        """The rounds that the run was asked to look at."""
        return self._run.round_ids

    def suggest(self, round_id: str, on_progress: Callable[[str], None]) -> str:
        """Suggest which sessions of a round to label next; what fails is told, and the run stays ready."""
        try:
            suggesting.suggest(self._workspace, run_id=self._run.id, round_id=round_id, on_progress=on_progress)
        except PodcastError as error:
            return f"No order is suggested for round {round_id}: {error}"
        return f"Round {round_id} can be labelled as the model suggests."

    def name(self, position: int) -> str:
        """Name a piece for people."""
        piece = self.pieces[position]
        minutes, seconds = divmod(int(piece.start_s), 60)
        return f"{self._recordings[piece.recording_id].file_name} from {minutes}:{seconds:02}"

    def look_from(self, first: int, on_progress: Callable[[int], object] = tell_nobody) -> list[Result]:
        """Look at pieces from one on until they are many or took long, and keep them; says what became of each."""
        positions = range(first, min(first + MAX_PIECES, len(self.pieces)))
        return self._look_at(positions, on_progress, until_s=MAX_WAIT_S)

    def _look_at(
        self,
        positions: Iterable[int],
        on_progress: Callable[[int], object] = tell_nobody,
        *,
        until_s: float = math.inf,
    ) -> list[Result]:
        """Look at pieces that are not done, and keep them; what cannot be read is told, and stops nothing else."""
        self._adopt()
        end, results, new = time.monotonic() + until_s, [], []
        try:
            for position in positions:
                on_progress(position)
                result: Result = {"took_s": 0.0, "cut": False, "error": ""}
                results.append(result)
                try:
                    if not self._is_done(position):
                        found, result["cut"] = self._find(position)
                        result["took_s"] = found.took_s
                        new.append(found)
                except (InvalidInput, NotFound) as error:
                    result["error"] = str(error)
                if time.monotonic() > end:
                    break
        finally:  # whatever stops it, what was found is kept
            self._keep(run_records.save_pieces(self._workspace.files, new))
        return results

    def _is_done(self, position: int) -> bool:
        with self._workspace.database.reading() as connection:
            return runs.is_done(connection, self._run.id, position)

    def _adopt(self) -> None:
        """Keep what an earlier try has left in the store, which was killed before it had written the rows."""
        if self._has_adopted:
            return
        self._has_adopted, files = True, self._workspace.files
        if keys := files.list(f"runs/{self._run.id}/pieces"):
            missing = {f"{position:06d}" for position in self._list_missing()}
            left = [key for key in keys if missing.intersection(run_records.list_positions(key))]
            self._keep([found for key in left for found in run_records.to_pieces(key, files.read(key))])

    def _keep(self, found: Sequence[PieceFound]) -> None:
        if not found:
            return
        with self._workspace.database.writing() as connection:
            runs.add_all_found(connection, found)

    def end(self) -> Result:
        """Try once more what failed, and write that the run is complete.

        Raises
        ------
        InvalidInput
            When no piece at all could be looked at.
        """
        missing = self._list_missing()
        results = zip(missing, self._look_at(missing), strict=True)
        failed = {position: result["error"] for position, result in results if result["error"]}
        if len(failed) == len(self.pieces):
            raise InvalidInput(f"Nothing could be looked at. The first reason: {next(iter(failed.values()))}")
        end = run_records.save_end(self._workspace.files, RunEnd(self._run.id, utc_now(), failed))
        with self._workspace.database.writing() as connection:
            runs.end_run(connection, end)
        with self._workspace.database.reading() as connection:
            totals = run_sums.count_runs(connection, [self._run.id])[self._run.id]
            calls = run_sums.count_calls(connection, self._run.id, self._run.threshold)
        named = [[self.name(position), reason] for position, reason in end.failed.items()]
        return {
            "run": self._run.id,
            "pieces": totals.done,
            "calls": calls,
            "audio_s": totals.done_s,
            "speed": totals.speed or 0.0,
            "failed_count": len(named),
            "failed": named[:MAX_REASONS],
        }

    def _list_missing(self) -> list[int]:
        with self._workspace.database.reading() as connection:
            scores = runs.list_scores(connection, self._run.id, self._run.threshold)
        return [each.position for each in scores if not each.is_done]

    def _find(self, position: int) -> tuple[PieceFound, bool]:
        """Find the calls of a piece; what surrounds it is heard as well, and calls are cut at its ends."""
        piece = self.pieces[position]
        recording = self._recordings[piece.recording_id]
        detector = self._detector
        began_s = time.perf_counter()
        low_s = float(max(0, math.floor(piece.start_s - detector.context_s)))
        high_s = min(recording.duration_s, piece.end_s + detector.context_s)
        calls = run_detector(
            detector,
            locate(self._workspace, recording),
            channel=piece.channel,
            sample_rate_hz=recording.sample_rate_hz,
            start_s=low_s,
            end_s=high_s,
            origin_s=0.0,  # the same windows as in the recording as a whole
            threshold=self._run.floor,
            block_s=min(max(BLOCK_S, math.ceil(high_s - low_s)), 2 * BLOCK_S),
        )
        boxes = [box for _, found in calls for call in found if (box := _cut_to(call, piece, recording)) is not None]
        most = math.ceil(MAX_BOXES_PER_S * piece.duration_s)
        best = sorted(boxes, key=lambda box: -box.score)[:most]
        ordered = tuple(sorted(best, key=lambda box: (box.start_s, box.end_s, box.label)))
        found = PieceFound(self._run.id, position, time.perf_counter() - began_s, self._device, ordered)
        return found, len(boxes) > most


def _check_same(run: ModelRun, version: ModelVersion) -> None:
    """Refuse to go on with another model than the one that the run began with."""
    if (version.weights_sha256, to_json(version.parameters)) != (run.weights_sha256, run.parameters):
        raise Conflict(f"{run.model_id} is not what it was when run {run.id} began: start a new run.")


def _cut_to(call: Found, piece: Piece, recording: Recording) -> RunBox | None:
    start_s, end_s = max(call.start_s, piece.start_s), min(call.end_s, piece.end_s)
    if end_s - start_s < MIN_S:
        return None
    low_hz, high_hz = call.low_hz, call.high_hz
    if low_hz is not None and high_hz is not None:
        high_hz = min(high_hz, recording.sample_rate_hz / 2)
        if low_hz >= high_hz:
            low_hz = high_hz = None
    return RunBox(start_s, end_s, call.label, 1.0 if call.score is None else call.score, low_hz=low_hz, high_hz=high_hz)


class _Progress:
    """Counts audio and work, and says how fast it goes."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._lengths = [piece.duration_s for piece in pieces]
        self._heard_s = self._took_s = 0.0
        self._left_s = sum(self._lengths)

    def add(self, position: int, took_s: float) -> None:
        """Count a piece; one that was done before took no time."""
        self._left_s -= self._lengths[position]
        if took_s:
            self._heard_s += self._lengths[position]
            self._took_s += took_s

    def describe(self, name: str) -> str:
        """Say what is next, how many times faster than the sound it goes, and how long it will take."""
        if not self._took_s:
            return name
        speed = self._heard_s / self._took_s
        return f"{name} · {speed:,.3g} times real time · {show_length(self._left_s / speed)} left"
