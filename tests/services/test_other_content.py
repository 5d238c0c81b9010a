"""A try that was cut off between store and database, and another one under the same id that says something else.

The second is refused, and never called kept. What the first has left in the store is in the database from then on, as
if it had been cut off a moment later: a rebuild finds nothing that was not there.
"""

from collections.abc import Callable
from typing import Any

import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.bulk_act import BulkDeed
from podcast_core.domain.clip import Subset
from podcast_core.domain.person import make_person_id
from podcast_core.domain.prediction import Prediction, PredictionVerdict
from podcast_core.domain.review import Verdict
from podcast_core.domain.round import Round
from podcast_core.errors import Conflict, StorageUnavailable
from podcast_core.services.explore import subsets
from podcast_core.services.labels import bulk, labelling, review, verification
from podcast_core.services.labels.bulk import BulkRequest
from podcast_core.services.labels.bulk_answers import BulkStretch
from podcast_core.services.labels.verification import Item
from podcast_core.services.people import people
from podcast_core.services.store import doctor
from podcast_core.services.store.rebuild import rebuild
from podcast_core.workspace import Workspace
from tests.beside import dump
from tests.building import add_prediction_set, list_answers, make_answer, submit
from tests.services.exploring import add_collection

YES, NO, UNSURE, NONE = PredictionVerdict
Try = Callable[[Workspace], object]


@pytest.fixture(autouse=True)
def ready(workspace: Workspace, round_of_ten: Round) -> None:
    """Sessions 2 to 4 have predictions c-2, c-3 and c-4; there is an answer to review, and a collection."""
    boxes = [
        Prediction(index + 0.125, index + 0.5, "call", 0.5, id=f"c-{index}", session_id=f"ten_{index:04x}")
        for index in (2, 3, 4)
    ]
    add_prediction_set(workspace, round_of_ten.id, *boxes, set_id="c", model="other")
    submit(workspace, "ten", "ten_0008", AnswerBox(0.1, 0.2, "call"), submission_id="reviewed")
    add_collection(workspace, "ten")
    people.add_person(workspace, name="Cy", who="Al")
    doctor.examine(workspace, repair=True)


def judge(workspace: Workspace, *said: tuple[int, PredictionVerdict], who: str = "Ann") -> object:
    items = [Item(f"ten_{number:04x}", f"c-{number}", verdict) for number, verdict in said]
    return verification.give_verdicts(workspace, round_id="ten", verdict_id="same", annotator=who, items=items)


def answer(workspace: Workspace, label: str) -> object:
    made = make_answer("ten", "ten_0005", AnswerBox(0.1, 0.2, label), submission_id="same")
    return labelling.submit(workspace, made)


def look(workspace: Workspace, verdict: Verdict) -> object:
    corrected = make_answer("ten", "ten_0008", AnswerBox(0.1, 0.3, "whistle"), submission_id="corrected")
    return review.review_submission(
        workspace,
        review_id="same",
        submission_id="reviewed",
        reviewer="Cy",
        verdict=verdict,
        correction=corrected if verdict is Verdict.CORRECT else None,
    )


def act(workspace: Workspace, number: int) -> object:
    stretch = BulkStretch(number + 0.1, number + 0.2, session_id=f"ten_{number:04x}")
    request = BulkRequest("same", "ten", BulkDeed.LABEL, [stretch], "Bo", "call")
    return bulk.act_in_bulk(workspace, request)


def move(workspace: Workspace, *numbers: int) -> object:
    return subsets.move(workspace, act_id="same", collection_id="c", numbers=numbers, subset=Subset.TEST, who="Bo")


def rename(workspace: Workspace, name: str) -> object:
    return people.rename_person(workspace, person_id=make_person_id("Cy"), name=name, who="Al", act_id="same")


def add_person(workspace: Workspace, scope: str) -> object:
    return people.add_person(workspace, name="Di", scope=scope, who="Al", act_id="same")


