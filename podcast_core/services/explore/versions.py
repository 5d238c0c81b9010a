"""A classifier of a collection as a version of a model, which Model runs, Candidates and Train know as any other."""

import numpy as np

from podcast_core.domain.collection import Unit
from podcast_core.domain.model import ModelVersion
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.ml.agile.classifier import Classifier
from podcast_core.ml.agile.clip_detector import KIND, write_detector
from podcast_core.ml.embedding.built_in import BUILT_IN
from podcast_core.ml.registry import versions
from podcast_core.services.access import needs
from podcast_core.services.explore import agile, embedders, embedding
from podcast_core.storage import clips, collections, recordings
from podcast_core.workspace import Workspace

HOPS = 2  # in the window of clips that are no windows


@needs("admin")
def make_version(
    workspace: Workspace, *, collection_id: str, classifier_id: str, name: str, who: str = "", is_new: bool = False
) -> ModelVersion:
    """Keep a classifier as the next version of a model.

    It listens to windows as long as those of the collection; where clips are boxes, as long as half of them are, two
    to a window. All recordings of the collection that have labels, or that it learnt from, count as learnt from.

    Raises
    ------
    NotFound
        When there is no such classifier.
    InvalidInput
        When what describes the collection's clips is no built-in embedder, or the name cannot be.
    Conflict
        When the name is taken.
    """
    made = agile.get_classifier(workspace, collection_id=collection_id, classifier_id=classifier_id)
    examples = agile.list_learnt_from(workspace, collection_id=collection_id, classifier_id=classifier_id)
    with workspace.database.reading() as connection:
        collection = collections.get_collection(connection, collection_id)
        of = clips.read_columns(connection, collection_id, ("start_s", "end_s", "recording_id", "label"))
        rows = sorted({*np.flatnonzero(of["label"] != "").tolist(), *sum(examples.values(), [])})
        learnt = set(of["recording_id"][rows]) - {""}
        known = recordings.list_recordings(connection, learnt)
    if collection.embedder.partition("/")[0] not in BUILT_IN:
        raise InvalidInput(
            f"Only classifiers on built-in embedders can be made a model version, found {collection.embedder!r}."
        )
    space = None
    if embedders.load_embedder(workspace, collection).blocks:
        try:
            space = embedding.read_collection_space(workspace, collection_id)
        except NotFound as error:
            raise InvalidInput("What was fitted to the collection is lost: describe its clips again.") from error
    window_s = collection.window_s or float(np.median(of["end_s"] - of["start_s"]))
    hop_s = collection.hop_s if collection.unit is Unit.WINDOW and collection.hop_s else window_s / HOPS
    plain = Classifier(made.labels, collection.embedder, made.weights, made.bias, made.thresholds)
    version = ModelVersion(
        name,
        0,
        KIND,
        made.labels,
        utc_now(),
        parameters={
            "embedder": collection.embedder,
            "embedder_parameters": dict(collection.parameters),
            "window_s": window_s,
            "hop_s": hop_s,
            "thresholds": list(made.thresholds),
        },
        training={
            "collection": collection_id,
            "rounds": [collection.round_id],
            "recordings": {each.id: each.sha256 for each in known},
            "who": who or workspace.settings.annotator,
        },
    )
    return versions.add_version(workspace.files, version, write_detector(plain, space), is_new=is_new)
