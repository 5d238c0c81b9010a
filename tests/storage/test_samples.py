"""The kept order of sessions without predictions: worked out once, and without what is answered."""

import pytest
from sqlalchemy import func, select

from podcast_core.domain.prediction import Prediction
from podcast_core.domain.queue import QueueChoice, QueueOrder
from podcast_core.domain.review import Verdict
from podcast_core.domain.submission import Outcome
from podcast_core.services.labels import claiming, review
from podcast_core.storage import samples
from podcast_core.storage.schema import sampled_places
from podcast_core.workspace import Workspace
from tests.building import add_prediction_set, add_recording, make_recording, make_sessions, submit
from tests.conftest import MakeWav

pytestmark = pytest.mark.usefixtures("round_of_ten")


def claim(workspace: Workspace, count: int = 10, holder: str = "a") -> list[str]:
    choice = QueueChoice(QueueOrder.NO_PREDICTIONS)
    return claiming.claim_ids(workspace, round_id="ten", holder=holder, annotator="Ann", count=count, choice=choice)


def count_places(workspace: Workspace) -> int:
    with workspace.database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(sampled_places)) or 0


def test_the_order_is_worked_out_once_and_again_when_models_have_found_something(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = claim(workspace)
    assert len(first) == 9, "one of ten has predictions"
    with monkeypatch.context() as patch:
        patch.setattr(samples, "_stratify", lambda _: pytest.fail("worked out again"))
        assert claim(workspace) == first
    add_prediction_set(
        workspace,
        "ten",
        Prediction(0.1, 0.3, "call", 0.9, id="q-0", session_id=first[0], model="n"),
        set_id="n",
        model="n",
    )
    assert claim(workspace) == first[1:]
    assert count_places(workspace) == 8


def test_places_of_what_is_answered_are_forgotten_and_what_comes_back_is_last(workspace: Workspace) -> None:
    first = claim(workspace)
    answers = [submit(workspace, "ten", each, outcome=Outcome.EMPTY).submission for each in first[:3]]
    assert claim(workspace) == first[3:]
    assert count_places(workspace) == 6
    review.review_submission(
        workspace, review_id="r", submission_id=answers[0].id, reviewer="Zoe", verdict=Verdict.REJECT
    )
    assert claim(workspace) == [*first[3:], first[0]]


def test_a_session_that_is_added_has_its_place(workspace: Workspace, make_wav: MakeWav) -> None:
    assert len(claim(workspace)) == 9
    recording = make_recording(make_wav("more.wav", seconds=2), 2, digits="e")
    add_recording(workspace, recording, make_sessions(recording, "ten", "more_{:04x}", 1))
    assert "more_0000" in claim(workspace)
    assert count_places(workspace) == 10
