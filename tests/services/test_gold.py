"""Gold, which decides between answers: what counts, what it closes, who is told, and what builds on it."""

import csv
from dataclasses import replace

import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.bulk_act import BulkDeed
from podcast_core.domain.review import Verdict
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.domain.summary import Selection
from podcast_core.errors import Conflict, InvalidInput
from podcast_core.services.exchange import datasets
from podcast_core.services.labels import agreement, bulk, labelling, review, rounds, session_views
from podcast_core.services.labels.answers import to_submission
from podcast_core.services.labels.bulk_answers import BulkStretch
from podcast_core.services.sets.datacard import write_card
from podcast_core.services.sets.release_plan import plan_release
from podcast_core.services.sets.release_request import ReleaseRequest
from podcast_core.services.store import records
from podcast_core.storage import submissions
from podcast_core.workspace import Workspace
from tests.building import list_answers, make_answer, submit
from tests.services.sea import add_annotations

pytestmark = pytest.mark.usefixtures("sea")
CALL, CLICK = AnswerBox(1.0, 2.0, "call"), AnswerBox(1.0, 2.0, "click")


def answer_twice(workspace: Workspace, session_id: str = "a_0_0") -> tuple[str, str]:
    """Ann says call, Bob says click; their ids."""
    return tuple(  # type: ignore[return-value]
        submit(workspace, "sea", session_id, box, who=who, submission_id=f"{who}-{session_id}").submission.id
        for who, box in (("Ann", CALL), ("Bob", CLICK))
    )


def decide(
    workspace: Workspace, *boxes: AnswerBox, between: tuple[str, ...], name: str = "gold", seen: int = 0
) -> labelling.Receipt:
    """Zoe decides."""
    return submit(workspace, "sea", "a_0_0", *boxes, who="Zoe", submission_id=name, decides=between, base_revision=seen)


def find_view(workspace: Workspace, session_id: str = "a_0_0") -> session_views.SessionView:
    return session_views.get_view(workspace, round_id="sea", session_id=session_id)


def counting(workspace: Workspace) -> tuple[str, str]:
    """Which answer counts, as the noun and as the database say."""
    found = review.find_session(workspace, round_id="sea", session_id="a_0_0")
    view = find_view(workspace)
    assert view.answer is not None
    assert found is not None
    assert found.submission_id == view.answer.id
    return view.answer.id, view.standing


def test_gold_counts_and_no_later_answer_displaces_it(workspace: Workspace) -> None:
    both = answer_twice(workspace)
    assert decide(workspace, CALL, between=both).conflict is None
    later = submit(workspace, "sea", "a_0_0", CLICK, who="Bob", submission_id="later", base_revision=3)
    assert later.conflict == (
        "Zoe has decided about a_0_0 (revision 3: gold), and that counts. Nothing is lost: yours is kept as revision 4 "
        "for whoever decides again."
    )
    assert counting(workspace) == ("gold", "labelled")
    decide(workspace, between=(*both, "later"), name="again", seen=4)
    assert counting(workspace) == ("again", "empty")


def test_gold_that_was_rejected_is_as_any_rejected_answer(workspace: Workspace) -> None:
    both = answer_twice(workspace)
    decide(workspace, CALL, between=both)
    decide(workspace, CLICK, between=both, name="second", seen=3)
    review.review_submission(workspace, review_id="r", submission_id="second", reviewer="Rita", verdict=Verdict.REJECT)
    assert counting(workspace) == ("second", "rejected")
    assert find_view(workspace).is_open
    submit(workspace, "sea", "a_0_0", CALL, who="Cy", submission_id="anew")
    assert counting(workspace) == ("anew", "labelled")
    assert not find_view(workspace).is_open


def test_a_correction_of_gold_is_gold(workspace: Workspace) -> None:
    decide(workspace, CALL, between=answer_twice(workspace))
    submit(workspace, "sea", "a_0_0", CLICK, who="Bob", submission_id="later")
    correction = make_answer("sea", "a_0_0", CALL, AnswerBox(4.0, 5.0, "click"), submission_id="better")
    for _ in range(2):
        review.review_submission(
            workspace,
            review_id="r",
            submission_id="gold",
            reviewer="Rita",
            verdict=Verdict.CORRECT,
            correction=correction,
        )
    assert counting(workspace) == ("better", "labelled")
    assert list_answers(workspace, "sea", "a_0_0")[-1].decides == ("Ann-a_0_0", "Bob-a_0_0")


def test_an_answer_that_the_adjudicator_has_not_seen_stops_the_decision(workspace: Workspace) -> None:
    both = answer_twice(workspace)
    submit(workspace, "sea", "a_0_0", who="Cy", submission_id="third")
    with pytest.raises(Conflict, match=r"Cy has answered session a_0_0 meanwhile \(revision 3; you saw revision 0\)"):
        decide(workspace, CALL, between=both)
    assert [each.id for each in list_answers(workspace, "sea", "a_0_0")] == [*both, "third"]
    with pytest.raises(InvalidInput, match="has no answer 'nobody' to decide about"):
        decide(workspace, CALL, between=(*both, "nobody", "third"))
    with pytest.raises(InvalidInput, match="about the whole session: expected labelled, empty, unsure"):
        submit(workspace, "sea", "a_0_0", outcome=Outcome.SKIPPED, decides=both, base_revision=3)
    decide(workspace, CALL, between=(*both, "third"))
    assert decide(workspace, CALL, between=("third", *both)).repeated
    with pytest.raises(Conflict, match="with different content"):
        decide(workspace, CALL, between=both)


