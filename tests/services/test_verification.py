"""Verdicts on predictions of many sessions: what is offered, kept, undone, repeated, and what comes too late."""

import itertools
import random
import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest

from podcast_core.domain.annotation import Origin
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.prediction import Prediction, PredictionVerdict
from podcast_core.domain.queue import QueueChoice, WaitingOrder
from podcast_core.domain.review import Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.domain.times import utc_now
from podcast_core.errors import Conflict, InvalidInput, NotFound, StorageUnavailable
from podcast_core.services.labels import claiming, review, rounds, session_views, verification
from podcast_core.services.labels.verification import Item, Verified
from podcast_core.services.people import people
from podcast_core.services.store import batch_records, doctor
from podcast_core.services.store.rebuild import rebuild
from podcast_core.storage import claims, submissions, unjudged
from podcast_core.workspace import Workspace
from tests.beside import dump
from tests.building import add_prediction_set, latest_answers, list_answers, submit

YES, NO, UNSURE, NONE = PredictionVerdict


@pytest.fixture(autouse=True)
def more(workspace: Workspace, round_of_ten: Round) -> None:
    """Session 1 has p-0 (call 0.9) and p-1 (whistle 0.25); sessions 2 to 4 have c-2, c-3, c-4 (call, 0.2 to 0.4)."""
    boxes = [
        Prediction(
            *(index + 0.125, index + 0.5, "call", index / 10),
            id=f"c-{index}",
            session_id=f"ten_{index:04x}",
            low_hz=100.0,
            high_hz=900.0,
        )
        for index in (2, 3, 4)
    ]
    add_prediction_set(workspace, round_of_ten.id, *boxes, set_id="c", model="other")


def item(prediction_id: str, verdict: PredictionVerdict) -> Item:
    number = 1 if prediction_id.startswith("p") else int(prediction_id[-1])
    return Item(f"ten_{number:04x}", prediction_id, verdict)


def judge(workspace: Workspace, *items: Item, annotator: str = "Ann", verdict_id: str = "") -> Verified:
    verdict_id = verdict_id or str(uuid.uuid4())
    return verification.give_verdicts(
        workspace, round_id="ten", verdict_id=verdict_id, annotator=annotator, items=items
    )


def waiting(workspace: Workspace, **wanted: object) -> list[str]:
    found = verification.list_candidates(workspace, **{"round_id": "ten", **wanted})  # type: ignore[arg-type]
    return [each.prediction.id for each in found.items]


def history(workspace: Workspace, index: int) -> list[Submission]:
    return list_answers(workspace, "ten", f"ten_{index:04x}")


def test_predictions_wait_lowest_score_first_and_one_label_at_a_time(workspace: Workspace) -> None:
    assert waiting(workspace) == ["c-2", "p-1", "c-3", "c-4", "p-0"]
    assert waiting(workspace, label="call", order=WaitingOrder.HIGHEST) == ["p-0", "c-4", "c-3", "c-2"]
    assert waiting(workspace, order=WaitingOrder.UNCERTAINTY)[:2] == ["c-4", "c-3"]
    assert waiting(workspace, order=WaitingOrder.TIME) == ["p-0", "p-1", "c-2", "c-3", "c-4"]
    assert waiting(workspace, offset=1, limit=2) == ["p-1", "c-3"]
    found = verification.list_candidates(workspace, round_id="ten", label="call")
    assert found.counts == {"call": 4, "whistle": 1}
    assert (found.items[0].session.id, found.items[0].recording.file_name) == ("ten_0002", "ten.wav")


def test_verdicts_become_one_verified_answer_for_each_session(workspace: Workspace) -> None:
    done = judge(workspace, item("c-2", YES), item("c-3", NO), item("c-4", UNSURE), item("p-0", YES))
    assert (done.kept, done.skipped, done.repeated) == (4, (), False)
    assert sorted(done.session_ids) == [f"ten_{index:04x}" for index in (1, 2, 3, 4)]
    (kept,) = history(workspace, 2)
    (box,) = kept.annotations
    assert (kept.outcome, kept.annotator, kept.unreviewed) == (Outcome.VERIFIED, "Ann", ())
    assert (box.start_s, box.end_s, box.high_hz, box.score) == (2.125, 2.5, 900.0, 0.2)
    assert (box.origin, box.prediction_id, box.model, box.unsure) == (Origin.MODEL_ACCEPTED, "c-2", "other", False)
    (rejected,) = history(workspace, 3)
    assert (rejected.annotations, [each.id for each in rejected.rejected]) == ((), ["c-3"])
    assert history(workspace, 4)[0].annotations[0].unsure
    (partly,) = history(workspace, 1)
    assert ([each.id for each in partly.unreviewed], partly.closes) == (["p-1"], False)
    assert rounds.count_open(workspace, round_id="ten") == 7
    assert waiting(workspace) == ["p-1"]
    (key,) = workspace.files.list("rounds/ten/batches")
    stored = {answer.id: answer.outcome for answer, _ in batch_records.to_answers(key, workspace.files.read(key))}
    assert (len(stored), stored[kept.id]) == (4, Outcome.VERIFIED)


