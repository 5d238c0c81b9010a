"""Labels given to many stretches in one go: what becomes of each session, refusals and repeats."""

import time
from dataclasses import replace

import pytest

from podcast_core.domain.annotation import Annotation, Origin
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.bulk_act import How
from podcast_core.domain.review import Verdict
from podcast_core.domain.submission import Outcome
from podcast_core.domain.summary import Selection
from podcast_core.errors import Conflict, InvalidInput, NotFound
from podcast_core.services.labels import archive, bulk, claiming, review, rounds, session_views
from podcast_core.services.labels.bulk_answers import BulkStretch
from podcast_core.workspace import Workspace
from tests.building import latest_answers, list_open
from tests.services.bulk import (
    answer,
    boxes,
    clip,
    counting,
    everything,
    label,
    make_many,
    name,
    predicted,
    remove,
    standing,
    undo,
)

pytestmark = pytest.mark.usefixtures("round_of_ten")


def test_clips_of_many_sessions_get_a_label_and_nothing_else_is_concluded(workspace: Workspace) -> None:
    before = claims_open(workspace)
    done = label(workspace, clip(2), clip(2, 0.5), clip(3), how=How.BOX, heard=3, agreed=3)
    assert (done.act.changed, done.act.left, done.session_count) == (3, 0, 2)
    assert done.act.describe() == "box, 3 of 3 heard"
    for index, count in ((2, 2), (3, 1)):
        found = counting(workspace, index)
        assert found is not None
        assert (found.annotator, found.outcome, len(found.annotations)) == ("Bo", Outcome.VERIFIED, count)
        assert {(box.origin, box.bulk_id, box.label) for box in found.annotations} == {
            (Origin.BULK, done.act.id, "call")
        }
    assert claims_open(workspace) == before  # nobody has searched these sessions: they come to people as ever


def claims_open(workspace: Workspace) -> set[str]:
    with workspace.database.reading() as connection:
        return list_open(connection, "ten")


def test_the_same_clip_again_changes_its_label_and_never_doubles_the_box(workspace: Workspace) -> None:
    label(workspace, clip(2))
    again = label(workspace, clip(2), clip(2), replace(clip(2), start_s=2.25 + 1e-9))
    assert (again.act.changed, again.session_count) == (0, 0)
    changed = label(workspace, clip(2), clip(4), to="whistle")
    assert changed.act.changed == 2
    assert boxes(workspace, 2) == [(0.25, "whistle", Origin.BULK)]


def test_a_prediction_is_accepted_or_gets_another_label_and_the_others_wait(workspace: Workspace) -> None:
    label(workspace, predicted("p-0"))
    found = counting(workspace, 1)
    assert found is not None
    (box,) = found.annotations
    assert (box.prediction_id, box.score, box.model, box.label, box.origin) == ("p-0", 0.9, "m", "call", Origin.BULK)
    assert (box.start_s, box.end_s) == (1.1, 1.3)
    assert [each.id for each in found.unreviewed] == ["p-1"]
    label(workspace, predicted("p-0"), predicted("p-1"), to="whistle")
    found = counting(workspace, 1)
    assert found is not None
    assert [(each.prediction_id, each.label) for each in found.annotations] == [("p-0", "whistle"), ("p-1", "whistle")]
    assert (found.annotations[1].low_hz, found.unreviewed) == (500.0, ())
    assert name(1) in claims_open(workspace)
    remove(workspace, predicted("p-0"))
    found = counting(workspace, 1)
    assert found is not None
    assert ([each.prediction_id for each in found.annotations], [each.id for each in found.unreviewed]) == (
        ["p-1"],
        ["p-0"],
    )


