"""Where people disagree, what they say together, and what is left to decide."""

from datetime import UTC, datetime

import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.review import Verdict
from podcast_core.errors import NotFound
from podcast_core.services.labels import adjudication, agreement, review
from podcast_core.workspace import Workspace
from tests.building import list_answers, list_predictions, submit
from tests.services.sea import add_predictions

pytestmark = pytest.mark.usefixtures("sea")


def answer(workspace: Workspace, who: str, session_id: str, *boxes: AnswerBox) -> None:
    submit(workspace, "sea", session_id, *boxes, who=who, submission_id=f"{who}-{session_id}")


@pytest.fixture
def answered(workspace: Workspace) -> Workspace:
    """Three sessions that Ann and Bob answered, the last alike, and one that Ann answered alone."""
    call, click, late = (AnswerBox(*box) for box in ((1.0, 2.0, "call"), (1.0, 2.0, "click"), (5.0, 6.0, "call")))
    for who, session_id, boxes in (
        ("Ann", "a_0_0", (call, late)),
        ("Bob", "a_0_0", (click, AnswerBox(5.1, 6.1, "call"))),
        ("Ann", "a_0_1", (call,)),
        ("Bob", "a_0_1", ()),
        ("Ann", "b_0_0", (call,)),
        ("Bob", "b_0_0", (AnswerBox(1.05, 2.05, "call"),)),
        ("Ann", "b_0_1", (call,)),
    ):
        answer(workspace, who, session_id, *boxes)
    return workspace


def list_queue(workspace: Workspace) -> list[str]:
    return [each.session_id for each in adjudication.get_queue(workspace, round_id="sea").sessions]


def decide(workspace: Workspace, session_id: str, *boxes: AnswerBox) -> None:
    case = adjudication.get_case(workspace, round_id="sea", session_id=session_id)
    submit(
        workspace,
        "sea",
        session_id,
        *boxes,
        who="Zoe",
        submission_id=f"gold-{session_id}",
        base_revision=case.revision,
        decides=tuple(each.answer.id for each in case.sides),
    )


def test_the_queue_begins_with_the_least_agreement_and_ends_with_gold(answered: Workspace) -> None:
    queue = adjudication.get_queue(answered, round_id="sea")
    assert [each.session_id for each in queue.sessions] == ["a_0_1", "a_0_0"]
    assert (queue.left, queue.settled, queue.measured_at) == (2, 0, None)
    decide(answered, "a_0_1")
    queue = adjudication.get_queue(answered, round_id="sea", limit=1)
    assert ([each.session_id for each in queue.sessions], queue.left, queue.settled) == (["a_0_0"], 1, 1)
    submit(answered, "sea", "a_0_1", AnswerBox(1.0, 2.0, "call"), who="Cy", submission_id="third", base_revision=3)
    assert sorted(list_queue(answered)) == ["a_0_0", "a_0_1"]  # somebody has answered since
    case = adjudication.get_case(answered, round_id="sea", session_id="a_0_1")
    assert [each.answer.annotator for each in case.sides] == ["Ann", "Bob", "Cy"]
    assert case.gold is not None
    assert (case.revision, case.gold.annotator) == (4, "Zoe")


def test_gold_that_was_rejected_puts_its_session_back(answered: Workspace) -> None:
    decide(answered, "a_0_1")
    assert list_queue(answered) == ["a_0_0"]
    review.review_submission(
        answered, review_id="r", submission_id="gold-a_0_1", reviewer="Rita", verdict=Verdict.REJECT
    )
    assert list_queue(answered) == ["a_0_1", "a_0_0"]
    assert adjudication.get_case(answered, round_id="sea", session_id="a_0_1").gold is None


