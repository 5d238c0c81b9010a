"""A model is not measured with its own predictions: they are told, and do not count unless that is asked for."""

import uuid
from pathlib import Path

import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.model import ENERGY, ModelVersion
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.session import Session
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput
from podcast_core.ml.registry.versions import add_version, get_version
from podcast_core.services.jobs.running import InProcessJob
from podcast_core.services.learning import comparison, estimates, training, training_run
from podcast_core.services.learning.comparison import EvaluationRequest
from podcast_core.services.learning.own_labels import OWN, is_own, list_family, measure_own
from podcast_core.services.learning.pieces import TEST, TRAIN, read_rounds
from podcast_core.services.learning.training_data import plan_training
from podcast_core.services.sets import release_plan
from podcast_core.services.sets.datacard import write_card
from podcast_core.services.sets.release_request import ReleaseRequest
from podcast_core.workspace import Workspace
from tests.building import add_prediction_set, list_sessions, submit
from tests.services.runs import add_round, do_run, list_drawn, write_calls
from tests.services.trainings import ask, make_pond

HERE = InProcessJob()
NEW = AnswerBox(2.5, 2.7, "low")
EDITED = 0.01  # seconds by which a box is moved


@pytest.fixture
def pond(workspace: Workspace, tmp_path: Path) -> list[Session]:
    """Round ``pond`` with answers drawn by hand; its sessions, those with calls first."""
    make_pond(workspace, tmp_path)
    found = list_sessions(workspace, "pond")
    return sorted(found, key=lambda each: each.start_s)


def offer(workspace: Workspace, chosen: list[Session], model: str) -> list[str]:
    """Let a model predict a call in each of some sessions."""
    boxes = [
        Prediction(*(each.start_s + 0.5, each.start_s + 0.7, "low", 0.8), id=str(uuid.uuid4()), session_id=each.id)
        for each in chosen
    ]
    add_prediction_set(workspace, chosen[0].round_id, *boxes, set_id=f"set-{uuid.uuid4()}", model=model)
    return [each.id for each in boxes]


def judge(workspace: Workspace, session: Session, prediction_id: str, *, fate: str) -> None:
    """Answer a session anew: a call of its own, and the prediction kept, edited or rejected."""
    moved = EDITED if fate == "edited" else 0.0
    kept = AnswerBox(0.5 + moved, 0.7, "low", prediction_id=prediction_id)
    rejected = (prediction_id,) if fate == "rejected" else ()
    boxes = (NEW,) if rejected else (kept, NEW)
    submit(workspace, session.round_id, session.id, *boxes, who="Bob", rejected_prediction_ids=rejected)


def make_version(workspace: Workspace, name: str, **fields: object) -> ModelVersion:
    return add_version(workspace.files, ModelVersion(name, 1, "energy", ("low",), utc_now(), **fields))  # type: ignore[arg-type]


def test_sessions_with_own_predictions_as_they_were_are_left_out_and_told(
    workspace: Workspace, pond: list[Session]
) -> None:
    kept, rejected, edited = pond[:3]
    for each, fate in ((kept, "kept"), (rejected, "rejected"), (edited, "edited")):
        judge(workspace, each, offer(workspace, [each], ENERGY)[0], fate=fate)
    plan = comparison.plan_evaluation(workspace, EvaluationRequest((ENERGY,), ("pond",)))
    assert {each.session.id for each in plan.pieces} == {each.id for each in pond} - {kept.id, rejected.id}
    assert plan.left_out == {OWN: 2}
    [(name, own)] = plan.own.items()
    assert (name, own.sessions, own.labels, own.all_labels) == (f"{ENERGY}/0", 2, 1, 3 * 4 + 2 + 1 + 2)
    counted = comparison.plan_evaluation(workspace, EvaluationRequest((ENERGY,), ("pond",), count_own=True))
    assert (len(counted.pieces), counted.left_out, counted.own) == (len(pond), {}, plan.own)

    results = []
    for request in (EvaluationRequest((ENERGY,), ("pond",), count_own=each) for each in (False, True)):
        evaluation_id = comparison.prepare(workspace, request=request)
        comparison.run(workspace, {"evaluation_id": evaluation_id}, HERE)
        results.append(comparison.get_evaluation(workspace, evaluation_id=evaluation_id))
    fair, all_of_it = results
    assert fair.id != all_of_it.id
    assert fair.own == all_of_it.own == plan.own
    assert "Unchanged predictions of energy-detector/0 or of models it comes from: 1 of 17 labels (6%)" in fair.told[0]
    assert [each.told[0].endswith("left out.") for each in results] == [True, False]
    [figures] = fair.models.values()
    assert figures["calls"] == 3 * 4 + 2  # nothing of a session that is left out is a hit, a miss or a false alarm


def test_where_all_labels_are_its_own_a_model_is_measured_only_when_that_is_asked_for(
    workspace: Workspace, pond: list[Session]
) -> None:
    for each, prediction_id in zip(pond, offer(workspace, pond, ENERGY), strict=True):
        judge(workspace, each, prediction_id, fate="kept")
    with pytest.raises(InvalidInput, match=r"12 judged with .* set that own labels count"):
        comparison.plan_evaluation(workspace, EvaluationRequest((ENERGY,), ("pond",)))
    assert (
        len(comparison.plan_evaluation(workspace, EvaluationRequest((ENERGY,), ("pond",), count_own=True)).pieces) == 12
    )


