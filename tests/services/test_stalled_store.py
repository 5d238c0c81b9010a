"""While a file store takes its time, whoever else writes goes on at once."""

import io
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from podcast_core.dialects.whisperseg.audio import add_audio
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.bulk_act import BulkDeed
from podcast_core.domain.clip import Subset
from podcast_core.domain.prediction import PredictionVerdict
from podcast_core.domain.review import Verdict
from podcast_core.domain.round import Round
from podcast_core.errors import Conflict, StorageUnavailable
from podcast_core.services.explore import subsets
from podcast_core.services.explore.rules import Rule, keep_rule
from podcast_core.services.intake import uploads
from podcast_core.services.intake.ingest import ingest
from podcast_core.services.labels import archive, bulk, claiming, review, rounds, verification
from podcast_core.services.labels.bulk import BulkDone, BulkRequest
from podcast_core.services.labels.bulk_answers import BulkStretch
from podcast_core.services.labels.verification import Item
from podcast_core.services.runs import applying
from podcast_core.services.runs.selection import select_sessions
from podcast_core.storage import submissions
from podcast_core.storage.database import Database
from podcast_core.workspace import Workspace
from tests.building import latest_answers, list_answers, list_recordings, make_sound, submit, write_sound
from tests.services.exploring import add_collection
from tests.services.runs import do_run
from tests.stalling import StalledStore

Work = Callable[[Workspace, Path], object]
FREE = "ten_0005"  # a session that nothing else here is about


def _name(prefix: str = "a") -> str:
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def _change_round(workspace: Workspace, _: Path) -> None:
    known = rounds.get_round(workspace, round_id="ten")
    rounds.change_round(workspace, replace(known, instructions="Listen."))


def _review(workspace: Workspace, _: Path) -> None:
    answer = latest_answers(workspace, "ten")["ten_0000"]
    review.review_submission(
        workspace, review_id=_name(), submission_id=answer.id, reviewer="Rita", verdict=Verdict.ACCEPT
    )


def _give_verdicts(workspace: Workspace, _: Path) -> None:
    items = [Item("ten_0001", "p-0", PredictionVerdict.YES)]
    verification.give_verdicts(workspace, round_id="ten", verdict_id=_name(), annotator="Vera", items=items)


def _ingest(workspace: Workspace, folder: Path) -> None:
    path = write_sound(folder / f"{_name()}.wav", make_sound(3, seed=7))
    assert ingest(workspace, paths=[path], round_name="ten", session_length_s=1.0).added


def _upload(workspace: Workspace, folder: Path) -> None:
    with write_sound(folder / f"{_name()}.wav", make_sound(3, seed=8)).open("rb") as file:
        assert uploads.keep_upload(workspace, name="up.wav", file=file)


def _add_audio(workspace: Workspace, folder: Path) -> None:
    data = write_sound(folder / f"{_name()}.wav", make_sound(3, seed=9)).read_bytes()
    assert add_audio(workspace, name="up.wav", file=io.BytesIO(data))


def _undo_move(workspace: Workspace, _: Path) -> None:
    assert subsets.undo(workspace, act_id=_name(), collection_id="c", undoes="moved", who="Bo") == 1


def _label_in_bulk(workspace: Workspace, *stretches: BulkStretch, to: str = "call", act_id: str = "") -> BulkDone:
    named = {"id": act_id or _name(), "round_id": "ten", "who": "Bo", "label": to}
    return bulk.act_in_bulk(
        workspace,
        BulkRequest(**named, deed=BulkDeed.LABEL, stretches=stretches, may_add=True),  # type: ignore[arg-type]  # all str
    )


def _undo_in_bulk(workspace: Workspace, _: Path) -> None:
    act = next(each.act for each in bulk.list_acts(workspace, round_id="ten") if each.undone_by is None)
    bulk.undo(workspace, act_id=_name(), undoes=act.id, who="Bo")


