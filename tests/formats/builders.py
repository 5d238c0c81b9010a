"""Random rounds for property tests: recordings, sessions, predictions and answers that fit together."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

from hypothesis import strategies as st

from podcast_core.domain.annotation import Annotation, Origin
from podcast_core.domain.ids import make_id
from podcast_core.domain.label import make_labels
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.recording import Recording
from podcast_core.domain.review import Review, Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.formats.contents import Batch, Entry, make_batch
from tests import building

SESSION_S = 7.5
ODD = (
    "call 2",
    "Call",
    'S01 "odd", 100 %',
    "cri d'orque ñ",
    "=1+1",
    "a\\b",
    "x;y|z",
    "<b>&amp;",
    "鯨",
    "NA",
    "nan",
    "0",
    "-1",
)
MORE_ODD = ("Unknown", "Annotated Area", "nocall", "! no", "'", "true", "1,5", "#1")
LABELS = ("call", "click train", *ODD, *MORE_ODD, *(f"song {number}" for number in range(1, 8)))  # 30
FILE_NAMES = ("sea.wav", "Sea.flac", "Bahía 3.wav", "a.b.ch2.wav", "rec.0123456789abcdef.ogg", 'odd "name", 1.wav')
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
COMMENTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
WORDS = st.sampled_from(["", "J35", 'S01, "odd"', "é=1"])


def make_round(labels: tuple[str, ...] = LABELS) -> Round:
    return Round("r1", "Round one", make_labels(labels), site="Bush Point")


def make_recording(number: int = 0, file_name: str = "sea.wav", *, channels: int = 1, seconds: float = 60) -> Recording:
    path, digits = f"/audio/site{number}/{file_name}", f"{number:064x}"[::-1]
    started_at = datetime(2020, 7, 5, 6, 59, 59, tzinfo=UTC)
    file: dict[str, Any] = {"rate_hz": 48_000, "channels": channels, "started_at": started_at}
    return building.make_recording(path, seconds, digits=digits, **file)


def make_session(recording: Recording, number: int = 0, *, channel: int = 0, length_s: float = SESSION_S) -> Session:
    name = f"s{int(recording.id[::-1], 16)}_{channel}_{number:04x}"
    start_s, end_s = number * length_s, (number + 1) * length_s
    return Session(start_s, end_s, recording.id, channel, round_id="r1", id=name, position=number)


def make_submission(session: Session, *boxes: Annotation, outcome: Outcome | None = None) -> Submission:
    return Submission(
        id=f"sub-{session.id}",
        round_id=session.round_id,
        session_id=session.id,
        annotator="Ann",
        outcome=outcome or (Outcome.LABELLED if boxes else Outcome.EMPTY),
        annotations=boxes,
        submitted_at=datetime(2024, 1, 1, tzinfo=UTC),
    )


@st.composite
def bands(draw: st.DrawFn) -> tuple[float | None, float | None]:
    if draw(st.booleans()):
        return None, None
    low = draw(st.floats(0, 20_000))
    return low, draw(st.floats(low, 24_000, exclude_min=True))


@st.composite
def boxes_in(draw: st.DrawFn, session: Session) -> tuple[float, float]:
    start = draw(st.floats(session.start_s, session.end_s - 0.01))
    return start, draw(st.floats(start + 0.001, session.end_s))


@st.composite
def predictions_in(draw: st.DrawFn, session: Session) -> tuple[Prediction, ...]:
    made = []
    for number in range(draw(st.integers(0, 3))):
        start, end = draw(boxes_in(session))
        low, high = draw(bands())
        score = draw(st.none() | st.floats(0, 1))
        name = f"p-{session.id}-{number}"
        made.append(
            Prediction(
                *(start, end, draw(st.sampled_from(LABELS)), score),
                id=name,
                session_id=session.id,
                low_hz=low,
                high_hz=high,
                model="net, v1",
            )
        )
    return tuple(made)


@st.composite
def notes(draw: st.DrawFn, box: Annotation) -> Annotation:
    if draw(st.booleans()):
        return box
    return replace(
        box, comment=draw(COMMENTS), unsure=draw(st.booleans()), individual=draw(WORDS), call_type=draw(WORDS)
    )


@st.composite
def annotations_in(draw: st.DrawFn, session: Session, offered: tuple[Prediction, ...]) -> tuple[Annotation, ...]:
    made = []
    for prediction in draw(st.lists(st.sampled_from(offered), unique=True)) if offered else []:
        accepted = draw(st.booleans())
        start, end = (prediction.start_s, prediction.end_s) if accepted else draw(boxes_in(session))
        made.append(
            Annotation(
                start,
                end,
                prediction.label,
                low_hz=prediction.low_hz,
                high_hz=prediction.high_hz,
                origin=Origin.MODEL_ACCEPTED if accepted else Origin.MODEL_EDITED,
                prediction_id=prediction.id,
                score=prediction.score,
                model=prediction.model,
            )
        )
    for _ in range(draw(st.integers(0, 3))):
        low_hz, high_hz = draw(bands())
        label = draw(st.sampled_from(LABELS))
        made.append(Annotation(*draw(boxes_in(session)), label, low_hz=low_hz, high_hz=high_hz))
    return tuple(draw(notes(box)) for box in made)


@st.composite
def entries(draw: st.DrawFn, recording: Recording, session: Session) -> Entry:
    offered = draw(predictions_in(session))
    if draw(st.booleans()):
        return Entry(recording, session, offered)
    boxes = draw(annotations_in(session, offered))
    kept = {box.prediction_id for box in boxes}
    with_boxes = [Outcome.LABELLED, Outcome.UNSURE, Outcome.VERIFIED]
    outcome = draw(st.sampled_from(with_boxes if boxes else list(Outcome)[1:]))
    decisions = [(each, draw(st.integers(0, 2))) for each in offered if each.id not in kept]
    submission = Submission(
        id=f"sub-{session.id}",
        round_id=session.round_id,
        session_id=session.id,
        annotator=draw(st.sampled_from(["Ann", "Jörg, PhD"])),
        outcome=outcome,
        annotations=boxes,
        rejected=tuple(each for each, decision in decisions if decision == 1),
        unreviewed=tuple(each for each, decision in decisions if decision == 2),
        score_threshold=draw(st.none() | st.floats(0, 1)),
        active_s=draw(st.none() | st.floats(0, 1e5)),
        action_count=draw(st.none() | st.integers(0, 1000)),
        comment=draw(COMMENTS),
        submitted_at=draw(TIMES),
        revision=draw(st.integers(1, 3)),
    )
    review = Review(f"rev-{session.id}", submission.id, "Rae", Verdict.ACCEPT)
    return Entry(recording, session, offered, submission, (review,) if draw(st.booleans()) else ())


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    made: list[Entry] = []
    for number in range(draw(st.integers(1, 3))):
        channels, pieces = draw(st.integers(1, 2)), draw(st.integers(1, 3))
        recording = make_recording(number, draw(st.sampled_from(FILE_NAMES)), channels=channels)
        sessions = name_sessions(recording, channels, pieces, {entry.session.id for entry in made})
        made += [draw(entries(recording, session)) for session in sessions]
    return make_batch(make_round(), draw(st.permutations(made)))


def name_sessions(
    recording: Recording, channels: int, pieces: int, taken: set[str], round_id: str = "r1"
) -> list[Session]:
    """Name sessions as an ingest does: after the recording, with its id where another one is called so."""
    stem = make_id(PurePath(recording.file_name).stem, fallback=recording.id)

    def name(stem: str, channel: int, index: int) -> str:
        middle = f"_ch{channel + 1}" if channels > 1 else ""
        return f"{stem}{middle}" if pieces == 1 else f"{stem}{middle}_{index:04x}"

    if {name(stem, 0, 0), name(stem, channels - 1, pieces - 1)} & taken:
        stem = f"{stem}-{recording.id[:6]}"
    return [
        replace(make_session(recording, index, channel=channel), id=name(stem, channel, index), round_id=round_id)
        for channel in range(channels)
        for index in range(pieces)
    ]
