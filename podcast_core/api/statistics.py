"""Numbers of a round: what was answered, by whom, how much work it was, and how well people and models agree."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from podcast_core.api.dependencies import Asking, Opened
from podcast_core.api.paging import IfNoneMatch, Page, Part, Shown, answer
from podcast_core.api.trainings import OwnLabelsOut
from podcast_core.api.wire import Wire
from podcast_core.domain.annotation import Origin
from podcast_core.errors import NotFound
from podcast_core.services.labels import progress
from podcast_core.services.labels.progress import RoundProgress
from podcast_core.services.learning import estimates, learning_curves

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
    """One day (UTC): seconds of audio that became labelled or empty, and annotations by label."""

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
    in_bulk: int = Field(description="labelled in bulk: these decide nothing about the model")
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

    sessions: dict[str, int] = Field(description="by outcome; rejected: their answer was rejected in review")
    duration_s: dict[str, float] = Field(description="as sessions")
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
    own: OwnLabelsOut = Field(
        description="how far these are the model's own predictions; with any, nothing is said of it"
    )
    counts_own: bool
    is_enough: bool
    with_calls: EstimateOut | None = Field(description="share of sessions")
    per_hour: EstimateOut | None = Field(description="calls")
    sessions: QualityOut
    calls: QualityOut
    any_label: QualityOut


class LearningCurveIn(Wire):
    """How many seconds of a processor each training may take."""

    budget_s: Annotated[float, Field(allow_inf_nan=False)] = learning_curves.DEFAULT_BUDGET_S


class LearningCurveAdded(BaseModel):
    """The id of the job that draws the curve."""

    job_id: str


class GrowthPoint(BaseModel):
    """One training: sessions learnt from, seed, F1 at 20 ms on held-out sessions."""

    sessions: int
    seed: int
    f1: float


class OutlookOut(Shown):
    """What ``more`` sessions are expected to add to F1; ``verdict`` is done, short, unknown, pays or stops.

    The interval of ``gain`` is that of the curve; in that of ``measured`` lie 95 % of such measurements.
    """

    sessions: int
    more: int
    gain: EstimateOut | None
    measured: EstimateOut | None
    verdict: str


class LearningCurveOut(Shown):
    """F1 on held-out sessions against sessions learnt from, and what follows from it."""

    id: str
    round_id: str
    budget_s: float
    test_sessions: int
    points: list[GrowthPoint]
    shared: list[str] = Field(description="recordings of which parts are learnt from and others tested on")
    told: list[str] = Field(description="how far the test has labels that are predictions of models learnt from")
    made_at: datetime
    who: str
    outlook: OutlookOut
    says: str


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
def get_estimates(
    workspace: Opened,
    round_id: str,
    count_own: Annotated[bool, Query(description="say how good the model is by its own predictions, too")] = False,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Estimate what is in a round, and how good the model is, from the sessions that were drawn at random."""
    found = estimates.get_estimates(workspace, round_id=round_id, count_own=count_own)
    if found is None:
        raise NotFound(f"Nothing was drawn at random in round {round_id!r} yet: run a model over it first.")
    return answer(EstimatesOut.model_validate(found), if_none_match)


@router.get("/learning-curves", response_model=Page[LearningCurveOut])
def list_learning_curves(workspace: Opened, round_id: str, part: Part) -> Response:
    """List the learning curves of a round that are done, the newest first."""
    found = []
    for each in learning_curves.list_curves(workspace, round_id=round_id):
        outlook = learning_curves.get_outlook(workspace, each)
        shown = {name: getattr(each, name) for name in LearningCurveOut.model_fields if hasattr(each, name)}
        shown |= {"outlook": OutlookOut.model_validate(outlook), "says": learning_curves.describe(outlook)}
        found.append(LearningCurveOut(**shown))
    return part.answer(found, LearningCurveOut)


@router.post("/learning-curves", status_code=202)
def add_learning_curve(workspace: Opened, caller: Asking, round_id: str, body: LearningCurveIn) -> LearningCurveAdded:
    """Train models on more and more of a round's sessions, as a job, to see whether more labels would help."""
    who = caller.person or ""
    job_id = learning_curves.add_curve(workspace, round_id=round_id, budget_s=body.budget_s, who=who)
    return LearningCurveAdded(job_id=job_id)


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
