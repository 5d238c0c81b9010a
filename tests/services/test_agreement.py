"""Agreement of people, from their answers in the database."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from fastapi.testclient import TestClient

from podcast_core.api.server import create_api
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.review import Verdict
from podcast_core.domain.submission import Outcome
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.labels import agreement, review
from podcast_core.services.labels.agreement import Agreement, Asked, ComparedAnswers, LabelAgreement
from podcast_core.services.labels.comparing import NO_BOX
from podcast_core.services.store import kept_results
from podcast_core.storage.compared_answers import GivenAnswers, GivenBoxes
from podcast_core.workspace import Workspace
from tests.building import add_prediction_set, submit
from tests.working import join_renewals

pytestmark = pytest.mark.usefixtures("round_of_ten")
Say = Callable[..., str]


@pytest.fixture
def say(workspace: Workspace) -> Say:
    """Answer a session of ten by its number; without boxes: nothing is in it."""

    def give(index: int, who: str, *boxes: tuple[float, float, str], **fields: object) -> str:
        fields = {"outcome": Outcome.LABELLED if boxes else Outcome.EMPTY, **fields}
        made = [AnswerBox(start, end, label) for start, end, label in boxes]
        return submit(workspace, "ten", f"ten_{index:04x}", *made, who=who, **fields).submission.id

    return give


def measure(workspace: Workspace, **asked: object) -> Agreement:
    return agreement.get_agreement(workspace, Asked("ten", **asked))[0]  # type: ignore[arg-type]  # the names are fields


def label_of(found: Agreement, name: str) -> LabelAgreement:
    return next(each for each in found.labels if each.label == name)


def test_two_people_are_compared_label_by_label(workspace: Workspace, say: Say) -> None:
    say(1, "Ann", (0.0, 0.1, "call"), (0.2, 0.3, "call"))
    say(1, "Bob", (0.01, 0.1, "call"), (0.5, 0.6, "whistle"), base_revision=1)
    say(2, "Ann")
    say(2, "Bob")
    say(3, "Ann", (0.0, 0.1, "call"))
    found = measure(workspace)
    assert (found.session_count, found.pair_count, found.independent_count) == (2, 2, 1)
    call, whistle = found.labels
    assert (call.label, call.box_count, call.matched_count) == ("call", 3, 2)
    assert (call.both, call.one, call.neither) == (1, 0, 1)
    assert call.matched_share == pytest.approx(2 / 3)
    assert call.f1 is not None
    assert call.f1.value == pytest.approx(2 / 3)
    assert call.kappa is not None
    assert call.kappa.value == pytest.approx(1)
    assert call.onsets is not None
    assert call.onsets.mean.value == pytest.approx(10)
    assert (whistle.box_count, whistle.matched_share, whistle.onsets) == (1, 0, None)
    assert whistle.kappa is not None
    assert whistle.kappa.value == pytest.approx(0)
    assert found.matched_share == pytest.approx(1 / 2)
    (pair,) = found.people
    assert (pair.one, pair.other, pair.session_count) == ("Ann", "Bob", 2)
    assert pair.precision is not None
    assert pair.recall is not None
    assert (pair.precision.value, pair.recall.value) == pytest.approx((1 / 2, 1 / 2))
    assert (found.confused, found.confusions) == (("call", "whistle"), ((2, 0, 1), (0, 0, 1), (1, 1, 0)))


def test_the_newest_answer_of_each_person_is_compared_where_it_says_what_is_in_all_of_the_session(
    workspace: Workspace, say: Say
) -> None:
    say(1, "Ann", (0, 0.1, "call"))
    say(1, "Bob")
    say(1, "Ann", base_revision=2)
    say(1, "Bob", outcome=Outcome.SKIPPED)
    say(2, "Ann", (0, 0.1, "call"))
    say(2, "Bob", outcome=Outcome.UNSURE)
    say(3, "Ann", (0, 0.1, "call"))
    rejected = say(3, "Bob", (0, 0.1, "call"))
    review.review_submission(workspace, review_id="r", submission_id=rejected, reviewer="Zoe", verdict=Verdict.REJECT)
    found = measure(workspace)
    assert found.pair_count == 1
    assert (label_of(found, "call").box_count, label_of(found, "call").neither) == (0, 1)
    assert label_of(found, "call").kappa is None


def test_without_a_second_answer_there_is_nothing_to_say(workspace: Workspace, say: Say) -> None:
    say(1, "Ann", (0, 0.1, "call"))
    found = measure(workspace)
    assert (found.pair_count, found.labels, found.people, found.matched_share) == (0, (), (), None)
    assert agreement.list_disagreements(workspace, Asked("ten")) == ([], None)


def test_three_people_are_compared_two_by_two_and_all_together_and_two_of_them_can_be_asked_for(
    workspace: Workspace, say: Say
) -> None:
    for index in range(8):
        say(index, "Ann", (0.1, 0.3, "call"))
        say(index, "Bob", (0.1, 0.3, "call"))
        say(index, "Cleo", *([(0.1, 0.3, "whistle")] if index % 2 else []))
    found = measure(workspace)
    told = {(each.one, each.other): each.f1 and each.f1.value for each in found.people}
    assert told == {("Ann", "Bob"): 1.0, ("Ann", "Cleo"): 0.0, ("Bob", "Cleo"): 0.0}
    call = label_of(found, "call")
    for figure in (call.fleiss, call.alpha, call.ac1):
        assert figure is not None
        assert figure.value < 1
    two = measure(workspace, people=("Ann", "Bob"))
    assert (two.session_count, two.matched_share, len(two.people)) == (8, 1.0, 1)
    assert label_of(two, "whistle").box_count == 0


def test_sessions_come_with_the_least_agreement_first(workspace: Workspace, say: Say) -> None:
    for index, theirs in enumerate([[(0.1, 0.3, "call")], [(0.1, 0.3, "whistle")], [], [(0.15, 0.3, "call")]]):
        say(index, "Ann", (0.1, 0.3, "call"))
        say(index, "Bob", *theirs)
    found, at = agreement.list_disagreements(workspace, Asked("ten"))
    assert [(each.session_id[-1], each.share) for each in found] == [("1", 0), ("2", 0), ("0", 1), ("3", 1)]
    assert (found[0].people, found[0].box_count, at) == (("Ann", "Bob"), 2, None)
    whistles, _ = agreement.list_disagreements(workspace, Asked("ten"), label="whistle")
    assert [each.session_id for each in whistles] == ["ten_0001"]
    stricter, _ = agreement.list_disagreements(workspace, Asked("ten", min_iou=0.9))
    assert [each.share for each in stricter] == [0, 0, 0, 1]
    assert agreement.list_disagreements(workspace, Asked("ten"), label="no such") == ([], None)


def test_what_cannot_be_asked_for_is_refused(workspace: Workspace) -> None:
    with pytest.raises(NotFound):
        agreement.get_agreement(workspace, Asked("no such round"))
    with pytest.raises(InvalidInput, match="between 0.01 and 1, found 2"):
        Asked("ten", min_iou=2)


def test_of_many_sessions_it_is_kept_for_a_while_and_says_when_it_was_measured(
    workspace: Workspace, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer_twice(index: int) -> None:
        say(index, "Ann")
        say(index, "Bob")

    answer_twice(0)
    answer_twice(1)
    asked = Asked("ten")
    whole, at = agreement.get_agreement(workspace, asked)
    assert (whole.pair_count, at) == (2, None)
    monkeypatch.setattr(agreement, "FEW", 1)
    kept, first_at = agreement.get_agreement(workspace, asked)
    assert kept == whole
    looked_at = utc_now()
    _, listed_at = agreement.list_disagreements(workspace, asked)  # which was worked out of the same comparison
    assert listed_at is not None
    assert listed_at < looked_at
    assert first_at is not None
    answer_twice(2)
    assert agreement.get_agreement(workspace, asked) == (kept, first_at)
    monkeypatch.setattr(kept_results, "KEPT_S", 0.0)
    assert agreement.get_agreement(workspace, asked) == (kept, first_at)  # it is measured again behind
    join_renewals()
    assert not agreement.is_measured_again(workspace, round_id="ten")
    renewed, second_at = agreement.get_agreement(workspace, asked)
    assert renewed.pair_count == 3
    assert second_at is not None
    assert second_at > first_at
    assert agreement.get_agreement(workspace, asked) == (renewed, second_at)  # nobody has answered since
    with TestClient(create_api(lambda: workspace), base_url="http://127.0.0.1:8501") as client:
        told = client.get("/api/v1/rounds/ten/agreement").json()
        listed = client.get("/api/v1/rounds/ten/agreement/sessions?person=Ann&person=Bob&limit=2").json()
    assert (told["pair_count"], datetime.fromisoformat(told["computed_at"])) == (3, second_at)
    assert [each["session_id"] for each in listed["items"]] == ["ten_0000", "ten_0001"]
    assert (listed["total"], bool(listed["next"])) == (3, True)


def predict(session_id: str, start_s: float, end_s: float, score: float) -> Prediction:
    at = int(session_id[-4:], 16)
    return Prediction(at + start_s, at + end_s, "call", score, id=f"p-{session_id}", session_id=session_id, model="net")


def test_people_are_compared_with_a_model_by_its_predictions_from_a_score_on(workspace: Workspace, say: Say) -> None:
    found_by_net = [predict("ten_0001", 0.0, 0.1, 0.9), predict("ten_0002", 0.2, 0.3, 0.4)]
    add_prediction_set(workspace, "ten", *found_by_net, set_id="n", model="net")
    assert agreement.list_models(workspace, round_id="ten") == ["m", "net"]
    say(1, "Ann", (0.0, 0.1, "call"))
    say(2, "Ann")
    say(2, "Bob", (0.2, 0.3, "call"))
    say(3, "Bob", (0.0, 0.1, "call"), outcome=Outcome.UNSURE)
    found = measure(workspace, models=("net",), min_score=0.5)
    assert [(each.one, each.other, each.session_count) for each in found.people] == [
        ("Ann", "net (model)", 2),
        ("Bob", "net (model)", 1),
    ]
    assert [each.f1 and each.f1.value for each in found.people] == [1, 0]
    assert found.independent_count == 0
    lower = measure(workspace, models=("net",), people=("Bob",))
    assert [(each.one, each.f1 and each.f1.value) for each in lower.people] == [("Bob", 1)]
    assert measure(workspace, models=("other",)).matched_share == 0
    with pytest.raises(InvalidInput, match="score"):
        Asked("ten", min_score=2)


def test_sessions_behind_a_confusion_are_listed(workspace: Workspace, say: Say) -> None:
    say(1, "Ann", (0.0, 0.1, "call"), (0.3, 0.4, "call"))
    say(1, "Bob", (0.0, 0.1, "whistle"), (0.3, 0.4, "call"))
    say(2, "Ann", (0.0, 0.1, "call"))
    say(2, "Bob")

    def list_confused(label: str, other: str) -> list[str]:
        found, _ = agreement.list_disagreements(workspace, Asked("ten"), label=label, confused_with=other)
        return [each.session_id for each in found]

    assert list_confused("call", "whistle") == ["ten_0001"]
    assert list_confused("whistle", "call") == ["ten_0001"]
    assert list_confused("call", NO_BOX) == ["ten_0002"]
    assert list_confused("call", "no such label") == []


@pytest.mark.parametrize(
    ("last", "starts"),
    [(20, ["2026-01-01", "2026-01-20"]), (50, ["2025-12-29", "2026-02-16"]), (300, ["2026-01-01", "2026-10-01"])],
)
def test_each_person_is_followed_by_days_weeks_or_months(last: int, starts: list[str]) -> None:
    first = date(2026, 1, 1)  # a Thursday
    rounds = []
    for index, day in enumerate([1, last]):  # a session of a round each, in which both have a box
        on = np.datetime64(first + timedelta(days=day - 1), "D")
        rows = [("Ann", 0.0, 0.1, "call"), ("Bob", 0.0, 0.1, "call" if index else "whistle")]
        columns = (np.zeros(2, np.int64), np.zeros(2), np.ones(2), np.full(2, on))
        boxes = GivenBoxes.of([rows], {"Ann": 0, "Bob": 1})
        rounds.append(("ten", GivenAnswers(["Ann", "Bob"], 2 * [f"s{index}"], ["Ann", "Bob"], *columns, boxes)))
    found = ComparedAnswers(rounds).measure(["call"]).over_time
    assert [(each.person, each.session_count, each.f1.value) for each in found] == [
        (who, 1, value) for who in ("Ann", "Bob") for value in (0, 1)
    ]
    assert [each.starts_on.isoformat() for each in found if each.person == "Ann"] == starts
