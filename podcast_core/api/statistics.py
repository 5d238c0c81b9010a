"""Numbers of a round: what was answered, by whom, how much work it was, and how well people and models agree."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from podcast_core.api.paging import IfNoneMatch, Shown, answer
from podcast_core.api.v1 import Opened
from podcast_core.domain import Origin
from podcast_core.errors import NotFound
from podcast_core.services import estimates, progress
from podcast_core.services.progress import RoundProgress

router = APIRouter(tags=["statistics"], prefix="/api/v1/rounds/{round_id}")


class LabelAgreementOut(Shown):
    """One label: boxes of both sides, those that matched, and Cohen's kappa of its presence in a session."""

    label: str
    box_count: int
    matched_count: int
    matched_share: float | None
    both: int
    one: int
    neither: int
    kappa: float | None


class AgreementOut(Shown):
    """How well people agree who answered the same sessions; boxes match from an overlap (IoU) of 0.5 on."""

    session_count: int
    pair_count: int
    independent_count: int = Field(description="pairs of answers of which neither was made on top of another")
    matched_share: float | None
    labels: list[LabelAgreementOut]


class AnnotationCount(BaseModel):
    """How many annotations have a label and came from where."""

    label: str
    origin: Origin
    count: int


class PersonOut(BaseModel):
    """What somebody did: sessions answered, and annotations by label."""

    annotator: str
    sessions: int
    annotations: dict[str, int]


class DayOut(BaseModel):
    """One day (UTC): seconds of audio that became labelled or verified empty, and annotations by label."""

    day: date
    labelled_s: float
    annotations: dict[str, int]


class JudgementOut(Shown):
    """What became of a model's predictions of one label."""

    model: str
    label: str
    confirmed: int
    relabelled: int
    rejected: int
    unreviewed: int
    precision: float | None


class EffortOut(Shown):
    """Medians of work, for the team as a whole; null where nothing was measured."""

    measured_count: int
    session_s: float | None
    box_s: float | None
    session_actions: float | None
    box_actions: float | None


class StatisticsOut(BaseModel):
    """All numbers of the page *Progress*."""

    sessions: dict[str, int] = Field(description="by outcome")
    duration_s: dict[str, float] = Field(description="by outcome")
    labels: list[str]
    annotations: list[AnnotationCount]
    annotators: list[PersonOut]
    days: list[DayOut]
    judgements: list[JudgementOut]
    precision: float | None = Field(description="share of the judged predictions that were confirmed")
    effort: EffortOut


class EstimateOut(Shown):
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


class QualityOut(Shown):
    """How well a model run finds something; null where nothing was found, or nothing is there."""

    precision: EstimateOut | None
    recall: EstimateOut | None
    f1: EstimateOut | None


class EstimatesOut(Shown):
    """What the sessions that were drawn at random say about the round and about the run that drew them."""

    round_id: str
    run_id: str
    model_id: str
    threshold: float
    drawn: int
    answered: int
    judged: int = Field(description="of those answered: what the model has not learnt from")
    is_enough: bool
    with_calls: EstimateOut | None = Field(description="share of sessions")
    per_hour: EstimateOut | None = Field(description="calls")
    sessions: QualityOut
    calls: QualityOut
    any_label: QualityOut


@router.get("/statistics", response_model=StatisticsOut)
def get_statistics(workspace: Opened, round_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """Get all numbers of a round."""
    return answer(_write(progress.get_progress(workspace, round_id=round_id)), if_none_match)


@router.get("/agreement", response_model=AgreementOut)
def get_agreement(workspace: Opened, round_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """Measure how well people agree who answered the same sessions."""
    found = progress.get_agreement(workspace, round_id=round_id)
    return answer(AgreementOut.model_validate(found), if_none_match)


@router.get("/estimates", response_model=EstimatesOut)
def get_estimates(workspace: Opened, round_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """Estimate what is in a round, and how good the model is, from the sessions that were drawn at random."""
    found = estimates.get_estimates(workspace, round_id=round_id)
    if found is None:
        raise NotFound(f"Nothing was drawn at random in round {round_id!r} yet: run a model over it first.")
    return answer(EstimatesOut.model_validate(found), if_none_match)


def _write(found: RoundProgress) -> StatisticsOut:
    counts: dict[Any, int] = dict(found.annotations)
    return StatisticsOut(
        sessions=dict(found.totals.sessions),
        duration_s=dict(found.totals.duration_s),
        labels=list(found.labels),
        annotations=[AnnotationCount(label=each, origin=origin, count=n) for (each, origin), n in counts.items()],
        annotators=[
            PersonOut(annotator=name, sessions=found.answers[name], annotations=dict(counts))
            for name, counts in found.annotators.items()
        ],
        days=[
            DayOut(day=day, labelled_s=found.labelled_s.get(day, 0.0), annotations=dict(counts))
            for day, counts in found.days.items()
        ],
        judgements=[JudgementOut.model_validate(each) for each in found.judgements],
        precision=found.precision,
        effort=EffortOut.model_validate(found.effort),
    )