def test_a_second_verdict_builds_on_the_first_and_keeps_it(workspace: Workspace) -> None:
    judge(workspace, item("p-0", YES))
    judge(workspace, item("p-1", NO), annotator="Bob")
    _first, second = history(workspace, 1)
    assert [box.prediction_id for box in second.annotations] == ["p-0"]
    assert ([each.id for each in second.rejected], second.unreviewed) == (["p-1"], ())
    assert (second.base_revision, second.revision) == (1, 2)
    assert rounds.count_open(workspace, round_id="ten") == 9


def test_the_same_verdicts_twice_are_kept_once(workspace: Workspace) -> None:
    items = (item("c-2", YES), item("c-3", NO))
    first = judge(workspace, *items, verdict_id="one")
    again = judge(workspace, *items, verdict_id="one")
    assert again.repeated
    assert (again.kept, again.session_ids) == (first.kept, first.session_ids)
    assert [len(history(workspace, index)) for index in (2, 3)] == [1, 1]
    judge(workspace, *items, verdict_id="another id, nothing new")
    assert [len(history(workspace, index)) for index in (2, 3)] == [1, 1]
    with pytest.raises(Conflict, match="used before, for other verdicts on session ten_0002 by Ann"):
        judge(workspace, item("c-2", NO), verdict_id="one")
    with pytest.raises(Conflict, match="by Ann"):
        judge(workspace, *items, verdict_id="one", annotator="Bob")


def test_repeating_after_an_undo_does_not_bring_the_verdicts_back(workspace: Workspace) -> None:
    judge(workspace, item("c-2", YES), verdict_id="one")
    judge(workspace, item("c-2", NONE), verdict_id="undo")
    assert judge(workspace, item("c-2", YES), verdict_id="one").repeated
    assert waiting(workspace, label="call") == ["c-2", "c-3", "c-4", "p-0"]


def test_undo_makes_predictions_wait_again_and_opens_what_was_closed(workspace: Workspace) -> None:
    before = waiting(workspace)
    judge(workspace, item("c-2", YES), item("c-3", NO), item("p-0", UNSURE))
    assert rounds.count_open(workspace, round_id="ten") == 8
    judge(workspace, *(item(each, NONE) for each in ("c-2", "c-3", "p-0")))
    assert waiting(workspace) == before
    assert rounds.count_open(workspace, round_id="ten") == 10
    view = session_views.get_view(workspace, round_id="ten", session_id="ten_0002")
    assert view.is_open
    assert view.answer is not None
    assert (view.answer.annotations, [each.id for each in view.answer.unreviewed]) == ((), ["c-2"])
    claimed = claiming.claim_next(
        workspace, round_id="ten", holder="b", annotator="Bob", choice=QueueChoice(label="call", unjudged=True), count=4
    )
    assert [view.session.id for view in claimed.views] == [f"ten_{index:04x}" for index in (1, 2, 3, 4)]


def test_a_verdict_can_be_changed_by_the_one_who_gave_it(workspace: Workspace) -> None:
    for verdict in (YES, NO, UNSURE, YES):
        assert judge(workspace, item("c-2", verdict)).skipped == ()
    latest = history(workspace, 2)[-1]
    assert (len(latest.annotations), latest.annotations[0].unsure, latest.rejected) == (1, False, ())


