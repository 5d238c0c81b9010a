"""Answers: kept once, with what they say of each prediction, or refused whole."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from podcast_core.domain.annotation import Origin
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.round import Round
from podcast_core.domain.submission import Outcome
from podcast_core.errors import Conflict, InvalidInput, NotFound, StorageUnavailable
from podcast_core.services.labels import claiming, labelling, rounds, session_views
from podcast_core.storage import submissions
from podcast_core.storage.files import FileStore
from podcast_core.workspace import Workspace
from tests.building import list_answers
from tests.services.answering import claim, ids, make_answer

pytestmark = pytest.mark.usefixtures("round_of_ten")


def test_an_answer_is_in_the_database_and_in_the_file_store(workspace: Workspace) -> None:
    answer = make_answer()
    receipt = labelling.submit(workspace, answer)
    assert (receipt.submission.revision, receipt.repeated, receipt.conflict) == (1, False, None)
    (key,) = workspace.files.list("rounds/ten/submissions")
    document = json.loads(workspace.files.read(key))
    assert document["id"] == answer.submission_id
    assert document["annotations"][0]["high_hz"] == 2000.0
    assert list_answers(workspace, "ten", "ten_0000") == [receipt.submission]


def test_the_same_answer_twice_is_kept_once(workspace: Workspace) -> None:
    answer = make_answer()
    first, second = labelling.submit(workspace, answer), labelling.submit(workspace, answer)
    assert second.repeated
    assert second.submission == first.submission


def test_many_submits_of_one_answer_at_the_same_moment_are_kept_once(workspace: Workspace) -> None:
    answer = make_answer()
    receipts: list[labelling.Receipt] = []
    threads = [threading.Thread(target=lambda: receipts.append(labelling.submit(workspace, answer))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({receipt.submission for receipt in receipts}) == 1
    assert sum(not receipt.repeated for receipt in receipts) == 1


def test_an_id_cannot_be_used_for_another_answer_or_session(workspace: Workspace) -> None:
    answer = make_answer()
    labelling.submit(workspace, answer)
    for other in (replace(answer, session_id="ten_0005"), replace(answer, outcome=Outcome.EMPTY, boxes=())):
        with pytest.raises(Conflict, match="used before"):
            labelling.submit(workspace, other)
    assert rounds.count_standings(workspace, round_id="ten")["unreviewed"] == 9


def test_a_second_answer_is_a_second_revision_and_the_conflict_is_told(workspace: Workspace) -> None:
    labelling.submit(workspace, make_answer(annotator="Bob"))
    receipt = labelling.submit(workspace, make_answer())
    assert receipt.submission.revision == 2
    assert receipt.conflict is not None
    assert "Bob" in receipt.conflict
    corrected = labelling.submit(workspace, make_answer(base_revision=2))
    assert (corrected.submission.revision, corrected.conflict) == (3, None)


def test_a_skip_that_was_undone_is_no_conflict(workspace: Workspace) -> None:
    labelling.submit(workspace, make_answer(outcome=Outcome.SKIPPED, boxes=()))
    assert labelling.submit(workspace, make_answer()).conflict is None


def test_where_each_box_came_from_is_found_out(workspace: Workspace) -> None:
    boxes = (
        AnswerBox(0.1 + 1e-9, 0.3, "call", prediction_id="p-0"),
        AnswerBox(0.5, 0.8, "whistle", low_hz=500.0, high_hz=1500.0, prediction_id="p-1"),
        AnswerBox(0.0, 1.0, "whistle"),
    )
    kept = labelling.submit(workspace, make_answer("ten_0001", boxes=boxes)).submission.annotations
    assert [box.origin for box in kept] == [Origin.NEW, Origin.MODEL_ACCEPTED, Origin.MODEL_EDITED]
    assert (kept[1].start_s, kept[1].score, kept[1].model) == (1.1, 0.9, "m")
    assert (kept[2].end_s, kept[2].score) == (1.8, 0.25)


def test_rejected_predictions_are_kept(workspace: Workspace) -> None:
    answer = make_answer("ten_0001", outcome=Outcome.EMPTY, boxes=(), rejected_prediction_ids=("p-1", "p-0"))
    labelling.submit(workspace, answer)
    view = session_views.get_view(workspace, round_id="ten", session_id="ten_0001")
    assert view.answer is not None
    assert [prediction.id for prediction in view.answer.rejected] == ["p-0", "p-1"]
    assert labelling.submit(workspace, answer).repeated


def test_notes_on_a_box_are_kept_and_leave_its_origin_alone(workspace: Workspace) -> None:
    noted = AnswerBox(
        0.1,
        0.3,
        "call",
        low_hz=None,
        high_hz=None,
        prediction_id="p-0",
        comment="faint\nbut clear",
        unsure=True,
        individual="J35",
        call_type="S1",
    )
    receipt = labelling.submit(workspace, make_answer("ten_0001", boxes=(noted,), rejected_prediction_ids=("p-1",)))
    (kept,) = list_answers(workspace, "ten", "ten_0001")[0].annotations
    assert kept == receipt.submission.annotations[0]
    assert kept.origin is Origin.MODEL_ACCEPTED
    assert (kept.comment, kept.unsure, kept.individual, kept.call_type) == ("faint\nbut clear", True, "J35", "S1")


def test_hidden_predictions_are_neither_kept_nor_rejected(workspace: Workspace) -> None:
    kept = AnswerBox(0.1, 0.3, "call", prediction_id="p-0")
    answer = make_answer("ten_0001", boxes=(kept,), unreviewed_prediction_ids=("p-1",), score_threshold=0.5)
    stored = labelling.submit(workspace, answer).submission
    assert ([each.id for each in stored.unreviewed], stored.rejected, stored.score_threshold) == (["p-1"], (), 0.5)
    assert list_answers(workspace, "ten", "ten_0001") == [stored]
    assert labelling.submit(workspace, answer).repeated
    with pytest.raises(Conflict, match="used before"):
        labelling.submit(workspace, replace(answer, unreviewed_prediction_ids=(), rejected_prediction_ids=("p-1",)))


@pytest.mark.parametrize(
    "named",
    [
        {"rejected_prediction_ids": ("p-1",)},
        {"boxes": (AnswerBox(0.1, 0.2, "call", low_hz=None, high_hz=None, prediction_id="p-1"),)},
    ],
)
def test_a_prediction_is_kept_rejected_or_not_reviewed(workspace: Workspace, named: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=r"'p-1' can be kept, rejected or left unreviewed.*named 2 times"):
        labelling.submit(workspace, make_answer("ten_0001", unreviewed_prediction_ids=("p-1",), **named))


def test_the_same_answer_with_other_telemetry_is_the_same_answer(workspace: Workspace) -> None:
    answer = make_answer(active_s=12.5, action_count=7)
    stored = labelling.submit(workspace, answer).submission
    assert (stored.active_s, stored.action_count) == (12.5, 7)
    again = labelling.submit(workspace, replace(answer, active_s=30.0, action_count=8))
    assert again.repeated
    assert again.submission == stored


def test_a_verified_session_closes_and_one_with_predictions_left_over_stays_open_for_others(
    workspace: Workspace,
) -> None:
    partly = make_answer("ten_0001", outcome=Outcome.VERIFIED, boxes=(), annotator="a")
    labelling.submit(workspace, make_answer("ten_0000", outcome=Outcome.VERIFIED, boxes=(), annotator="a"))
    labelling.submit(workspace, replace(partly, rejected_prediction_ids=("p-0",), unreviewed_prediction_ids=("p-1",)))
    assert rounds.count_standings(workspace, round_id="ten")["verified"] == 2
    assert rounds.count_open(workspace, round_id="ten") == 9
    view = session_views.get_view(workspace, round_id="ten", session_id="ten_0001")
    assert (view.is_open, view.answer and view.answer.outcome) == (True, Outcome.VERIFIED)
    assert ids(claim(workspace, "a")) == ["ten_0002"]
    assert ids(claim(workspace, "b")) == ["ten_0001"]
    claiming.release(workspace, round_id="ten", holder="b")
    assert ids(claim(workspace, "c", session_id="ten_0001")) == ["ten_0001"]
    labelling.submit(workspace, make_answer("ten_0001", outcome=Outcome.VERIFIED, boxes=(), base_revision=1))
    assert not session_views.get_view(workspace, round_id="ten", session_id="ten_0001").is_open


def test_a_verification_does_not_open_a_session_that_was_labelled(workspace: Workspace) -> None:
    labelling.submit(workspace, make_answer("ten_0001"))
    labelling.submit(
        workspace,
        make_answer("ten_0001", outcome=Outcome.VERIFIED, boxes=(), unreviewed_prediction_ids=("p-0", "p-1")),
    )
    assert rounds.count_open(workspace, round_id="ten") == 9
    views = [session_views.get_view(workspace, round_id="ten", session_id=f"ten_000{number}") for number in (0, 1)]
    assert [(view.standing, view.is_open) for view in views] == [("unreviewed", True), ("verified", False)]


def test_an_object_of_the_first_version_is_still_read(workspace: Workspace) -> None:
    answer = make_answer("ten_0001", boxes=(AnswerBox(0.1, 0.3, "call", prediction_id="p-0"),))
    stored = labelling.submit(workspace, replace(answer, submission_id="new")).submission
    document = json.loads(workspace.files.read("rounds/ten/submissions/ten_0001/new.json"))
    for name in ("unreviewed", "score_threshold", "active_s", "action_count"):
        del document[name]
    for name in ("comment", "unsure", "individual", "call_type"):
        del document["annotations"][0][name]
    old = {**document, "id": "old"}
    workspace.files.add("rounds/ten/submissions/ten_0001/old.json", json.dumps(old).encode())
    read = labelling.submit(workspace, replace(answer, submission_id="old", active_s=3.0)).submission
    assert read == replace(stored, id="old", revision=2)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"boxes": (AnswerBox(-0.1, 0.5, "call"),)}, "within the session"),
        ({"boxes": (AnswerBox(0.5, 1.2, "call"),)}, "within the session"),
        ({"boxes": (AnswerBox(0.5, 0.9, "call", low_hz=0.0, high_hz=4001.0),)}, "below 4000 Hz"),
        ({"boxes": (AnswerBox(0.5, 0.9, "dog"),)}, "not in the round's list"),
        ({"boxes": (AnswerBox(0.5, 0.9, "call", prediction_id="p-0"),)}, "has no prediction"),
        ({"boxes": ()}, "at least one annotation"),
        ({"submission_id": "../x"}, "not a valid id"),
        ({"annotator": " "}, "annotator's name"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_and_nothing_is_kept(
    workspace: Workspace, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        labelling.submit(workspace, make_answer(**changes))
    assert workspace.files.list("rounds/ten/submissions") == []
    assert rounds.count_standings(workspace, round_id="ten")["unreviewed"] == 10


def test_an_unknown_round_or_session_is_named(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match="session 'nope'"):
        labelling.submit(workspace, make_answer("nope"))
    with pytest.raises(NotFound, match="round 'nope'"):
        claiming.claim_next(workspace, round_id="nope", holder="a", annotator="a")


def test_an_answer_cut_off_before_its_row_is_kept_as_it_was_first_written(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = make_answer()

    def fail(*_: object) -> None:
        raise StorageUnavailable("killed")

    with monkeypatch.context() as patch:
        patch.setattr(submissions, "add_submission", fail)
        with pytest.raises(StorageUnavailable):
            labelling.submit(workspace, answer)
    (key,) = workspace.files.list("rounds/ten/submissions")
    written = workspace.files.read(key)
    receipt = labelling.submit(workspace, answer)
    assert not receipt.repeated
    assert workspace.files.read(key) == written
    assert json.loads(written)["submitted_at"] == receipt.submission.submitted_at.isoformat()


def test_a_full_disk_is_told_and_no_row_is_kept(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bytes:
        raise StorageUnavailable("No space left on device")

    monkeypatch.setattr(FileStore, "add", fail)
    with pytest.raises(StorageUnavailable, match="No space left"):
        labelling.submit(workspace, make_answer())
    assert rounds.count_standings(workspace, round_id="ten")["unreviewed"] == 10


STEPS = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(list(Outcome)), st.sampled_from(["Ann", "Bob"])), max_size=12
)


@given(steps=STEPS)
@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_progress_counts_every_session_once_after_any_answers(
    workspace: Workspace, round_of_ten: Round, steps: list[tuple[int, Outcome, str]]
) -> None:
    for index, outcome, annotator in steps:
        boxes = (AnswerBox(0.1, 0.2, "call"),) if outcome is Outcome.LABELLED else ()
        labelling.submit(workspace, make_answer(f"ten_{index:04x}", outcome=outcome, boxes=boxes, annotator=annotator))
    counts = rounds.count_standings(workspace, round_id=round_of_ten.id)
    assert sum(counts.values()) == 10
    assert min(counts.values()) >= 0


@pytest.mark.usefixtures("round_of_ten")
def test_two_sessions_that_are_given_one_id_at_once_leave_one_object(workspace: Workspace) -> None:
    def give(each: str, session_id: str, start: threading.Barrier) -> str:
        start.wait(30)
        try:
            return labelling.submit(workspace, make_answer(session_id, submission_id=each)).submission.session_id
        except Conflict:
            return ""

    for each in ("a", "b", "c"):
        start = threading.Barrier(2)
        with ThreadPoolExecutor(2) as people:
            kept_in = list(people.map(give, [each] * 2, ["ten_0000", "ten_0001"], [start] * 2))
        (kept,) = filter(None, kept_in)
        objects = [key for key in workspace.files.list("rounds/ten/submissions") if key.endswith(f"/{each}.json")]
        assert objects == [f"rounds/ten/submissions/{kept}/{each}.json"]
