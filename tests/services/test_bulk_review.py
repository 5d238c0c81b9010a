"""One verdict on many answers, what it leaves and why, and its undo."""

import uuid
from dataclasses import replace

import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.review import Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.submission import Outcome
from podcast_core.domain.summary import Selection
from podcast_core.errors import Conflict, InvalidInput, NotFound
from podcast_core.services.labels import bulk_review, review, rounds
from podcast_core.services.labels.bulk_review import NEWER, NOTHING, OWN, SAME, Judging, Wanted
from podcast_core.storage import deriving
from podcast_core.workspace import Workspace
from tests.building import submit

CALL = AnswerBox(0.25, 0.5, "call")
WAITING = Wanted(Selection(verdict="waiting"))


@pytest.fixture
def answered(workspace: Workspace, round_of_ten: Round) -> dict[str, str]:
    """Five answers: four by Ann, one by Zoe; and a skip."""
    assert round_of_ten.id == "ten"
    names = {f"ten_000{number}": "Zoe" if number == 3 else "Ann" for number in range(5)}
    submit(workspace, "ten", "ten_0005", who="Ann", outcome=Outcome.SKIPPED)
    return {each: submit(workspace, "ten", each, CALL, who=who).submission.id for each, who in names.items()}


def judge(workspace: Workspace, wanted: Wanted = WAITING, verdict: Verdict = Verdict.ACCEPT, **more: object) -> Judging:
    fields: dict[str, object] = {"act_id": str(uuid.uuid4()), "people": ["Zoe", ""], **more}
    return bulk_review.judge(workspace, round_id="ten", wanted=wanted, verdict=verdict, **fields)  # type: ignore[arg-type]


def states(workspace: Workspace) -> list[str]:
    with workspace.database.reading() as connection:
        assert deriving.find_differences(connection) == []
    return [each.review_state for each in review.list_sessions(workspace, round_id="ten")][:6]


def test_all_that_a_queue_finds_is_accepted_but_ones_own_and_undone_as_one(
    workspace: Workspace, answered: dict[str, str]
) -> None:
    told = bulk_review.preview(
        workspace, round_id="ten", wanted=WAITING, verdict=Verdict.ACCEPT, people=["zoe", "Somebody"]
    )
    assert (len(told.submission_ids), told.reasons) == (4, {OWN: 1})
    assert states(workspace) == ["waiting"] * 5 + [""]
    done = judge(workspace, comment="Clear.")
    assert done.submission_ids == {each: made for each, made in answered.items() if each != "ten_0003"}
    assert [(each.session_id, each.reason) for each in done.left] == [("ten_0003", OWN)]
    assert states(workspace) == ["accept"] * 3 + ["waiting", "accept", ""]
    [revision] = review.get_history(workspace, round_id="ten", session_id="ten_0000")
    assert [(each.reviewer, each.comment, each.withdrawn) for each in revision.reviews] == [("Zoe", "Clear.", False)]
    assert done.act is not None
    bulk_review.undo(workspace, round_id="ten", act_id="u", undoes=done.act.id, who="Yan")
    bulk_review.undo(workspace, round_id="ten", act_id="u", undoes=done.act.id, who="Yan")  # the same again
    assert states(workspace) == ["waiting"] * 5 + [""]
    [revision] = review.get_history(workspace, round_id="ten", session_id="ten_0000")
    assert [each.withdrawn for each in revision.reviews] == [True]
    [shown] = bulk_review.list_acts(workspace, round_id="ten")
    assert (shown.act.id, shown.undone_by) == (done.act.id, "Yan")
    with pytest.raises(Conflict, match="Yan undid this"):
        bulk_review.undo(workspace, round_id="ten", act_id="v", undoes=done.act.id, who="Yan")
    for unknown in ("u", "none"):
        with pytest.raises(NotFound):
            bulk_review.undo(workspace, round_id="ten", act_id="w", undoes=unknown, who="Yan")


def test_an_undo_brings_the_verdict_before_back_and_leaves_later_ones(
    workspace: Workspace, answered: dict[str, str]
) -> None:
    first, second = answered["ten_0000"], answered["ten_0001"]
    review.review_submission(workspace, review_id="a", submission_id=first, reviewer="Yan", verdict=Verdict.ACCEPT)
    done = judge(workspace, Wanted(Selection()), Verdict.REJECT)
    assert states(workspace)[:3] == ["reject"] * 3
    review.review_submission(workspace, review_id="b", submission_id=second, reviewer="Yan", verdict=Verdict.ACCEPT)
    assert done.act is not None
    bulk_review.undo(workspace, round_id="ten", act_id="u", undoes=done.act.id, who="Zoe")
    assert states(workspace) == ["accept", "accept", "waiting", "waiting", "waiting", ""]


def test_ticked_rows_are_judged_as_they_were_seen_each_with_its_result(
    workspace: Workspace, answered: dict[str, str]
) -> None:
    review.review_submission(
        workspace, review_id="a", submission_id=answered["ten_0001"], reviewer="Yan", verdict=Verdict.ACCEPT
    )
    submit(workspace, "ten", "ten_0002", CALL, CALL, who="Ann")
    seen = {**answered, "ten_0005": "", "ten_0009": "", "gone": "x"}
    done = judge(workspace, Wanted(Selection(), seen))
    assert set(done.submission_ids) == {"ten_0000", "ten_0004"}
    assert {each.session_id: each.reason for each in done.left} == {
        "ten_0001": SAME,
        "ten_0002": NEWER,
        "ten_0003": OWN,
        "ten_0005": NOTHING,
        "ten_0009": NOTHING,
        "gone": NOTHING,
    }
    assert states(workspace) == ["accept", "accept", "waiting", "waiting", "accept", ""]


def test_a_second_try_is_harmless_and_another_one_is_refused(workspace: Workspace, answered: dict[str, str]) -> None:
    assert len(answered) == 5
    for _ in range(2):
        assert judge(workspace, act_id="act").act is not None
    assert [each.act.id for each in bulk_review.list_acts(workspace, round_id="ten")] == ["act"]
    with pytest.raises(Conflict, match="used before, by Zoe"):
        judge(workspace, verdict=Verdict.REJECT, act_id="act")
    with pytest.raises(InvalidInput, match="Nothing can be judged: 1 your own answer"):
        judge(workspace)
    with pytest.raises(InvalidInput, match="no answer is meant"):
        judge(workspace, Wanted(Selection(label="whistle")))
    with pytest.raises(InvalidInput, match="corrected by itself"):
        judge(workspace, verdict=Verdict.CORRECT)


def test_a_round_may_let_people_accept_their_own_answers_in_bulk(
    workspace: Workspace, answered: dict[str, str]
) -> None:
    round_ = rounds.get_round(workspace, round_id="ten")
    rounds.change_round(workspace, replace(round_, own_review=True))
    assert len(judge(workspace).submission_ids) == len(answered)


def test_what_was_rejected_in_bulk_waits_for_an_answer_until_that_is_undone(
    workspace: Workspace, answered: dict[str, str]
) -> None:
    before = rounds.count_open(workspace, round_id="ten")
    done = judge(workspace, verdict=Verdict.REJECT)
    assert rounds.count_open(workspace, round_id="ten") == before + len(answered)
    assert done.act is not None
    bulk_review.undo(workspace, round_id="ten", act_id="u", undoes=done.act.id, who="Zoe")
    assert rounds.count_open(workspace, round_id="ten") == before
