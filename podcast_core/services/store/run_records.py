"""Model runs as immutable JSON objects in the file store.

=================================  ===================================================================
key                                holds
=================================  ===================================================================
runs/RUN/run.json                  which version of which model, and all pieces of audio it looks at
runs/RUN/pieces/FIRST-LAST.json    all calls that were found in the pieces from one to another
runs/RUN/pieces/POSITION.json      all calls that were found in one piece
runs/RUN/end.json                  that the run is complete, and which pieces could not be looked at
=================================  ===================================================================

The last one is written when all others are there: a run without it is not ready, however it was cut off.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from podcast_core.domain.piece import Piece
from podcast_core.domain.run import ModelRun, PieceFound, RunBox, RunEnd, RunPlan
from podcast_core.services.store import records
from podcast_core.storage.files import FileStore

RunNoun = RunPlan | PieceFound | RunEnd


def make_object(noun: RunNoun) -> tuple[str, bytes]:
    """Make the key and the bytes of an object."""
    match noun:
        case RunPlan():
            run = asdict(noun.run)
            del run["finished_at"]  # in the last object
            pieces = [[each.recording_id, each.channel, each.start_s, each.end_s] for each in noun.pieces]
            return f"runs/{noun.run.id}/run.json", records.encode("model_run", {"run": run, "pieces": pieces})
        case PieceFound():
            return piece_key(noun.run_id, f"{noun.position:06d}"), records.encode("run_piece", asdict(noun))
        case RunEnd():
            failed = [[position, reason] for position, reason in sorted(noun.failed.items())]
            return f"runs/{noun.run_id}/end.json", records.encode("run_end", {**asdict(noun), "failed": failed})


def piece_key(run_id: str, position: str) -> str:
    """Name the object of a piece; its position has six digits."""
    return f"runs/{run_id}/pieces/{position}.json"


def list_positions(key: str) -> list[str]:
    """List the positions of the pieces in an object, as its key names them; none for other keys."""
    first, _, last = key.rpartition("/")[2].removesuffix(".json").partition("-")
    if not (first.isdecimal() and (last or first).isdecimal()):
        return []
    return [f"{position:06d}" for position in range(int(first), int(last or first) + 1)]


def make_objects(found: Iterable[PieceFound]) -> Iterator[tuple[str, bytes]]:
    """Make the keys and the bytes of the objects of pieces of one run: one for all that follow each other."""
    part: list[PieceFound] = []
    for each in found:
        if part and each.position != part[-1].position + 1:
            yield make_pieces(part)
            part = []
        part.append(each)
    if part:
        yield make_pieces(part)


def make_pieces(found: Sequence[PieceFound]) -> tuple[str, bytes]:
    """Make the key and the bytes of the object of pieces that follow each other."""
    if len(found) == 1:
        return make_object(found[0])
    run_id = found[0].run_id
    key = piece_key(run_id, f"{found[0].position:06d}-{found[-1].position:06d}")
    return key, write_pieces(run_id, found)


def write_pieces(run_id: str, found: Iterable[PieceFound]) -> bytes:
    """Write an object of pieces of a run."""
    return records.encode("run_pieces", {"run_id": run_id, "pieces": [asdict(each) for each in found]})


def save_plan(files: FileStore, plan: RunPlan) -> RunPlan:
    """Write a run; returns what is stored under its id, as all of these do."""
    key, data = make_object(plan)
    return to_plan(key, files.add(key, data))


def save_pieces(files: FileStore, found: Iterable[PieceFound]) -> list[PieceFound]:
    """Write what was found in pieces of one run, in the order of their positions."""
    return [each for key, data in make_objects(found) for each in to_pieces(key, files.add(key, data))]


def save_end(files: FileStore, end: RunEnd) -> RunEnd:
    """Write that a run is complete."""
    key, data = make_object(end)
    return to_end(key, files.add(key, data))


def to_plan(key: str, data: bytes) -> RunPlan:
    """Read a run; as all readers here, raises InvalidInput with the key and what is wrong with it."""
    with records.reading(key):
        document = records.open_document(data, "model_run")
        fields = records.with_times(document["run"], "created_at")
        pieces = tuple(Piece(start_s, end_s, *where) for *where, start_s, end_s in document["pieces"])
        lists: dict[str, Any] = {name: tuple(fields[name]) for name in ("labels", "round_ids")}
        return RunPlan(ModelRun(**{**fields, **lists}), pieces)


def to_pieces(key: str, data: bytes) -> list[PieceFound]:
    """Read what was found in a piece, or in several."""
    with records.reading(key):
        if "-" not in key.rpartition("/")[2]:
            return [_to_piece(records.open_document(data, "run_piece"))]
        return [_to_piece(each) for each in records.open_document(data, "run_pieces")["pieces"]]


def _to_piece(fields: dict[str, Any]) -> PieceFound:
    return PieceFound(**{**fields, "boxes": tuple(RunBox(**box) for box in fields["boxes"])})


def to_end(key: str, data: bytes) -> RunEnd:
    """Read that a run is complete."""
    with records.reading(key):
        fields = records.with_times(records.open_document(data, "run_end"), "finished_at")
        return RunEnd(**{**fields, "failed": {int(position): str(reason) for position, reason in fields["failed"]}})
