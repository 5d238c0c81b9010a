"""Orders and filters of the queue, against an order computed here in plain Python from the same facts."""

import hashlib
import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import select
from sqlalchemy.dialects import postgresql

from podcast_core.domain.prediction import Prediction
from podcast_core.domain.queue import QueueChoice, QueueOrder
from podcast_core.domain.recording import Recording
from podcast_core.domain.session import Session
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput
from podcast_core.services.labels import rounds
from podcast_core.storage import claims, queue_order, samples, schema
from podcast_core.workspace import Workspace
from tests.building import add_prediction_set, add_recording, add_sessions, make_recording

EPOCHS = (datetime(2026, 5, 1, 22, 30, tzinfo=UTC), datetime(1960, 10, 28, 22, 30, 7, 700_000, tzinfo=UTC))
SITES = ("Bush Point", "", "Orcasound Lab", "Port Townsend")


@dataclass
class Sea:
    """What is in the round, by session id."""

    sessions: dict[str, Session]
    recordings: dict[str, Recording]
    predictions: dict[str, list[Prediction]]

    def site(self, session: Session) -> str:
        return self.recordings[session.recording_id].site or "The round's site"

    def start(self, session: Session) -> datetime | None:
        return session.started_at(self.recordings[session.recording_id])

    def place(self, session: Session) -> tuple[int, str]:
        return session.position, session.id


@pytest.fixture
def sea(workspace: Workspace) -> Sea:
    """Round ``sea``: 24 recordings of two hours at three sites (and the round's own), ten sessions each."""
    chance = random.Random(3)
    rounds.add_round(workspace, name="sea", labels=["call", "whistle", "click"], site="The round's site")
    found = [
        make_recording(
            f"/nowhere/{index}.wav",
            7200,
            digits=hashlib.sha256(str(index).encode()).hexdigest(),
            # half past, some before 1970 and not at a whole second; a session's hour or day is not its recording's
            started_at=None if index % 8 == 7 else EPOCHS[index % 5 == 4] + timedelta(hours=7 * index),
            site=SITES[index % 4],
        )
        for index in range(24)
    ]
    made = [
        Session(start_s, start_s + 60, recording.id, 0, round_id="sea", id=f"s{position:03}", position=position)
        for position, (start_s, recording) in enumerate(product([700.0 * n for n in range(10)], found))
    ]
    old = tuple(
        Prediction(each.start_s, each.start_s + 1, "click", 0.99, id=f"old-{each.id}", session_id=each.id)
        for each in made
    )
    new = tuple(
        Prediction(
            *(each.start_s + 2, each.start_s + 3, chance.choice(["call", "whistle"]), score),
            id=f"new-{index}",
            session_id=each.id,
        )
        for index, (each, score) in enumerate(
            (each, chance.choice([None, *[round(chance.random(), 2) for _ in range(9)]]))
            for each in chance.sample(made, 150)
            for _ in range(chance.randrange(1, 4))
        )
    )
    for recording in found:
        add_recording(workspace, recording)
    add_sessions(workspace, *made)
    now = utc_now()
    for name, boxes, age in (("old", old, 60), ("new", new, 0)):  # only a model's newest set is shown
        add_prediction_set(workspace, "sea", *boxes, set_id=name, created_at=now - timedelta(seconds=age))
    by_session: dict[str, list[Prediction]] = defaultdict(list)
    for box in new:
        by_session[box.session_id].append(box)
    return Sea({each.id: each for each in made}, {each.id: each for each in found}, by_session)


def ask(workspace: Workspace, choice: QueueChoice) -> list[str]:
    """All sessions of a choice in its order."""
    found: list[str] = []
    with workspace.database.writing() as connection:
        samples.keep_sample(connection, "sea")
        for part in queue_order.arrange("sea", choice):
            query = select(schema.sessions.c.id).select_from(part.source).where(*part.conditions)
            found += connection.scalars(query.order_by(*part.keys))
    return found


def best(sea: Sea, session: Session, value: Callable[[float], float], label: str = "") -> float:
    scores = [box.score for box in sea.predictions[session.id] if box.score is not None and label in ("", box.label)]
    return min((value(score) for score in scores), default=2.0)


