"""The sums of Progress are what somebody would count who reads every answer."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.progress_filter import ProgressFilter
from podcast_core.domain.review import Review, Verdict
from podcast_core.domain.session import Session
from podcast_core.domain.standing import ANSWERED, find_standing
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.errors import InvalidInput
from podcast_core.services.labels import rounds
from podcast_core.storage import deriving, progress_sums, reviews, submissions
from podcast_core.workspace import Workspace
from tests.building import add_recording, latest_answers, list_sessions, make_recording

BEGAN_AT = datetime.fromisoformat("2026-06-01T21:30:00+00:00")
SITES, PEOPLE, LABELS = ("Bush Point", "", "L/K"), ("Ann", "Bob", "Cé"), ("call", "click", "clique")
OUTCOMES = (Outcome.LABELLED, Outcome.LABELLED, Outcome.EMPTY, Outcome.UNSURE, Outcome.VERIFIED, Outcome.SKIPPED)


@dataclass
class Told:
    """What is true of a session, found by reading its answers."""

    round: str
    day: str  # of the answer
    hour: str  # of the sound
    annotator: str
    site: str
    standing: str
    verdict: str
    boxes: Sequence[str]
    seconds: float
    active_s: float
    actions: int


def add_bay(workspace: Workspace, round_id: str, chance: random.Random) -> None:
    """A round with three recordings of three half hours each, one at an unknown time, answered on some days."""
    rounds.add_round(workspace, name=round_id, labels=LABELS, site="Home")
    for number, site in enumerate(SITES):
        began_at = None if number == 2 else BEGAN_AT + timedelta(hours=9 * number)
        recording = make_recording(f"/{round_id}{number}.wav", 5400, digits=f"{round_id}{number}", site=site)
        recording = replace(recording, started_at=began_at)
        pieces = [
            Session(1800.0 * n, 1800.0 * n + 1800, recording.id, 0, round_id=round_id, id=f"{round_id}_{number}_{n}")
            for n in range(3)
        ]
        add_recording(workspace, recording, pieces)
    with workspace.database.writing() as connection:
        for number, session in enumerate(list_sessions(workspace, round_id) * 2):
            if chance.random() < 0.8:
                given = make_answer(session, f"{round_id}-{number}", chance)
                submissions.add_submission(connection, given)
                if chance.random() < 0.5:
                    verdict = chance.choice((Verdict.ACCEPT, Verdict.REJECT))
                    reviews.add_review(connection, Review(f"r-{given.id}", given.id, "Rita", verdict))


def make_answer(session: Session, answer_id: str, chance: random.Random) -> Submission:
    outcome = chance.choice(OUTCOMES)
    has_boxes = outcome in (Outcome.LABELLED, Outcome.UNSURE, Outcome.VERIFIED)
    boxes = [
        Annotation(session.start_s + n, session.start_s + n + 0.5, chance.choice(LABELS))
        for n in range(chance.randrange(1, 5) if has_boxes else 0)
    ]
    return Submission(
        *(answer_id, session.round_id, session.id, chance.choice(PEOPLE), outcome, tuple(boxes)),
        submitted_at=BEGAN_AT + timedelta(days=30 + chance.randrange(3), seconds=chance.randrange(9000)),
        active_s=round(chance.random() * 2000, 3),
        action_count=chance.randrange(9),
    )


def tell(workspace: Workspace, round_id: str) -> Iterator[Told]:
    """Read every session."""
    answers = latest_answers(workspace, round_id)
    with workspace.database.reading() as connection:
        judged = {each.submission_id: each.verdict for each in reviews.list_reviews(connection, round_id)}
    for session in list_sessions(workspace, round_id):
        number = int(session.id.split("_")[1])
        begins_at = BEGAN_AT + timedelta(hours=9 * number, seconds=session.start_s)
        answer = answers.get(session.id)
        is_skip = answer is None or answer.outcome is Outcome.SKIPPED
        verdict = None if answer is None or is_skip else judged.get(answer.id)
        yield Told(
            round=round_id,
            day="" if answer is None else answer.submitted_at.date().isoformat(),
            hour="" if number == 2 else f"{begins_at:%Y-%m-%dT%H}",
            annotator="" if answer is None else answer.annotator,
            site=SITES[number] or "Home",
            standing=find_standing(None if answer is None else answer.outcome, verdict),
            verdict=verdict or "",
            boxes=[] if answer is None else [box.label for box in answer.annotations],
            seconds=session.end_s - session.start_s,
            active_s=0.0 if answer is None else answer.active_s or 0.0,
            actions=0 if answer is None else answer.action_count or 0,
        )


def coarsen(seconds: float) -> str:
    step = 1 if seconds < 10 else 5 if seconds < 100 else 50 if seconds < 1000 else 500
    return str(int(seconds * 10 / step + 0.5) * step)


def list_told(each: Told, measure: str) -> list[tuple[str, float]]:
    """List what a session adds to a measure: label, and seconds of sound."""
    is_answered = each.standing in ANSWERED
    match measure:
        case "sound":
            return [(each.standing, each.seconds)]
        case "judged":
            return [(each.verdict, 0)] if each.verdict else []
        case _ if not is_answered:
            return []
        case "answered":
            return [(each.standing, each.seconds)]
        case "seconds":
            return [(coarsen(each.active_s), 0)]
        case "actions":
            return [(str(each.actions), 0)]
        case "sessions with":
            return [(label, 0) for label in set(each.boxes)]
        case _:
            return [(label, 0) for label in each.boxes]


FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"date_from": "2026-06-02"},
    {"date_to": "2026-06-01"},
    {"date_from": "2026-07-02", "date_to": "2026-07-02"},
    {"annotators": ("Ann", "Cé")},
    {"sites": ("Bush Point", "L/K"), "annotators": ("Bob",)},
    {"labels": ("click",), "sites": ("Home",)},
)
BY = {
    "answered": ("day", "label"),
    "judged": ("site", "label"),
    "seconds": ("annotator", "label"),
    "actions": ("day", "annotator", "label"),
    "boxes": ("round", "label"),
    "sessions with": ("day", "site", "label"),
    "sound": ("hour", "site", "label"),
    "calls": ("hour", "annotator", "label"),
}
OF_SOUND, OF_LABELS = ("sound", "calls"), ("boxes", "sessions with", "calls")


@pytest.mark.parametrize("seed", [1, 2])
def test_every_sum_is_what_a_reader_of_all_answers_counts(workspace: Workspace, seed: int) -> None:
    chance = random.Random(seed)
    for round_id in ("b", "c"):
        add_bay(workspace, round_id, chance)
    everything = [each for round_id in ("b", "c") for each in tell(workspace, round_id)]
    assert {each.verdict for each in everything} == {"", "accept", "reject"}
    with workspace.database.reading() as connection:
        assert deriving.find_differences(connection) == []
        for asked in FILTERS:
            days: dict[str, Any] = {}
            days |= {name: datetime.fromisoformat(day).date() for name, day in asked.items() if name.startswith("date")}
            rest = {name: value for name, value in asked.items() if name not in days}
            wanted = ProgressFilter(("b", "c"), **days, **rest)
            for measure, by in BY.items():
                kept = progress_sums.list_kept(connection, wanted, measure, by, are_labels=measure in OF_LABELS)
                counts: Counter[tuple[str, ...]] = Counter()
                seconds: Counter[tuple[str, ...]] = Counter()
                for each in everything:
                    day = (each.hour if measure in OF_SOUND else each.day)[:10]
                    first, last = (asked.get(f"date_{end}") for end in ("from", "to"))
                    if (first or last) and not (str(first or "2") <= day <= str(last or "9")):
                        continue
                    if each.annotator not in asked.get("annotators", [each.annotator]):
                        continue
                    if each.site not in asked.get("sites", [each.site]):
                        continue
                    for label, length_s in list_told(each, measure):
                        if measure in OF_LABELS and label not in asked.get("labels", [label]):
                            continue
                        key = tuple(label if name == "label" else getattr(each, name) for name in by)
                        counts[key] += 1
                        seconds[key] += int(length_s)
                assert {each.key: each.number for each in kept} == counts, (asked, measure)
                assert {each.key: each.seconds for each in kept} == seconds, (asked, measure)
                assert [each.key for each in kept] == sorted(counts)


def test_a_last_day_before_the_first_is_refused() -> None:
    with pytest.raises(InvalidInput, match="first day must not be after the last"):
        ProgressFilter(("b",), BEGAN_AT.date(), BEGAN_AT.date() - timedelta(days=1))