WORK: dict[str, Work] = {
    "add a round": lambda w, _: rounds.add_round(w, name=_name("r"), labels=["call"]),
    "change a round": _change_round,
    "add labels": lambda w, _: rounds.add_labels(w, round_id="ten", names=[_name("l")]),
    "archive a round": lambda w, _: archive.archive_round(w, round_id="other", who="Bo"),
    "archive a recording": lambda w, _: archive.archive_recording(
        w, round_id="other", recording_id=list_recordings(w)[0].id, who="Bo"
    ),
    "rename a label": lambda w, _: archive.rename_label(w, round_id="ten", old="whistle", new="S1", who="Bo"),
    "review": _review,
    "verify": _give_verdicts,
    "answer": lambda w, _: submit(w, "ten", "ten_0002", AnswerBox(0.1, 0.2, "call")),
    "ingest": _ingest,
    "upload": _upload,
    "add audio": _add_audio,
    "select": lambda w, _: select_sessions(w, round_id="ten", target_name=_name("s")),
    "move clips": lambda w, _: subsets.move(
        w, act_id=_name(), collection_id="c", numbers=[1], subset=Subset.DEV, who="Bo"
    ),
    "evict clips": lambda w, _: subsets.evict(w, act_id=_name(), collection_id="c", numbers=[1], who="Bo"),
    "undo a move": _undo_move,
    "label in bulk": lambda w, _: _label_in_bulk(w, BulkStretch(session_id="ten_0003", start_s=3.25, end_s=3.5)),
    "label in bulk anew": lambda w, _: _label_in_bulk(
        w, BulkStretch(session_id="ten_0003", start_s=3.5, end_s=3.75), to=_name("l")
    ),
    "undo in bulk": _undo_in_bulk,
    "keep a rule": lambda w, _: keep_rule(
        w, collection_id="c", rule_id=_name(), rule=Rule("loudness > -20", "call"), who="Bo"
    ),
}


@pytest.fixture
def prepared(workspace: Workspace, round_of_ten: Round) -> Workspace:
    """Round ``ten`` with a collection and an answer, and round ``other``."""
    select_sessions(workspace, round_id="ten", target_name="other")
    add_collection(workspace, round_of_ten.id)
    submit(workspace, "ten", "ten_0000", AnswerBox(0.1, 0.2, "call"))
    subsets.move(workspace, act_id="moved", collection_id="c", numbers=[2], subset=Subset.DEV, who="Bo")
    return workspace


def test_others_write_while_a_store_does_not_answer(prepared: Workspace, tmp_path: Path) -> None:
    run_id = do_run(prepared, round_ids=["ten"]).run.id
    work = {**WORK, "apply a run": lambda w, _: applying.apply_run(w, run_id=run_id, round_id="ten")}
    with ThreadPoolExecutor(1) as pool:
        for name, do in work.items():
            store = StalledStore(prepared.settings.resolved_storage_url)
            stalled = pool.submit(do, replace(prepared, files=store), tmp_path)
            assert store.asked.wait(30), name
            try:
                claimed = claiming.claim_next(prepared, round_id="ten", holder="t", annotator="Ann", session_id=FREE)
                assert [view.session.id for view in claimed.views] == [FREE], name
                assert not submit(prepared, "ten", FREE, AnswerBox(0.1, 0.2, "call")).repeated
                assert not stalled.done(), name
            finally:
                store.released.set()
            stalled.result(30)


STRETCH = BulkStretch(session_id="ten_0004", start_s=4.5, end_s=4.75)


def test_a_bulk_act_builds_on_answers_that_were_on_their_way(prepared: Workspace) -> None:
    store = StalledStore(prepared.settings.resolved_storage_url)
    with ThreadPoolExecutor(2) as pool:
        answer = pool.submit(submit, replace(prepared, files=store), "ten", "ten_0004", AnswerBox(0.1, 0.2, "call"))
        assert store.asked.wait(30)
        done = pool.submit(_label_in_bulk, prepared, STRETCH, to="whistle")
        assert not wait([done], timeout=0.2).done  # it may be slow: then this says nothing, and is no failure
        store.released.set()
        assert not answer.result(30).conflict
        assert done.result(30).act.changed == 1
    assert {box.label for box in latest_answers(prepared, "ten")["ten_0004"].annotations} == {"call", "whistle"}


