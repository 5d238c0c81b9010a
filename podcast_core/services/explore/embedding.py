"""The job that describes the clips of a collection: part by part, each kept whole before the next one begins.

Killed at any moment, it goes on after the last part. What any other collection knows of the same clip, by the same
embedder, is copied: a second run over the same sound describes nothing.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from podcast_core.domain.clip import PART_CLIPS
from podcast_core.domain.collection import Collection, CollectionEnd
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.ml.embedding.interfaces import ClipEmbedder
from podcast_core.ml.embedding.space import MAX_FITTED, Space, fit_space, read_space
from podcast_core.services.explore import embedders, places, table_intake, vectors
from podcast_core.services.explore.reading import Wanted, describe_batches, join_batches, read_clips
from podcast_core.services.explore.vectors import (
    features_key,
    loudness_key,
    read_array,
    read_part_loudness,
    vectors_key,
    write_array,
)
from podcast_core.services.jobs.running import MAX_REASONS, Result, RunningJob
from podcast_core.services.store import collection_records
from podcast_core.storage import clip_labels, clips, collections, recordings
from podcast_core.workspace import Workspace

MAX_S = 60.0  # of sound at once: a longer clip is the mean of its pieces
MIN_POWER = 1e-12  # of full scale: silence is -120 dB
READ = ("number", "recording_id", "channel", "start_s", "end_s", "url", "error")


def run(workspace: Workspace, params: Mapping[str, Any], run: RunningJob) -> Result:
    """Find and describe the clips of a collection; ``params`` has its ``collection_id``."""
    run(0, 0, "Looking for clips")
    plan = run.step("plan", plan_clips, workspace, params["collection_id"], run)
    with workspace.database.reading() as connection:
        collection = collections.get_collection(connection, params["collection_id"])
    describer = Describer(workspace, collection, embedders.load_embedder(workspace, collection))
    return describe_all(describer, plan["clips"], run)


def describe_all(describer: "Describer", total: int, run: RunningJob) -> Result:
    """Describe all parts, and bring them into one space."""
    totals = {"described": 0, "copied": 0, "failed": 0}
    parts = -(-total // PART_CLIPS)
    for position in range(parts):
        run(position * PART_CLIPS, total, "Describing sounds")
        result = run.step("part", describer.describe_part, position, run, total)
        totals = {name: count + result[name] for name, count in totals.items()}
        for reason in result["reasons"]:
            run.log(f"failed: {reason}")
    if describer.is_fitted:
        with threadpool_limits(1):  # on a busy machine, threads that wait for each other take twenty times as long
            run(total, total, "Fitting the space")
            run.step("fit", describer.fit, parts)
            for position in range(parts):
                run(total, total, "Placing sounds")
                run.step("place", describer.place_part, position)
    ended: Result = run.step("end", describer.end, parts)
    run(total, total, "")
    return {**ended, **totals}


def plan_clips(workspace: Workspace, collection_id: str, run: RunningJob) -> Result:
    """Find the clips of a collection, unless that is done.

    Raises
    ------
    InvalidInput
        When there are none.
    """
    with workspace.database.reading() as connection:
        collection = collections.get_collection(connection, collection_id)
        if clips.has_all(connection, collection_id):
            return {"clips": collection.clip_count}
    if table_intake.has_table(workspace, collection_id):
        found = table_intake.find_places(workspace, collection, run)
    else:
        with workspace.database.reading() as connection:
            found = places.find_places(connection, collection)
    if not found:
        raise InvalidInput(
            f"There is nothing to describe: round {collection.round_id} has no {collection.unit.value}s."
        )
    parts = places.make_parts(collection_id, found)
    for part in parts:
        collection_records.save_again(workspace.files, part)
    with workspace.database.writing(f"collection/{collection_id}") as connection:
        if not clips.has_all(connection, collection_id):
            clips.remove_clips(connection, collection_id)  # of a plan that another machine began, and a rebuild found
            for part in parts:
                clips.add_part(connection, part)
            clip_labels.relabel_collection(connection, collection.round_id, collection_id)
    return {"clips": len(found)}


@dataclass(frozen=True, slots=True)
class _Share:
    """A piece of a clip, which is a row of its part, and what share of the clip it is."""

    row: int
    share: float


class Describer:
    """Describes the clips of one collection with one embedder."""

    def __init__(self, workspace: Workspace, collection: Collection, embedder: ClipEmbedder) -> None:
        self.workspace, self._collection, self._embedder = workspace, collection, embedder
        self._key = features_key if embedder.blocks else vectors_key
        self._powers: dict[int, float] = {}  # of the rows that were described, against full scale
        with workspace.database.reading() as connection:
            same = collections.list_collections(connection, embedder=collection.embedder)
        self._others = [each.id for each in same if each.id != collection.id and self._is_same(each)]

    @property
    def is_fitted(self) -> bool:
        """Whether vectors are made of features when all clips are described."""
        return bool(self._embedder.blocks)

    def _is_same(self, other: Collection) -> bool:
        wanted = dict(self._embedder.parameters)
        return {name: other.parameters.get(name) for name in wanted} == wanted

    def describe_part(self, position: int, run: RunningJob, total: int) -> Result:
        """Describe the clips of a part, unless that is done; what cannot be read is told, and stops nothing else."""
        nothing: Result = {"described": 0, "copied": 0, "failed": 0, "reasons": []}
        files, key = self.workspace.files, self._key(self._collection.id, position)
        start = position * PART_CLIPS
        with self.workspace.database.reading() as connection:
            rows = clips.read_columns(connection, self._collection.id, READ, start=start, end=start + PART_CLIPS)
        if files.exists(key):
            return nothing
        found: dict[int, NDArray[np.float32]] = {}
        self._copy(position, found, loudness := np.full(len(rows["number"]), np.nan, np.float32))
        copied, self._powers = len(found), {}
        missing = [row for row in range(len(rows["number"])) if row not in found and rows["recording_id"][row]]
        errors = self.describe(rows, missing, found, lambda: run(start + len(found), total, "Describing sounds"))
        for row, power in self._powers.items():
            loudness[row] = 10 * math.log10(max(power, MIN_POWER))
        write_array(files, loudness_key(self._collection.id, position), loudness)
        width = self._embedder.dimension or len(next(iter(found.values()), ()))  # a function tells by its first one
        features = np.full((len(rows["number"]), width), np.nan, np.float32)
        for row, values in found.items():
            features[row] = values
        write_array(files, key, features.astype(np.float16) if self.is_fitted else features)
        was_wrong = {row: "" for row in (*found, *errors) if rows["error"][row]}
        with self.workspace.database.writing() as connection:
            changed = {start + row: reason for row, reason in {**was_wrong, **errors}.items()}
            clips.set_errors(connection, self._collection.id, changed)
        reasons = [f"clip {start + row}: {reason}" for row, reason in list(errors.items())[:MAX_REASONS]]
        return {"described": len(found) - copied, "copied": copied, "failed": len(errors), "reasons": reasons}

    def _copy(self, position: int, found: dict[int, NDArray[np.float32]], loudness: NDArray[np.float32]) -> None:
        """Take what other collections know of the same clips."""
        start = position * PART_CLIPS
        with self.workspace.database.reading() as connection:
            known = clips.find_described(
                connection, self._collection.id, self._others, start=start, end=start + PART_CLIPS
            )
        by_part: dict[tuple[str, int], list[tuple[int, int]]] = {}
        for number, other, its in known:
            by_part.setdefault((other, its // PART_CLIPS), []).append((number - start, its % PART_CLIPS))
        for (other, its_position), pairs in by_part.items():
            try:
                values = read_array(self.workspace.files, self._key(other, its_position))
            except (NotFound, InvalidInput):
                continue
            if values.ndim != 2 or values.shape[1] != (self._embedder.dimension or values.shape[1]):
                continue
            whole: NDArray[np.bool_] = np.atleast_1d(np.isfinite(values).all(axis=1))
            levels = read_part_loudness(self.workspace.files, other, its_position)
            for row, its_row in pairs:
                if row not in found and its_row < len(values) and whole[its_row]:
                    found[row] = values[its_row]
                    loudness[row] = np.nan if levels is None else levels[its_row]

    def describe(
        self,
        rows: Mapping[str, NDArray[Any]],
        missing: Iterable[int],
        found: dict[int, NDArray[np.float32]],
        on_progress: Callable[[], None],
    ) -> dict[int, str]:
        """Add to what was found the vectors of the clips in some rows; returns why others have none."""
        wanted, pieces = _cut(rows, missing)
        if not wanted:
            return {}
        with self.workspace.database.reading() as connection:
            known = recordings.list_recordings(connection, {each.recording_id for each in wanted})
        by_id = {each.id: each for each in known}
        errors: dict[int, str] = {}
        heard = read_clips(self.workspace, wanted, by_id, self._embedder.sample_rate_hz)
        for batch, values in describe_batches(self._embedder, join_batches(heard)):
            errors.update({pieces[key].row: reason for key, reason in batch.errors})
            for key, samples, vector in zip(batch.keys, batch.samples, values, strict=True):
                piece = pieces[key]
                power = float(np.dot(samples, samples)) / len(samples)
                self._powers[piece.row] = self._powers.get(piece.row, 0.0) + piece.share * power
                part = vector * piece.share
                found[piece.row] = found[piece.row] + part if piece.row in found else part
            on_progress()
        for row in errors:
            found.pop(row, None)
        return errors

    def fit(self, parts: int) -> Result:
        """Fit the space, unless that is done, to clips that are not held out, drawn evenly."""
        key = space_key(self._collection.id)
        if not self.workspace.files.exists(key):
            with self.workspace.database.reading() as connection:
                subsets = clips.read_columns(connection, self._collection.id, ["subset"])["subset"]
            usable = np.flatnonzero(subsets != "test")
            usable = usable if len(usable) else np.arange(len(subsets))
            drawn = usable[:: math.ceil(len(usable) / MAX_FITTED)]
            rows = []
            for position in range(parts):
                inside = drawn[(drawn >= position * PART_CLIPS) & (drawn < (position + 1) * PART_CLIPS)]
                if len(inside):
                    part = read_array(self.workspace.files, features_key(self._collection.id, position))
                    rows.append(part[inside - position * PART_CLIPS])
            self.workspace.files.write(key, fit_space(np.concatenate(rows), self._embedder.blocks).to_bytes())
        return {}

    def place_part(self, position: int) -> Result:
        """Make the vectors of a part of its features, unless that is done."""
        files = self.workspace.files
        key = vectors_key(self._collection.id, position)
        if not files.exists(key):
            features = read_array(files, features_key(self._collection.id, position))
            write_array(files, key, read_collection_space(self.workspace, self._collection.id).place(features))
        return {}

    def end(self, parts: int) -> Result:
        """Write that all clips are described.

        Raises
        ------
        InvalidInput
            When none could be.
        """
        files, collection_id = self.workspace.files, self._collection.id
        dimension = int(read_array(files, vectors_key(collection_id, parts - 1)).shape[1])
        with self.workspace.database.reading() as connection:
            errors = clips.read_columns(connection, collection_id, ["error"])["error"]
        failed = {number: str(reason) for number, reason in enumerate(errors) if reason}
        if len(failed) == len(errors):
            raise InvalidInput(f"Nothing could be described. The first reason: {next(iter(failed.values()))}")
        end = CollectionEnd(collection_id, utc_now(), dimension, failed)
        collection_records.save_again(files, end)
        with self.workspace.database.writing() as connection:
            collections.end_collection(connection, end)
        vectors.forget(self.workspace, collection_id)
        return {"collection_id": collection_id, "clips": len(errors), "failed_count": len(failed)}


def _cut(rows: Mapping[str, NDArray[Any]], missing: Iterable[int]) -> tuple[list[Wanted], list[_Share]]:
    """Cut clips into pieces that are not too long to be held in memory."""
    wanted: list[Wanted] = []
    pieces: list[_Share] = []
    for row in missing:
        start_s, end_s = float(rows["start_s"][row]), float(rows["end_s"][row])
        count = max(1, math.ceil((end_s - start_s) / MAX_S - 1e-9))
        edges = np.linspace(start_s, end_s, count + 1).tolist()
        for first, last in zip(edges, edges[1:], strict=False):
            wanted.append(Wanted(first, last, str(rows["recording_id"][row]), int(rows["channel"][row]), len(pieces)))
            pieces.append(_Share(row, 1 / count))
    return wanted, pieces


def space_key(collection_id: str) -> str:
    """Name the object of what was fitted to a collection."""
    return f"{collection_records.FOLDER}/{collection_id}/space.npz"


def read_collection_space(workspace: Workspace, collection_id: str) -> Space:
    """Read what was fitted to a collection."""
    return read_space(workspace.files.read(space_key(collection_id)))
