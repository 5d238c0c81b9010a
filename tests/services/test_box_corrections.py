"""Boxes relabelled and removed by a reviewer who saw each of them: corrections of answers, as one act with one undo."""

import uuid

import pytest

from podcast_core.domain.annotation import Origin
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.review import Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.submission import Outcome
from podcast_core.domain.summary import Selection
from podcast_core.errors import Conflict, InvalidInput
from podcast_core.services.labels import box_corrections, box_lists, label_acts, review
from podcast_core.services.labels.box_corrections import NEWER, NOTHING, SAME, Correcting, SeenBox
from podcast_core.services.pictures import thumbnails
from podcast_core.services.pictures.thumbnails import Look, Place
from podcast_core.services.store import doctor, rebuild
from podcast_core.storage import deriving
from podcast_core.workspace import Workspace
from tests.building import latest_answers, list_answers, submit

CALL, WHISTLE = AnswerBox(0.25, 0.5, "call"), AnswerBox(0.5, 0.75, "whistle")


def correct(workspace: Workspace, *boxes: SeenBox, to: str = "", act_id: str = "", who: str = "Zoe") -> Correcting:
    act_id = act_id or str(uuid.uuid4())
    return box_corrections.correct_boxes(workspace, act_id=act_id, round_id="ten", boxes=boxes, label=to, who=who)


def undo(workspace: Workspace, done: Correcting) -> None:
    assert done.act is not None
    label_acts.undo_deletion(workspace, act_id=str(uuid.uuid4()), undoes=done.act.id, who="Yan")


def states(workspace: Workspace) -> dict[str, tuple[str, str, str]]:
    with workspace.database.reading() as connection:
        assert deriving.find_differences(connection) == []
    listed = review.list_sessions(workspace, round_id="ten")
    return {each.session_id[-1]: (each.outcome, each.review_state, each.annotator) for each in listed if each.outcome}


def test_boxes_are_relabelled_as_a_correction_that_can_be_undone(workspace: Workspace, round_of_ten: Round) -> None:
    assert round_of_ten.label_names[:2] == ("call", "whistle")
    doctor.examine(workspace, repair=True)  # the fixtures made rows only
    first = submit(workspace, "ten", "ten_0000", CALL, WHISTLE).submission
    second = submit(workspace, "ten", "ten_0002", WHISTLE).submission
    boxes = [SeenBox("ten_0000", first.id, 0), SeenBox("ten_0002", second.id, 0)]
    late = [SeenBox("ten_0002", first.id, 0), SeenBox("ten_0003", "none", 0), SeenBox("ten_0000", first.id, 2)]
    told = box_corrections.preview(workspace, round_id="ten", boxes=[*boxes, *late], label="whistle")
    assert (told.changed, told.kept, told.reasons) == (1, 1, {NOTHING: 2, NEWER: 1, SAME: 1})
    done = correct(workspace, *boxes, *late, to="whistle", act_id="act")
    assert correct(workspace, *boxes, *late, to="whistle", act_id="act").act == done.act  # the same again
    with pytest.raises(Conflict, match="used before"):
        correct(workspace, boxes[0], to="whistle", act_id="act")
    [corrected] = done.answers
    now = latest_answers(workspace, "ten")["ten_0000"]
    assert (corrected.submission_id, corrected.corrected_id, corrected.removed) == (first.id, now.id, ())
    assert [(box.label, box.origin, box.start_s) for box in now.annotations] == [
        ("whistle", Origin.NEW, 0.25),
        ("whistle", Origin.NEW, 0.5),
    ]
    assert (now.outcome, now.annotator, now.partial, now.base_revision) == (Outcome.LABELLED, "Zoe", False, 1)
    original, correction = review.get_history(workspace, round_id="ten", session_id="ten_0000")
    [said] = original.reviews
    assert (original.submission.annotations, correction.submission.id) == (first.annotations, now.id)
    assert (said.verdict, said.reviewer, said.corrected_id) == (Verdict.CORRECT, "Zoe", now.id)
    assert states(workspace)["0"] == ("labelled", "correct", "Zoe")
    rebuild.rebuild(workspace, replace=True)
    assert [each.title for each in doctor.examine(workspace).findings if "recording" not in each.title] == []
    assert states(workspace)["0"] == ("labelled", "correct", "Zoe")
    undo(workspace, done)
    assert states(workspace)["0"] == ("labelled", "waiting", "Ann")
    rebuild.rebuild(workspace, replace=True)
    assert states(workspace)["0"] == ("labelled", "waiting", "Ann")
    assert latest_answers(workspace, "ten")["ten_0000"].annotations == first.annotations