def test_an_answer_that_comes_during_a_bulk_act_counts(prepared: Workspace) -> None:
    store = StalledStore(prepared.settings.resolved_storage_url)
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(_label_in_bulk, replace(prepared, files=store), STRETCH, to="whistle")
        assert store.asked.wait(30)
        mine = submit(prepared, "ten", "ten_0004", AnswerBox(0.1, 0.2, "call"))
        store.released.set()
        assert done.result(30).act.changed == 1
    assert latest_answers(prepared, "ten")["ten_0004"].id == mine.submission.id
    history = list_answers(prepared, "ten", "ten_0004")
    assert [(each.id == mine.submission.id, bool(each.bulk_id)) for each in history] == [(False, True), (True, False)]


@contextmanager
def _another_act(workspace: Workspace) -> Iterator[threading.Event]:
    """Have somebody else's act in the round until the block ends; says when one more asks for its turn."""
    came, held = threading.Event(), Database.holding

    def holding(database: Database, *names: str) -> AbstractContextManager[None]:
        came.set()
        return held(database, *names)

    with pytest.MonkeyPatch.context() as patch, held(workspace.database, "bulk/ten"):
        patch.setattr(Database, "holding", holding)
        yield came


def test_a_bulk_act_that_waits_for_its_turn_builds_on_what_came_meanwhile(prepared: Workspace) -> None:
    with ThreadPoolExecutor(1) as pool:
        with _another_act(prepared) as came:
            done = pool.submit(_label_in_bulk, prepared, STRETCH, to="whistle")
            assert came.wait(30)
            submit(prepared, "ten", "ten_0004", AnswerBox(0.1, 0.2, "call"))
        assert done.result(30).act.changed == 1
    assert {box.label for box in latest_answers(prepared, "ten")["ten_0004"].annotations} == {"call", "whistle"}
    assert [each.base_revision for each in list_answers(prepared, "ten", "ten_0004")] == [0, 1]


def test_an_undo_that_waits_for_its_turn_takes_back_what_still_stands(prepared: Workspace) -> None:
    act = _label_in_bulk(prepared, STRETCH, to="whistle").act
    (box,) = latest_answers(prepared, "ten")["ten_0004"].annotations
    with ThreadPoolExecutor(1) as pool:
        with _another_act(prepared) as came:
            done = pool.submit(bulk.undo, prepared, act_id="undo", undoes=act.id, who="Bo")
            assert came.wait(30)
            boxes = (AnswerBox(box.start_s - 4, box.end_s - 4, "whistle"), AnswerBox(0.1, 0.2, "call"))
            submit(prepared, "ten", "ten_0004", *boxes, base_revision=1)
        left = done.result(30).act.left
    labels = {box.label for box in latest_answers(prepared, "ten")["ten_0004"].annotations}
    assert labels == ({"call", "whistle"} if left else {"call"})
    assert [each.base_revision for each in list_answers(prepared, "ten", "ten_0004")][-1] == (1 if left else 2)


def test_an_act_that_was_cut_off_is_not_repeated_with_other_content(prepared: Workspace) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(submissions, "add_submissions", _fail)
        with pytest.raises(StorageUnavailable):
            _label_in_bulk(prepared, STRETCH, to="whistle", act_id="once")
    with pytest.raises(Conflict, match="used before"):
        _label_in_bulk(prepared, STRETCH, to="call", act_id="once")
    assert _label_in_bulk(prepared, STRETCH, to="whistle", act_id="once").act.changed == 1


def _fail(*_: object) -> None:
    raise StorageUnavailable("cut off")
