"""Labels that become one and are parted again, one that is deleted and comes back; the record says who did it."""

from pathlib import Path

import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.review import Verdict
from podcast_core.errors import Conflict, Forbidden, InvalidInput, NotFound, StorageUnavailable
from podcast_core.services import access
from podcast_core.services.intake import ingest
from podcast_core.services.labels import archive, bulk, label_acts, review, rounds
from podcast_core.services.store import records
from podcast_core.services.store.rebuild import rebuild
from podcast_core.workspace import Workspace
from tests.beside import dump
from tests.building import add_prediction_set, latest_answers, list_predictions, list_sessions, submit
from tests.conftest import MakeWav


@pytest.fixture
def bay(workspace: Workspace, make_wav: MakeWav) -> list[str]:
    """Round ``bay`` of three sessions: two calls and a song, a song, nothing."""
    path: Path = make_wav("a.wav", rate=8000, seconds=3)
    ingest.ingest(workspace, paths=[path], round_name="bay", labels=("call", "song", "noise"), session_length_s=1)
    names = [each.id for each in list_sessions(workspace, "bay")]
    boxes = (AnswerBox(0.1, 0.2, "call"), AnswerBox(0.3, 0.4, "call"), AnswerBox(0.5, 0.6, "song"))
    submit(workspace, "bay", names[0], *boxes)
    submit(workspace, "bay", names[1], boxes[2])
    submit(workspace, "bay", names[2])
    return names


def fail() -> None:
    raise StorageUnavailable("The store is gone.")


def list_labels(workspace: Workspace) -> list[list[str]]:
    answers = latest_answers(workspace, "bay")
    return [[box.label for box in answers[each].annotations] for each in sorted(answers)]


def undo(workspace: Workspace, at: int = 0) -> None:
    record = label_acts.list_records(workspace, round_id="bay")[at]
    label_acts.undo_act(workspace, round_id="bay", act_id=record.id, who="Di")


def check_rebuilt(workspace: Workspace) -> None:
    before = dump(workspace)
    rebuild(workspace, replace=True)
    assert dump(workspace) == before


def test_merging_keeps_answers_and_verdicts_and_can_be_undone(workspace: Workspace, bay: list[str]) -> None:
    add_prediction_set(workspace, "bay", Prediction(2.1, 2.2, "song", 0.9, id="p", session_id=bay[2]))
    answer = latest_answers(workspace, "bay")[bay[0]]
    review.review_submission(workspace, review_id="v", submission_id=answer.id, reviewer="Zoe", verdict=Verdict.ACCEPT)
    use = label_acts.preview(workspace, round_id="bay", label="song")
    assert (use.annotations, use.sessions, use.predictions) == (2, 2, 1)
    before = rounds.get_round(workspace, round_id="bay")
    merged = label_acts.merge_label(workspace, round_id="bay", old="song", new="call", who="Bo")
    assert (merged.label_names, merged.name_now("song")) == (("call", "noise"), "call")
    assert merged.labels[0] == before.labels[0]
    assert list_labels(workspace) == [["call", "call", "call"], ["call"], []]
    assert [each.label for each in list_predictions(workspace, "bay")] == ["call"]
    assert latest_answers(workspace, "bay")[bay[0]].revision == 1
    assert review.count_verdicts(workspace, round_id="bay")["accept"] == 1
    submit(workspace, "bay", bay[2], AnswerBox(0.1, 0.2, "song"))  # an older page says it: it means call
    assert list_labels(workspace)[2] == ["call"]
    undo(workspace)
    assert rounds.get_round(workspace, round_id="bay").labels == before.labels
    assert list_labels(workspace) == [["call", "call", "song"], ["song"], ["call"]]
    assert [each.label for each in list_predictions(workspace, "bay")] == ["song"]
    what = [(each.what, each.who, each.undone) for each in label_acts.list_records(workspace, round_id="bay")]
    assert what == [("undid: merged song into call", "Di", False), ("merged song into call", "Bo", True)]
    with pytest.raises(Conflict, match="undone already"):
        undo(workspace, 1)