def test_a_decision_that_was_cut_off_is_finished_whoever_answers_meanwhile(workspace: Workspace) -> None:
    both = answer_twice(workspace)
    gold = make_answer("sea", "a_0_0", CALL, who="Zoe", submission_id="gold", decides=both)
    with workspace.database.reading() as connection:
        made, recording_id = to_submission(connection, gold)
    records.save_submission(workspace.files, made, recording_id=recording_id)
    submit(workspace, "sea", "a_0_0", who="Cy", submission_id="third")
    assert labelling.submit(workspace, gold).submission.id == "gold"
    assert counting(workspace) == ("gold", "labelled")


def test_what_was_stored_before_there_was_gold_is_read(workspace: Workspace) -> None:
    answer_twice(workspace)
    answer = list_answers(workspace, "sea", "a_0_0")[0]
    key, data = records.make_object(answer)
    old = data.replace(b' "decides": [],\n', b"")
    assert old != data
    assert replace(records.to_submission(key, old), revision=answer.revision) == answer


def test_gold_stands_beside_nothing() -> None:
    with pytest.raises(InvalidInput, match="cannot stand beside"):
        Submission("g", "sea", "a", "Zoe", Outcome.EMPTY, beside=True, decides=("x",))


def test_bulk_acts_and_imports_leave_gold_alone(workspace: Workspace) -> None:
    decide(workspace, CALL, between=answer_twice(workspace))
    stretch = BulkStretch(1.0, 2.0, session_id="a_0_0", label="call")
    request = bulk.BulkRequest("act", "sea", BulkDeed.LABEL, (stretch,), "Ann", "click")
    done = bulk.act_in_bulk(workspace, request)
    assert (done.act.changed, done.act.left) == (0, 1)
    report = add_annotations(workspace, "a.wav,5,6,call\n", supersede=True)
    assert (report.beside, report.superseded) == ({"Zoe": 1}, {})
    assert counting(workspace) == ("gold", "labelled")


def test_what_builds_on_answers_takes_gold_first(workspace: Workspace) -> None:
    decide(workspace, CALL, between=answer_twice(workspace))
    submit(workspace, "sea", "a_0_0", CLICK, who="Bob", submission_id="later")
    submit(workspace, "sea", "b_0_0", CLICK, submission_id="alone")
    plan = plan_release(
        workspace, request=ReleaseRequest(name="r", round_ids=("sea",), licence="CC0", proportions=(1, 0, 0))
    )
    assert {each.answer.id for each in plan.items} == {"gold", "alone"}
    card = write_card(plan, name="r", version="1.0.0", title="r", held_out=(), clipped=0).decode()
    assert "Gold, decided by somebody between several people's answers: 1 of 2 sessions." in card
    export = datasets.export_round(workspace, round_id="sea", format_name="csv")
    rows = csv.DictReader(export.files["annotations.csv"].decode().splitlines())
    assert [(row["session_id"], row["label"]) for row in rows if row["label"]] == [
        ("a_0_0", "call"),
        ("b_0_0", "click"),
    ]
    with workspace.database.reading() as connection:
        assert submissions.latest_submissions(connection, "sea")["a_0_0"].id == "gold"
    found, _ = agreement.get_agreement(workspace, agreement.Asked("sea"))  # gold is nobody's own answer
    assert [(each.one, each.other, each.session_count) for each in found.people] == [("Ann", "Bob", 1)]


def test_what_only_its_own_author_settled_is_found_and_told(workspace: Workspace) -> None:
    shown = rounds.get_round(workspace, round_id="sea")
    rounds.change_round(workspace, replace(shown, own_review=True))
    both, other = answer_twice(workspace), answer_twice(workspace, "a_0_1")
    submit(workspace, "sea", "a_0_0", CALL, who="Ann", submission_id="gold", decides=both, base_revision=2)
    third = submit(workspace, "sea", "b_0_0", CALL, who="Cy", submission_id="third").submission

    def find(*, by_author: bool) -> list[str]:
        found = review.list_sessions(workspace, round_id="sea", selection=Selection(by_author=by_author))
        return [each.session_id for each in found]

    def judge(review_id: str, submission_id: str, who: str) -> None:
        review.review_submission(
            workspace, review_id=review_id, submission_id=submission_id, reviewer=who, verdict=Verdict.ACCEPT
        )

    assert find(by_author=True) == ["a_0_0"]  # Ann's, who decided between hers and Bob's
    judge("r", third.id, "Cy")
    judge("s", other[1], "Zoe")
    assert find(by_author=True) == ["a_0_0", "b_0_0"]
    assert set(find(by_author=False)).isdisjoint(find(by_author=True))
    asked = ReleaseRequest(name="r", round_ids=("sea",), licence="CC0", proportions=(1, 0, 0))
    card = write_card(
        plan_release(workspace, request=asked), name="r", version="1.0.0", title="r", held_out=(), clipped=0
    )
    assert "people who had answered themselves: 2 sessions" in card.decode()
    judge("t", "gold", "Zoe")
    assert find(by_author=True) == ["b_0_0"]
