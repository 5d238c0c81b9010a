import json
import uuid
from dataclasses import replace

import pytest

from podcast_core.domain.answer import Answer, AnswerBox
from podcast_core.domain.prediction import Prediction, PredictionVerdict
from podcast_core.domain.review import Review, Verdict
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.domain.summary import Selection, SessionSummary
from podcast_core.domain.times import utc_now
from podcast_core.errors import Conflict, Forbidden, InvalidInput, NotFound
from podcast_core.services.labels import labelling, review, rounds, verification
from podcast_core.services.labels.review import get_history, list_sessions
from podcast_core.storage import submissions
from podcast_core.workspace import Workspace
from tests import building
from tests.building import add_prediction_set

CALL = AnswerBox(0.25, 0.5, "call")


def make_answer(session_id: str = "ten_0001", **changes: object) -> Answer:
    return replace(building.make_answer("ten", session_id, CALL), **changes)  # type: ignore[arg-type]


@pytest.fixture
def submitted(workspace: Workspace, round_of_ten: object) -> Submission:  # noqa: ARG001  # the round must be there
    return labelling.submit(workspace, make_answer()).submission


def judge(workspace: Workspace, submission: Submission, verdict: Verdict = Verdict.ACCEPT, **more: object) -> Review:
    values: dict[str, object] = {"review_id": str(uuid.uuid4()), "reviewer": "Zoe", **more}
    return review.review_submission(workspace, submission_id=submission.id, verdict=verdict, **values)  # type: ignore[arg-type]


def find(workspace: Workspace, session_id: str = "ten_0001") -> SessionSummary:
    return next(each for each in list_sessions(workspace, round_id="ten") if each.session_id == session_id)


def find_place(workspace: Workspace, reviewer: str, session_id: str = "ten_0001", **asked: str) -> review.ReviewPlace:
    selection = Selection(**asked)  # type: ignore[arg-type]
    return review.find_place(
        workspace, round_id="ten", selection=selection, session_id=session_id, people=[reviewer, ""]
    )


def test_sessions_are_listed_in_the_order_of_the_queue_with_what_was_answered(
    workspace: Workspace, submitted: Submission
) -> None:
    sessions = list_sessions(workspace, round_id="ten")
    assert [each.position for each in sessions] == list(range(10))
    assert [each.outcome for each in sessions] == ["unreviewed", "labelled", *["unreviewed"] * 8]
    assert sessions[1].submission_id == submitted.id
    assert sessions[1].annotator == "Ann"
    assert sessions[1].annotation_count == 1
    assert sessions[1].labels == ("call",)
    assert [each.review_state for each in sessions[:2]] == ["", "waiting"]


