"""What each answer changed, any two compared, and an earlier answer brought back."""

from dataclasses import replace
from typing import Any

import pytest

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.difference import Change
from podcast_core.domain.review import Verdict
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.errors import Conflict, Forbidden, InvalidInput, NotFound
from podcast_core.services.intake import ingest
from podcast_core.services.labels import archive, history, labelling, review, rounds
from podcast_core.services.labels.differences import compare
from podcast_core.services.store.rebuild import rebuild
from podcast_core.workspace import Workspace
from tests.beside import dump
from tests.building import latest_answers, list_sessions, submit
from tests.conftest import MakeWav

PLACE: dict[str, Any] = {"round_id": "ten", "session_id": "ten_0001"}
CALL = AnswerBox(0.25, 0.5, "call", low_hz=500, high_hz=900)


def answer(workspace: Workspace, *boxes: AnswerBox, **fields: object) -> Submission:
    return submit(workspace, "ten", "ten_0001", *boxes, **fields).submission


def restore(workspace: Workspace, **changes: object) -> labelling.Receipt:
    asked = {"submission_id": "back", "revision": 1, "annotator": "Cy", "base_revision": 2, **PLACE, **changes}
    return history.restore(workspace, **asked)  # type: ignore[arg-type]


def make(*boxes: tuple[float, float, str], **notes: object) -> Submission:
    annotations = tuple(Annotation(start, end, label, **notes) for start, end, label in boxes)  # type: ignore[arg-type]
    outcome = Outcome.LABELLED if boxes else Outcome.EMPTY
    return Submission("s", "r", "p", "Ann", outcome, annotations)


def tell(before: Submission | None, after: Submission) -> list[tuple[str, float, str]]:
    found = compare(before, after).boxes
    return [(each.change.value, each.box.start_s, each.box.label) for each in found]


def test_boxes_are_paired_by_place_then_by_overlap_and_each_is_told_once() -> None:
    before = make((1, 2, "a"), (3, 4, "a"), (5, 6, "a"), (7, 8, "b"), (9, 10, "b"))
    after = make((1, 2, "a"), (3.3, 4.3, "a"), (5, 6, "b"), (7.2, 8, "a"), (20, 21, "b"))
    assert tell(before, after) == [
        ("same", 1, "a"),
        ("moved", 3.3, "a"),
        ("relabelled", 5, "b"),
        ("relabelled", 7.2, "a"),
        ("removed", 9, "b"),
        ("added", 20, "b"),
    ]
    assert [each.is_moved for each in compare(before, after).boxes] == [False, True, False, True, False, False]
    assert tell(None, before) == [("added", at, label) for at, label in zip((1, 3, 5, 7, 9), "aaabb", strict=True)]
    assert compare(before, after).count() == {
        Change.ADDED: 1,
        Change.REMOVED: 1,
        Change.RELABELLED: 2,
        Change.MOVED: 1,
        Change.SAME: 1,
    }


def test_of_boxes_that_compete_the_best_total_is_taken_and_one_label_comes_first() -> None:
    # Alone, the second of before overlaps most with the first of after; together it is the other way round.
    assert tell(make((0, 1, "a"), (0.4, 1.4, "a")), make((0.3, 1.3, "a"), (0.8, 1.8, "a"))) == [
        ("moved", 0.3, "a"),
        ("moved", 0.8, "a"),
    ]
    assert tell(make((0, 1, "a"), (0, 1.1, "b")), make((0, 1.05, "b"), (0.1, 1, "a"))) == [
        ("moved", 0, "b"),
        ("moved", 0.1, "a"),
    ]
    assert tell(make((0, 1, "a")), make((0, 1, "a"), comment="faint")) == [("noted", 0, "a")]
    assert tell(make((0, 1, "a")), make((0.95, 2, "a"))) == [("removed", 0, "a"), ("added", 0.95, "a")]


@pytest.mark.usefixtures("round_of_ten")
def test_an_answer_is_compared_with_what_was_on_screen_and_any_two_can_be(workspace: Workspace) -> None:
    answer(workspace, CALL, comment="one", active_s=12.5, action_count=3)
    moved = replace(CALL, end_s=0.6)
    answer(workspace, moved, AnswerBox(0.7, 0.8, "whistle"), who="Bob", base_revision=1)
    answer(workspace, who="Cy")  # saw nothing of it
    found = history.get_history(workspace, **PLACE)
    assert [each.submission.annotator for each in found.steps] == ["Ann", "Bob", "Cy"]
    assert [each.differences.count() for each in found.steps] == [
        {Change.ADDED: 1},
        {Change.ADDED: 1, Change.MOVED: 1},
        {},
    ]
    assert found.steps[1].differences.comments == ("one", "")
    assert found.counting == found.steps[2].submission
    assert (found.newest_revision, found.steps[0].submission.active_s) == (3, 12.5)
    between = history.get_differences(workspace, **PLACE, before=2)
    assert (between.before and between.before.revision, between.after.revision) == (2, 3)
    assert (between.outcomes, between.count()) == (("labelled", "empty"), {Change.REMOVED: 2})
    assert history.get_differences(workspace, **PLACE).before is None
    assert history.get_differences(workspace, **PLACE, before=0, after=1).count() == {Change.ADDED: 1}
    own = history.get_history(workspace, **PLACE, annotator="Bob")
    assert [each.differences.before for each in own.steps] == [None]  # Ann's is not shown
    assert own.newest_revision == 3
    assert [each.revision for each in history.list_newest(workspace, round_id="ten", annotator="Bob")] == [2]
    with pytest.raises(NotFound, match="no revision 4: it has revisions 1 to 3"):
        history.get_differences(workspace, **PLACE, after=4)
    with pytest.raises(NotFound, match="no answer yet"):
        history.get_differences(workspace, round_id="ten", session_id="ten_0002")


