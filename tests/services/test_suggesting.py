"""After a run the sessions of its round have an order in which labels are expected to help."""

from pathlib import Path

import numpy as np
import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.model import ENERGY
from podcast_core.domain.queue import QueueChoice, QueueOrder
from podcast_core.errors import NotFound
from podcast_core.ml.acquisition import Reason
from podcast_core.services.jobs.running import InProcessJob
from podcast_core.services.labels import claiming, session_views
from podcast_core.services.runs import model_runs, run_job, suggesting
from podcast_core.services.store import rebuild
from podcast_core.workspace import Workspace
from tests.building import submit
from tests.services.runs import add_round, do_run, list_drawn, write_calls


@pytest.fixture
def sea(workspace: Workspace, tmp_path: Path) -> str:
    """A round with three sessions of 2 s."""
    return add_round(workspace, write_calls(tmp_path / "a.wav"))


def claim(workspace: Workspace, round_id: str, count: int = 10) -> list[str]:
    claimed = claiming.claim_next(
        workspace,
        round_id=round_id,
        holder="tab",
        annotator="Ann",
        count=count,
        choice=QueueChoice(order=QueueOrder.GAIN),
    )
    return [view.session.id for view in claimed.views]


def test_the_queue_follows_the_suggestion_of_the_newest_run(workspace: Workspace, sea: str) -> None:
    assert suggesting.get_suggestion(workspace, round_id=sea) is None
    listed = claim(workspace, sea)
    assert listed == sorted(listed)  # without a suggestion: as the round lists them
    run = do_run(workspace, round_ids=[sea]).run
    found = suggesting.get_suggestion(workspace, round_id=sea)
    assert found is not None
    assert (found.suggestion.run_id, found.labelled) == (run.id, 0)
    assert [each.place for each in found.places] == [0, 1, 2]
    assert claim(workspace, sea) == [each.session_id for each in found.places]
    drawn = list_drawn(workspace, round_id=sea)
    assert len(drawn) == 1
    view = session_views.get_view(workspace, round_id=sea, session_id=drawn[0])
    assert view.suggestion is not None
    assert view.suggestion.reason == Reason.RANDOM

    do_run(workspace, round_ids=[sea])
    again = suggesting.get_suggestion(workspace, round_id=sea)
    assert again is not None
    assert again.suggestion.id != found.suggestion.id
    assert list_drawn(workspace, round_id=sea) == drawn  # the random share stays what it was


def test_answered_sessions_leave_the_queue_and_come_last_in_the_next_order(workspace: Workspace, sea: str) -> None:
    do_run(workspace, round_ids=[sea])
    first, *others = claim(workspace, sea)
    submit(workspace, sea, first, AnswerBox(0.5, 0.7, "call"))
    assert claim(workspace, sea) == others
    do_run(workspace, round_ids=[sea])
    found = suggesting.get_suggestion(workspace, round_id=sea)
    assert found is not None
    assert (len(found.places), found.labelled) == (3, 1)
    assert found.places[-1].session_id == first


def test_the_progress_of_a_run_never_goes_back(workspace: Workspace, sea: str) -> None:
    plan = model_runs.plan_run(workspace, model=ENERGY, round_ids=[sea])
    model_runs.add_run(workspace, plan)
    told: list[tuple[int, int, str]] = []
    here = InProcessJob(lambda *values: told.append(values), lambda _line: None)
    run_job.run(workspace, {"run_id": plan.run.id}, here)
    assert [done / total for done, total, _ in told] == [0, 1 / 3, 2 / 3, 1, 1, 1, 1]
    assert [name for _, _, name in told[-3:]] == [
        f"Listening for what is new: {number} of 3 sessions" for number in (1, 2, 3)
    ]


def test_of_too_many_sessions_the_most_uncertain_are_listened_to_with_labels_and_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(suggesting, "MAX_DESCRIBED", 4)
    uncertainty = np.array([0.1, 0.9, 0.5, 0.3, 0.8, 0.7])
    is_labelled = np.array([True, True, True, False, False, False])
    assert suggesting._choose_described(uncertainty, is_labelled) == [1, 2, 4, 5]
    assert suggesting._choose_described(uncertainty, is_labelled[::-1] & (uncertainty > 0.75)) == [4, 1, 5, 2]


def test_a_rebuild_keeps_suggestions(workspace: Workspace, sea: str) -> None:
    do_run(workspace, round_ids=[sea])
    before = suggesting.get_suggestion(workspace, round_id=sea)
    rebuild.rebuild(workspace, replace=True)
    assert suggesting.get_suggestion(workspace, round_id=sea) == before


def test_what_is_not_there_is_not_found(workspace: Workspace) -> None:
    with pytest.raises(NotFound):
        suggesting.get_suggestion(workspace, round_id="nowhere")
    with pytest.raises(NotFound):
        suggesting.suggest(workspace, run_id="none", round_id="nowhere")
