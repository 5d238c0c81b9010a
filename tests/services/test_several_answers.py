"""Several people answer a session independently: who gets it, who holds it, and when it is done."""

import random
import threading
import uuid
from collections import Counter, defaultdict
from dataclasses import replace
from typing import Any

import pytest

from podcast_core.domain.review import Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.submission import Outcome
from podcast_core.errors import InvalidInput
from podcast_core.services.labels import claiming, labelling, review, rounds, session_views
from podcast_core.services.store import doctor
from podcast_core.services.store.rebuild import rebuild
from podcast_core.storage import deriving
from podcast_core.workspace import Workspace
from tests.beside import dump
from tests.building import list_answers, list_open, list_sessions
from tests.services.answering import claim, ids, make_answer

pytestmark = pytest.mark.usefixtures("round_of_ten")
NAMES = [f"ten_{index:04x}" for index in range(10)]


def want(workspace: Workspace, answers: int, share: float = 1.0) -> Round:
    known = rounds.get_round(workspace, round_id="ten")
    return rounds.change_round(workspace, replace(known, answers_wanted=answers, double_share=share))


def answer(workspace: Workspace, who: str, session_id: str = "ten_0000", **more: Any) -> labelling.Receipt:
    return labelling.submit(workspace, make_answer(session_id, annotator=who, **more))


def hold(workspace: Workspace, who: str, tab: str, **more: Any) -> claiming.Claimed:
    return claiming.claim_next(workspace, round_id="ten", holder=tab, annotator=who, **more)


def find_open(workspace: Workspace) -> set[str]:
    with workspace.database.reading() as connection:
        return list_open(connection, "ten")


def judge(workspace: Workspace, receipt: labelling.Receipt, verdict: Verdict) -> None:
    judged = receipt.submission
    correction = make_answer(judged.session_id) if verdict is Verdict.CORRECT else None
    review.review_submission(
        workspace,
        review_id=uuid.uuid4().hex,
        submission_id=judged.id,
        reviewer="Rita",
        verdict=verdict,
        correction=correction,
    )


def test_a_session_is_open_until_enough_different_people_have_answered(workspace: Workspace) -> None:
    want(workspace, 2)
    answer(workspace, "Ann")
    again = answer(workspace, "Ann", outcome=Outcome.EMPTY, boxes=(), base_revision=1)
    assert "ten_0000" in find_open(workspace)
    assert rounds.count_answered_in_part(workspace, round_id="ten") == 1
    assert [rounds.count_left(workspace, round_id="ten", annotator=who) for who in ("Ann", "Bob")] == [9, 10]
    assert ids(claim(workspace, "Ann")) == ["ten_0001"]
    assert ids(claim(workspace, "Bob")) == ["ten_0000"]
    second = answer(workspace, "Bob")
    assert (again.conflict, second.conflict) == (None, None)
    assert "ten_0000" not in find_open(workspace)
    assert rounds.count_standings(workspace, round_id="ten")["labelled"] == 1


def test_the_number_of_answers_can_be_changed_later(workspace: Workspace) -> None:
    answer(workspace, "Ann")
    assert "ten_0000" not in find_open(workspace)
    want(workspace, 2)
    assert "ten_0000" in find_open(workspace)
    want(workspace, 1)
    assert find_open(workspace) == set(NAMES[1:])
    for answers, share, words in ((6, 1.0, "between 1 and 5"), (2, 1.5, "between 0 and 1")):
        with pytest.raises(InvalidInput, match=words):
            want(workspace, answers, share)


def test_a_share_is_drawn_and_a_larger_one_keeps_it(workspace: Workspace) -> None:
    for name in NAMES:
        answer(workspace, "Ann", name)
    drawn: set[str] = set()
    for share in (0.0, 0.2, 0.5, 0.8, 1.0):
        round_ = want(workspace, 3, share)
        assert drawn <= find_open(workspace)
        drawn = find_open(workspace)
        assert drawn == {name for name in NAMES if round_.count_wanted(name) == 3}
        assert share not in (0.0, 1.0) or len(drawn) == 10 * share
    many = Counter(replace(round_, double_share=0.3).count_wanted(f"s{number}") for number in range(10_000))
    assert 2_850 < many[3] < 3_150  # 30 %, within three standard deviations


def test_as_many_hold_a_session_as_answers_are_left_and_nobody_twice(workspace: Workspace) -> None:
    want(workspace, 2)
    assert ids(hold(workspace, "Ann", "tab 1")) == ["ten_0000"]
    assert ids(hold(workspace, "Ann", "tab 2")) == ["ten_0001"]
    assert [ids(claim(workspace, who)) for who in ("Bob", "Cé", "Dan")] == [["ten_0000"], ["ten_0001"], ["ten_0002"]]
    answer(workspace, "Ann")
    assert ids(claim(workspace, "Eve")) == ["ten_0002"]  # Bob has the one place that is left
    view = session_views.get_view(workspace, round_id="ten", session_id="ten_0000", seen_by="Eve")
    held = view.find_claim("Eve")
    assert held is not None
    assert (held.annotator, view.is_open) == ("Bob", True)
    wanted = hold(workspace, "Ann", "tab 1", session_id="ten_0000")
    assert [each.holder for each in wanted.views[0].claims] == ["Bob"]  # she has given hers
    assert not wanted.views[0].is_open