def test_what_was_said_of_the_session_before_decides_what_is_said_now(workspace: Workspace) -> None:
    answer(workspace, 2, Outcome.LABELLED, AnswerBox(0.0, 0.125, "whistle"))
    answer(workspace, 3, Outcome.EMPTY)
    answer(workspace, 4, Outcome.UNSURE, AnswerBox(0.0, 0.125, "whistle"))
    answer(workspace, 5, Outcome.SKIPPED)
    label(workspace, *(clip(index) for index in (2, 3, 4, 5)))
    assert [standing(workspace, index) for index in (2, 3, 4, 5)] == ["labelled", "verified", "verified", "verified"]
    assert boxes(workspace, 2) == [(0.0, "whistle", Origin.NEW), (0.25, "call", Origin.BULK)]
    doubted = counting(workspace, 4)
    assert doubted is not None
    assert [(box.label, box.unsure) for box in doubted.annotations] == [("whistle", True), ("call", False)]
    assert not {name(2), name(3), name(4)} & claims_open(workspace)  # somebody has searched them
    assert name(5) in claims_open(workspace)


def test_a_rejected_answer_is_not_built_on(workspace: Workspace) -> None:
    receipt = answer(workspace, 2, Outcome.LABELLED, AnswerBox(0.0, 0.125, "whistle"))
    review.review_submission(
        workspace, review_id="r", submission_id=receipt.submission.id, reviewer="Cy", verdict=Verdict.REJECT
    )
    done = label(workspace, clip(2))
    assert (standing(workspace, 2), boxes(workspace, 2)) == ("verified", [(0.25, "call", Origin.BULK)])
    undo(workspace, done)
    assert standing(workspace, 2) == "rejected"


def test_removal_leaves_boxes_that_were_drawn_one_by_one_and_other_labels(workspace: Workspace) -> None:
    answer(workspace, 2, Outcome.LABELLED, AnswerBox(0.25, 0.4, "whistle"))
    label(workspace, clip(3))
    done = remove(workspace, clip(2, label="whistle"), clip(3, label="call"), only="whistle")
    assert (done.act.changed, done.act.left) == (0, 1)
    done = remove(workspace, clip(2, label="whistle"), clip(3, label="call"), clip(4))
    assert (done.act.changed, done.act.left) == (1, 1)
    assert boxes(workspace, 2) == [(0.25, "whistle", Origin.NEW)]


def test_the_last_call_of_a_labelled_session_is_no_proof_that_it_is_empty(workspace: Workspace) -> None:
    answer(workspace, 2, Outcome.LABELLED, AnswerBox(0.25, 0.5, "whistle"))
    remove(workspace, clip(2, label="whistle"))
    assert (standing(workspace, 2), boxes(workspace, 2)) == ("verified", [])


def test_a_second_click_and_a_second_try_are_harmless(workspace: Workspace) -> None:
    first = label(workspace, clip(2), clip(3), id="act")
    again = label(workspace, clip(3), clip(2), id="act")
    assert (again.repeated, again.act, again.session_count) == (True, first.act, 2)
    with pytest.raises(Conflict, match="used before by Bo"):
        label(workspace, clip(2), clip(4), id="act")
    with pytest.raises(Conflict, match="used before"):
        label(workspace, clip(2), clip(3), id="act", to="whistle")
    back = bulk.undo(workspace, act_id="undo", undoes="act", who="Bo")
    assert bulk.undo(workspace, act_id="undo", undoes="act", who="Bo") == replace(back, repeated=True)