@pytest.mark.usefixtures("round_of_ten")
def test_an_earlier_answer_comes_back_as_a_new_one_whole(workspace: Workspace) -> None:
    first = answer(workspace, CALL, AnswerBox(0.1, 0.3, "call", prediction_id="p-0"), comment="both", active_s=5)
    answer(workspace, who="Bob", base_revision=1, rejected_prediction_ids=("p-0", "p-1"))
    receipt = restore(workspace)
    assert (receipt.submission.revision, receipt.repeated) == (3, False)
    stored = latest_answers(workspace, "ten")["ten_0001"]
    assert stored.annotations == first.annotations
    assert (stored.id, stored.annotator, stored.restores, stored.comment) == ("back", "Cy", first.id, "both")
    assert (stored.base_revision, stored.active_s, stored.outcome) == (2, None, Outcome.LABELLED)
    again = restore(workspace)
    assert (again.repeated, again.submission.id) == (True, "back")
    assert len(history.get_history(workspace, **PLACE).steps) == 3
    with pytest.raises(Conflict, match="used before, for another answer by Cy"):
        restore(workspace, annotator="Di")


def test_a_rebuild_knows_what_came_back(workspace: Workspace, make_wav: MakeWav) -> None:
    ingest.ingest(workspace, paths=[make_wav("a.wav", rate=8000, seconds=1)], round_name="ten", labels=("call",))
    [session] = list_sessions(workspace, "ten")
    for who, boxes in (("Ann", (CALL,)), ("Bob", ())):
        submit(workspace, "ten", session.id, *boxes, who=who)
    first = restore(workspace, session_id=session.id).submission.restores
    before = dump(workspace)
    rebuild(workspace, replace=True)
    assert dump(workspace) == before
    assert latest_answers(workspace, "ten")[session.id].restores == first


@pytest.mark.usefixtures("round_of_ten")
def test_whose_boxes_came_back_cannot_accept_them(workspace: Workspace) -> None:
    answer(workspace, CALL)
    answer(workspace, who="Bob", base_revision=1)
    restored = restore(workspace).submission
    for reviewer in ("Ann", "Cy"):
        with pytest.raises(Forbidden, match=f"{reviewer} gave this answer"):
            review.review_submission(
                workspace, review_id="v", submission_id=restored.id, reviewer=reviewer, verdict=Verdict.ACCEPT
            )
    answer(workspace, who="Bob", base_revision=3)
    again = restore(workspace, submission_id="again", revision=3, annotator="Di", base_revision=4).submission
    for reviewer in ("Ann", "Cy", "Di"):
        with pytest.raises(Forbidden, match=f"{reviewer} gave this answer"):
            review.review_submission(
                workspace, review_id="v", submission_id=again.id, reviewer=reviewer, verdict=Verdict.ACCEPT
            )
    review.review_submission(workspace, review_id="v", submission_id=again.id, reviewer="Bob", verdict=Verdict.ACCEPT)


@pytest.mark.usefixtures("round_of_ten")
def test_what_cannot_come_back_is_refused_and_nothing_is_kept(workspace: Workspace) -> None:
    answer(workspace, CALL)
    answer(workspace, who="Bob", outcome=Outcome.SKIPPED, base_revision=1)
    with pytest.raises(Conflict, match="newer answer by Bob .revision 2; you saw revision 1"):
        restore(workspace, base_revision=1)
    with pytest.raises(Conflict, match="counts already"):
        restore(workspace)
    with pytest.raises(InvalidInput, match="Bob skipped"):
        restore(workspace, revision=2)
    with pytest.raises(NotFound, match="no revision 7"):
        restore(workspace, revision=7)
    answer(workspace, who="Bob", base_revision=2)
    archive.archive_round(workspace, round_id="ten", who="Di")
    with pytest.raises(Conflict, match="archived by Di"):
        restore(workspace, base_revision=3)
    archive.archive_round(workspace, round_id="ten", who="Di", is_archived=False)
    assert len(history.get_history(workspace, **PLACE).steps) == 3
    assert rounds.get_round(workspace, round_id="ten").label_names


@pytest.mark.usefixtures("round_of_ten")
def test_beside_gold_nothing_comes_back(workspace: Workspace) -> None:
    first = answer(workspace, CALL)
    second = answer(workspace, who="Bob")
    gold = answer(workspace, CALL, who="Zoe", decides=(first.id, second.id), base_revision=2)
    assert history.get_history(workspace, **PLACE).counting == gold
    with pytest.raises(Conflict, match="Zoe decided about this session"):
        restore(workspace, base_revision=3)
    review.review_submission(workspace, review_id="v", submission_id=gold.id, reviewer="Di", verdict=Verdict.REJECT)
    assert restore(workspace, base_revision=3).submission.decides == ()


@pytest.mark.usefixtures("round_of_ten")
def test_an_id_that_another_session_has_is_refused_and_nothing_is_stored(workspace: Workspace) -> None:
    answer(workspace, CALL)
    answer(workspace, base_revision=1)
    submit(workspace, "ten", "ten_0002", submission_id="taken")
    with pytest.raises(Conflict, match="used before"):
        restore(workspace, submission_id="taken")
    assert workspace.files.list("rounds/ten/submissions/ten_0002") == ["rounds/ten/submissions/ten_0002/taken.json"]
    assert not [each for each in workspace.files.list("rounds/ten/submissions/ten_0001") if "taken" in each]