def test_many_at_once_never_hold_more_than_is_wanted(workspace: Workspace) -> None:
    want(workspace, 2)
    taken: defaultdict[str, list[str]] = defaultdict(list)

    def work(number: int) -> None:
        who = f"person {number // 2}"  # each of them has two tabs
        for name in ids(hold(workspace, who, f"tab {number}", count=4)):
            taken[name].append(who)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(map(len, taken.values())) == 20
    assert all(len(set(people)) == len(people) == 2 for people in taken.values())


def test_skips_bring_a_session_back_on_request_but_not_what_one_has_answered(workspace: Workspace) -> None:
    want(workspace, 2)
    answer(workspace, "Ann", NAMES[0], outcome=Outcome.SKIPPED, boxes=())
    for name in NAMES[1:]:
        answer(workspace, "Ann", name)
    assert claim(workspace, "Ann").state == "only_skipped"
    assert ids(claim(workspace, "Ann", count=5, include_skipped=True)) == ["ten_0000"]
    answer(workspace, "Ann", NAMES[0])
    done = claim(workspace, "Ann", include_skipped=True)
    assert (done.state, done.message) == (
        "waits_for_others",
        "Ann has answered every session; 10 wait for other people's answers.",
    )


def test_what_is_decided_about_one_answer_leaves_the_others_alone(workspace: Workspace) -> None:
    want(workspace, 2)
    answer(workspace, "Ann")
    judge(workspace, answer(workspace, "Bob"), Verdict.REJECT)
    assert "ten_0000" in find_open(workspace)
    assert [ids(claim(workspace, who)) for who in ("Ann", "Bob")] == [["ten_0001"], ["ten_0000"]]
    judge(workspace, answer(workspace, "Bob"), Verdict.CORRECT)
    assert "ten_0000" not in find_open(workspace)
    judge(workspace, answer(workspace, "Ann", "ten_0002"), Verdict.CORRECT)
    assert "ten_0002" in find_open(workspace)  # a reviewer who corrects has seen the answer
    decided = tuple(each.id for each in list_answers(workspace, "ten", "ten_0002"))
    answer(workspace, "Rita", "ten_0002", decides=decided, base_revision=2)
    assert "ten_0002" not in find_open(workspace)


@pytest.mark.parametrize("seed", range(2))
def test_nobody_answers_twice_and_all_is_done_at_the_end(workspace: Workspace, seed: int) -> None:
    chance = random.Random(seed)
    round_ = want(workspace, chance.choice((2, 3)), chance.choice((0.5, 1.0)))
    people = ["Ann", "Bob", "Cé", "Dan"]
    given: defaultdict[str, list[str]] = defaultdict(list)
    idle: set[str] = set()
    while len(idle) < len(people):
        who, tab = chance.choice(people), chance.choice("ab")
        claimed = hold(workspace, who, f"{who} {tab}", count=2, include_skipped=True)
        held = [view for view in claimed.views if view.find_claim(f"{who} {tab}")]
        if not held:
            idle.add(who)
            claiming.release(workspace, round_id="ten", holder=f"{who} a")
            claiming.release(workspace, round_id="ten", holder=f"{who} b")
            continue
        idle.clear()
        name = chance.choice(held).session.id
        outcome = chance.choice((Outcome.LABELLED, Outcome.EMPTY, Outcome.UNSURE, Outcome.SKIPPED))
        boxes = make_answer().boxes if outcome is Outcome.LABELLED else ()
        assert answer(workspace, who, name, outcome=outcome, boxes=boxes).conflict is None
        if outcome is not Outcome.SKIPPED:
            given[name].append(who)
        view = session_views.get_view(workspace, round_id="ten", session_id=name)
        assert view.is_open == (name in find_open(workspace))
        assert view.answers_left == round_.count_wanted(name) - len(given[name])
    assert find_open(workspace) == set()
    for session in list_sessions(workspace, "ten"):
        assert len(set(given[session.id])) == len(given[session.id]) == round_.count_wanted(session.id)
    with workspace.database.reading() as connection:
        assert deriving.find_differences(connection) == []
    doctor.examine(workspace, repair=True)  # the round was made without its objects
    kept = dump(workspace)
    rebuild(workspace, replace=True)
    assert dump(workspace) == kept
    assert claim(workspace, "Ann").state == "finished"