def test_sessions_of_an_unknown_round_are_not_found(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        list_sessions(workspace, round_id="nowhere")


@pytest.mark.parametrize("verdict", [Verdict.ACCEPT, Verdict.REJECT])
def test_a_verdict_is_kept_in_both_places_and_changes_no_answer(
    workspace: Workspace, submitted: Submission, verdict: Verdict
) -> None:
    kept = judge(workspace, submitted, verdict, comment="Clear.")
    assert (find(workspace).verdict, find(workspace).reviewer) == (verdict, "Zoe")
    [revision] = get_history(workspace, round_id="ten", session_id="ten_0001")
    assert revision.submission == submitted
    assert revision.reviews == (kept,)
    [key] = workspace.files.list("rounds/ten/reviews")
    stored = json.loads(workspace.files.read(key))
    assert (stored["id"], stored["verdict"], stored["comment"]) == (kept.id, verdict.value, "Clear.")


def test_a_second_reviewer_may_disagree_and_the_newest_verdict_shows(
    workspace: Workspace, submitted: Submission
) -> None:
    judge(workspace, submitted, Verdict.ACCEPT)
    judge(workspace, submitted, Verdict.REJECT, reviewer="Yan")
    assert (find(workspace).verdict, find(workspace).reviewer) == (Verdict.REJECT, "Yan")
    assert len(get_history(workspace, round_id="ten", session_id="ten_0001")[0].reviews) == 2


def test_a_correction_is_a_new_revision_in_the_reviewers_name(workspace: Workspace, submitted: Submission) -> None:
    correction = make_answer(boxes=(CALL, AnswerBox(0.6, 0.7, "whistle")), base_revision=1)
    kept = judge(workspace, submitted, Verdict.CORRECT, correction=correction)
    first, second = get_history(workspace, round_id="ten", session_id="ten_0001")
    assert first.submission == submitted
    assert first.reviews == (kept,)
    assert second.submission.id == kept.corrected_id == correction.submission_id
    assert (second.submission.annotator, second.submission.revision) == ("Zoe", 2)
    assert find(workspace).submission_id == correction.submission_id
    assert find(workspace).verdict is Verdict.CORRECT
    assert find(workspace).annotation_count == 2


def test_the_same_review_again_is_harmless(workspace: Workspace, submitted: Submission) -> None:
    correction = make_answer()
    first = judge(workspace, submitted, Verdict.CORRECT, review_id="r", correction=correction)
    assert judge(workspace, submitted, Verdict.CORRECT, review_id="r", correction=correction) == first
    assert len(get_history(workspace, round_id="ten", session_id="ten_0001")) == 2
    assert len(workspace.files.list("rounds/ten/reviews")) == 1


@pytest.mark.parametrize("changes", [{"verdict": Verdict.REJECT}, {"comment": "other"}, {"reviewer": "Yan"}])
def test_a_review_id_is_used_for_one_review_only(
    workspace: Workspace, submitted: Submission, changes: dict[str, object]
) -> None:
    judge(workspace, submitted, review_id="r")
    with pytest.raises(Conflict, match="used before"):
        judge(workspace, submitted, review_id="r", **changes)  # type: ignore[arg-type]
    assert find(workspace).verdict is Verdict.ACCEPT


def test_an_answer_that_stands_beside_another_is_called_that(workspace: Workspace, submitted: Submission) -> None:
    beside = replace(submitted, id="beside", annotator="Bob", submitted_at=utc_now(), beside=True)
    with workspace.database.writing() as connection:
        submissions.add_submission(connection, beside)
    for verdict in (Verdict.ACCEPT, Verdict.REJECT):
        with pytest.raises(
            Conflict, match=r"by Bob \(revision 2\) was imported beside that of .* \(revision 1\)"
        ) as told:
            judge(workspace, beside, verdict)
        assert "newer" not in str(told.value)
    judge(workspace, submitted)
    assert find(workspace).verdict is Verdict.ACCEPT


def test_an_answer_that_was_replaced_cannot_be_judged(workspace: Workspace, submitted: Submission) -> None:
    labelling.submit(workspace, make_answer(annotator="Bob"))
    with pytest.raises(Conflict, match="newer answer by Bob"):
        judge(workspace, submitted)
    with pytest.raises(Conflict, match="revision 2"):
        judge(workspace, submitted, Verdict.CORRECT, correction=make_answer())
    assert len(get_history(workspace, round_id="ten", session_id="ten_0001")) == 2
    assert find(workspace).verdict is None


def test_a_later_skip_does_not_replace_an_answer(workspace: Workspace, submitted: Submission) -> None:
    labelling.submit(workspace, make_answer(annotator="Bob", outcome=Outcome.SKIPPED, boxes=()))
    judge(workspace, submitted)
    assert find(workspace).verdict is Verdict.ACCEPT


def test_a_new_answer_waits_for_review_again(workspace: Workspace, submitted: Submission) -> None:
    judge(workspace, submitted, Verdict.REJECT)
    labelling.submit(workspace, make_answer(annotator="Bob"))
    assert find(workspace).review_state == "waiting"


def test_a_correction_cut_off_before_its_review_is_completed_by_trying_again(
    workspace: Workspace, submitted: Submission
) -> None:
    correction = make_answer(annotator="Zoe")
    labelling.submit(workspace, correction)
    judge(workspace, submitted, Verdict.CORRECT, correction=correction)
    assert find(workspace).verdict is Verdict.CORRECT
    assert len(get_history(workspace, round_id="ten", session_id="ten_0001")) == 2


@pytest.mark.parametrize(
    ("verdict", "correction"),
    [
        (Verdict.CORRECT, None),
        (Verdict.ACCEPT, make_answer()),
        (Verdict.CORRECT, make_answer("ten_0002")),
        (Verdict.CORRECT, make_answer(outcome=Outcome.SKIPPED, boxes=())),
        (Verdict.CORRECT, make_answer(boxes=(AnswerBox(0.5, 9.0, "call"),))),
    ],
)
def test_a_review_that_makes_no_sense_is_refused_and_nothing_is_kept(
    workspace: Workspace, submitted: Submission, verdict: Verdict, correction: Answer | None
) -> None:
    with pytest.raises(InvalidInput):
        judge(workspace, submitted, verdict, correction=correction)
    assert find(workspace).submission_id == submitted.id
    assert find(workspace).verdict is None
    assert workspace.files.list("rounds/ten/reviews") == []


def test_what_nobody_submitted_cannot_be_reviewed(workspace: Workspace, submitted: Submission) -> None:
    with pytest.raises(NotFound, match="ghost"):
        judge(workspace, replace(submitted, id="ghost"))


def test_the_lowest_score_comes_first(workspace: Workspace, submitted: Submission) -> None:  # noqa: ARG001
    doubtful = AnswerBox(0.5, 0.875, "whistle", low_hz=500.0, high_hz=1500.0, prediction_id="p-1")
    labelling.submit(workspace, make_answer(boxes=(doubtful,)))
    labelling.submit(workspace, make_answer("ten_0000"))
    chosen = list_sessions(workspace, round_id="ten", selection=Selection(sort="lowest score"))
    assert chosen[0].session_id == "ten_0001"
    assert chosen[0].lowest_score == 0.25


def test_an_unknown_sort_is_refused() -> None:
    with pytest.raises(InvalidInput, match="loudness"):
        Selection(sort="loudness")


@pytest.mark.parametrize("reviewer", ["Ann", "ann", " ANN ", "Ａnn"])
def test_nobody_accepts_their_own_answer_however_they_write_their_name(
    workspace: Workspace, submitted: Submission, reviewer: str
) -> None:
    assert "Ann" in submitted.annotator
    assert find_place(workspace, reviewer).obstacle != ""
    with pytest.raises(Forbidden, match="gave this answer; somebody else accepts it"):
        judge(workspace, submitted, reviewer=reviewer)
    with pytest.raises(Forbidden, match="Nothing was saved"):
        judge(workspace, submitted, reviewer="Zoe", asker=reviewer)  # a token tells who it is
    assert find(workspace).verdict is None
    assert workspace.files.list("rounds/ten/reviews") == []


def test_people_may_reject_and_correct_their_own_answers(workspace: Workspace, submitted: Submission) -> None:
    judge(workspace, submitted, Verdict.REJECT, reviewer="Ann")
    mended = judge(workspace, submitted, Verdict.CORRECT, reviewer="Ann", correction=make_answer(boxes=(CALL, CALL)))
    assert mended.corrected_id is not None
    with pytest.raises(Forbidden, match="Ann gave this answer"):
        judge(workspace, find_submission(workspace), reviewer="Ann")
    judge(workspace, find_submission(workspace), reviewer="Zoe")


def test_whoever_corrects_an_answer_is_its_author_from_then_on(workspace: Workspace, submitted: Submission) -> None:
    judge(workspace, submitted, Verdict.CORRECT, correction=make_answer(boxes=(CALL, CALL)))
    with pytest.raises(Forbidden, match="Zoe gave this answer"):
        judge(workspace, find_submission(workspace))
    judge(workspace, find_submission(workspace), reviewer="Ann")


def test_a_round_may_let_people_accept_their_own_answers(workspace: Workspace, submitted: Submission) -> None:
    round_ = rounds.get_round(workspace, round_id="ten")
    assert not round_.own_review
    rounds.change_round(workspace, replace(round_, own_review=True))
    assert find_place(workspace, "Ann").obstacle == ""
    kept = judge(workspace, submitted, reviewer="Ann", review_id="r")
    rounds.change_round(workspace, round_)
    assert judge(workspace, submitted, reviewer="Ann", review_id="r") == kept  # what was kept is acknowledged again


def test_verdicts_of_several_people_are_accepted_by_none_of_them(workspace: Workspace, submitted: Submission) -> None:
    for number, who in enumerate(("Ann", "Bob")):
        items = [verification.Item("ten_0002", f"q-{number}", PredictionVerdict.YES)]
        _offer(workspace, f"q-{number}")
        verification.give_verdicts(workspace, round_id="ten", verdict_id=f"v{number}", annotator=who, items=items)
    made = find_submission(workspace, "ten_0002")
    assert made.annotator == "Bob" != submitted.annotator
    for who in ("Ann", "Bob"):
        with pytest.raises(Forbidden, match=f"{who} gave this answer"):
            judge(workspace, made, reviewer=who)
    judge(workspace, made)


def test_a_skip_cannot_be_judged(workspace: Workspace, round_of_ten: object) -> None:  # noqa: ARG001
    skip = labelling.submit(workspace, make_answer(outcome=Outcome.SKIPPED, boxes=())).submission
    with pytest.raises(InvalidInput, match="nothing to judge"):
        judge(workspace, skip, Verdict.REJECT)


def find_submission(workspace: Workspace, session_id: str = "ten_0001") -> Submission:
    return get_history(workspace, round_id="ten", session_id=session_id)[-1].submission


def _offer(workspace: Workspace, prediction_id: str) -> None:
    box = Prediction(2.1, 2.3, "call", id=prediction_id, session_id="ten_0002")
    add_prediction_set(workspace, "ten", box, set_id=prediction_id, model=prediction_id)


def test_a_place_in_the_queue_stays_true_after_a_verdict(workspace: Workspace, submitted: Submission) -> None:
    for number in (2, 5, 7, 8):
        labelling.submit(workspace, make_answer(f"ten_000{number}"))
    before = find_place(workspace, "Zoe", verdict="waiting")
    assert before == review.ReviewPlace(None, ("ten_0002", "ten_0005", "ten_0007"), "")
    judge(workspace, submitted)
    assert find_place(workspace, "Zoe", verdict="waiting") == before
    assert find_place(workspace, "Zoe", "ten_0005", verdict="waiting", sort="newest").next_ids == ("ten_0002",)
    last = find_place(workspace, "Ann", "ten_0008", verdict="waiting")
    assert (last.previous_id, last.next_ids, bool(last.obstacle)) == ("ten_0007", (), True)
    assert find_place(workspace, "Zoe", "ten_0009").next_ids == ()
    with pytest.raises(NotFound):
        find_place(workspace, "Zoe", "elsewhere")
