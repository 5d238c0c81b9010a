"""Numbers of a round: what was answered, by whom, how much work it was, and how well people and models agree."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from podcast_core.api.dependencies import Asking, IfNoneMatch, Opened
from podcast_core.api.paging import Part, answer, by
from podcast_core.errors import NotFound
from podcast_core.ml.measuring.overlaps import DEFAULT_MIN_IOU
from podcast_core.services.labels import agreement, progress
from podcast_core.services.labels.agreement import Agreement
from podcast_core.services.labels.progress import RoundProgress
from podcast_core.services.learning import estimates, learning_curves
from podcast_core.wire import statistics as wire
from podcast_core.wire.base import Page
from podcast_core.wire.jobs import JobAdded


def _ask_agreement(
    round_id: str,
    min_iou: Annotated[
        float, Query(description="how much two boxes overlap that match, as a share of both (IoU)")
    ] = DEFAULT_MIN_IOU,
    with_bands: Annotated[bool, Query(description="boxes overlap in time and frequency, not in time alone")] = False,
    person: Annotated[list[str] | None, Query(description="compare only the answers of these people, by name")] = None,
    model: Annotated[list[str] | None, Query(description="compare people with these models, each by name")] = None,
    min_score: Annotated[float, Query(description="of the models' predictions that count")] = 0.0,
) -> agreement.Asked:
    """Whose answers are compared, and when boxes match."""
    return agreement.Asked(
        round_id,
        people=_to_names(person),
        min_iou=min_iou,
        with_bands=with_bands,
        models=_to_names(model),
        min_score=min_score,
    )


AskedAgreement = Annotated[agreement.Asked, Depends(_ask_agreement)]

router = APIRouter(tags=["statistics"], prefix="/api/v1/rounds/{round_id}")


@router.get("/statistics", response_model=wire.Statistics)
def get_statistics(workspace: Opened, round_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """Get all numbers of a round."""
    return answer(_write(progress.get_progress(workspace, round_id=round_id)), if_none_match)


@router.get("/agreement", response_model=wire.Agreement)
def get_agreement(workspace: Opened, asked: AskedAgreement, if_none_match: IfNoneMatch = None) -> Response:
    """Measure how well people agree who answered the same sessions, or people and models."""
    found, computed_at = agreement.get_agreement(workspace, asked)
    return answer(write_agreement(found, computed_at), if_none_match)


@router.get("/agreement/sessions", response_model=Page[wire.SessionAgreement])
def list_disagreements(
    workspace: Opened,
    asked: AskedAgreement,
    part: Part,
    label: Annotated[str | None, Query(description="count boxes of this label only")] = None,
    confused_with: Annotated[
        str | None, Query(description="only sessions in which somebody else says this instead, or has `no box`")
    ] = None,
) -> Response:
    """List the sessions that several people have answered, those first in which they agree least."""
    found, _ = agreement.list_disagreements(workspace, asked, label=label, confused_with=confused_with)
    return part.answer(found, wire.SessionAgreement, key=lambda each: (each.share, -each.box_count, each.session_id))


@router.get("/estimates", response_model=wire.Estimates)
def get_estimates(
    workspace: Opened,
    round_id: str,
    count_own: Annotated[
        bool, Query(description="also report how good the model is when measured on its own predictions")
    ] = False,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Estimate what is in a round, and how good the model is, from the sessions that were drawn at random."""
    found = estimates.get_estimates(workspace, round_id=round_id, count_own=count_own)
    if found is None:
        raise NotFound(f"Nothing has been drawn at random in round {round_id!r} yet: run a model on it first.")
    return answer(wire.Estimates.model_validate(found), if_none_match)


@router.get("/learning-curves", response_model=Page[wire.LearningCurve])
def list_learning_curves(workspace: Opened, round_id: str, part: Part) -> Response:
    """List the learning curves of a round that are done, the newest first."""
    found = []
    for each in learning_curves.list_curves(workspace, round_id=round_id):
        outlook = learning_curves.get_outlook(workspace, each)
        shown = {name: getattr(each, name) for name in wire.LearningCurve.model_fields if hasattr(each, name)}
        shown |= {"outlook": wire.Outlook.model_validate(outlook), "says": learning_curves.describe(outlook)}
        found.append(wire.LearningCurve(**shown))
    return part.answer(found, wire.LearningCurve, key=by("id"))


@router.post("/learning-curves", status_code=202)
def add_learning_curve(workspace: Opened, caller: Asking, round_id: str, body: wire.LearningCurveIn) -> JobAdded:
    """Train models on more and more of a round's sessions, as a job, to see whether more labels would help."""
    who = caller.person or ""
    job_id = learning_curves.add_curve(workspace, round_id=round_id, budget_s=body.budget_s, who=who)
    return JobAdded(job_id=job_id)


def _write(found: RoundProgress) -> wire.Statistics:
    counts: dict[Any, int] = dict(found.annotations)
    return wire.Statistics(
        sessions=dict(found.totals.sessions),
        duration_s=dict(found.totals.duration_s),
        labels=list(found.labels),
        annotations=[wire.AnnotationCount(label=each, origin=origin, count=n) for (each, origin), n in counts.items()],
        annotators=[
            wire.Person(annotator=name, sessions=found.answers[name], annotations=dict(counts))
            for name, counts in found.annotators.items()
        ],
        days=[
            wire.Day(day=day, labelled_s=found.labelled_s.get(day, 0.0), annotations=dict(counts))
            for day, counts in found.days.items()
        ],
        judgements=[wire.Judgement.model_validate(each) for each in found.judgements],
        precision=found.precision,
        effort=wire.Effort.model_validate(found.effort),
    )


def _to_names(people: list[str] | None) -> tuple[str, ...]:
    return tuple(sorted(set(people or ())))


def write_agreement(found: Agreement, computed_at: datetime | None = None) -> wire.Agreement:
    """Write an agreement as routes send it."""
    labels = [
        wire.LabelAgreement.model_validate(
            {
                **{name: getattr(each, name) for name in wire.LabelAgreement.model_fields if hasattr(each, name)},
                "kappa": each.kappa and each.kappa.value,
                "kappa_interval": each.kappa,
            }
        )
        for each in found.labels
    ]
    told = {name: getattr(found, name) for name in wire.Agreement.model_fields if hasattr(found, name)}
    return wire.Agreement.model_validate({**told, "labels": labels, "computed_at": computed_at})