def test_of_a_large_round_disagreements_are_kept_and_what_was_decided_since_is_not_listed(
    answered: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adjudication, "FEW", 1)
    monkeypatch.setattr(agreement, "FEW", 1)
    _, measured_at = agreement.get_agreement(answered, agreement.Asked("sea"))
    first = adjudication.get_queue(answered, round_id="sea")
    assert first.measured_at == measured_at  # one comparison serves both
    assert first.left == 2
    assert isinstance(first.measured_at, datetime)
    decide(answered, "a_0_1")
    kept = adjudication.get_queue(answered, round_id="sea")
    assert (list_queue(answered), kept.left, kept.settled) == (["a_0_0"], 1, 1)
    assert kept.measured_at == first.measured_at <= datetime.now(UTC)
    case = adjudication.get_case(answered, round_id="sea", session_id="a_0_0")
    kept_case = adjudication.get_case(answered, round_id="sea", session_id="a_0_0")
    assert kept_case == case  # read from what was kept of people's reliability
    answer(answered, "Dan", "a_0_0", AnswerBox(1.0, 2.0, "call"))
    told = adjudication.get_case(answered, round_id="sea", session_id="a_0_0")
    assert [each.answer.annotator for each in told.sides] == ["Ann", "Bob", "Dan"]


def test_reliability_is_learned_from_some_sessions_and_from_the_one_with_a_label_that_these_lack(
    answered: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = adjudication.get_case(answered, round_id="sea", session_id="a_0_0")
    monkeypatch.setattr(adjudication, "MAX_LEARNED", 2)
    answer(answered, "Dan", "a_0_1", AnswerBox(1.0, 2.0, "click"))
    some = [adjudication.get_case(answered, round_id="sea", session_id=each) for each in ("a_0_0", "a_0_1", "b_0_0")]
    assert [[each.answer.annotator for each in case.sides] for case in some] == [
        ["Ann", "Bob"],
        ["Ann", "Bob", "Dan"],
        ["Ann", "Bob"],
    ]
    assert [each.boxes for each in some[0].matters] == [each.boxes for each in whole.matters]
    assert some[0].sides != whole.sides  # learned from other sessions


def test_a_case_says_what_is_agreed_and_what_is_proposed(answered: Workspace) -> None:
    case = adjudication.get_case(answered, round_id="sea", session_id="a_0_0")
    assert [(each.boxes, each.is_agreed) for each in case.matters] == [((0, 0), False), ((1, 1), True)]
    agreed = case.matters[1].proposed
    assert agreed is not None
    assert agreed.label == "call"
    assert [agreed.start_s, agreed.end_s] == pytest.approx([5.05, 6.05], abs=0.01)
    assert case.matters[1].support > 0.9
    lonely = adjudication.get_case(answered, round_id="sea", session_id="a_0_1")
    assert [each.boxes for each in lonely.matters] == [(0, None)]
    assert {0.5 < each.reliability < 1 for each in case.sides} == {True}
    alone = adjudication.get_case(answered, round_id="sea", session_id="b_0_1")
    assert (alone.sides, alone.matters) == ((), ())
    with pytest.raises(NotFound):
        adjudication.get_case(answered, round_id="sea", session_id="nowhere")


def test_a_proposal_keeps_what_all_have_noted_and_the_prediction_they_mean(workspace: Workspace) -> None:
    add_predictions(workspace, "a.wav\t1\t1\t0.9\tcall\n", model="net")
    (prediction,) = list_predictions(workspace, "sea")
    for who, comment in (("Ann", "faint"), ("Bob", "loud")):
        box = AnswerBox(1.0, 2.0, "call", prediction_id=prediction.id, individual="J35", comment=comment)
        answer(workspace, who, "a_0_0", box)
    (matter,) = adjudication.get_case(workspace, round_id="sea", session_id="a_0_0").matters
    assert matter.proposed is not None
    said = matter.proposed
    assert (said.prediction_id, said.individual, said.comment) == (prediction.id, "J35", "")
    proposed = AnswerBox(said.start_s, said.end_s, said.label, prediction_id=said.prediction_id, individual="J35")
    decide(workspace, "a_0_0", proposed)
    (kept,) = list_answers(workspace, "sea", "a_0_0")[-1].annotations
    assert (kept.origin.value, kept.score, kept.individual) == ("model_accepted", 0.9, "J35")


def test_boxes_of_a_later_session_are_in_the_time_of_their_recording(answered: Workspace) -> None:
    (matter,) = adjudication.get_case(answered, round_id="sea", session_id="a_0_1").matters
    proposed = matter.proposed or list_answers(answered, "sea", "a_0_1")[0].annotations[0]
    assert proposed.start_s == 11.0  # the session begins at 10 s
