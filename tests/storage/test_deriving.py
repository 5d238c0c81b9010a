"""What is kept of sessions and rounds is what follows from their facts, whatever changes them, in whichever order."""

import random
import uuid
from collections import Counter
from dataclasses import replace
from itertools import product
from statistics import median
from typing import Any

import pytest
from sqlalchemy import text

from podcast_core.domain.answer import Answer, AnswerBox
from podcast_core.domain.review import Verdict
from podcast_core.domain.standing import ANSWERED, find_standing
from podcast_core.domain.submission import DECIDED, Outcome, Submission, find_counting
from podcast_core.domain.summary import SORTS, Selection
from podcast_core.errors import PodcastError
from podcast_core.services.labels import archive, labelling, review, rounds
from podcast_core.storage import bulk, deriving, reviews, schema, summaries, tallies
from podcast_core.workspace import Workspace
from tests.building import list_answers, list_open, list_predictions, list_recordings, list_sessions
from tests.services import listed
from tests.services.sea import add_predictions, add_sea, answer_everything

PEOPLE = ("Ann", "Bob", "Cé")
OUTCOMES = (Outcome.LABELLED, Outcome.EMPTY, Outcome.UNSURE, Outcome.SKIPPED, Outcome.VERIFIED)


def do_something(workspace: Workspace, chance: random.Random) -> None:
    """Answer, review, archive, rename or predict; what is refused changes nothing."""
    what = chance.choice(("answer", "answer", "answer", "review", "archive", "rename", "predict", "site"))
    answers = list_answers(workspace, "sea")
    if what == "answer":
        labelling.submit(workspace, make_answer(workspace, chance, chance.choice(PEOPLE)))
    elif what == "review":
        reviewed = chance.choice(answers)
        verdict = chance.choice(list(Verdict))
        correction = make_answer(workspace, chance, "Rita", reviewed) if verdict is Verdict.CORRECT else None
        review.review_submission(
            workspace,
            review_id=uuid.uuid4().hex,
            submission_id=reviewed.id,
            reviewer="Rita",
            verdict=verdict,
            correction=correction,
        )
    elif what == "archive":
        recording = chance.choice(list_recordings(workspace))
        archive.archive_recording(
            workspace, round_id="sea", recording_id=recording.id, who="Ann", is_archived=chance.random() < 0.5
        )
    elif what == "rename":
        old = chance.choice(rounds.get_round(workspace, round_id="sea").label_names)
        archive.rename_label(workspace, round_id="sea", old=old, new=f"label {chance.randrange(1000)}", who="Ann")
    elif what == "predict":
        label = chance.choice(rounds.get_round(workspace, round_id="sea").label_names)
        rows = f"{chance.choice('ab')}.wav\t{chance.randrange(8)}\t0.5\t{chance.random():.3f}\t{label}\n"
        add_predictions(workspace, rows, name=f"{chance.random()}.tsv", model=chance.choice(("net", "ear")))
    else:
        changed = rounds.get_round(workspace, round_id="sea")
        rounds.change_round(workspace, replace(changed, site=f"Site {chance.randrange(3)}"))


