import signal
from pathlib import Path

import pytest
import soundfile

from podcast_core.dialects.whisperseg.models import list_training
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.job import JobState
from podcast_core.domain.model import ENERGY, ModelVersion
from podcast_core.errors import Conflict, InvalidInput, ModelUnavailable, NotFound
from podcast_core.ml.registry import versions
from podcast_core.ml.whisperseg.placing import place_folder
from podcast_core.services.jobs import queue
from podcast_core.services.learning import training
from podcast_core.services.learning.training import Training
from podcast_core.services.learning.training_request import TrainingRequest, list_bases, list_choices
from podcast_core.services.models import catalogue
from podcast_core.services.sets import releases
from podcast_core.services.sets.release_request import ReleaseRequest
from podcast_core.worker.runners import get_runners
from podcast_core.workspace import Workspace
from tests.services.trainings import answer, ask, label_in_bulk, list_ids, make_pond
from tests.working import Running, end, start_worker, wait_for, wait_until_ended, working_here


@pytest.fixture
def pond(workspace: Workspace, tmp_path: Path) -> Workspace:
    make_pond(workspace, tmp_path, count=5)
    return workspace


def train(workspace: Workspace, request: TrainingRequest) -> tuple[ModelVersion, Running]:
    """Train as a worker does, in this process."""
    job = queue.get_job(workspace, job_id=training.add_training(workspace, request=request, who="Eve"))
    running = Running()
    result = get_runners()["train"](workspace, job.params, running)
    assert get_runners()["train"](workspace, job.params, Running()) == result  # once more adds nothing
    name, _, number = str(result["model"]).partition("/")
    return versions.get_version(workspace.files, name, int(number)), running


def the_one(workspace: Workspace) -> Training:
    (found,) = training.list_trainings(workspace)
    return found


def test_a_model_learns_from_stretches_labelled_in_bulk(pond: Workspace, tmp_path: Path) -> None:
    labelled = label_in_bulk(pond, tmp_path)
    answer(pond, labelled[0], AnswerBox(1.0, 1.2, "low"), round_id="new", who="Eve")
    version, _ = train(pond, ask(round_ids=("new",), with_bulk=True, labels={"noise": ""}))
    assert (version.training["calls"], version.labels) == (4, ("low",))
    detector = pond.models.load_detector("frogs")
    samples, rate = soundfile.read(next((tmp_path / "pond").glob("*.wav")), dtype="float32")
    calls = detector.detect(samples, rate)
    assert 2 <= len(calls) <= 4  # low ones, of which two are there; high ones are of another band
    assert all(call.end_s - call.start_s < 0.4 for call in calls)


def test_a_version_says_what_it_learnt_from_and_how_good_it_is(pond: Workspace) -> None:
    first = list_ids(pond)[0]
    version, running = train(pond, ask())
    answer(pond, first, who="Zoe")  # later answers change nothing of it
    told = version.training
    assert (version.id, version.kind, version.labels) == ("frogs/1", "energy", ("high",))
    assert {each["split"] for each in told["sessions"]} == {"train", "test"}
    assert f"Ann-{first}" in {each["submission_id"] for each in told["sessions"]}
    assert (told["who"], told["calls"], told["request"]["name"]) == ("Eve", 4 * 4, "frogs")
    assert set(told["recordings"].values()) == {each["sha256"] for each in told["sessions"]}
    figures = version.metrics["test"]
    assert figures == version.metrics["floor"]  # it is the baseline itself
    assert figures["calls"] == 4
    assert figures["segments"][1]["f1_without_labels"] == 1.0
    assert figures["segments"][1]["f1"] == 0.5  # it cannot tell low from high
    assert running.told[0] == (0, 100, "Reading audio")
    assert running.told[-1][:2] == (100, 100)


def test_a_segmenter_tells_labels_apart_and_is_trained_further(pond: Workspace) -> None:
    first, running = train(pond, ask(kind="tcn", epochs=10))
    assert first.labels == ("high", "low")
    assert first.metrics["test"]["frames"]["f1"] > 0.9 > first.metrics["floor"]["frames"]["f1"]
    curve = running.shown["curve"]
    assert curve == first.metrics["curve"]
    assert curve[-1]["train_loss"] < curve[0]["train_loss"]
    assert [each["share"] for each in curve] == sorted(each["share"] for each in curve)
    assert first.metrics["warnings"] == []
    second, _ = train(pond, ask(kind="tcn", base="frogs/1", epochs=1))
    assert (second.id, second.parent) == ("frogs/2", "frogs/1")
    assert second.metrics["base"]["segments"] == first.metrics["test"]["segments"]
    with pytest.raises(InvalidInput, match="cannot start from it"):
        training.add_training(pond, request=ask(base="frogs/1"))


