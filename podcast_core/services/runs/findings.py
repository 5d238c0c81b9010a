"""What model runs found: session by session, as soon as each is done."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.piece import Piece
from podcast_core.domain.recording import Recording
from podcast_core.domain.round import Round
from podcast_core.domain.run import ModelRun, PieceScore, RunBox
from podcast_core.domain.score import SessionScore
from podcast_core.domain.session import Session
from podcast_core.domain.standing import REJECTED
from podcast_core.errors import Conflict
from podcast_core.services.labels.session_views import get_view
from podcast_core.services.runs.model_runs import to_piece
from podcast_core.services.runs.placing import ROUNDING_S, match, place
from podcast_core.storage import recordings, rounds, run_sums, runs, scores, sessions
from podcast_core.workspace import Workspace

BINS = 50  # of the histogram of scores; chosen
END_S = 2 * ROUNDING_S  # calls that are nearer to the end of a piece may touch one in the next
COLUMNS = ("round", "session", "recording", "channel", "start_s", "end_s", "low_hz", "high_hz", "label", "score")


@dataclass(frozen=True, slots=True)
class FoundSession:
    """A piece of a run with what was found in it; the session of a round that it is, where it is one."""

    scored: PieceScore
    recording: Recording
    session: Session | None

    @property
    def name(self) -> str:
        """What people call it."""
        if self.session is not None:
            return self.session.id
        return f"{self.recording.file_name}, {self.scored.piece.start_s:g} to {self.scored.piece.end_s:g} s"

    @property
    def started_at(self) -> datetime | None:
        """When it began (UTC), if that is known."""
        began = self.recording.started_at
        return None if began is None else began + timedelta(seconds=self.scored.piece.start_s)


@dataclass(frozen=True, slots=True)
class Layer:
    """The calls of one run, or what people said, in a session; times count from the session's start."""

    run: ModelRun | None
    boxes: tuple[RunBox, ...]


def list_sessions(
    workspace: Workspace,
    *,
    run_id: str,
    threshold: float,
    limit: int | None = None,
    offset: int = 0,
    after: Sequence[int] | None = None,
) -> list[FoundSession]:
    """List what a run looks at in its order, or a part of it, done or not; calls count from the threshold on.

    ``after`` is the position of the session before.
    """
    with workspace.database.reading() as connection:
        run = runs.get_run(connection, run_id)
        found = runs.list_scores(connection, run_id, threshold, limit=limit, offset=offset, after=after)
        return find_homes(connection, run, found)


def find_homes(connection: Connection, run: ModelRun, found: Sequence[PieceScore]) -> list[FoundSession]:
    """Find the recordings of pieces, and the sessions that they are, those of the chosen rounds first."""
    known = {
        each.id: each for each in recordings.list_recordings(connection, {each.piece.recording_id for each in found})
    }
    places = {round_id: place for place, round_id in enumerate(run.round_ids)}
    there = sessions.list_at(connection, [each.piece for each in found])
    homes: dict[Piece, Session] = {}
    for each in sorted(there, key=lambda each: places.get(each.round_id, 0)):
        if not places or each.round_id in places:
            homes.setdefault(to_piece(each), each)
    return [FoundSession(each, known[each.piece.recording_id], homes.get(each.piece)) for each in found]


def count_scores(workspace: Workspace, *, run_id: str) -> dict[str, list[int]]:
    """Count the calls of a run by label and score, in `BINS` steps from 0 to 1."""
    with workspace.database.reading() as connection:
        runs.get_run(connection, run_id)
        return run_sums.count_scores(connection, run_id, BINS)


def list_targets(workspace: Workspace, *, run_id: str) -> list[Round]:
    """List the rounds with audio that a run looks at, those first that were chosen for it."""
    with workspace.database.reading() as connection:
        run = runs.get_run(connection, run_id)
        ids = sessions.list_round_ids(connection, run.recordings)
        known = {each.id: each for each in rounds.list_rounds(connection, with_opened=True)}
    return [known[each] for each in dict.fromkeys([*run.round_ids, *known]) if each in ids]


def list_ready_on(workspace: Workspace, *, round_id: str) -> list[ModelRun]:
    """List the runs that are ready and have heard audio of a round, the newest first."""
    with workspace.database.reading() as connection:
        wanted = set(sessions.list_recording_ids(connection, round_id))
        found = runs.list_runs(connection)
    return [run for run in found if run.is_ready and wanted & set(run.recordings)]


@dataclass(frozen=True, slots=True)
class FoundCall:
    """A call of a run, the piece that it is in, and its keys in the list of all calls: position and number."""

    piece: Piece
    box: RunBox
    keys: tuple[int, int]


def list_boxes(workspace: Workspace, *, run_id: str, threshold: float = 0.0) -> tuple[list[tuple[Piece, RunBox]], int]:
    """List calls of a run with their piece, by piece and time, and count all of them."""
    found, total = list_calls(workspace, run_id=run_id, threshold=threshold)
    return [(each.piece, each.box) for each in found], total


def list_calls(
    workspace: Workspace,
    *,
    run_id: str,
    threshold: float = 0.0,
    limit: int | None = None,
    offset: int = 0,
    after: Sequence[int] | None = None,
) -> tuple[list[FoundCall], int]:
    """List a part of the calls of a run, by piece and time, and count all; ``after`` are the keys of the one before."""
    with workspace.database.reading() as connection:
        runs.get_run(connection, run_id)
        total = run_sums.count_calls(connection, run_id, threshold)
        boxes = runs.list_numbered(connection, run_id, threshold=threshold, limit=limit, offset=offset, after=after)
        pieces = runs.find_pieces(connection, run_id, {position for (position, _), _ in boxes})
    return [FoundCall(pieces[keys[0]], box, keys) for keys, box in boxes], total


