"""Labels given to many stretches in one go: what becomes of each session, undo and redo, repeats, and the store."""

import os
import random
import time
import uuid
from dataclasses import replace

import pytest

from podcast_core.domain.annotation import Annotation, Origin
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.bulk_act import BulkDeed, How
from podcast_core.domain.review import Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.submission import UNREVIEWED, Outcome, Submission
from podcast_core.errors import Conflict, InvalidInput, NotFound, StorageUnavailable
from podcast_core.services.labels import archive, bulk, labelling, review, rounds
from podcast_core.services.labels.bulk import BulkDone, BulkRequest
from podcast_core.services.labels.bulk_answers import BulkStretch
from podcast_core.services.labels.labelling import Receipt
from podcast_core.services.store import doctor, rebuild
from podcast_core.storage import submissions
from podcast_core.workspace import Workspace
from tests.building import latest_answers, list_open, submit
from tests.services.bulk import make_many

pytestmark = pytest.mark.usefixtures("round_of_ten")


def name(index: int) -> str:
    return f"ten_{index:04x}"


def clip(index: int, offset_s: float = 0.25, label: str = "") -> BulkStretch:
    """A quarter of a second of session ``index``."""
    return BulkStretch(session_id=name(index), start_s=index + offset_s, end_s=index + offset_s + 0.25, label=label)


def predicted(prediction_id: str) -> BulkStretch:
    place = {"p-0": (1.1, 1.3), "p-1": (1.5, 1.875)}[prediction_id]
    return BulkStretch(*place, session_id=name(1), prediction_id=prediction_id)


def label(workspace: Workspace, *stretches: BulkStretch, to: str = "call", **more: object) -> BulkDone:
    fields = {"id": str(uuid.uuid4()), "round_id": "ten", "deed": BulkDeed.LABEL, "who": "Bo", "label": to, **more}
    return bulk.act_in_bulk(workspace, BulkRequest(stretches=stretches, **fields))  # type: ignore[arg-type]


def remove(workspace: Workspace, *stretches: BulkStretch, only: str = "") -> BulkDone:
    return label(workspace, *stretches, to=only, deed=BulkDeed.REMOVE)


def undo(workspace: Workspace, done: BulkDone, who: str = "Bo") -> BulkDone:
    return bulk.undo(workspace, act_id=str(uuid.uuid4()), undoes=done.act.id, who=who)


def answer(
    workspace: Workspace, index: int, outcome: Outcome, *boxes: AnswerBox, who: str = "Ann", base: int = 0
) -> Receipt:
    return submit(workspace, "ten", name(index), *boxes, who=who, outcome=outcome, base_revision=base)


def counting(workspace: Workspace, index: int) -> Submission | None:
    return labelling.get_view(workspace, round_id="ten", session_id=name(index)).answer


def boxes(workspace: Workspace, index: int) -> list[tuple[float, str, Origin]]:
    return boxes_of(counting(workspace, index), index)


def boxes_of(found: Submission | None, index: int) -> list[tuple[float, str, Origin]]:
    return [] if found is None else [(box.start_s - index, box.label, box.origin) for box in found.annotations]


def standing(workspace: Workspace, index: int) -> str:
    return labelling.get_view(workspace, round_id="ten", session_id=name(index)).standing


def everything(workspace: Workspace) -> dict[str, object]:
    """What counts in each session, whoever said it."""
    views = [labelling.get_view(workspace, round_id="ten", session_id=name(i)) for i in range(10)]
    return {view.session.id: (view.standing, boxes_of(view.answer, i)) for i, view in enumerate(views)}


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


def test_one_undo_restores_what_counted_and_a_redo_brings_it_again(workspace: Workspace) -> None:
    answer(workspace, 2, Outcome.LABELLED, AnswerBox(0.0, 0.125, "whistle"))
    before = everything(workspace)
    done = label(workspace, clip(2), clip(3), predicted("p-0"))
    after = everything(workspace)
    back = undo(workspace, done)
    assert (back.act.changed, back.act.left) == (3, 0)
    assert everything(workspace) == before
    assert standing(workspace, 3) == UNREVIEWED
    with pytest.raises(Conflict, match="Bo undid this"):
        undo(workspace, done)
    redone = undo(workspace, back)
    assert (redone.act.changed, redone.act.left, everything(workspace)) == (3, 0, after)
    undo(workspace, done)
    assert everything(workspace) == before
    shown = bulk.list_acts(workspace, round_id="ten")
    assert [each.act.deed for each in shown] == [BulkDeed.UNDO] * 3 + [BulkDeed.LABEL]
    assert [each.undone_by is not None for each in shown] == [False, False, True, True]


