"""What people might answer to sessions, and what a reviewer might say of that; drawn by chance."""

import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from podcast_core.domain.annotation import Annotation, Origin
from podcast_core.domain.piece import Piece
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.review import Review, Verdict
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Outcome, Submission

LABELS = ("whistle", "click", "upcall", "moan", "song", "ship")
SHARES = (  # of sessions
    (0.01, Outcome.EMPTY),
    (0.01, Outcome.UNSURE),
    (0.02, Outcome.VERIFIED),
    (0.01, Outcome.SKIPPED),
    (0.05, None),  # open
)
OTHERS = ("Bo", "Cy", "Dee", "Eve")  # who answer everything again, where several people do
MISSED, CALLED_OTHERWISE, JITTER_S = 0.05, 0.03, 0.02
TWICE, REVIEWED = 0.01, 0.02  # of sessions, by a second person; of answers


@dataclass(frozen=True, slots=True)
class Planned:
    """What becomes of a session: its outcome (None: open), how many boxes are drawn, and whether two people answer."""

    outcome: Outcome | None
    boxes: int
    is_twice: bool


def plan_answers(session_count: int, box_count: int, chance: random.Random) -> list[Planned]:
    """Decide what becomes of each session, so that the numbers of boxes sum to what is wanted."""
    outcomes: list[Outcome | None] = []
    for share, outcome in SHARES:
        outcomes += [outcome] * round(share * session_count)
    outcomes += [Outcome.LABELLED] * (session_count - len(outcomes))
    chance.shuffle(outcomes)
    labelled = outcomes.count(Outcome.LABELLED)
    mean = max(1, box_count // max(1, labelled))
    counts = [chance.randint(1, 2 * mean - 1) for _ in range(labelled)]
    left = max(box_count, labelled) - sum(counts)
    while left:
        index = chance.randrange(labelled)
        step = 1 if left > 0 else -1
        if counts[index] + step >= 1:
            counts[index] += step
            left -= step
    of_labelled = iter(counts)
    return [
        Planned(each, next(of_labelled) if each is Outcome.LABELLED else 0, chance.random() < TWICE)
        for each in outcomes
    ]


def draw_place(piece: Piece, chance: random.Random) -> tuple[float, float, float, float]:
    """Draw a place for a box: start and end in seconds of the recording, lowest and highest frequency."""
    start_s = piece.start_s + round(chance.random() * 57, 3)
    low_hz = round(200 + 2500 * chance.random(), 1)
    return start_s, start_s + round(0.2 + 2.5 * chance.random(), 3), low_hz, low_hz + round(100 + 900 * chance.random())


def make_answers(
    session: Session, offered: Sequence[Prediction], planned: Planned, at: datetime, chance: random.Random
) -> Iterator[Submission]:
    """Make the answers of a session."""
    if planned.outcome is None:
        return
    outcome = planned.outcome
    if outcome is Outcome.VERIFIED and not offered:
        outcome = Outcome.EMPTY
    accepted: list[Prediction] = []
    rejected: list[Prediction] = []
    if outcome in (Outcome.LABELLED, Outcome.VERIFIED, Outcome.UNSURE):
        for box in offered:
            (accepted if chance.random() < 0.6 and len(accepted) < max(planned.boxes, 1) else rejected).append(box)
    boxes = [_accept(box) for box in accepted]
    while len(boxes) < planned.boxes or (outcome is Outcome.UNSURE and not boxes):
        start_s, end_s, low_hz, high_hz = draw_place(session, chance)
        label = LABELS[chance.randrange(len(LABELS))]
        boxes.append(Annotation(start_s, end_s, label, low_hz=low_hz, high_hz=high_hz, unsure=chance.random() < 0.01))
    first = Submission(
        *(_draw_id(chance), session.round_id, session.id, "Ann", outcome, tuple(boxes), tuple(rejected)),
        started_at=at - timedelta(seconds=30),
        submitted_at=at,
        active_s=round(5 + 20 * chance.random(), 1),
        action_count=len(boxes) + 1,
    )
    yield first
    if planned.is_twice:
        later = at + timedelta(days=1)
        yield replace(first, id=_draw_id(chance), annotator="Bo", base_revision=1, started_at=None, submitted_at=later)


def answer_again(first: Submission, annotator: str, chance: random.Random) -> Submission:
    """Make the answer of somebody else, who mostly hears the same: some boxes are missed, and some called otherwise."""
    boxes = []
    for box in first.annotations:
        if len(first.annotations) > 1 and chance.random() < MISSED:
            continue
        label = chance.choice(LABELS) if chance.random() < CALLED_OTHERWISE else box.label
        by_s = round(max(-box.start_s, chance.gauss(0, JITTER_S)), 3)
        boxes.append(Annotation(box.start_s + by_s, box.end_s + by_s, label, low_hz=box.low_hz, high_hz=box.high_hz))
    at = first.submitted_at + timedelta(hours=1 + chance.random())
    made = replace(first, id=_draw_id(chance), annotator=annotator, annotations=tuple(boxes) or first.annotations)
    return replace(made, started_at=None, submitted_at=at)


def _accept(box: Prediction) -> Annotation:
    return Annotation(
        *(box.start_s, box.end_s, box.label, box.score),
        low_hz=box.low_hz,
        high_hz=box.high_hz,
        origin=Origin.MODEL_ACCEPTED,
        prediction_id=box.id,
        model=box.model,
    )


def make_review(answer: Submission, chance: random.Random) -> Review:
    """Make a review of an answer; one of ten rejects."""
    verdict = Verdict.REJECT if chance.random() < 0.1 else Verdict.ACCEPT
    at = answer.submitted_at + timedelta(days=2)
    return Review(_draw_id(chance), answer.id, "Cleo", verdict, created_at=at)


def _draw_id(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))