def digest(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def shuffle(session: Session) -> str:
    return digest(f"sea/{session.id}")


def begin_s(sea: Sea, session: Session) -> float:
    """Seconds since 1970; recordings begin at whole seconds."""
    began = sea.recordings[session.recording_id].started_at
    return 0.0 if began is None else math.floor(began.timestamp()) + session.start_s


KEYS: dict[QueueOrder, Callable[[Sea, Session], tuple[object, ...]]] = {
    QueueOrder.QUEUE: lambda _sea, _each: (),
    QueueOrder.RANDOM: lambda _sea, each: (shuffle(each) < digest("tab"), shuffle(each)),
    QueueOrder.TIME: lambda sea, each: (
        sea.recordings[each.recording_id].started_at is None,
        begin_s(sea, each),
    ),
    QueueOrder.SCORE: lambda sea, each: (best(sea, each, lambda score: -score),),
    QueueOrder.UNCERTAINTY: lambda sea, each: (best(sea, each, lambda score: abs(score - 0.5)),),
    QueueOrder.SITE: lambda sea, each: (sea.site(each),),
}


@pytest.mark.parametrize("order", KEYS)
def test_an_order_is_the_one_that_plain_python_computes(workspace: Workspace, sea: Sea, order: QueueOrder) -> None:
    expected = sorted(sea.sessions.values(), key=lambda each: (*KEYS[order](sea, each), *sea.place(each)))
    assert ask(workspace, QueueChoice(order, seed="tab")) == [each.id for each in expected]


@pytest.mark.parametrize("order", [QueueOrder.SCORE, QueueOrder.UNCERTAINTY])
def test_with_a_label_only_the_scores_of_that_label_count(workspace: Workspace, sea: Sea, order: QueueOrder) -> None:
    value = {QueueOrder.SCORE: lambda score: -score, QueueOrder.UNCERTAINTY: lambda score: abs(score - 0.5)}[order]
    labelled = [each for each in sea.sessions.values() if any(box.label == "call" for box in sea.predictions[each.id])]
    expected = sorted(labelled, key=lambda each: (best(sea, each, value, "call"), *sea.place(each)))
    assert ask(workspace, QueueChoice(order, label="call")) == [each.id for each in expected]
    assert 20 < len(labelled) < len(sea.predictions)


@pytest.mark.parametrize(
    "choice",
    [
        QueueChoice(site="Bush Point"),
        QueueChoice(site="The round's site"),
        QueueChoice(date_from=date(2026, 5, 3)),
        QueueChoice(date_to=date(2026, 5, 3)),
        QueueChoice(date_from=date(2026, 5, 2), date_to=date(2026, 5, 2)),
        QueueChoice(label="whistle"),
        QueueChoice(label="click"),  # only an old set has it
        QueueChoice(site="Orcasound Lab", date_from=date(2026, 5, 2), date_to=date(2026, 5, 6), label="call"),
    ],
    ids=str,
)
def test_a_filter_lets_through_what_plain_python_does(workspace: Workspace, sea: Sea, choice: QueueChoice) -> None:
    def fits(each: Session) -> bool:
        start = sea.start(each)
        day = None if start is None else start.date()
        return (
            choice.site in ("", sea.site(each))
            and (choice.date_from is None or (day is not None and day >= choice.date_from))
            and (choice.date_to is None or (day is not None and day <= choice.date_to))
            and (not choice.label or any(box.label == choice.label for box in sea.predictions[each.id]))
        )

    expected = [each.id for each in sea.sessions.values() if fits(each)]
    assert ask(workspace, choice) == expected
    assert len(expected) < 240
    assert bool(expected) == (choice.label != "click")
    with workspace.database.reading() as connection:
        count = claims.count_open(connection, "sea", annotator="Ann", choice=choice)
    assert count == len(expected)


def test_sessions_without_predictions_are_a_stratified_sample(workspace: Workspace, sea: Sea) -> None:
    found = [sea.sessions[each] for each in ask(workspace, QueueChoice(QueueOrder.NO_PREDICTIONS))]
    bare = [each for each in sea.sessions.values() if not sea.predictions[each.id]]
    assert sorted(each.id for each in found) == sorted(each.id for each in bare)

    def stratum(each: Session) -> tuple[str, object]:
        start = sea.start(each)
        return sea.site(each), start.hour if start else int(each.start_s // 3600)

    # Any beginning has as many sessions of each site as of any other, as long as the site has some left ...
    left = Counter(sea.site(each) for each in bare)
    for length in range(1, len(found) + 1):
        counts = Counter(sea.site(each) for each in found[:length])
        for site in left:
            if counts[site] < left[site]:
                assert counts[site] >= max(counts.values()) - 1
    # ... and within a site, hours are treated in the same way, and recordings within an hour.
    for site in left:
        here = [each for each in found if sea.site(each) == site]
        hours = [stratum(each)[1] for each in here]
        assert len(set(hours[: len(set(hours))])) == len(set(hours))
        for hour in set(hours):
            names = [each.recording_id for each in here if stratum(each)[1] == hour]
            assert len(set(names[: len(set(names))])) == len(set(names))


def test_a_random_order_is_kept_and_differs_between_seeds(workspace: Workspace, sea: Sea) -> None:
    mine, again, other = (ask(workspace, QueueChoice(QueueOrder.RANDOM, seed=seed)) for seed in ("a", "a", "b"))
    assert mine == again
    assert sorted(mine) == sorted(sea.sessions)
    assert sum(one == two for one, two in zip(mine, other, strict=True)) < 20
    assert sum(one == two for one, two in zip(mine, sea.sessions, strict=True)) < 20


def test_what_can_be_filtered_by_is_listed(workspace: Workspace, sea: Sea) -> None:
    with workspace.database.reading() as connection:
        sites = queue_order.list_sites(connection, "sea")
        labels = queue_order.list_predicted_labels(connection, "sea")
        days = queue_order.find_days(connection, "sea")
    assert sites == sorted(Counter(sea.site(each) for each in sea.sessions.values()).items())
    expected = Counter(label for boxes in sea.predictions.values() for label in {box.label for box in boxes})
    assert labels == sorted(expected.items())
    starts = [start for start in map(sea.start, sea.sessions.values()) if start]
    assert days == (min(starts).date(), max(starts).date())


@pytest.mark.parametrize("order", QueueOrder)
def test_a_claim_takes_the_first_of_an_order_and_keeps_it(workspace: Workspace, sea: Sea, order: QueueOrder) -> None:
    choice = QueueChoice(order, seed="tab")
    expected = ask(workspace, choice)
    taken = []
    for holder in ("one", "two", "one"):
        with workspace.database.writing() as connection:
            now = utc_now()
            taker = claims.Taker(holder, holder, now, now + timedelta(minutes=5))
            taken.append(claims.claim_sessions(connection, "sea", taker, count=7, choice=choice))
    assert taken == [expected[:7], expected[7:14], expected[:7]]
    assert len(sea.sessions) > len(expected[:14])


@pytest.mark.parametrize("order", QueueOrder)
def test_an_order_can_be_said_in_the_sql_of_postgresql(order: QueueOrder) -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for part in queue_order.arrange("sea", QueueChoice(order, site="x", date_from=date(2026, 1, 1), seed="tab")):
        query = select(schema.sessions.c.id).select_from(part.source).where(*part.conditions).order_by(*part.keys)
        assert "ORDER BY" in str(query.with_for_update(skip_locked=True).compile(dialect=dialect))


def test_days_in_the_wrong_order_and_a_label_of_no_prediction_are_refused() -> None:
    with pytest.raises(InvalidInput, match="must not be after the last, found 2026-05-02 to 2026-05-01"):
        QueueChoice(date_from=date(2026, 5, 2), date_to=date(2026, 5, 1))
    with pytest.raises(InvalidInput, match="found label 'call'"):
        QueueChoice(QueueOrder.NO_PREDICTIONS, label="call")
