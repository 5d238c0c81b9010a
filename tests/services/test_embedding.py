"""Collections are described: every unit, once only, whatever is broken or killed on the way."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from podcast_core.domain import clip
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.collection import Collection, Unit
from podcast_core.domain.round import Round
from podcast_core.errors import InvalidInput, ModelUnavailable, NotFound
from podcast_core.ml.embedding.built_in import make_embedder
from podcast_core.services.explore import collections as service
from podcast_core.services.explore import embedding, notebooks, places
from podcast_core.services.explore import vectors as kept
from podcast_core.services.explore.vectors import read_vectors
from podcast_core.services.intake.ingest import ingest
from podcast_core.services.jobs.running import InProcessJob
from podcast_core.services.labels import session_views
from podcast_core.storage import clips, collections, schema
from podcast_core.workspace import Workspace
from tests.building import submit
from tests.conftest import MakeWav


def make(workspace: Workspace, **more: Any) -> Collection:
    options: dict[str, Any] = {"round_id": "ten", "name": "c", "window_s": 0.25, **more}
    if options.get("unit", Unit.WINDOW) is not Unit.WINDOW:
        del options["window_s"]
    return service.add_collection(workspace, **options)


def describe(workspace: Workspace, **more: Any) -> tuple[Collection, dict[str, Any]]:
    """Make a collection and describe it here."""
    made = make(workspace, **more)
    result = notebooks.describe(workspace, collection_id=made.id)
    return service.get_collection(workspace, collection_id=made.id), result


@pytest.mark.usefixtures("round_of_ten")
@pytest.mark.parametrize(("embedder", "dimension"), [("three-views", 144), ("mean-mfcc", 32)])
def test_windows_have_vectors_and_sounds_that_are_alike_are_near(
    workspace: Workspace, embedder: str, dimension: int
) -> None:
    """The recording is noise at first, and then a tone."""
    made, result = describe(workspace, embedder=embedder)
    vectors = read_vectors(workspace, made.id)
    assert (made.dimension, made.clip_count, result["described"], result["failed"]) == (dimension, 40, 40, 0)
    assert vectors.shape == (40, dimension)
    assert vectors.dtype == np.float32
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    alike = unit @ unit.T
    np.fill_diagonal(alike, -1)
    nearest = alike.argmax(axis=1)
    assert ((nearest >= 20) == (np.arange(40) >= 20)).all()


@pytest.mark.usefixtures("round_of_ten")
def test_a_second_run_describes_nothing_and_other_parameters_do(workspace: Workspace) -> None:
    """Row 12 of the reference: vectors are kept across sessions; changed parameters describe anew."""
    first, _ = describe(workspace)
    second, again = describe(workspace, name="again")
    assert (again["described"], again["copied"]) == (0, 40)
    assert np.array_equal(read_vectors(workspace, first.id), read_vectors(workspace, second.id))
    _, third = describe(workspace, name="half", window_s=0.5, hop_s=0.25)
    assert (third["described"], third["copied"]) == (30, 0)
    _, fourth = describe(workspace, name="other", embedder="mean-mfcc")
    assert (fourth["described"], fourth["copied"]) == (40, 0)
    _, sessions = describe(workspace, name="sessions", unit=Unit.SESSION)
    assert (sessions["clips"], sessions["described"]) == (10, 10)


@pytest.mark.usefixtures("round_of_ten")
def test_boxes_of_people_and_of_machines_are_described(workspace: Workspace) -> None:
    with pytest.raises(InvalidInput, match="round ten has no annotations"):
        describe(workspace, unit=Unit.ANNOTATION)
    submit(
        workspace,
        "ten",
        "ten_0003",
        AnswerBox(0.1, 0.3, "call", low_hz=100.0, high_hz=900.0),
        AnswerBox(0.5, 0.9, "whistle"),
        submission_id="one",
    )
    made, _ = describe(workspace, unit=Unit.ANNOTATION, embedder="mean-mfcc")
    found = service.list_clips(workspace, collection_id=made.id, numbers=[1, 0, 7])
    assert [(each.number, each.label, each.box_id, each.low_hz) for each in found] == [
        (1, "whistle", "one:1", None),
        (0, "call", "one:0", 100.0),
    ]
    made, _ = describe(workspace, unit=Unit.PREDICTION, embedder="mean-mfcc", model="m")
    assert [each.box_id for each in service.list_clips(workspace, collection_id=made.id, numbers=[0, 1])] == [
        "p-0",
        "p-1",
    ]


def test_a_broken_recording_gives_clips_with_an_error_and_no_crash(
    workspace: Workspace, round_of_ten: Round, tmp_path: Path
) -> None:
    path = tmp_path / "ten.wav"
    whole = path.read_bytes()
    path.write_bytes(whole[: 44 + 96_000])  # six of ten seconds
    made, result = describe(workspace, embedder="mean-mfcc")
    assert (result["described"], result["failed"], result["failed_count"]) == (24, 16, 16)
    vectors = read_vectors(workspace, made.id)
    assert np.isfinite(vectors).all(axis=1).tolist() == [True] * 24 + [False] * 16
    clip = service.list_clips(workspace, collection_id=made.id, numbers=[30])[0]
    assert "truncated" in clip.error
    path.write_bytes(whole)
    _, again = describe(workspace, name="again", embedder="mean-mfcc")
    assert (again["copied"], again["described"]) == (24, 16)
    path.unlink()
    with pytest.raises(InvalidInput, match="Nothing could be described. The first reason"):
        describe(workspace, name="gone", embedder="mean-mfcc", window_s=0.3)
    assert round_of_ten.id == "ten"


@pytest.mark.usefixtures("round_of_ten")
def test_a_killed_job_goes_on_after_the_last_part(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (clip, clips, embedding, places, kept):
        monkeypatch.setattr(module, "PART_CLIPS", 16)
    made = make(workspace)

    class Killed(BaseException):
        """What ends a worker."""

    def kill(done: int, _total: int, _name: str) -> None:
        if done > 32:  # in the middle of the last part
            raise Killed

    with pytest.raises(Killed):
        notebooks.describe(workspace, collection_id=made.id, on_progress=kill)
    with pytest.raises(NotFound, match="not ready yet"):
        read_vectors(workspace, made.id)
    result = notebooks.describe(workspace, collection_id=made.id)
    assert (result["described"], result["clips"]) == (8, 40)
    folder = workspace.settings.data_dir / "store" / "explore" / made.id
    before = np.load(folder / "vectors" / "0001.npy")
    for name in ("vectors/0001.npy", "features/0001.npy", "space.npz"):
        (folder / name).unlink()
    assert notebooks.describe(workspace, collection_id=made.id)["described"] == 16
    np.testing.assert_allclose(np.load(folder / "vectors" / "0001.npy"), before, atol=1e-4)


@pytest.mark.usefixtures("round_of_ten")
def test_any_function_from_address_to_vector_describes_clips_once(workspace: Workspace) -> None:
    import soundfile

    asked: list[str] = []

    def vectorize(url: str) -> list[float]:
        asked.append(url)
        samples, rate = soundfile.read(url)
        if len(asked) == 3:
            raise RuntimeError("no idea")
        return [float(np.abs(samples).mean()), len(samples) / rate]

    made = make(workspace, embedder="python:loud/1", unit=Unit.SESSION)
    with pytest.raises(InvalidInput, match="A function describes collections whose embedder is python:"):
        notebooks.describe(workspace, collection_id=made.id)
    result = notebooks.describe(workspace, collection_id=made.id, vectorizer=vectorize)
    assert (result["described"], result["failed"], len(asked)) == (9, 1, 10)
    assert read_vectors(workspace, made.id)[:, 1].tolist()[3:] == [1.0] * 7
    assert service.list_clips(workspace, collection_id=made.id, numbers=[2])[0].error == "RuntimeError: no idea"
    again = make(workspace, embedder="python:loud/1", unit=Unit.SESSION, name="again")
    assert notebooks.describe(workspace, collection_id=again.id, vectorizer=vectorize)["copied"] == 9
    assert len(asked) == 11
    with pytest.raises(ModelUnavailable, match="function of somebody's notebook"):
        embedding.run(workspace, {"collection_id": again.id}, InProcessJob())


@pytest.mark.usefixtures("round_of_ten")
def test_what_cannot_be_asked_for_is_refused(workspace: Workspace) -> None:
    for wrong, message in (
        ({"embedder": "perch"}, "There is no embedder 'perch'; expected one of three-views, mean-mfcc"),
        ({"embedder": "mean-mfcc/2"}, "has mean-mfcc/1, not"),
        ({"embedder": "python:../x/1"}, "python:NAME/VERSION"),
        ({"window_s": 0.001}, "A window's length must be between"),
        ({"name": " "}, "A collection's name"),
        ({"model": "m"}, "Only predictions are of a model"),
    ):
        with pytest.raises(InvalidInput, match=message):
            make(workspace, **wrong)
    for missing in ({"embedder": "model:perch"}, {"round_id": "none"}):
        with pytest.raises(NotFound):
            make(workspace, **missing)
    with workspace.database.reading() as connection:
        assert collections.list_collections(connection) == []


def test_windows_lie_within_their_session() -> None:
    assert places.cut_windows(0, 1, 0.4, 0.2) == [(0.0, 0.4), (0.2, 0.6), (0.4, 0.8), (0.6, 1.0)]
    assert places.cut_windows(5, 5.3, 1, 1) == [(5, 5.3)]
    assert len(places.cut_windows(0, 60, 0.1, 0.1)) == 600
    assert schema.clips.name == "clips"


@pytest.mark.usefixtures("round_of_ten")
def test_two_people_disagree_about_a_clip_and_both_answers_are_kept(workspace: Workspace) -> None:
    """Row 38 of the reference: labels are spans with who and when; a clip is called what the newest answer says."""
    made, _ = describe(workspace, embedder="mean-mfcc")
    for name, who, label in (("one", "Ann", "call"), ("two", "Bob", "whistle"), ("three", "Ann", "call")):
        box = AnswerBox(0.0, 0.25, label)
        submit(workspace, "ten", "ten_0001", box, who=who, submission_id=name)
        clip = service.list_clips(workspace, collection_id=made.id, numbers=[4])[0]
        assert (clip.label, clip.start_s) == (label, 1.0)
    view = session_views.get_view(workspace, round_id="ten", session_id="ten_0001")
    assert [(each.annotator, each.annotations[0].label) for each in view.history] == [
        ("Ann", "call"),
        ("Bob", "whistle"),
        ("Ann", "call"),
    ]


@pytest.mark.slow
def test_a_hundred_thousand_windows_are_described_once(workspace: Workspace, make_wav: MakeWav) -> None:
    """Row 39 of the reference: the second pass takes less than 5 s of processor time and adds nothing.

    Another collection of the same windows writes rows of its own; that costs less than describing them, on any machine.
    """
    ingest(workspace, paths=[make_wav("long.wav", seconds=2000)], round_name="long")
    took_s = []
    began_s = time.process_time()
    made, first = describe(workspace, round_id="long", window_s=0.02, embedder="mean-mfcc")
    took_s.append(time.process_time() - began_s)
    assert first["described"] == 100_000
    began_s = time.process_time()
    again = notebooks.describe(workspace, collection_id=made.id)
    took_s.append(time.process_time() - began_s)
    began_s = time.process_time()
    _, other = describe(workspace, round_id="long", window_s=0.02, embedder="mean-mfcc", name="other")
    took_s.append(time.process_time() - began_s)
    assert (again["described"], other["described"], other["copied"]) == (0, 0, 100_000)
    assert took_s[1] < 5
    assert took_s[2] < took_s[0]


@pytest.mark.slow
def test_seconds_of_sound_are_described_faster_than_by_librosa() -> None:
    """Row 13 of the reference, in processor time, so that a busy machine does not count, and on one core."""
    import librosa
    import torch  # noqa: F401  # only libraries that are loaded are limited

    chance = np.random.default_rng(0)
    heard = [(0.1 * chance.standard_normal(22_050)).astype(np.float32) for _ in range(96)]
    took_s = {}
    for name in ("three-views", "mean-mfcc"):
        embedder = make_embedder(name, [22_050])
        with threadpool_limits(1):
            embedder.describe(heard[:2], 22_050)
            began_s = time.process_time()
            embedder.describe(heard, 22_050)
            took_s[name] = time.process_time() - began_s
    librosa.feature.mfcc(y=heard[0], sr=22_050, n_mfcc=32)
    with threadpool_limits(1):
        began_s = time.process_time()
        for clip in heard:
            librosa.feature.mfcc(y=clip, sr=22_050, n_mfcc=32)
        by_librosa_s = time.process_time() - began_s
    assert took_s["three-views"] < by_librosa_s / 4
    assert took_s["mean-mfcc"] < by_librosa_s / 4
