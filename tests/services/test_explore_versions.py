"""A classifier of a collection becomes a version of a model, which finds calls in recordings."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from podcast_core.domain.collection import Unit
from podcast_core.errors import Conflict, InvalidInput, ModelUnavailable
from podcast_core.ml.agile.clip_detector import load_detector
from podcast_core.ml.registry import loading
from podcast_core.services.explore import agile, embedding, versions
from podcast_core.services.explore import collections as collections_service
from podcast_core.services.jobs.running import InProcessJob
from podcast_core.services.models import lineage
from podcast_core.services.store import doctor
from podcast_core.services.store.rebuild import rebuild
from podcast_core.storage import clips
from podcast_core.workspace import Workspace
from tests.services.exploring import add_windows
from tests.services.runs import CALLS, add_round, do_run, write_calls


@pytest.mark.parametrize("embedder", ["mean-mfcc", "three-views"])
def test_a_version_finds_the_calls_that_its_classifier_knows(
    workspace: Workspace, tmp_path: Path, embedder: str
) -> None:
    round_id = add_round(workspace, write_calls(tmp_path / "sea.wav"))
    made = collections_service.add_collection(
        workspace, round_id=round_id, name="w", unit=Unit.WINDOW, window_s=0.1, hop_s=0.05, embedder=embedder, who="Ann"
    )
    embedding.run(workspace, {"collection_id": made.id}, InProcessJob())
    with workspace.database.writing() as connection:
        of = clips.read_columns(connection, made.id, ("start_s", "end_s"))
        middles = (of["start_s"] + of["end_s"]) / 2
        is_call = np.any([(middles > start) & (middles < end) for start, end in CALLS], axis=0)
        names = {int(number): "call" for number in np.flatnonzero(is_call)}
        clips.set_labels(connection, made.id, names)
    others = np.flatnonzero(~is_call)[::3].tolist()
    learnt = agile.train_classifier(workspace, collection_id=made.id, others=others)
    kept = versions.make_version(
        workspace, collection_id=made.id, classifier_id=learnt.id, name="finder", who="Ann", is_new=True
    )
    assert (kept.id, kept.labels) == ("finder/1", ("call",))
    status = do_run(workspace, model="finder", round_ids=[round_id])
    assert (status.totals.done, status.totals.failed) == (status.totals.pieces, 0)
    samples, rate = soundfile.read(tmp_path / "sea.wav", dtype="float32")
    found = workspace.models.load_detector("finder").detect(samples, rate)
    for start_s, end_s in CALLS:
        assert any(call.start_s < end_s and start_s < call.end_s for call in found)
    assert sum(call.end_s - call.start_s for call in found) < 2
    (sha256,) = lineage.list_learnt(workspace.files, kept)
    assert lineage.has_learnt(lineage.list_learnt(workspace.files, kept), sha256, 0, 1)
    with pytest.raises(Conflict):
        versions.make_version(workspace, collection_id=made.id, classifier_id=learnt.id, name="finder", is_new=True)


def test_what_cannot_become_a_version_is_said(workspace: Workspace, tmp_path: Path) -> None:
    made = add_windows(workspace, tmp_path)
    with workspace.database.writing() as connection:
        clips.set_labels(connection, made, {0: "call", 1: "noise"})
    learnt = agile.train_classifier(workspace, collection_id=made)
    with pytest.raises(InvalidInput, match="built-in embedders"):
        versions.make_version(workspace, collection_id=made, classifier_id=learnt.id, name="finder")
    for parameters in ({}, {"embedder": "magic/1"}, {"embedder": 3}):
        with pytest.raises(ModelUnavailable):
            load_detector(("call",), parameters, b"")
    assert "clip-classifier" in loading.list_kinds()


def test_classifiers_outlive_the_database_and_lost_ones_are_named(workspace: Workspace, tmp_path: Path) -> None:
    """They lie in the store with what they learnt from: a rebuild has nothing to do for them."""
    made = add_windows(workspace, tmp_path)
    doctor.examine(workspace, repair=True)
    with workspace.database.writing() as connection:
        clips.set_labels(connection, made, {0: "call", 2: "call", 1: "noise"})
    learnt = agile.train_classifier(workspace, collection_id=made, labels=["call"], others=[5, 7], who="Ann")
    at = {"collection_id": made, "classifier_id": learnt.id}
    before = agile.compute_scores(workspace, **at)
    rebuild(workspace, replace=True)
    (kept,) = agile.list_classifiers(workspace, collection_id=made)
    assert (kept.id, kept.labels, kept.examples, kept.who) == (learnt.id, ("call",), 5, "Ann")
    assert agile.list_learnt_from(workspace, **at) == {"": [1, 5, 7], "call": [0, 2]}
    np.testing.assert_array_equal(agile.compute_scores(workspace, **at), before)

    def find() -> list[str]:
        found = doctor.examine(workspace, contents=True).findings
        return [name for each in found if each.title == "classifier cannot be used" for name in each.names]

    assert find() == []
    key = f"explore/{made}/classifiers/{learnt.id}"
    numbers = workspace.settings.data_dir / "store" / f"{key}.npz"
    numbers.write_bytes(numbers.read_bytes()[:100])
    assert find() == [f"{key}.json"]
    numbers.unlink()
    assert find() == [f"{key}.json"]