def test_removed_boxes_are_gone_and_their_predictions_rejected(workspace: Workspace, round_of_ten: Round) -> None:
    assert round_of_ten.id == "ten"
    alone = submit(workspace, "ten", "ten_0002", CALL).submission
    kept = AnswerBox(0.1, 0.3, "call", prediction_id="p-0")
    of_model = submit(workspace, "ten", "ten_0001", kept, AnswerBox(0.5, 0.875, "call", prediction_id="p-1")).submission
    done = correct(workspace, SeenBox("ten_0002", alone.id, 0), SeenBox("ten_0001", of_model.id, 0))
    assert (done.changed, done.kept, [each.removed for each in done.answers]) == (2, 1, [(0,), (0,)])
    now = latest_answers(workspace, "ten")
    assert (now["ten_0002"].outcome, now["ten_0002"].annotations) == (Outcome.EMPTY, ())
    assert [box.prediction_id for box in now["ten_0001"].annotations] == ["p-1"]
    assert [each.id for each in now["ten_0001"].rejected] == ["p-0"]
    # Somebody goes on with one of them: the undo takes back what still stands, by a new answer.
    submit(workspace, "ten", "ten_0001", AnswerBox(0.5, 0.875, "whistle", prediction_id="p-1"), base_revision=2)
    undo(workspace, done)
    now = latest_answers(workspace, "ten")
    assert sorted((box.prediction_id, box.label) for box in now["ten_0001"].annotations) == [
        ("p-0", "call"),
        ("p-1", "whistle"),
    ]
    assert now["ten_0002"].id == alone.id
    assert len(list_answers(workspace, "ten", "ten_0002")) == 2


def test_what_nobody_may_do_is_refused(workspace: Workspace, round_of_ten: Round) -> None:
    made = submit(workspace, "ten", "ten_0000", CALL).submission
    box = SeenBox("ten_0000", made.id, 0)
    with pytest.raises(InvalidInput, match="not in the round's list"):
        correct(workspace, box, to="song")
    with pytest.raises(InvalidInput, match=f"Nothing can be corrected: 1 {SAME}"):
        correct(workspace, box, to=round_of_ten.label_names[0])
    assert len(list_answers(workspace, "ten")) == 1


def test_boxes_are_listed_one_by_one_and_drawn(workspace: Workspace, round_of_ten: Round) -> None:
    assert round_of_ten.id == "ten"
    model = (AnswerBox(0.1, 0.3, "call", prediction_id="p-0"), AnswerBox(0.5, 0.875, "whistle", prediction_id="p-1"))
    submit(workspace, "ten", "ten_0001", *model)
    submit(workspace, "ten", "ten_0000", CALL, WHISTLE, who="Bo")

    def find(order: str = "queue", **selection: object) -> list[tuple[str, str]]:
        """All boxes, in parts of one, by the last digit of their session and the first letter of their label."""
        wanted, found, after = Selection(**selection), [], None  # type: ignore[arg-type]  # the names are fields
        asked = {"round_id": "ten", "selection": wanted, "order": order}
        while part := box_lists.list_boxes(workspace, **asked, limit=1, after=after):  # type: ignore[arg-type]  # as named
            found += part
            after = part[0].key
        assert box_lists.count_boxes(workspace, round_id="ten", selection=wanted) == len(found)
        return [(each.session_id[-1], each.label[0]) for each in found]

    assert find() == [("0", "c"), ("0", "w"), ("1", "c"), ("1", "w")]
    assert find("lowest score") == [("1", "w"), ("1", "c"), ("0", "c"), ("0", "w")]
    assert find("highest score") == [("1", "c"), ("1", "w"), ("0", "c"), ("0", "w")]
    assert find("longest")[0] == ("1", "w")
    assert find("shortest", label="call") == [("1", "c"), ("0", "c")]
    assert find("lowest score", label="whistle") == [("1", "w"), ("0", "w")]
    assert find(score_from=0.5) == find(origin="model_accepted", label="call") == [("1", "c")]
    assert find(annotator="Bo", verdict="waiting", label="whistle") == [("0", "w")]
    assert find(hour_from=3, hour_to=4) == find(verdict="accept") == []
    first = box_lists.list_boxes(workspace, round_id="ten", limit=1)[0]
    assert (first.start_s, first.end_s, first.annotator, first.box_count, first.number) == (0.25, 0.5, "Bo", 2, 0)
    for order, after in (("best", None), ("queue", (None, 0, "")), ("longest", ("x", 0, "", 0))):
        with pytest.raises(InvalidInput):
            box_lists.list_boxes(workspace, round_id="ten", order=order, limit=1, after=after)
    places = [Place("ten_0000", -0.5, 0.5), Place("ten_0001", 0.0, 1.0), Place("none", 0.0, 1.0)]
    drawn = thumbnails.draw_thumbnails(workspace, round_id="ten", places=places, look=Look(80, 40, 0.0, 1e6))
    assert [(each.start_s, each.end_s, bool(each.picture)) for each in drawn] == [
        (0.0, 0.5, True),  # nothing was recorded before
        (0.0, 1.0, True),
        (0.0, 1.0, False),
    ]
    assert [each.picture.info.width_px for each in drawn if each.picture] == [40, 80]
    assert "no such session" in drawn[2].problem
    with pytest.raises(InvalidInput, match="up to 60 s"):
        thumbnails.draw_thumbnails(workspace, round_id="ten", places=[Place("ten_0000", 0.0, 61.0)])
