"""Claims by order and filter: what a tab holds, what it lets go of, and what it is told."""

import threading
from datetime import date

import pytest

from podcast_core.domain.prediction import Prediction
from podcast_core.domain.queue import QueueChoice, QueueOrder
from podcast_core.domain.round import Round
from podcast_core.domain.submission import Outcome
from podcast_core.services.labels import claiming, queue_choices, session_views
from podcast_core.services.labels.claiming import Claimed
from podcast_core.workspace import Workspace
from tests.building import add_prediction_set, submit

BEST_FIRST = QueueChoice(QueueOrder.SCORE)


@pytest.fixture(autouse=True)
def scored(workspace: Workspace, round_of_ten: Round) -> None:
    """Scores from 0.2 to 0.6 for sessions 5 to 9; session 1 has 0.9 and 0.25 already, the others have none."""
    boxes = [
        Prediction(n, n + 0.5, "whistle", (n - 3) / 10, id=f"q-{n}", session_id=f"ten_{n:04x}") for n in range(5, 10)
    ]
    add_prediction_set(workspace, round_of_ten.id, *boxes, set_id="q", model="other model")


def claim(workspace: Workspace, holder: str, choice: QueueChoice | None = None, **more: object) -> Claimed:
    return claiming.claim_next(
        workspace,
        **{"round_id": "ten", "holder": holder, "annotator": holder, "count": 3, "choice": choice, **more},  # type: ignore[arg-type]
    )


def ids(claimed: Claimed) -> list[int]:
    return [int(view.session.id[-4:], 16) for view in claimed.views]


def answer(workspace: Workspace, index: int, outcome: Outcome = Outcome.EMPTY, annotator: str = "Ann") -> None:
    submit(workspace, "ten", f"ten_{index:04x}", who=annotator, outcome=outcome, submission_id=f"a-{index}-{annotator}")


def held_by(workspace: Workspace, holder: str) -> set[int]:
    found = set()
    for index in range(10):
        held = session_views.get_view(workspace, round_id="ten", session_id=f"ten_{index:04x}").claims
        if any(each.holder == holder for each in held):
            found.add(index)
    return found


def test_the_best_scores_come_first_and_then_the_queue(workspace: Workspace) -> None:
    first = claim(workspace, "a", BEST_FIRST, count=5)
    assert ids(first) == [1, 9, 8, 7, 6]
    assert (first.state, first.matching) == ("ok", 10)
    assert ids(claim(workspace, "b", BEST_FIRST, count=5)) == [5, 0, 2, 3, 4]


def test_another_order_lets_go_of_what_was_held_except_the_session_on_screen(workspace: Workspace) -> None:
    assert ids(claim(workspace, "a")) == [0, 1, 2]
    changed = claim(workspace, "a", BEST_FIRST, session_id="ten_0002")
    assert ids(changed) == [2, 1, 9]
    assert held_by(workspace, "a") == {1, 2, 9}
    assert ids(claim(workspace, "b", count=1)) == [0]


def test_a_filter_does_not_take_the_session_off_the_screen(workspace: Workspace) -> None:
    claim(workspace, "a")
    changed = claim(workspace, "a", QueueChoice(label="call"), session_id="ten_0000")
    assert ids(changed) == [0, 1]
    assert (changed.state, changed.matching) == ("ok", 1)
    assert held_by(workspace, "a") == {0, 1}


def test_the_order_goes_on_after_an_answer(workspace: Workspace) -> None:
    seen = []
    for _ in range(6):
        (index, *_others) = ids(claim(workspace, "a", BEST_FIRST))
        seen.append(index)
        answer(workspace, index)
    assert seen == [1, 9, 8, 7, 6, 5]


def test_a_random_order_belongs_to_the_tab_and_stays(workspace: Workspace) -> None:
    shuffled = QueueChoice(QueueOrder.RANDOM)
    orders = {}
    for holder in ("a", "b"):
        seen = ids(claim(workspace, holder, shuffled, count=10))
        assert sorted(seen) == list(range(10))
        assert ids(claim(workspace, holder, shuffled, count=10)) == seen
        answered = claiming.claim_next(
            workspace,
            round_id="ten",
            holder=holder,
            annotator=holder,
            count=9,
            session_id=f"ten_{seen[4]:04x}",
            choice=shuffled,
        )
        assert ids(answered) == [seen[4], *[index for index in seen if index != seen[4]][:8]]
        claiming.release(workspace, round_id="ten", holder=holder)
        orders[holder] = seen
    assert orders["a"] != orders["b"]


def test_sessions_without_a_prediction_are_those_that_no_model_marked(workspace: Workspace) -> None:
    found = claim(workspace, "a", QueueChoice(QueueOrder.NO_PREDICTIONS), count=10)
    assert sorted(ids(found)) == [0, 2, 3, 4]
    assert found.matching == 4


def test_an_empty_result_names_the_filters(workspace: Workspace) -> None:
    none = claim(workspace, "a", QueueChoice(site="Bush Point", label="call", date_from=date(2026, 5, 1)))
    assert (none.state, none.views, none.matching) == ("no_match", [], 0)
    assert none.message == (
        "No session without an answer matches: with a prediction of “call”, site “Bush Point”, from 2026-05-01."
    )
    answer(workspace, 1)
    assert claim(workspace, "a", QueueChoice(label="call")).state == "no_match"


def test_what_others_hold_or_i_skipped_is_not_an_empty_result(workspace: Workspace) -> None:
    calls = QueueChoice(label="call")
    claim(workspace, "b", calls)
    assert claim(workspace, "a", calls).state == "held_by_others"
    answer(workspace, 1, Outcome.SKIPPED, "a")
    skipped = claim(workspace, "a", calls)
    assert (skipped.state, skipped.message) == (
        "only_skipped",
        "Only sessions that a skipped or left predictions unjudged in are left: 1.",
    )
    assert ids(claim(workspace, "a", calls, include_skipped=True)) == [1]


@pytest.mark.parametrize("order", QueueOrder)
def test_in_no_order_two_holders_get_one_session(workspace: Workspace, order: QueueOrder) -> None:
    choice = QueueChoice(order, seed="the same for all")
    taken: list[int] = []

    def work(holder: str) -> None:
        taken.extend(ids(claim(workspace, holder, choice, count=2)))

    threads = [threading.Thread(target=work, args=(f"tab {number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = [0, 2, 3, 4] if order is QueueOrder.NO_PREDICTIONS else list(range(10))
    assert sorted(taken) == everything


def test_the_options_of_a_round(workspace: Workspace) -> None:
    options = queue_choices.list_options(workspace, round_id="ten")
    assert options.sites == [("Orcasound Lab", 10)]
    assert options.labels == [("call", 1), ("whistle", 6)]
    assert (options.first_day, options.last_day) == (None, None)
