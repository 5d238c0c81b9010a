"""Calibration: sessions with a known answer come to everybody, are compared at once, and never count."""

from dataclasses import replace

import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.calibration import Calibration
from podcast_core.domain.review import Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.submission import Outcome
from podcast_core.errors import Conflict, Forbidden, InvalidInput
from podcast_core.services.access import Caller, act_as, act_as_before
from podcast_core.services.exchange import datasets
from podcast_core.services.labels import agreement, calibration, claiming, history, review, rounds, session_views
from podcast_core.services.labels.agreement import Asked
from podcast_core.services.store import doctor
from podcast_core.services.store.rebuild import rebuild
from podcast_core.workspace import Workspace
from tests.beside import dump
from tests.building import submit
from tests.services.answering import claim, ids

CALL, LATE, WHISTLE = AnswerBox(0.1, 0.3, "call"), AnswerBox(0.12, 0.31, "call"), AnswerBox(0.5, 0.8, "whistle")
GOLD = ("ten_0002", "ten_0005", "ten_0008")


@pytest.fixture(autouse=True)
def decided(workspace: Workspace, round_of_ten: Round) -> None:
    """Gold by Rita in three sessions: a call and a whistle, a call, nothing."""
    for session_id, boxes in zip(GOLD, ((CALL, WHISTLE), (CALL,), ()), strict=True):
        first = submit(workspace, round_of_ten.id, session_id, *boxes, who="Zoe")
        submit(
            workspace,
            round_of_ten.id,
            session_id,
            *boxes,
            who="Rita",
            decides=(first.submission.id,),
            base_revision=1,
        )


def calibrate(workspace: Workspace, **fields: object) -> None:
    wanted = Calibration(session_ids=GOLD, **fields)  # type: ignore[arg-type]  # as they are named
    calibration.set_calibration(workspace, round_id="ten", calibration=wanted)


def test_the_first_come_before_others_and_then_one_in_so_many(workspace: Workspace) -> None:
    calibrate(workspace, first=1, every=3)
    order = Calibration(session_ids=GOLD).arrange("Ann")
    assert ids(claim(workspace, "Ann", count=6)) == [order[0], "ten_0000", "ten_0001", "ten_0003", order[1], "ten_0004"]
    assert ids(claim(workspace, "Bob", count=1)) == [Calibration(session_ids=GOLD).arrange("Bob")[0]]
    again = claiming.claim_next(workspace, round_id="ten", holder="x", annotator="Ann", session_id=order[0])
    assert again.views[0].is_open
    assert again.views[0].history == []
    submit(workspace, "ten", order[0], CALL, who="Ann")
    assert ids(claim(workspace, "Ann", count=3)) == ["ten_0000", "ten_0001", "ten_0003"]
    for each in ("ten_0000", "ten_0001", "ten_0003"):
        submit(workspace, "ten", each, who="Ann")
    assert ids(claim(workspace, "Ann", count=1)) == [order[1]]
    assert not set(ids(claim(workspace, "Zoe", count=10))) & set(GOLD), "she has answered them before"


def test_an_answer_is_compared_at_once_and_the_gold_stays(workspace: Workspace) -> None:
    calibrate(workspace, wanted_f1=0.9, first=1)
    with pytest.raises(Forbidden, match="after it was answered"):
        calibration.get_feedback(workspace, round_id="ten", session_id=GOLD[0], person="Ann")
    before = rounds.count_standings(workspace, round_id="ten")
    box = replace(WHISTLE, label="call")
    told = submit(workspace, "ten", GOLD[0], LATE, box, AnswerBox(0.9, 0.95, "call"), who="Ann")
    assert told.conflict is None, "it would say that there is gold"
    assert (told.submission.calibrates, told.submission.beside) == (True, True)
    found = calibration.get_feedback(workspace, round_id="ten", session_id=GOLD[0], person="Ann")
    assert (found.missed, found.too_many, found.relabelled) == (0, 1, 1)
    assert [found.onset_ms, found.offset_ms] == pytest.approx([10, 5])
    assert found.f1 is not None
    assert found.f1.value == pytest.approx(2 * 1 / (2 + 3))
    assert "F1 of 0.40; this round wants 0.90. Please ask a reviewer" in found.told
    assert rounds.count_standings(workspace, round_id="ten") == before
    submit(workspace, "ten", GOLD[0], CALL, WHISTLE, who="Ann")  # who has seen the gold
    again = calibration.get_feedback(workspace, round_id="ten", session_id=GOLD[0], person="Ann")
    assert again.mine.id == found.mine.id
    (ann,) = calibration.list_people(workspace, round_id="ten")
    assert (ann.person, ann.sessions, ann.is_below) == ("Ann", 1, True)
    with pytest.raises(Conflict, match="calibrates"):
        review.review_submission(
            workspace, review_id="r", submission_id=told.submission.id, reviewer="Rita", verdict=Verdict.REJECT
        )