def test_undo_leaves_what_others_changed_and_takes_the_rest_of_the_session_back(workspace: Workspace) -> None:
    answer(workspace, 2, Outcome.LABELLED, AnswerBox(0.0, 0.125, "whistle"))
    done = label(workspace, clip(2), clip(2, 0.5), clip(2, 0.75), clip(3))
    kept = (
        AnswerBox(0.25, 0.5, "call"),
        AnswerBox(0.5, 0.8, "call"),
        AnswerBox(0.0, 0.125, "whistle"),
    )  # the second moved, the third gone
    receipt = answer(workspace, 2, Outcome.LABELLED, *kept, who="Cy", base=2)
    assert receipt.conflict is None
    assert boxes(workspace, 2)[1:] == [(0.25, "call", Origin.BULK), (0.5, "call", Origin.NEW)]
    back = undo(workspace, done)
    assert (back.act.changed, back.act.left) == (2, 2)
    assert boxes(workspace, 2) == [(0.0, "whistle", Origin.NEW), (0.5, "call", Origin.NEW)]
    assert (standing(workspace, 2), standing(workspace, 3)) == ("labelled", UNREVIEWED)
    undo(workspace, back)
    assert boxes(workspace, 2)[1:] == [(0.25, "call", Origin.BULK), (0.5, "call", Origin.NEW)]
    assert boxes(workspace, 3) == [(0.25, "call", Origin.BULK)]


def test_undo_of_a_removal_and_of_an_older_act(workspace: Workspace) -> None:
    one = label(workspace, clip(2), clip(3))
    two = label(workspace, clip(2), clip(4), to="whistle")
    gone = remove(workspace, clip(3, label="call"), clip(4, label="whistle"))
    assert (gone.act.changed, boxes(workspace, 3), standing(workspace, 3)) == (2, [], "verified")
    assert undo(workspace, one).act.left == 2  # one has another label, one was removed since
    assert boxes(workspace, 2) == [(0.25, "whistle", Origin.BULK)]
    assert undo(workspace, gone).act.left == 0
    assert boxes(workspace, 4) == [(0.25, "whistle", Origin.BULK)]
    undo(workspace, two)
    assert (boxes(workspace, 4), standing(workspace, 4)) == ([], UNREVIEWED)
    assert boxes(workspace, 2) == [(0.25, "call", Origin.BULK)]


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