def list_layers(workspace: Workspace, *, round_id: str, session_id: str) -> list[Layer]:
    """List what all runs found in a session, the newest first, and at last what people said, if anybody has."""
    view = get_view(workspace, round_id=round_id, session_id=session_id)
    session = view.session
    with workspace.database.reading() as connection:
        places: dict[str, list[int]] = defaultdict(list)
        for run_id, position in runs.find_overlapping(connection, to_piece(session)):
            places[run_id].append(position)
        layers = []
        for run in (each for each in runs.list_runs(connection) if each.id in places):
            boxes = runs.list_boxes(connection, run.id, positions=places[run.id])
            layers.append(Layer(run, _cut_to(session, [box for _, box in boxes])))
    if view.answer is not None and view.standing != REJECTED:
        layers.append(Layer(None, _cut_to(session, [_to_box(each) for each in view.answer.annotations])))
    return layers


def _to_box(annotation: Annotation) -> RunBox:
    edges = (annotation.start_s, annotation.end_s, annotation.label, 1.0)
    return RunBox(*edges, low_hz=annotation.low_hz, high_hz=annotation.high_hz)


def _cut_to(session: Session, boxes: Iterable[RunBox]) -> tuple[RunBox, ...]:
    """Keep what lies in a session, with times from its start."""
    return tuple(box.cut_to(session) for box in boxes if box.measure_common_s(session) > ROUNDING_S)


def place_boxes(workspace: Workspace, *, run_id: str, round_id: str, threshold: float) -> dict[str, list[RunBox]]:
    """Sort a run's calls into the sessions of a round; sessions of which it has not heard all are left out.

    Calls are in seconds of the recording. One over the border of two pieces is one call with its best score before it
    is cut at the borders of sessions.

    Raises
    ------
    NotFound
        When there is no such run or round.
    Conflict
        When the run is not ready.
    """
    with workspace.database.reading() as connection:
        pieces = _list_done(connection, run_id, round_id)
        boxes = runs.list_boxes(connection, run_id, threshold=threshold)
        targets = sessions.list_sessions(connection, round_id)
    return place(pieces, boxes, targets)


def read_scores(workspace: Workspace, *, run_id: str, round_id: str) -> list[SessionScore]:
    """Say what a run found in each session of a round that it has heard: best score and number of calls.

    Raises
    ------
    NotFound, Conflict
        As `place_boxes`.
    """
    with workspace.database.reading() as connection:
        pieces = _list_done(connection, run_id, round_id)
        everything = scores.list_scores(connection, round_id, "")
        targets = [each.session for each in everything]
        homes = match(pieces, targets)
        if homes is None:
            inside, boxes = {}, runs.list_boxes(connection, run_id)
        else:  # only calls at the ends of pieces may go on in the next session: the database can count the others
            counted = runs.count_inside(connection, run_id, END_S)
            inside = {homes[position]: found for position, found in counted.items()}
            boxes = runs.list_at_ends(connection, run_id, END_S)
    placed = place(pieces, boxes, targets)
    found = []
    for each in everything:
        if each.session.id in placed:
            best, number = inside.get(each.session.id, (None, 0))
            values = [box.score for box in placed[each.session.id]] + ([] if best is None else [best])
            count = number + len(placed[each.session.id])
            found.append(replace(each, score=max(values, default=None), prediction_count=count))
    return found


def _list_done(connection: Connection, run_id: str, round_id: str) -> list[PieceScore]:
    """List what a run has heard; raises as `place_boxes`."""
    if not runs.get_run(connection, run_id).is_ready:
        raise Conflict(f"Run {run_id} is not ready: let it go on first.")
    rounds.get_round(connection, round_id)
    return [each for each in runs.list_scores(connection, run_id, 0.0) if each.is_done]


def write_csv(workspace: Workspace, *, run_id: str, threshold: float) -> bytes:
    """Write the calls of a run from a threshold on as CSV.

    Times are in seconds of the recording, frequencies in hertz; channels count from 1, as on pages.
    """
    found = list_sessions(workspace, run_id=run_id, threshold=threshold)
    homes = {each.scored.piece: each for each in found}
    boxes, _ = list_boxes(workspace, run_id=run_id, threshold=threshold)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for piece, box in boxes:
        home = homes[piece]
        session = home.session
        place = ("", "") if session is None else (session.round_id, session.id)
        times = (round(box.start_s, 6), round(box.end_s, 6))
        writer.writerow(
            (*place, home.recording.file_name, piece.channel + 1, *times, box.low_hz, box.high_hz, box.label, box.score)
        )
    return text.getvalue().encode()


def describe_provenance(workspace: Workspace, *, run_id: str) -> Mapping[str, Any]:
    """Say all that is known about how a run came about: model, checksums, parameters, audio."""
    with workspace.database.reading() as connection:
        fields = asdict(runs.get_run(connection, run_id))
        pieces = [asdict(each) for each in runs.list_pieces(connection, run_id)]
    moments = ("created_at", "finished_at")
    times = {name: fields[name].isoformat() if fields[name] else None for name in moments}
    return {**fields, **times, "pieces": pieces}
