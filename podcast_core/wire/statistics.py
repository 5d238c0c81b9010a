"""Numbers of a round: what was answered, by whom, how much work it was, and how well people and models agree."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from podcast_core.domain.annotation import Origin
from podcast_core.domain.limits import DEFAULT_CURVE_BUDGET_S
from podcast_core.wire.base import Body, Shape
from podcast_core.wire.trainings import OwnLabels


class LabelAgreement(Shape):
    """One label: boxes of both sides, those that matched, and Cohen's kappa of its presence in a session."""

    label: str
    box_count: int
    matched_count: int
    matched_share: float | None
    both: int
    one: int
    neither: int
    kappa: float | None


class Agreement(Shape):
    """How well people agree who answered the same sessions; boxes match from an overlap (IoU) of 0.5 on.

    Of more than 50 sessions with answers of several people it is measured anew at most every ten minutes.
    """

    session_count: int
    pair_count: int
    independent_count: int = Field(description="pairs of answers of which neither was made on top of another")
    matched_share: float | None
    labels: list[LabelAgreement]
    computed_at: datetime | None = Field(None, description="when it was measured; null: now")


class AnnotationCount(Shape):
    """How many annotations have a label and came from where."""

    label: str
    origin: Origin
    count: int


class Person(Shape):
    """What somebody did: sessions answered, and annotations by label."""

    annotator: str
    sessions: int
    annotations: dict[str, int]


class Day(Shape):
    """One day (UTC): seconds of audio that became labelled or empty, and annotations by label."""

    day: date
    labelled_s: float
    annotations: dict[str, int]


class Judgement(Shape):
    """What became of a model's predictions of one label."""

    model: str
    label: str
    confirmed: int
    relabelled: int
    rejected: int
    unreviewed: int
    in_bulk: int = Field(description="labelled in bulk: these decide nothing about the model")
    precision: float | None


class Effort(Shape):
    """Medians of work, for the team as a whole; null where nothing was measured."""

    measured_count: int
    session_s: float | None
    box_s: float | None
    session_actions: float | None
    box_actions: float | None


class Statistics(Shape):
    """All numbers of the page *Progress*."""

    sessions: dict[str, int] = Field(description="by outcome; rejected: their answer was rejected in review")
    duration_s: dict[str, float] = Field(description="as sessions")
    labels: list[str]
    annotations: list[AnnotationCount]
    annotators: list[Person]
    days: list[Day]
    judgements: list[Judgement]
    precision: float | None = Field(description="share of the judged predictions that were confirmed")
    effort: Effort


class Estimate(Shape):
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


class Quality(Shape):
    """How well a model run finds something; null where nothing was found, or nothing is there."""

    precision: Estimate | None
    recall: Estimate | None
    f1: Estimate | None


class Estimates(Shape):
    """What the sessions that were drawn at random say about the round and about the run that drew them."""

    round_id: str
    run_id: str
    model_id: str
    threshold: float
    drawn: int
    answered: int
    judged: int = Field(description="of those answered: what the model has not learnt from")
    own: OwnLabels = Field(description="how far these are the model's own predictions; with any, nothing is said of it")
    counts_own: bool
    is_enough: bool
    with_calls: Estimate | None = Field(description="share of sessions")
    per_hour: Estimate | None = Field(description="calls")
    sessions: Quality
    calls: Quality
    any_label: Quality


class GrowthPoint(Shape):
    """One training: sessions learnt from, seed, F1 at 20 ms on held-out sessions."""

    sessions: int
    seed: int
    f1: float


class Outlook(Shape):
    """What ``more`` sessions are expected to add to F1; ``verdict`` is done, short, unknown, pays or stops.

    The interval of ``gain`` is that of the curve; in that of ``measured`` lie 95 % of such measurements.
    """

    sessions: int
    more: int
    gain: Estimate | None
    measured: Estimate | None
    verdict: str


class LearningCurve(Shape):
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
    outlook: Outlook
    says: str


class LearningCurveIn(Body):
    """How many seconds of a processor each training may take."""

    budget_s: Annotated[float, Field(allow_inf_nan=False)] = DEFAULT_CURVE_BUDGET_S
