from pathlib import Path

import pytest

from podcast_core.domain.model import ENERGY, ModelVersion
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.ml.registry.versions import add_version
from podcast_core.services.jobs import queue
from podcast_core.services.jobs.running import InProcessJob
from podcast_core.services.labels import archive
from podcast_core.services.learning import comparison, evaluation, training, training_run
from podcast_core.services.learning.comparison import EvaluationRequest
from podcast_core.services.learning.pieces import read_rounds
from podcast_core.services.sets import releases
from podcast_core.services.sets.release_request import ReleaseRequest
from podcast_core.workspace import Workspace
from tests.services.trainings import ask, make_pond
from tests.working import Running, wait_until_ended, working_here

HERE = InProcessJob()


@pytest.fixture
def pond(workspace: Workspace, tmp_path: Path) -> Workspace:
    """A pond with a model that has learnt from a part of it."""
    make_pond(workspace, tmp_path)
    training_run.run(workspace, training.prepare(workspace, request=ask(test_share=0.4)), HERE)
    return workspace


def test_all_models_are_measured_on_the_same_sessions_that_none_has_learnt_from(pond: Workspace) -> None:
    request = EvaluationRequest(("frogs/1", ENERGY), round_ids=("pond",))
    plan = comparison.plan_evaluation(pond, request)
    (version,) = [each for each in plan.versions if each.name == "frogs"]
    tested = {each["session_id"] for each in version.training["sessions"] if each["split"] == "test"}
    assert {each.session.id for each in plan.pieces} == tested
    assert plan.left_out == {comparison.LEARNT: 12 - len(tested)}
    assert plan.shared == {}
    evaluation_id, job_id = comparison.add_evaluation(pond, request=request)
    with pytest.raises(NotFound, match="not done yet"):
        comparison.get_evaluation(pond, evaluation_id=evaluation_id)
    with working_here(pond):
        job = wait_until_ended(pond, job_id)
    assert queue.sum_up(job) == f"frogs/1, {ENERGY}/0 measured on {len(tested)} sessions."
    found = comparison.get_evaluation(pond, evaluation_id=evaluation_id)
    assert found.models["frogs/1"] == version.metrics["test"]
    assert found.models[f"{ENERGY}/0"]["calls"] == found.models["frogs/1"]["calls"]
    assert comparison.add_evaluation(pond, request=request) == (evaluation_id, "")
    assert comparison.list_evaluations(pond) == [found]


def test_a_release_that_is_held_out_is_what_models_are_measured_on(pond: Workspace) -> None:
    with pytest.raises(NotFound):
        comparison.plan_evaluation(pond, EvaluationRequest((ENERGY,), release="exam"))
    wanted = ReleaseRequest("exam", ("pond",), "CC0-1.0", audio="none", held_out="test", proportions=(0.5, 0.0, 0.5))
    releases.create_release(pond, request=wanted)
    plan = comparison.plan_evaluation(pond, EvaluationRequest((ENERGY,), release="exam/1", labels={"high": "low"}))
    assert len(plan.pieces) == 6
    evaluation_id = comparison.prepare(pond, request=EvaluationRequest((ENERGY,), release="exam/1"))
    running = Running()
    comparison.run(pond, {"evaluation_id": evaluation_id}, running)
    assert running.told[-1] == (6, 6, "")
    assert comparison.get_evaluation(pond, evaluation_id=evaluation_id).source == "exam/1"


def test_a_model_is_measured_by_what_a_label_is_called_that_it_has_learnt_under_another_name(pond: Workspace) -> None:
    request = EvaluationRequest(("frogs/1",), round_ids=("pond",))
    before = comparison.plan_evaluation(pond, request).labels
    archive.rename_label(pond, round_id="pond", old="high", new="alto", who="Bo")
    assert comparison.plan_evaluation(pond, request).labels == {**before, "alto": before.get("high", "high")}


@pytest.mark.parametrize(
    ("models", "rounds", "message"),
    [((), ("pond",), "found none"), (("a", "a"), ("pond",), "different"), ((ENERGY,), (), "one of the two")],
)
def test_what_cannot_be_measured_is_refused(models: tuple[str, ...], rounds: tuple[str, ...], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        EvaluationRequest(models, rounds)


def test_where_a_model_has_learnt_everything_there_is_no_fair_test(pond: Workspace) -> None:
    heard = {each.recording.id: each.recording.sha256 for each in read_rounds(pond, ["pond"])[0]}
    add_version(pond.files, ModelVersion("toads", 1, "energy", ("low",), utc_now(), training={"recordings": heard}))
    with pytest.raises(InvalidInput, match="12 used to train one of the models"):
        comparison.plan_evaluation(pond, EvaluationRequest(("frogs/1", "toads"), ("pond",)))
    for wrong in ("frogs/9", "none", "frogs/x"):
        with pytest.raises((NotFound, InvalidInput)):
            comparison.plan_evaluation(pond, EvaluationRequest((wrong,), ("pond",)))
    for wrong in ("x", "../../../etc/pass", "0123456789abcdef"):
        with pytest.raises(NotFound):
            comparison.get_evaluation(pond, evaluation_id=wrong)


def test_a_model_that_is_no_better_than_the_baseline_says_so() -> None:
    good, bad = ({"segments": [{"tolerance_s": 0.02, "f1": f1, "f1_without_labels": f1}]} for f1 in (0.9, 0.5))
    assert evaluation.warn(good, bad) == []
    assert "no better than an energy detector" in evaluation.warn(bad, good)[0]