def test_labels_of_the_parent_and_of_what_was_learnt_from_are_its_own_too(
    workspace: Workspace, pond: list[Session]
) -> None:
    judge(workspace, pond[0], offer(workspace, [pond[0]], "Heron")[0], fate="kept")
    [piece] = [each for each in read_rounds(workspace, ["pond"])[0] if each.session.id == pond[0].id]
    told = {"sessions": [{**piece.describe(), "split": TRAIN}], "taken_over": {"owl/2": 3}}
    make_version(workspace, "frog", training=told)
    child = make_version(workspace, "toad", parent="frog/1")
    assert list_family(workspace, child) == {"toad", "frog", "heron", "owl"}
    assert list_family(workspace, get_version(workspace.files, ENERGY)) == {ENERGY}
    untouched = {**told, "sessions": [{**piece.describe(), "split": TEST}], "taken_over": {}}
    assert list_family(workspace, make_version(workspace, "newt", training=untouched)) == {"newt"}
    assert measure_own([piece], {"heron"}).share == 0.5


def test_a_training_tests_on_labels_that_are_not_those_of_models_it_learns_from(
    workspace: Workspace, pond: list[Session]
) -> None:
    for each, prediction_id in zip(pond[:3], offer(workspace, pond[:3], "heron"), strict=True):
        judge(workspace, each, prediction_id, fate="kept")
    requests = (ask(test_share=0.4, seed=seed) for seed in range(50))
    request = next(asked for asked in requests if plan_training(workspace, asked).left_out)
    plan = plan_training(workspace, request)
    left_out = plan.left_out[OWN]
    assert plan.taken_over == {"heron": 3 - left_out}
    assert len(plan.pieces) == len(pond) - left_out
    assert not any(is_own(each.answer, {"heron"}) for each in plan.of(TEST))
    assert any(each.answer.annotations for each in plan.of(TEST))
    assert f"{left_out} of" in plan.told[0]
    assert plan.told[0] in plan.warnings
    params = training.prepare(workspace, request=request)
    training_run.run(workspace, params, HERE)
    made = get_version(workspace.files, "frogs")
    assert made.training["taken_over"] == plan.taken_over
    assert plan.told[0] in made.metrics["warnings"]
    assert list_family(workspace, made) == {"frogs", "heron"}


def test_a_test_that_would_know_no_call_keeps_them_and_says_so(workspace: Workspace, pond: list[Session]) -> None:
    with_calls = pond[:6]
    for each, prediction_id in zip(with_calls, offer(workspace, with_calls, "heron"), strict=True):
        judge(workspace, each, prediction_id, fate="kept")
    plan = plan_training(workspace, ask(test_share=0.4))
    assert plan.left_out == {}
    assert "the figures are better than they should be" in plan.told[1]


def test_estimates_say_nothing_of_a_model_by_its_own_predictions(workspace: Workspace, tmp_path: Path) -> None:
    round_id = add_round(workspace, write_calls(tmp_path / "a.wav", ((0.5, 0.7),), 110.0))
    do_run(workspace, round_ids=[round_id])
    known = {each.id: each for each in list_sessions(workspace, round_id)}
    drawn = [known[each] for each in list_drawn(workspace, round_id=round_id)]
    for each in drawn:
        submit(workspace, round_id, each.id, AnswerBox(0.1, 0.3, "call"), submission_id=f"a-{each.id}")
    before = estimates.get_estimates(workspace, round_id=round_id)
    assert before is not None
    assert (before.own.sessions, before.is_measured) == (0, True)
    [prediction_id] = offer(workspace, drawn[:1], ENERGY)
    kept = AnswerBox(0.5, 0.7, "low", prediction_id=prediction_id)
    submit(workspace, round_id, drawn[0].id, kept, who="Bob")
    fair, all_of_it = (estimates.get_estimates(workspace, round_id=round_id, count_own=each) for each in (False, True))
    assert fair is not None
    assert all_of_it is not None
    assert fair.own.labels == all_of_it.own.labels == 1
    assert (fair.is_measured, all_of_it.is_measured) == (False, True)
    assert fair.calls.recall is fair.sessions.recall is None
    assert all_of_it.calls.recall is not None
    assert fair.with_calls == all_of_it.with_calls  # how much there is does not depend on where a label came from


def test_the_data_card_tells_whose_predictions_are_labels(workspace: Workspace, pond: list[Session]) -> None:
    judge(workspace, pond[0], offer(workspace, [pond[0]], "heron")[0], fate="kept")
    request = ReleaseRequest("pond", ("pond",), "CC0-1.0", audio="none", proportions=(1.0, 0.0, 0.0))
    plan = release_plan.plan_release(workspace, request=request)
    card = write_card(plan, name="pond", version="1", title="Pond", held_out=(), clipped=0).decode()
    assert (
        "Unchanged predictions that a person accepted, one by one or in bulk: 1 of 22 annotations (5%), 1 of heron."
        in card
    )