# What is cut off, what is tried first, and what is tried under the same id then.
TRIES: dict[str, tuple[str, Try, Try]] = {
    "another verdict in one of two sessions": (
        "submissions.add_submissions",
        lambda it: judge(it, (2, YES), (3, NO)),
        lambda it: judge(it, (2, YES), (3, YES)),
    ),
    "another session": (
        "submissions.add_submissions",
        lambda it: judge(it, (2, YES), (3, NO)),
        lambda it: judge(it, (2, YES), (4, NO)),
    ),
    "one session more": (
        "submissions.add_submissions",
        lambda it: judge(it, (2, YES)),
        lambda it: judge(it, (2, YES), (3, NO)),
    ),
    "one session less, and another verdict": (
        "submissions.add_submissions",
        lambda it: judge(it, (2, YES), (3, NO)),
        lambda it: judge(it, (2, NO)),
    ),
    "another verdict in one session": (
        "submissions.add_submissions",
        lambda it: judge(it, (2, YES)),
        lambda it: judge(it, (2, UNSURE)),
    ),
    "nothing to change": (
        "submissions.add_submissions",
        lambda it: judge(it, (2, YES), (3, NO)),
        lambda it: judge(it, (4, NONE)),
    ),
    "verdicts by somebody else": (
        "submissions.add_submissions",
        lambda it: judge(it, (2, YES), (3, NO)),
        lambda it: judge(it, (2, YES), (3, NO), who="Bo"),
    ),
    "another answer": (
        "submissions.add_submission",
        lambda it: answer(it, "call"),
        lambda it: answer(it, "whistle"),
    ),
    "another review": (
        "reviews.add_review",
        lambda it: look(it, Verdict.ACCEPT),
        lambda it: look(it, Verdict.REJECT),
    ),
    "a correction": (
        "reviews.add_review",
        lambda it: look(it, Verdict.ACCEPT),
        lambda it: look(it, Verdict.CORRECT),
    ),
    "another bulk act": ("submissions.add_submissions", lambda it: act(it, 2), lambda it: act(it, 3)),
    "another name of somebody": ("acts.add_acts", lambda it: rename(it, "Cyd"), lambda it: rename(it, "Syd")),
    "another role of somebody new": (
        "acts.add_acts",
        lambda it: add_person(it, "label"),
        lambda it: add_person(it, "review"),
    ),
    "other clips": ("collections.add_clip_acts", lambda it: move(it, 1, 2), lambda it: move(it, 2, 3)),
}


@pytest.mark.parametrize("name", TRIES)
def test_other_content_under_the_same_id_is_refused_after_a_crash(workspace: Workspace, name: str) -> None:
    cut, first, second = TRIES[name]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"podcast_core.storage.{cut}", _fail)
        with pytest.raises(StorageUnavailable):
            first(workspace)
    with pytest.raises(Conflict, match="used before"):
        second(workspace)
    first(workspace)  # is what was kept
    kept = dump(workspace)
    assert not doctor.examine(workspace).findings
    assert not rebuild(workspace, replace=True).problems
    assert dump(workspace) == kept


def _fail(*_: object) -> None:
    raise StorageUnavailable("cut off")


def test_what_was_cut_off_stands_once_when_it_is_done_again(workspace: Workspace) -> None:
    this: dict[str, Any] = {"person_id": make_person_id("Cy"), "who": "Al"}
    tries: tuple[Callable[[], object], ...] = (
        lambda: people.add_person(workspace, name="Ed", email="ed@example.org", who="Al"),
        lambda: people.rename_person(workspace, name="Cyd", **this),
        lambda: people.set_role(workspace, scope="review", **this),
        lambda: people.leave(workspace, **this),
    )
    for each in tries:
        known = len(workspace.files.list("acts"))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("podcast_core.storage.acts.add_acts", _fail)
            with pytest.raises(StorageUnavailable):
                each()
        left = len(workspace.files.list("acts"))
        each()
        assert len(workspace.files.list("acts")) == left > known
    kept = dump(workspace)
    assert not doctor.examine(workspace, contents=True).findings
    assert not rebuild(workspace, replace=True).problems
    assert dump(workspace) == kept


def test_a_correction_that_is_refused_is_not_kept_either(workspace: Workspace) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("podcast_core.storage.reviews.add_review", _fail)
        with pytest.raises(StorageUnavailable):
            look(workspace, Verdict.REJECT)
    with pytest.raises(Conflict, match="used before"):
        look(workspace, Verdict.CORRECT)
    assert [each.id for each in list_answers(workspace, "ten", "ten_0008")] == ["reviewed"]