def make_answer(
    workspace: Workspace, chance: random.Random, annotator: str, reviewed: Submission | None = None
) -> Answer:
    sessions = list_sessions(workspace, "sea")
    session_id = reviewed.session_id if reviewed else chance.choice(sessions).id
    outcome = Outcome.LABELLED if reviewed else chance.choice(OUTCOMES)
    shown = [each for each in list_predictions(workspace, "sea", session_id) if chance.random() < 0.8]
    labels = rounds.get_round(workspace, round_id="sea").label_names
    kept = [box for box in shown if chance.random() < 0.6]
    boxes = [
        AnswerBox(
            *(box.start_s % 10, box.end_s % 10 or 10.0, chance.choice(labels)),
            prediction_id=box.id,
            unsure=chance.random() < 0.2,
        )
        for box in kept
    ]
    if outcome in (Outcome.LABELLED, Outcome.UNSURE):
        boxes.append(AnswerBox(1.0, 2.0, chance.choice(labels)))
    if outcome in (Outcome.EMPTY, Outcome.SKIPPED):
        boxes, kept = [], []
    others = [box.id for box in shown if box not in kept]
    known = [each.id for each in list_answers(workspace, "sea", session_id) if each.outcome is not Outcome.SKIPPED]
    is_gold = reviewed is None and outcome in DECIDED and known and chance.random() < 0.4
    says = outcome is not Outcome.SKIPPED
    return Answer(
        submission_id=uuid.uuid4().hex,
        round_id="sea",
        session_id=session_id,
        annotator=annotator,
        outcome=outcome,
        boxes=tuple(boxes),
        rejected_prediction_ids=tuple(others[::2]) if says else (),
        unreviewed_prediction_ids=tuple(others[1::2]) if says else (),
        active_s=round(chance.random() * 200, 3),
        action_count=chance.randrange(9),
        decides=tuple(known) if is_gold else (),
    )


def check(workspace: Workspace) -> None:
    """Compare what is kept with plain Python over the facts."""
    with workspace.database.reading() as connection:
        assert deriving.find_differences(connection) == []
        judged = {each.submission_id: each.verdict for each in reviews.list_reviews(connection, "sea")}
        standings = tallies.count_standings(connection, "sea")
        kept = tallies.list_sums(connection, "sea", "boxes by origin")
        is_open = list_open(connection, "sea")
        medians = [tallies.find_median(connection, "sea", each) for each in ("work", "edits")]
    work: list[float] = []
    edits: list[int] = []
    counted: Counter[str] = Counter()
    boxes: Counter[tuple[str, str]] = Counter()
    for session in list_sessions(workspace, "sea"):
        history = list_answers(workspace, "sea", session.id)
        rejected = {name for name, verdict in judged.items() if verdict is Verdict.REJECT}
        answer = find_counting(history, rejected) or next(iter(reversed(history)), None)
        standing = find_standing(answer.outcome if answer else None, judged.get(answer.id) if answer else None)
        counted[standing] += 1
        if answer is not None and standing in ANSWERED:
            work += [] if answer.active_s is None else [answer.active_s]
            edits += [] if answer.action_count is None else [answer.action_count]
            boxes.update((box.origin.value, box.label) for box in answer.annotations)
        if answer is None or standing in ("skipped", "rejected"):
            assert session.id in is_open
    assert {standing: count for standing, count in standings.items() if count} == counted
    assert {(origin, label): count for origin, label, count, _ in kept} == boxes
    assert medians == [pytest.approx(median(each), rel=1e-3) if each else None for each in (work, edits)]


def check_wanted(workspace: Workspace, chance: random.Random) -> None:
    """Ask for more answers and for fewer, of all sessions or a share; then for one again."""
    changed = rounds.get_round(workspace, round_id="sea")
    for wanted, share in ((3, 1.0), (2, chance.random()), (4, chance.random()), (1, 1.0)):
        rounds.change_round(workspace, replace(changed, answers_wanted=wanted, double_share=share))
        with workspace.database.reading() as connection:
            assert deriving.find_differences(connection) == []


FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"outcome": "labelled"},
    {"annotator": "Cé"},
    {"verdict": "waiting"},
    {"label": "click"},
    {"verdict": "accept", "annotator": "Ann"},
    {"verdict": "disputed"},
    {"site": "Site 1", "score_from": 0.3},
    {"label": "call", "origin": "new"},
)


