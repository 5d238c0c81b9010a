"""Classifiers of a collection: learnt in a second, and what follows from them."""

import csv
import io
from typing import Annotated

from fastapi import APIRouter, Query, Response

from podcast_core.api.binary import BINARY, answer_bytes
from podcast_core.api.dependencies import Asking, IfNoneMatch, Opened, choose_who
from podcast_core.api.downloads import describe
from podcast_core.api.explore.search import read_filter
from podcast_core.ml.agile.held_out import HeldOut
from podcast_core.services.explore import agile, versions
from podcast_core.services.explore.agile import Learnt
from podcast_core.services.explore.columns import Column
from podcast_core.wire import agile as wire

router = APIRouter(prefix="/api/v1/collections/{collection_id}/classifiers", tags=["explore"])


@router.get("")
def list_classifiers(workspace: Opened, collection_id: str) -> wire.Classifiers:
    """List what was learnt in a collection."""
    found = agile.list_classifiers(workspace, collection_id=collection_id)
    return wire.Classifiers(items=[wire.KeptClassifier.model_validate(each) for each in found])


@router.post("", status_code=201)
def train_classifier(workspace: Opened, caller: Asking, collection_id: str, body: wire.TrainIn) -> wire.Learnt:
    """Learn from the labels that clips have now, dev and test left out."""
    found = agile.train_classifier(
        workspace,
        collection_id=collection_id,
        labels=body.labels,
        others=body.others,
        who=choose_who(workspace, caller, body.annotator),
    )
    return _show(found)


@router.get("/{classifier_id}/scores", response_class=Response, responses=BINARY)
def get_classifier_scores(
    workspace: Opened,
    collection_id: str,
    classifier_id: str,
    label: Annotated[str, Query(description="empty: of the likeliest one")] = "",
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Send a column of scores, in the form of other columns."""
    if label:
        scores = agile.compute_scores(
            workspace, collection_id=collection_id, classifier_id=classifier_id, labels=[label]
        )
        return answer_bytes(Column(scores[:, 0]).to_bytes(), if_none_match)
    _, score = agile.find_soft_labels(workspace, collection_id=collection_id, classifier_id=classifier_id)
    return answer_bytes(score.to_bytes(), if_none_match)


@router.get("/{classifier_id}/labels", response_class=Response, responses=BINARY)
def get_classifier_labels(
    workspace: Opened, collection_id: str, classifier_id: str, if_none_match: IfNoneMatch = None
) -> Response:
    """Send a column of each clip's likeliest label, in the form of other columns."""
    label, _ = agile.find_soft_labels(workspace, collection_id=collection_id, classifier_id=classifier_id)
    return answer_bytes(label.to_bytes(), if_none_match)


@router.post("/{classifier_id}/next")
def choose_next_clips(workspace: Opened, collection_id: str, classifier_id: str, body: wire.NextIn) -> wire.Next:
    """Choose the clips to hear next; one in ten is a random one."""
    asked = agile.choose_next(
        workspace,
        collection_id=collection_id,
        classifier_id=classifier_id,
        strategy=agile.check_strategy(body.strategy),
        count=body.count,
        label=body.label,
        filters=[read_filter(each) for each in body.filters],
    )
    return wire.Next(items=[{"number": each.number, "strategy": each.strategy.value} for each in asked])


@router.post("/{classifier_id}/version", status_code=201)
def make_classifier_version(
    workspace: Opened, caller: Asking, collection_id: str, classifier_id: str, body: wire.ClassifierVersionIn
) -> wire.Version:
    """Keep a classifier as a version of a model, which model runs, candidates and trainings know."""
    made = versions.make_version(
        workspace,
        collection_id=collection_id,
        classifier_id=classifier_id,
        name=body.name,
        who=caller.person or "",
        is_new=body.is_new,
    )
    return wire.Version(model=made.id)


@router.get("/{classifier_id}/table.csv", response_class=Response, responses=describe("text/csv"))
def get_classifier_table(
    workspace: Opened,
    collection_id: str,
    classifier_id: str,
    label: Annotated[list[str] | None, Query(description="all by default")] = None,
    threshold: Annotated[float, Query(ge=0, le=1)] = 0.0,
) -> Response:
    """Send the scores from a threshold on, a line for each clip and label."""
    rows = agile.list_scores(
        workspace, collection_id=collection_id, classifier_id=classifier_id, labels=label, threshold=threshold
    )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("number", "session", "recording", "start_s", "end_s", "label", "score"))
    writer.writerows(rows)
    return Response(text.getvalue(), media_type="text/csv")


def _show(found: Learnt) -> wire.Learnt:
    def write(figures: tuple[HeldOut, ...]) -> list[wire.Figures]:
        return [wire.Figures.model_validate(each) for each in figures]

    return wire.Learnt(
        id=found.id,
        labels=list(found.classifier.labels),
        thresholds=list(found.classifier.thresholds),
        examples=found.examples,
        held_out=write(found.held_out),
        honest=write(found.honest),
        apart={subset: write(figures) for subset, figures in found.apart.items()},
        random=found.random,
        edges=found.edges.tolist(),
        counts={label: counts.tolist() for label, counts in found.counts.items()},
    )