def test_what_somebody_else_decided_meanwhile_stands_and_is_told(workspace: Workspace) -> None:
    judge(workspace, item("c-2", YES), annotator="Bob")
    submit(workspace, "ten", "ten_0003", AnswerBox(0.1, 0.2, "call"), who="Bob")
    late = judge(workspace, item("c-2", NO), item("c-3", NO), item("c-4", NO))
    assert late.kept == 1
    assert [(each.item.prediction_id, each.reason) for each in late.skipped] == [
        ("c-2", "Bob has judged this prediction."),
        ("c-3", "Bob has answered session ten_0003 (labelled)."),
    ]
    assert [box.prediction_id for box in history(workspace, 2)[-1].annotations] == ["c-2"]
    assert [each.outcome for each in history(workspace, 3)] == [Outcome.LABELLED]
    assert waiting(workspace, label="call") == ["p-0"]


def test_annotations_of_a_verified_answer_stay(workspace: Workspace) -> None:
    boxes = (AnswerBox(0.1, 0.9, "whistle", comment="faint"), AnswerBox(0.1, 0.3, "whistle", prediction_id="p-0"))
    left = ("p-1",)
    submit(workspace, "ten", "ten_0001", *boxes, outcome=Outcome.VERIFIED, unreviewed_prediction_ids=left)
    judge(workspace, item("p-1", YES))
    latest = history(workspace, 1)[-1]
    assert [(box.label, box.origin, box.comment) for box in latest.annotations] == [
        ("whistle", Origin.MODEL_EDITED, ""),
        ("whistle", Origin.NEW, "faint"),
        ("whistle", Origin.MODEL_ACCEPTED, ""),
    ]


def test_a_session_that_somebody_has_open_is_not_offered_to_others(workspace: Workspace) -> None:
    now = utc_now()
    with workspace.database.writing() as connection:
        taker = claims.Taker("tab", "Bob", now, now + timedelta(minutes=5))
        claims.claim_sessions(connection, "ten", taker, count=3)
    assert waiting(workspace) == ["c-3", "c-4"]
    assert waiting(workspace, holder="tab") == ["c-2", "p-1", "c-3", "c-4", "p-0"]


def test_a_session_that_is_closed_while_somebody_has_it_open_lets_nothing_wait(workspace: Workspace) -> None:
    said = submit(workspace, "ten", "ten_0001", AnswerBox(0.25, 0.5, "call")).submission.id
    asked: dict[str, Any] = {"submission_id": said, "reviewer": "Cy"}
    review.review_submission(workspace, review_id="r", verdict=Verdict.REJECT, **asked)
    claiming.claim_ids(workspace, round_id="ten", holder="tab", annotator="Bo", session_id="ten_0001")
    review.review_submission(workspace, review_id="a", verdict=Verdict.ACCEPT, **asked)
    ann = people.add_person(workspace, name="Ann", scope="label", who="Al")
    people.rename_person(workspace, person_id=ann.id, name="Zoë", who="Al")  # which leaves no count of nothing
    assert verification.list_candidates(workspace, round_id="ten").counts == {"call": 3}


def test_a_newer_set_of_the_model_waits_even_where_the_old_one_was_judged(workspace: Workspace) -> None:
    judge(workspace, item("c-2", YES))
    submit(workspace, "ten", "ten_0004")
    box = Prediction(3.5, 3.75, "call", 0.1, id="d-3", session_id="ten_0003")
    add_prediction_set(workspace, "ten", box, set_id="d", model="other")
    assert waiting(workspace, label="call") == ["d-3", "p-0"]
    judge(workspace, Item("ten_0003", "d-3", YES))
    assert history(workspace, 3)[0].closes


