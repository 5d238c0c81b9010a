"""Claims: who gets which sessions, for how long, and what is left of the queue."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event

from podcast_core.domain.submission import Outcome
from podcast_core.domain.times import utc_now
from podcast_core.services.labels import claiming, labelling, rounds
from podcast_core.storage import claims
from podcast_core.storage.database import is_writing
from podcast_core.workspace import Workspace
from tests.services.answering import claim, ids, make_answer

pytestmark = pytest.mark.usefixtures("round_of_ten")


def test_sessions_are_claimed_in_the_order_of_the_queue(workspace: Workspace) -> None:
    assert ids(claim(workspace, "a", count=3)) == ["ten_0000", "ten_0001", "ten_0002"]
    assert ids(claim(workspace, "b", count=2)) == ["ten_0003", "ten_0004"]


def test_claiming_again_renews_and_takes_nothing_more(workspace: Workspace) -> None:
    first = claim(workspace, "a", count=3)
    again = claim(workspace, "a", count=3)
    assert ids(again) == ids(first)
    assert again.views[0].claims[0].expires_at > first.views[0].claims[0].expires_at


def test_an_expired_claim_is_free_again(workspace: Workspace) -> None:
    now = utc_now()
    with workspace.database.writing() as connection:
        taker = claims.Taker("gone", "gone", now - timedelta(hours=1), now - timedelta(seconds=1))
        claims.claim_sessions(connection, "ten", taker, count=10)
    assert ids(claim(workspace, "a", count=1)) == ["ten_0000"]


def test_a_wanted_session_comes_first_even_if_somebody_else_holds_it(workspace: Workspace) -> None:
    claim(workspace, "a", count=1)
    claimed = claim(workspace, "b", count=2, session_id="ten_0000")
    assert ids(claimed) == ["ten_0000", "ten_0001"]
    (held,) = claimed.views[0].claims
    assert held.holder == "a"


def test_a_released_session_is_free_again(workspace: Workspace) -> None:
    claim(workspace, "a", count=2)
    claiming.release(workspace, round_id="ten", holder="a", session_ids=["ten_0000"])
    assert ids(claim(workspace, "b", count=1)) == ["ten_0000"]
    claiming.release(workspace, round_id="ten", holder="a")
    assert ids(claim(workspace, "c", count=1)) == ["ten_0001"]


def test_nobody_gets_a_session_that_somebody_else_got(workspace: Workspace) -> None:
    taken: list[str] = []

    def work(holder: str) -> None:
        taken.extend(ids(claim(workspace, holder, count=2)))

    threads = [threading.Thread(target=work, args=(f"tab {number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [f"ten_{index:04x}" for index in range(10)]


def test_what_is_left_of_the_queue_is_explained(workspace: Workspace) -> None:
    claim(workspace, "a", count=10)
    held = claim(workspace, "b")
    assert held.state == "held_by_others"
    assert "held by a" in held.message
    for index in range(9):
        labelling.submit(workspace, make_answer(f"ten_{index:04x}"))
    labelling.submit(workspace, make_answer("ten_0009", outcome=Outcome.SKIPPED, boxes=(), annotator="b"))
    assert claim(workspace, "b").state == "only_skipped"
    assert ids(claim(workspace, "b", include_skipped=True)) == ["ten_0009"]
    labelling.submit(workspace, make_answer("ten_0009"))
    assert claim(workspace, "b").state == "finished"


def test_a_round_without_sessions_says_so(workspace: Workspace) -> None:
    rounds.add_round(workspace, name="bare", labels=["call"])
    claimed = claiming.claim_next(workspace, round_id="bare", holder="a", annotator="a")
    assert claimed.state == "empty_round"


def test_a_skipped_session_comes_to_somebody_else(workspace: Workspace) -> None:
    labelling.submit(workspace, make_answer(outcome=Outcome.SKIPPED, boxes=(), annotator="a"))
    assert ids(claim(workspace, "a")) == ["ten_0001"]
    assert ids(claim(workspace, "b")) == ["ten_0000"]


def test_what_one_person_left_over_is_offered_again_on_request(workspace: Workspace) -> None:
    for number in range(10):
        named = {"unreviewed_prediction_ids": ("p-0", "p-1")} if number == 1 else {}
        answer = make_answer(f"ten_{number:04x}", outcome=Outcome.VERIFIED, boxes=(), annotator="a", **named)
        labelling.submit(workspace, answer)
    claimed = claim(workspace, "a")
    assert (claimed.state, claimed.open_count, "left predictions unjudged" in claimed.message) == (
        "only_skipped",
        1,
        True,
    )
    assert ids(claim(workspace, "a", include_skipped=True)) == ["ten_0001"]


def test_a_claim_writes_briefly_and_looks_up_many_sessions_at_once(workspace: Workspace) -> None:
    sent: list[bool] = []

    def note(*_: object) -> None:
        sent.append(is_writing())

    counts = []
    for count in (1, 5):
        sent.clear()
        event.listen(Engine, "before_cursor_execute", note)
        try:
            assert len(claim(workspace, "a", count=count).views) == count
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        counts.append((sum(sent), len(sent)))
    (written, all_of_one), (written_of_five, all_of_five) = counts
    assert written == written_of_five <= 7  # with BEGIN or a lock: others who write wait for these, and for no more
    assert all_of_five == all_of_one + 4  # neighbours are looked up one by one