def test_an_act_cut_off_between_store_and_database_is_finished_by_the_next_try_or_by_the_doctor(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StorageUnavailable("the disk is full")

    with monkeypatch.context() as cut:
        cut.setattr(submissions, "add_submissions", fail)
        for index in (2, 3):
            with pytest.raises(StorageUnavailable):
                label(workspace, clip(index), id=f"act{index}")
    assert not label(workspace, clip(2), id="act2").repeated
    titles = {each.title for each in doctor.examine(workspace, repair=True).findings}
    assert {"answer without a row", "bulk act without a row"} <= titles
    assert label(workspace, clip(3), id="act3").repeated
    assert (boxes(workspace, 2), boxes(workspace, 3)) == ([(0.25, "call", Origin.BULK)],) * 2
    assert trouble(workspace) == []


@pytest.mark.usefixtures("ready")
def test_a_rebuild_from_the_store_gives_the_same(workspace: Workspace) -> None:
    answer(workspace, 2, Outcome.LABELLED, AnswerBox(0.0, 0.125, "whistle", comment="faint"))
    done = label(workspace, clip(2), clip(3), predicted("p-1"))
    answer(workspace, 3, Outcome.LABELLED, AnswerBox(0.25, 0.5, "call"), who="Cy", base=1)
    undo(workspace, done)
    label(workspace, clip(5))
    archive.rename_label(workspace, round_id="ten", old="call", new="song", who="Bo")
    before, acts = everything(workspace), bulk.list_acts(workspace, round_id="ten")
    assert trouble(workspace) == []
    rebuild.rebuild(workspace, replace=True)
    assert (everything(workspace), bulk.list_acts(workspace, round_id="ten")) == (before, acts)
    assert boxes(workspace, 5) == [(0.25, "song", Origin.BULK)]
    assert trouble(workspace) == []


@pytest.mark.usefixtures("ready")
def test_a_lost_or_broken_object_is_written_again_from_its_rows(workspace: Workspace) -> None:
    label(workspace, clip(2), clip(3), id="act")
    key = "bulk/act.json"
    data = workspace.files.read(key)
    path = workspace.files.url(key)
    assert isinstance(path, str)
    with open(path, "wb") as file:
        file.write(data[:100])
    with pytest.raises(InvalidInput, match="1 of the answers and reviews would be left out"):
        rebuild.rebuild(workspace, replace=True)
    doctor.examine(workspace, repair=True, contents=True)
    assert workspace.files.read(key) == data
    os.unlink(path)
    assert trouble(workspace) == ["bulk act without an object"]
    with pytest.raises(Conflict, match="holds facts that the store does not"):
        rebuild.rebuild(workspace, replace=True)
    doctor.examine(workspace, repair=True)
    assert workspace.files.read(key) == data


@pytest.fixture
def ready(workspace: Workspace, round_of_ten: Round) -> None:
    """Bring what the fixtures put into the database only into the store."""
    assert round_of_ten.id == "ten"
    doctor.examine(workspace, repair=True)


def trouble(workspace: Workspace) -> list[str]:
    """What the doctor finds, beside the recording that the fixtures made up."""
    return [each.title for each in doctor.examine(workspace, contents=True).findings if "recording" not in each.title]


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


def test_what_is_archived_is_not_labelled_and_undo_leaves_it(workspace: Workspace) -> None:
    done = label(workspace, clip(2), clip(3))
    archive.archive_round(workspace, round_id="ten", who="Al")
    with pytest.raises(Conflict, match="archived by Al"):
        label(workspace, clip(4))
    with pytest.raises(Conflict, match="archived by Al"):
        undo(workspace, done)
    archive.archive_round(workspace, round_id="ten", who="Al", is_archived=False)
    archive.archive_recording(workspace, round_id="ten", recording_id="a" * 16, who="Al")
    with pytest.raises(Conflict, match=r"ten\.wav is archived"):
        label(workspace, clip(4))
    assert (undo(workspace, done).act.changed, bulk.list_acts(workspace, round_id="ten")[0].act.left) == (0, 2)


def test_who_works_on_a_session_meanwhile_is_told_and_nothing_is_lost(workspace: Workspace) -> None:
    labelling.claim_next(workspace, round_id="ten", holder="tab", annotator="Ann", session_id=name(2))
    label(workspace, clip(2))
    receipt = answer(workspace, 2, Outcome.LABELLED, AnswerBox(0.0, 0.125, "whistle"))
    assert receipt.conflict is not None
    assert "Bo submitted too" in receipt.conflict
    view = labelling.get_view(workspace, round_id="ten", session_id=name(2))
    assert [each.annotator for each in view.history] == ["Bo", "Ann"]


def test_who_gave_the_boxes_that_a_bulk_answer_keeps_cannot_accept_it(workspace: Workspace) -> None:
    answer(workspace, 2, Outcome.LABELLED, AnswerBox(0.0, 0.125, "whistle"))
    label(workspace, clip(2))
    made = counting(workspace, 2)
    assert made is not None
    for who, is_own in (("Ann", True), ("Bo", True), ("Cy", False)):
        found = review.find_obstacle(workspace, submission_id=made.id, reviewer=who)
        assert bool(found) is is_own


def test_random_acts_undos_and_redos_leave_what_replaying_them_leaves(workspace: Workspace) -> None:
    """Row 48 of the checklist: after any sequence, undoing all restores the first state, and redoing all the last."""
    answer(workspace, 0, Outcome.LABELLED, AnswerBox(0.25, 0.5, "whistle"))
    generator, first, done = random.Random(7), everything(workspace), []
    states = [first]
    for _ in range(12):
        chosen = [clip(i, offset) for i in range(10) for offset in (0.25, 0.5) if generator.random() < 0.4]
        if generator.random() < 0.3:
            chosen = [replace(each, label=label_of(workspace, each)) for each in chosen]
            done.append(remove(workspace, *chosen))
        else:
            done.append(label(workspace, *chosen, to=generator.choice(["call", "whistle"])))
        states.append(everything(workspace))
    undos = []
    for act, state in zip(reversed(done), reversed(states[:-1]), strict=True):
        undos.append(undo(workspace, act))
        assert everything(workspace) == state
    for each, state in zip(reversed(undos), states[1:], strict=True):
        assert undo(workspace, each).act.left == 0
        assert everything(workspace) == state


def label_of(workspace: Workspace, stretch: BulkStretch) -> str:
    found = counting(workspace, int(stretch.session_id[-4:], 16))
    here = [box.label for box in (found.annotations if found else ()) if box.start_s == stretch.start_s]
    return here[0] if here else ""


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