def check_lists(workspace: Workspace) -> None:
    """Compare lists, their parts, their counts and the way from one session to the next with plain Python."""
    with workspace.database.reading() as connection:
        everything = summaries.list_summaries(connection, "sea")
        for sort, filters in product(SORTS, FILTERS):
            chosen = Selection(sort=sort, **filters)
            wanted = listed.select_sessions(everything, chosen)
            assert summaries.list_summaries(connection, "sea", chosen) == wanted
            parts = [summaries.list_summaries(connection, "sea", chosen, limit=2, offset=at) for at in (0, 2, 4, 6)]
            assert [each for part in parts for each in part] == wanted
            assert summaries.count_summaries(connection, "sea", chosen) == len(wanted)
            for each in everything:
                ways = listed.find_neighbours(everything, chosen, each.session_id)
                assert summaries.find_neighbours(connection, "sea", chosen, each.session_id) == ways


@pytest.mark.parametrize("seed", [0, *(pytest.param(each, marks=pytest.mark.slow) for each in (1, 2))])
def test_it_follows_from_the_facts_after_every_change(workspace: Workspace, seed: int) -> None:
    chance = random.Random(seed)
    add_sea(workspace)
    answer_everything(workspace)
    check(workspace)
    check_lists(workspace)
    for step in range(25):
        try:
            do_something(workspace, chance)
        except (PodcastError, IndexError):  # nothing is left to choose from
            continue
        check(workspace)
        if step in (8, 24):
            check_wanted(workspace, chance)
    check_lists(workspace)
    kept = dump(workspace)
    with workspace.database.writing() as connection:
        deriving.remake(connection)
    assert dump(workspace) == kept


def test_many_sessions_at_once_are_worked_out_as_few_are(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deriving, "MAX_NAMED", 1)
    monkeypatch.setattr(deriving, "AT_ONCE", 3)
    add_sea(workspace)
    answer_everything(workspace)
    add_predictions(workspace, "a.wav\t1\t0.5\t0.5\tclick\nb.wav\t3\t0.5\t0.7\tclick\n", name="more.tsv", model="net")
    answers = list_answers(workspace, "sea")
    with workspace.database.writing() as connection:
        bulk.mark(connection, [each.id for each in answers[::2]], taken_back=True)
        bulk.mark(connection, [each.id for each in answers[1::2]], taken_back=True)
        bulk.mark(connection, [each.id for each in answers[1:]], taken_back=False)
    kept = dump(workspace)
    with workspace.database.writing() as connection:
        assert deriving.find_differences(connection) == []
        deriving.remake(connection)
    assert dump(workspace) == kept
    with workspace.database.writing() as connection:  # sums are kept by triggers again
        claims_before = tallies.count_open(connection, "sea")
        bulk.mark(connection, [answers[0].id], taken_back=False)
        assert tallies.count_open(connection, "sea") == claims_before - 1
        assert deriving.find_differences(connection) == []


def dump(workspace: Workspace) -> dict[str, list[Any]]:
    with workspace.database.reading() as connection:
        rows = {table.name: connection.execute(table.select()).all() for table in schema.DERIVED}
    return {name: sorted(map(tuple, found), key=str) for name, found in rows.items()}


def test_a_wrong_sum_or_state_is_found(workspace: Workspace) -> None:
    add_sea(workspace)
    answer_everything(workspace)
    for change in ("UPDATE tallies SET count = count + 1 WHERE measure = 'site'", "DELETE FROM session_boxes"):
        with workspace.database.writing() as connection:
            connection.execute(text(change))
            assert deriving.find_differences(connection) == ["sea"]
            deriving.remake(connection)
            assert deriving.find_differences(connection) == []


def test_many_changes_are_worked_out_once_at_the_end(workspace: Workspace) -> None:
    add_sea(workspace)
    with workspace.database.writing() as connection, deriving.postponed(connection):
        connection.execute(text("UPDATE sessions SET position = position + 1"))
        for session_id in ("a_0_0", "a_0_1"):
            deriving.refresh(connection, "sea", [session_id])
        kept = connection.execute(text("SELECT sum(position) FROM session_states")).scalar_one()
    with workspace.database.reading() as connection:
        assert connection.execute(text("SELECT sum(position) FROM session_states")).scalar_one() == kept + 2