def test_what_cannot_be_labelled_is_refused_whole(workspace: Workspace) -> None:
    before = everything(workspace)
    for wrong, stretch in (
        ("no session 'ten_00ff'", BulkStretch(session_id="ten_00ff", start_s=1, end_s=2)),
        ("within its session, 3.000 to 4.000 s", BulkStretch(session_id=name(3), start_s=3.5, end_s=4.5)),
        ("no prediction 'p-9'", BulkStretch(session_id=name(1), start_s=1.1, end_s=1.3, prediction_id="p-9")),
        ("no prediction 'p-0'", BulkStretch(session_id=name(2), start_s=2.1, end_s=2.3, prediction_id="p-0")),
    ):
        with pytest.raises(InvalidInput, match=wrong):
            label(workspace, clip(2), stretch)
    with pytest.raises(InvalidInput, match="'hum' is not in the round's list: call, whistle"):
        label(workspace, clip(2), to="hum")
    with pytest.raises(InvalidInput, match="needs a label"):
        label(workspace, clip(2), to=" ")
    with pytest.raises(InvalidInput, match="1 to 1,000,000 clips"):
        label(workspace)
    with pytest.raises(InvalidInput, match="cannot have agreed"):
        label(workspace, clip(2), heard=1, agreed=2)
    with pytest.raises(NotFound):
        label(workspace, clip(2), round_id="none")
    with pytest.raises(NotFound):
        bulk.undo(workspace, act_id="x", undoes="none", who="Bo")
    assert everything(workspace) == before
    assert bulk.list_acts(workspace, round_id="ten") == []
    assert workspace.files.list("bulk") == []


def test_a_new_label_joins_the_rounds_list_where_that_is_allowed(workspace: Workspace) -> None:
    label(workspace, clip(2), to=" hum ", may_add=True)
    assert rounds.get_round(workspace, round_id="ten").label_names == ("call", "whistle", "hum")
    assert boxes(workspace, 2) == [(0.25, "hum", Origin.BULK)]
    archive.rename_label(workspace, round_id="ten", old="hum", new="buzz", who="Bo")
    label(workspace, clip(3), to="hum")  # a page that was open since
    assert boxes(workspace, 3) == [(0.25, "buzz", Origin.BULK)]


def test_who_works_on_a_session_meanwhile_is_told_and_nothing_is_lost(workspace: Workspace) -> None:
    claiming.claim_next(workspace, round_id="ten", holder="tab", annotator="Ann", session_id=name(2))
    label(workspace, clip(2))
    receipt = answer(workspace, 2, Outcome.LABELLED, AnswerBox(0.0, 0.125, "whistle"))
    assert receipt.conflict is not None
    assert "Bo submitted too" in receipt.conflict
    view = session_views.get_view(workspace, round_id="ten", session_id=name(2))
    assert [each.annotator for each in view.history] == ["Bo", "Ann"]


def test_who_gave_the_boxes_that_a_bulk_answer_keeps_cannot_accept_it(workspace: Workspace) -> None:
    answer(workspace, 2, Outcome.LABELLED, AnswerBox(0.0, 0.125, "whistle"))
    label(workspace, clip(2))
    made = counting(workspace, 2)
    assert made is not None
    for who, is_own in (("Ann", True), ("Bo", True), ("Cy", False)):
        found = review.find_place(
            workspace, round_id=made.round_id, selection=Selection(), session_id=made.session_id, people=[who]
        )
        assert bool(found.obstacle) is is_own


@pytest.mark.parametrize(("session_count", "each"), [(2_000, 1), (40, 50)])
def test_thousands_of_clips_take_a_moment(workspace: Workspace, session_count: int, each: int) -> None:
    """A fifth of what `benchmarks/bulk.py` does: 10,000 clips are to take less than 2 s, with one undo."""
    stretches = make_many(workspace, session_count=session_count, each=each)
    began = time.process_time()
    done = label(workspace, *stretches, round_id="many")
    took_s = time.process_time() - began
    assert (done.act.changed, done.session_count) == (2_000, session_count)
    assert took_s < 3
    back = bulk.undo(workspace, act_id="back", undoes=done.act.id, who="Bo")
    assert (back.act.changed, back.act.left) == (2_000, 0)
    assert latest_answers(workspace, "many") == {}


def test_a_bulk_answer_says_so(workspace: Workspace) -> None:
    done = label(workspace, clip(2))
    found = counting(workspace, 2)
    assert found is not None
    assert (found.bulk_id, found.partial, found.closes) == (done.act.id, True, False)
    with pytest.raises(InvalidInput, match="does not fit bulk act"):
        Annotation(0, 1, "call", bulk_id="b")
    assert Annotation(0, 1, "call", origin=Origin.BULK, prediction_id="p").bulk_id == ""