def test_answers_count_nowhere_and_a_rebuild_keeps_them(workspace: Workspace) -> None:
    calibrate(workspace)
    for who in ("Ann", "Bob"):
        submit(workspace, "ten", GOLD[1], who=who)
        submit(workspace, "ten", GOLD[2], CALL, who=who)
    found, _ = agreement.get_agreement(workspace, Asked("ten"))
    assert found.session_count == 0
    for choice in ("counting", "gold", "all"):
        made = datasets.export_round(workspace, round_id="ten", format_name="csv", answers=choice)
        text = "".join(bytes(data).decode() for data in made.files.values())
        assert "Ann" not in text
        assert "Bob" not in text
    doctor.examine(workspace, repair=True)
    kept = dump(workspace)
    rebuild(workspace, replace=True)
    assert dump(workspace) == kept
    assert rounds.get_round(workspace, round_id="ten").calibration.session_ids == GOLD


def test_who_stays_below_gets_no_others_where_the_round_says_so(workspace: Workspace) -> None:
    calibrate(workspace, wanted_f1=0.5, first=1, blocks=True)
    first, second, _ = Calibration(session_ids=GOLD).arrange("Ann")
    submit(workspace, "ten", first, AnswerBox(0.9, 0.95, "call"), who="Ann")
    blocked = claim(workspace, "Ann", count=2)
    assert (ids(blocked), blocked.state) == ([], "ask_reviewer")
    assert "Please ask a reviewer" in blocked.message
    calibrate(workspace, wanted_f1=0.5, first=2)
    assert ids(claim(workspace, "Ann", count=2))[0] == second


def test_drawn_by_label_and_only_with_gold(workspace: Workspace) -> None:
    assert set(calibration.draw_sessions(workspace, round_id="ten", per_label=1)) in ({GOLD[0], GOLD[2]}, set(GOLD))
    assert set(calibration.draw_sessions(workspace, round_id="ten", per_label=5)) == set(GOLD)
    with pytest.raises(InvalidInput, match="no gold that counts, .*: ten_0000"):
        calibration.set_calibration(workspace, round_id="ten", calibration=Calibration(session_ids=("ten_0000",)))
    with pytest.raises(InvalidInput, match="Say which F1 is wanted"):
        calibrate(workspace, blocks=True)


def test_an_annotator_sees_own_answers_only_and_cannot_bring_back_the_gold(workspace: Workspace) -> None:
    calibrate(workspace)
    before = act_as(Caller("Ann", "label", "t"))
    try:
        for session_id in GOLD:
            view = session_views.get_view(workspace, round_id="ten", session_id=session_id)
            assert (view.history, view.standing, view.is_open) == ([], "unreviewed", True)
            assert history.get_history(workspace, round_id="ten", session_id=session_id).steps == ()
        with pytest.raises(Forbidden):
            calibration.get_calibration(workspace, round_id="ten")
        with pytest.raises(Forbidden):
            calibration.get_feedback(workspace, round_id="ten", session_id=GOLD[0], person="Bob")
        submit(workspace, "ten", GOLD[0], outcome=Outcome.EMPTY, who="Ann")
        assert session_views.get_view(workspace, round_id="ten", session_id=GOLD[0]).standing == "empty"
        assert calibration.get_feedback(workspace, round_id="ten", session_id=GOLD[0], person="Ann").missed == 2
    finally:
        act_as_before(before)


def test_an_answer_to_a_calibration_session_comes_back_as_one_that_counts(workspace: Workspace) -> None:
    calibrate(workspace)
    submit(workspace, "ten", GOLD[1], WHISTLE, who="Ann")
    restoring = {"round_id": "ten", "session_id": GOLD[1], "revision": 3, "annotator": "Ann", "base_revision": 3}
    before = act_as(Caller("Ann", "label"))
    try:
        with pytest.raises(Conflict, match="A reviewer decided"):
            history.restore(workspace, submission_id="early", **restoring)  # type: ignore[arg-type]  # as named above
    finally:
        act_as_before(before)
    calibration.set_calibration(workspace, round_id="ten", calibration=Calibration())
    gold = history.get_history(workspace, round_id="ten", session_id=GOLD[1]).counting
    assert gold is not None
    review.review_submission(workspace, review_id="r", submission_id=gold.id, reviewer="Yan", verdict=Verdict.REJECT)
    back = history.restore(workspace, submission_id="late", **restoring).submission  # type: ignore[arg-type]  # as named above
    assert (back.calibrates, back.beside, back.restores != "") == (False, False, True)
    counting = history.get_history(workspace, round_id="ten", session_id=GOLD[1]).counting
    assert counting is not None
    assert (counting.id, counting.annotations[0].label) == ("late", "whistle")