def test_a_chain_of_acts_is_undone_one_by_one_and_a_rebuild_agrees(workspace: Workspace, bay: list[str]) -> None:
    label_acts.merge_label(workspace, round_id="bay", old="song", new="call", who="Bo")
    check_rebuilt(workspace)
    archive.rename_label(workspace, round_id="bay", old="call", new="S1", who="Bo")
    label_acts.merge_label(workspace, round_id="bay", old="S1", new="noise", who="Bo")
    assert list_labels(workspace) == [["noise"] * 3, ["noise"], []]
    check_rebuilt(workspace)
    with pytest.raises(Conflict, match="Since then, Bo merged S1 into noise"):
        undo(workspace, 1)
    undo(workspace)
    assert list_labels(workspace) == [["S1"] * 3, ["S1"], []]
    check_rebuilt(workspace)
    undo(workspace, 3)  # the first of all
    assert list_labels(workspace) == [["S1", "S1", "song"], ["song"], []]
    assert rounds.get_round(workspace, round_id="bay").label_names == ("S1", "song", "noise")
    check_rebuilt(workspace)
    assert bay == sorted(bay)


def test_labels_that_cannot_be_merged_are_refused(workspace: Workspace, bay: list[str]) -> None:
    for old, new in (("song", "whale"), ("whale", "song")):
        with pytest.raises(NotFound, match="no label 'whale': it has call, song, noise"):
            label_acts.merge_label(workspace, round_id="bay", old=old, new=new, who="Bo")
    with pytest.raises(InvalidInput, match="twice"):
        label_acts.merge_label(workspace, round_id="bay", old="song", new="song", who="Bo")
    with pytest.raises(NotFound, match="no act 'x'"):
        label_acts.undo_act(workspace, round_id="bay", act_id="x", who="Bo")
    assert archive.list_acts(workspace, round_id="bay") == []
    assert len(bay) == 3


def test_a_deleted_label_leaves_what_counts_and_comes_back_with_its_boxes(workspace: Workspace, bay: list[str]) -> None:
    before = rounds.get_round(workspace, round_id="bay").labels
    act = label_acts.delete_label(workspace, act_id="d", round_id="bay", label="call", who="Bo")
    assert act is not None
    assert (act.changed, act.how) == (2, "label")
    assert rounds.get_round(workspace, round_id="bay").label_names == ("song", "noise")
    assert list_labels(workspace) == [["song"], ["song"], []]
    [record] = label_acts.list_records(workspace, round_id="bay")
    assert (record.what, record.who, record.can_undo) == ("deleted call: 2 boxes", "Bo", True)
    label_acts.undo_deletion(workspace, act_id="u", undoes="d", who="Di")
    assert rounds.get_round(workspace, round_id="bay").labels == before
    assert list_labels(workspace)[0] == ["call", "call", "song"]
    assert not label_acts.list_records(workspace, round_id="bay")[0].can_undo
    assert label_acts.delete_label(workspace, act_id="n", round_id="bay", label="noise", who="Bo") is None
    assert [each.act.id for each in bulk.list_acts(workspace, round_id="bay")] == ["u", "d"]
    label_acts.delete_label(workspace, act_id="s", round_id="bay", label="song", who="Bo")
    with pytest.raises(InvalidInput, match="only label"):
        label_acts.delete_label(workspace, act_id="c", round_id="bay", label="call", who="Bo")
    check_rebuilt(workspace)
    assert len(bay) == 3


def test_who_may_not_delete_labels_cannot_bring_one_back(workspace: Workspace, bay: list[str]) -> None:
    label_acts.delete_label(workspace, act_id="d", round_id="bay", label="call", who="Bo")
    before = access.act_as(access.Caller("Ann", "review", "token"))
    try:
        with pytest.raises(Forbidden, match="for administrators"):
            label_acts.delete_label(workspace, act_id="e", round_id="bay", label="song", who="Ann")
        with pytest.raises(Forbidden, match="for administrators"):
            label_acts.undo_deletion(workspace, act_id="u", undoes="d", who="Ann")
    finally:
        access.act_as_before(before)
    assert (list_labels(workspace)[0], len(bay)) == (["song"], 3)


def test_a_deletion_that_was_cut_off_is_completed_by_the_same_again(
    workspace: Workspace, bay: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def delete() -> str:
        act = label_acts.delete_label(workspace, act_id="d", round_id="bay", label="call", who="Bo")
        return "" if act is None else act.id

    with monkeypatch.context() as patch:
        patch.setattr(records, "save_round", lambda *_: fail())
        with pytest.raises(StorageUnavailable):
            delete()
    assert "call" in rounds.get_round(workspace, round_id="bay").label_names
    assert [delete(), delete()] == ["d", "d"]
    assert rounds.get_round(workspace, round_id="bay").label_names == ("song", "noise")
    label_acts.undo_deletion(workspace, act_id="u", undoes="d", who="Di")
    assert delete() == "d"
    assert (rounds.get_round(workspace, round_id="bay").label_names[0], len(bay)) == ("call", 3)