def test_a_whisperseg_checkpoint_is_trained_further(pond: Workspace, tiny_base: Path) -> None:
    assert "whisperseg" not in list_choices(catalogue.list_versions(pond))
    place_folder(pond.files, tiny_base, "whisperseg-base")
    found = catalogue.list_versions(pond)
    assert "whisperseg" in list_choices(found)
    assert list_bases(found, "whisperseg") == ["whisperseg-base/0"]
    version, running = train(pond, ask(kind="whisperseg", base="whisperseg-base/0", epochs=1))
    assert (version.id, version.kind, version.parent) == ("frogs/1", "whisperseg", "whisperseg-base/0")
    assert version.labels == ("high", "low")
    assert running.shown["curve"] == version.metrics["curve"]
    assert version.metrics["curve"][-1]["share"] == 1
    assert {"test", "floor", "base"} <= set(version.metrics)
    assert pond.models.load_detector("frogs").labels == ("high", "low")
    with pytest.raises(InvalidInput, match="expected a base, found none"):
        ask(kind="whisperseg")


def test_names_and_bases_are_checked_before_anything_is_done(pond: Workspace) -> None:
    train(pond, ask())
    for request, problem in (
        (ask(is_new=True), Conflict),
        (ask(name=ENERGY), Conflict),
        (ask(base="none/1"), NotFound),
        (ask(base="frogs/x"), InvalidInput),
        (ask(round_ids=("none",)), NotFound),
    ):
        with pytest.raises(problem):
            training.add_training(pond, request=request)
    assert len(training.list_trainings(pond)) == 1
    assert train(pond, ask())[0].id == "frogs/2"


def test_a_device_that_is_not_here_is_told_before_anything_is_read(pond: Workspace) -> None:
    job_id = training.add_training(pond, request=ask(kind="tcn", device="cuda:77"))
    running = Running()
    with pytest.raises(ModelUnavailable, match="The device that was asked for is 'cuda:77', which is not here"):
        get_runners()["train"](pond, queue.get_job(pond, job_id=job_id).params, running)
    assert running.told == []
    assert train(pond, ask(kind="tcn", epochs=1, device="cpu"))[0].id == "frogs/1"
    with pytest.raises(InvalidInput, match="found 'gpu'"):
        ask(device="gpu")


def test_what_is_held_out_meanwhile_is_not_learnt_from(pond: Workspace) -> None:
    job_id = training.add_training(pond, request=ask())
    assert (the_one(pond).status, the_one(pond).name) == ("queuing", "frogs")
    assert [(each.name, each.status) for each in list_training(pond)] == [("frogs", "queuing")]
    request = ReleaseRequest("exam", ("pond",), "CC0-1.0", audio="none", held_out="all")
    releases.create_release(pond, request=request)
    with working_here(pond):
        job = wait_until_ended(pond, job_id)
    assert job.state is JobState.FAILED
    assert "Held out for testing" in job.error
    assert the_one(pond).status == "failed"
    assert [each.name for each in versions.list_models(pond.files)] == [ENERGY]


def list_checkpoints(workspace: Workspace) -> list[Path]:
    return list((workspace.settings.data_dir / "checkpoints").glob("[!.]*"))


@pytest.mark.slow  # others kill workers at other jobs, which go on by the same means
def test_a_killed_training_goes_on_and_nothing_is_ready_before_its_end(pond: Workspace) -> None:
    job_id = training.add_training(pond, request=ask(kind="tcn", epochs=6))
    worker = start_worker(pond, "w")
    wait_for(pond, job_id, lambda job: bool(job.shown and list_checkpoints(pond)), seconds=240)
    end(worker, signal.SIGKILL)
    assert [each.name for each in versions.list_models(pond.files)] == [ENERGY]
    assert the_one(pond).status == "training"
    assert the_one(pond).curve
    with working_here(pond, "w"):
        job = wait_until_ended(pond, job_id, seconds=240)
    assert (job.state, job.error, job.attempts) == (JobState.DONE, "", 2)
    assert len([line for line in job.log if "goes on from its checkpoint: network" in line]) == 1
    assert list_checkpoints(pond) == []
    shares = [float(point["share"]) for point in the_one(pond).curve]
    assert shares == sorted(shares)
    assert (the_one(pond).status, the_one(pond).model) == ("ready", "frogs/1")
    assert "energy baseline" in queue.sum_up(job)
    made = [each for each in versions.list_models(pond.files) if each.name == "frogs"]
    assert [each.id for each in made] == ["frogs/1"]
    assert len(versions.read_weights(pond.files, made[0])) > 1000


def test_a_cancelled_training_leaves_no_model(pond: Workspace) -> None:
    job_id = training.add_training(pond, request=ask(kind="tcn", budget_s=600.0))
    with working_here(pond):
        wait_for(pond, job_id, lambda job: bool(job.shown and list_checkpoints(pond)), seconds=240)
        queue.cancel_job(pond, job_id=job_id)
        wait_for(pond, job_id, lambda job: any(line.endswith("cancelled") for line in job.log))
    assert list_checkpoints(pond) == []
    assert the_one(pond).status == "cancelled"
    assert [each.name for each in versions.list_models(pond.files)] == [ENERGY]
    with pytest.raises(NotFound):
        training.get_training(pond, job_id=queue.add_job(pond, kind="release", params={"name": "x"}))
