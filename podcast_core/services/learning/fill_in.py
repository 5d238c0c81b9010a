"""Filling in the rest: somebody annotated parts of a session, a model that learnt from these does what is left.

The model is small and serves this recording only: it is trained in seconds, its calls become predictions of the round
(to be accepted, changed or removed like all others), and it is not kept. The job's parameters say what it learnt from.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from statistics import median
from typing import Any

from podcast_core.audio.files import read_samples
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.box import Stretch, join_stretches
from podcast_core.domain.limits import MAX_FILL_IN_AREAS, MAX_FILL_IN_BOXES
from podcast_core.domain.prediction import Prediction, PredictionSet, copy_predictions
from podcast_core.domain.recording import Recording
from podcast_core.domain.session import Session
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput, NotFound, name_some
from podcast_core.ml.interfaces import Detector, Example, Found
from podcast_core.ml.measuring.overlaps import DEFAULT_MIN_IOU
from podcast_core.ml.running import run_detector
from podcast_core.ml.segmenter.training import TrainingProgress, train_segmenter
from podcast_core.services.access import needs
from podcast_core.services.jobs import queue
from podcast_core.services.jobs.running import Result, RunningJob
from podcast_core.services.store import records
from podcast_core.services.store.sources import locate
from podcast_core.storage import predictions, recordings, rounds, sessions
from podcast_core.workspace import Workspace

KIND = "fill"
BUDGET_S = 15.0  # chosen: somebody waits for it
SEED = 0  # the same annotated part gives the same boxes
STEPS = 100  # of the progress bar, for the training


@dataclass(frozen=True, slots=True)
class FillIn:
    """What somebody has annotated; times are seconds from the start of the session.

    ``areas`` are annotated completely: what is not in ``boxes`` there is no call. Boxes outside of them teach
    nothing, and nothing is filled in over them. ``whole_recording``: all sessions of the recording that are in the
    round, else this session only.
    """

    round_id: str
    session_id: str
    areas: tuple[Stretch, ...]
    boxes: tuple[AnswerBox, ...]
    whole_recording: bool = False


@needs("label")
def add_fill_in(workspace: Workspace, request: FillIn, *, who: str = "") -> str:
    """Put filling in the rest into the queue; return the job's id.

    Raises
    ------
    NotFound
        When there is no such round or session.
    InvalidInput
        When an area or a box does not fit the session, when no box lies in an area, or when nothing is left to fill.
    """
    with workspace.database.reading() as connection:
        round_ = rounds.get_round(connection, request.round_id)
        session = sessions.get_session(connection, request.round_id, request.session_id)
        recording = recordings.get_recording(connection, session.recording_id)
    areas = _check_areas(request.areas, session)
    _check_boxes(request.boxes, session, round_.label_names)
    if not any(area.overlaps(box) for area in areas for box in request.boxes):
        raise InvalidInput(
            "The annotated areas contain no boxes to learn from: first draw the calls in part of the session."
        )
    annotated_s = sum(each.duration_s for each in areas)
    if annotated_s > session.duration_s - 0.01 and not request.whole_recording:
        raise InvalidInput("The whole session is annotated: nothing is left to fill in.")
    params = {
        "round_id": round_.id,
        "session_id": session.id,
        "areas": [[each.start_s, each.end_s] for each in areas],
        "boxes": [[box.start_s, box.end_s, box.label, box.low_hz, box.high_hz] for box in request.boxes],
        "whole_recording": request.whole_recording,
        "asked_at": utc_now().isoformat(),
    }
    title = f"Fill in the rest of {recording.file_name if request.whole_recording else session.id}"
    return queue.add_job(workspace, kind=KIND, params=params, title=title, who=who)


def check_job(workspace: Workspace, *, round_id: str, session_id: str, job_id: str) -> None:
    """Refuse a job that does not fill in this session, by NotFound."""
    job = queue.get_job(workspace, job_id=job_id)
    if job.kind != KIND or (job.params.get("round_id"), job.params.get("session_id")) != (round_id, session_id):
        raise NotFound(f"No job {job_id[:80]!r} fills in session {session_id[:80]!r}.")


def run(workspace: Workspace, params: Mapping[str, Any], run: RunningJob) -> Result:
    """Train on the annotated areas, and add what the model finds elsewhere as predictions."""
    with workspace.database.reading() as connection:
        session = sessions.get_session(connection, params["round_id"], params["session_id"])
        recording = recordings.get_recording(connection, session.recording_id)
        others = [
            each
            for each in sessions.list_sessions(connection, session.round_id)
            if each.recording_id == recording.id and each.id != session.id
        ]
    targets = [session, *(others if params["whole_recording"] else [])]
    areas = [Stretch(start_s, end_s) for start_s, end_s in params["areas"]]
    boxes = [
        AnswerBox(start_s=start_s, end_s=end_s, label=label, low_hz=low_hz, high_hz=high_hz)
        for start_s, end_s, label, low_hz, high_hz in params["boxes"]
    ]
    total = STEPS + len(targets)

    def tell(progress: TrainingProgress) -> None:
        run(round(STEPS * progress.share), total, "Training on the annotated part")

    run(0, total, "Training on the annotated part")
    examples = [_cut(workspace, recording, session, area, boxes) for area in areas]
    trained = train_segmenter(examples, budget_s=BUDGET_S, seed=SEED, on_progress=tell)
    found: list[tuple[Session, Found]] = []
    for number, target in enumerate(targets):
        run(STEPS + number, total, f"Looking at {target.id}")
        calls = _find(workspace, trained.detector, recording, target)
        found += [(target, each) for each in calls if target.id != session.id or is_free(each, areas, boxes)]
    run(total, total, "")
    set_id = _keep(workspace, recording, targets, params, _give_bands(found, boxes))
    count = sum(1 for each, _ in found if each.id == session.id)
    return {"set_id": set_id, "calls": len(found), "calls_here": count, "sessions": len(targets)}


def is_free(call: Found, areas: Sequence[Stretch], boxes: Sequence[AnswerBox]) -> bool:
    """Tell whether a call, in seconds of the session, may be filled in: areas and boxes belong to people."""
    return not any(map(call.overlaps, areas)) and not any(
        call.overlaps(box) and (box.label == call.label or call.measure_iou(box) >= DEFAULT_MIN_IOU) for box in boxes
    )


def _check_areas(areas: Sequence[Stretch], session: Session) -> list[Stretch]:
    """Check areas, sort them, and join those that touch."""
    if not areas:
        raise InvalidInput("Name the fully annotated part of the session: expected at least one area.")
    if len(areas) > MAX_FILL_IN_AREAS:
        raise InvalidInput(f"Expected at most {MAX_FILL_IN_AREAS} areas, found {len(areas)}.")
    whole = Stretch(0.0, session.duration_s)
    for each in areas:
        if each.duration_s <= 0 or not each.is_within(whole):
            raise InvalidInput(
                f"An annotated area lies within the session, 0 to {session.duration_s:.3f} s, and its end after its "
                f"start; found {each.start_s:.3f} to {each.end_s:.3f} s."
            )
    return [each.cut_to(whole) for each in join_stretches(areas)]


def _check_boxes(boxes: Sequence[AnswerBox], session: Session, labels: Sequence[str]) -> None:
    if len(boxes) > MAX_FILL_IN_BOXES:
        raise InvalidInput(f"Expected at most {MAX_FILL_IN_BOXES:,} boxes, found {len(boxes):,}.")
    for box in boxes:
        if box.duration_s <= 0 or not box.is_within(Stretch(0.0, session.duration_s)):
            raise InvalidInput(
                f"A box must lie within the session, 0 to {session.duration_s:.3f} s; "
                f"found {box.start_s:.3f} to {box.end_s:.3f} s."
            )
        if box.label not in labels:
            raise InvalidInput(f"Label {box.label[:80]!r} is not in the round's list: {name_some(labels)}.")


def _cut(
    workspace: Workspace, recording: Recording, session: Session, area: Stretch, boxes: Sequence[AnswerBox]
) -> Example:
    """Read an area, and cut the boxes that reach beyond it."""
    samples = read_samples(
        locate(workspace, recording),
        channel=session.channel,
        start_s=session.to_recording_s(area.start_s),
        end_s=session.to_recording_s(area.end_s),
    )
    heard = [box.cut_to(area) for box in boxes if box.overlaps(area)]
    calls = [Found(box.start_s, box.end_s, box.label) for box in heard]
    return Example(samples, recording.sample_rate_hz, calls)


def _find(workspace: Workspace, detector: Detector, recording: Recording, session: Session) -> list[Found]:
    """Find the calls of a session, in seconds of the session."""
    blocks = run_detector(
        detector,
        locate(workspace, recording),
        channel=session.channel,
        sample_rate_hz=recording.sample_rate_hz,
        start_s=session.start_s,
        end_s=session.end_s,
    )
    return [session.to_session(call) for _, calls in blocks for call in calls]


def _give_bands(found: Sequence[tuple[Session, Found]], boxes: Sequence[AnswerBox]) -> list[tuple[Session, Found]]:
    """Give calls without a band the usual one of their label, where people gave theirs one."""
    known: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for box in boxes:
        if box.low_hz is not None and box.high_hz is not None:
            known[box.label].append((box.low_hz, box.high_hz))
    bands = {label: (median(low for low, _ in each), median(high for _, high in each)) for label, each in known.items()}
    return [
        (session, replace(call, low_hz=bands[call.label][0], high_hz=bands[call.label][1]))
        if call.low_hz is None and call.label in bands
        else (session, call)
        for session, call in found
    ]


def _keep(
    workspace: Workspace,
    recording: Recording,
    targets: Sequence[Session],
    params: Mapping[str, Any],
    found: Sequence[tuple[Session, Found]],
) -> str:
    """Keep the calls as predictions: they replace those of earlier fill-ins in these sessions, and only in these."""
    round_id, heard = targets[0].round_id, {each.id for each in targets}
    model = f"fill-in {recording.id}"
    set_id = f"set-{sha256(repr((model, sorted(params.items()))).encode()).hexdigest()[:32]}"  # one per job
    made = [
        Prediction(
            id=f"{set_id}-{number}",
            session_id=each.id,
            start_s=call.start_s,
            end_s=call.end_s,
            label=call.label,
            score=call.score,
            low_hz=call.low_hz,
            high_hz=call.high_hz,
            model=model,
        )
        for number, (each, call) in enumerate(((each, each.to_recording(call)) for each, call in found), start=1)
    ]
    with workspace.database.holding(f"round/{round_id}"):
        with workspace.database.reading() as connection:
            if predictions.has_prediction_set(connection, set_id):
                return set_id
            earlier = predictions.list_elsewhere(connection, round_id, model=model, session_ids=heard)
        added = PredictionSet(
            set_id,
            round_id,
            model,
            (*made, *copy_predictions(earlier, set_id)),
            f"filled in from {recording.file_name}"[:400],
        )
        key, data = records.make_object(added)
        stored = records.to_prediction_set(key, workspace.files.add(key, data))
        with workspace.database.writing() as connection:
            predictions.add_prediction_set(connection, stored)
    return set_id
