"""Bulk acts taken back and done again: what counted before counts again, and what others did since stays."""

import random
from dataclasses import replace

import pytest

from podcast_core.domain.annotation import Origin
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.bulk_act import BulkDeed
from podcast_core.domain.clip import Subset
from podcast_core.domain.submission import UNREVIEWED, Outcome
from podcast_core.errors import Conflict, Forbidden
from podcast_core.services import access
from podcast_core.services.explore import subsets
from podcast_core.services.labels import archive, bulk
from podcast_core.services.labels.bulk_answers import BulkStretch
from podcast_core.workspace import Workspace
from tests.services.bulk import (
    answer,
    boxes,
    clip,
    counting,
    everything,
    label,
    predicted,
    remove,
    standing,
    undo,
)
from tests.services.exploring import add_collection

pytestmark = pytest.mark.usefixtures("round_of_ten")


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


def test_annotators_undo_their_own_acts_and_reviewers_everybodys(workspace: Workspace) -> None:
    add_collection(workspace, "ten")
    done = label(workspace, clip(2))
    subsets.move(workspace, act_id="moved", collection_id="c", numbers=(1, 2), subset=Subset.TEST, who="Bo")

    def undo_as(caller: access.Caller, undoes: str, *, of_clips: bool) -> None:
        before = access.act_as(caller)
        try:
            if of_clips:
                subsets.undo(workspace, act_id=f"u-{undoes}", collection_id="c", undoes=undoes, who=str(caller.person))
            else:
                bulk.undo(workspace, act_id=f"b-{undoes}", undoes=undoes, who=str(caller.person))
        finally:
            access.act_as_before(before)

    cy, bob = access.Caller("Cy", "label", "t"), access.Caller("Bob", "label", "t", names=("Bo",))
    for of_clips, act_id in ((False, done.act.id), (True, "moved")):
        with pytest.raises(Forbidden, match="Bo did this"):
            undo_as(cy, act_id, of_clips=of_clips)
        undo_as(bob, act_id, of_clips=of_clips)  # who was called Bo then
    for of_clips, act_id in ((False, f"b-{done.act.id}"), (True, "u-moved")):  # done again
        with pytest.raises(Forbidden, match="Bob did this"):
            undo_as(cy, act_id, of_clips=of_clips)
        undo_as(access.Caller("Rita", "review", "t"), act_id, of_clips=of_clips)