def test_verdicts_at_the_same_moment_lose_nothing(workspace: Workspace) -> None:
    everything = [item("p-0", YES), item("p-1", NO), item("c-2", YES), item("c-3", YES)]
    threads = [
        threading.Thread(target=lambda each=each: judge(workspace, each, annotator=f"A{each.prediction_id}"))
        for each in everything
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert waiting(workspace) == ["c-4"]
    assert history(workspace, 1)[-1].closes


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([], "Between 1 and 500 verdicts"),
        ([item("c-2", YES), Item("ten_0003", "c-2", NO)], "Session ten_0003 has no prediction 'c-2'"),
        ([item("c-2", YES), item("c-2", NO)], "'c-2' has two verdicts"),
    ],
)
def test_verdicts_that_do_not_fit_are_refused_and_nothing_is_kept(
    workspace: Workspace, items: list[Item], message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        judge(workspace, *items)
    assert history(workspace, 2) == []
    with pytest.raises(NotFound, match="session 'nope'"):
        judge(workspace, Item("nope", "c-2", YES))


def test_verdicts_cut_off_before_their_rows_are_kept_the_second_time(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = (item("c-2", YES), item("c-3", NO))

    def fail(*_: object) -> None:
        raise StorageUnavailable("killed")

    with monkeypatch.context() as patch:
        patch.setattr(submissions, "add_submissions", fail)
        with pytest.raises(StorageUnavailable):
            judge(workspace, *items, verdict_id="one")
    assert waiting(workspace, label="call")[:2] == ["c-2", "c-3"]
    assert judge(workspace, *items, verdict_id="one").kept == 2
    assert waiting(workspace, label="call") == ["c-4", "p-0"]
    assert len(workspace.files.list("rounds/ten/batches")) == 1


def test_verdicts_on_several_sessions_are_one_object_also_at_a_second_try(workspace: Workspace) -> None:
    """The first try is cut off before its rows, and somebody judges one of its sessions before the second."""
    items = [item("c-2", YES), item("c-3", NO)]
    doctor.examine(workspace, repair=True)
    before = set(workspace.files.list("rounds/ten"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(submissions, "add_submissions", _fail)
        with pytest.raises(StorageUnavailable):
            judge(workspace, *items, verdict_id="twice")
    assert not history(workspace, 2)
    made = set(workspace.files.list("rounds/ten")) - before
    assert [key.split("/")[2] for key in made] == ["batches"]
    judge(workspace, item("c-3", YES), annotator="Bo")
    kept = judge(workspace, *items, verdict_id="twice")
    assert [each.item.prediction_id for each in kept.skipped] == ["c-3"]
    assert len(set(workspace.files.list("rounds/ten")) - before - made) == 1  # that of the other person
    assert [each.annotator for each in history(workspace, 3)] == ["Ann", "Bo"]  # the older one does not count
    assert latest_answers(workspace, "ten")["ten_0003"].annotator == "Bo"
    kept_rows = dump(workspace)
    assert not rebuild(workspace, replace=True).problems
    assert dump(workspace) == kept_rows


def _fail(*_: object) -> None:
    raise StorageUnavailable("cut off")


def put_many(workspace: Workspace, chance: random.Random) -> None:
    """Put predictions with and without scores into the sessions, many with the same one; judge and claim some."""
    boxes = [
        Prediction(
            *(number % 7 + 0.125, number % 7 + 0.5, chance.choice(["call", "whistle"])),
            chance.choice([None, 0.1, 0.25, 0.5, 0.5, 0.75, 0.9]),
            id=f"m-{number:03}",
            session_id=f"ten_{chance.randrange(10):04x}",
            low_hz=100.0,
            high_hz=900.0,
        )
        for number in range(60)
    ]
    add_prediction_set(workspace, "ten", *boxes, set_id="m", model="many")
    for number, box in enumerate(boxes[:20]):
        found = Item(box.session_id, box.id, chance.choice([YES, NO]))
        verification.give_verdicts(workspace, round_id="ten", verdict_id=f"v-{number}", annotator="Ann", items=[found])
    submit(workspace, "ten", "ten_0007", outcome=Outcome.EMPTY)
    claiming.claim_ids(workspace, round_id="ten", holder="tab", annotator="Bo", session_id="ten_0003")


@pytest.mark.parametrize("seed", range(2))
def test_predictions_that_wait_are_those_of_all_sorted_whichever_part_is_asked_for(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    put_many(workspace, random.Random(seed))
    with workspace.database.reading() as connection:
        for label, order, holder in itertools.product(("", "call"), WaitingOrder, ("", "tab")):
            asked = unjudged.Waiting("ten", holder, utc_now(), label, order)
            with monkeypatch.context() as patched:
                patched.setattr(unjudged, "MAX_LOOKED_AT", 0)
                everything = unjudged.list_waiting(connection, asked, limit=100)
            assert [each.keys for each in everything] == sorted(each.keys for each in everything)
            counts = unjudged.count_waiting(connection, "ten", holder=holder, now=utc_now())
            assert len(everything) == (counts[label] if label else sum(counts.values()))
            for offset, limit in ((0, 1), (0, 3), (2, 5), (0, 100), (30, 100)):
                part = unjudged.list_waiting(connection, asked, limit=limit, offset=offset)
                assert part == everything[offset : offset + limit]
            walked: list[unjudged.WaitingPlace] = []
            while part := unjudged.list_waiting(connection, asked, limit=7, after=walked[-1].keys if walked else None):
                walked += part
            assert walked == everything
