"""Numbers of a round: what was answered, by whom, how much work it was, and how well people and models agree."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from podcast_core.domain.annotation import Origin
from podcast_core.domain.limits import DEFAULT_CURVE_BUDGET_S
from podcast_core.wire.base import Body, Shape
from podcast_core.wire.trainings import OwnLabels


class Estimate(Shape):
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


class Differences(Shape):
    """How far boxes of the second of two people begin or end after those of the first, in milliseconds."""

    mean: Estimate
    mean_size: Estimate = Field(description="of the differences without their sign")
    low: float = Field(description="5 % of the differences are below")
    median: float
    high: float = Field(description="5 % of the differences are above")
    bin_ms: float = Field(description="width of a step of `counts`")
    counts: list[int] = Field(description="differences in steps around 0; what lies beyond is in the outer ones")


class LabelAgreement(Shape):
    """One label: boxes of both sides, those that matched, and agreement beyond chance; null: not defined."""

    label: str
    box_count: int
    matched_count: int
    matched_share: float | None
    both: int
    one: int
    neither: int
    f1: Estimate | None = Field(description="share of the boxes that have a partner")
    kappa: float | None = Field(description="Cohen's kappa of the label being in a session")
    kappa_interval: Estimate | None = Field(description="the same with its interval")
    kappa_in_time: Estimate | None = Field(description="Cohen's kappa of the label being there at each moment")
    fleiss: Estimate | None = Field(description="Fleiss' kappa of the label being in a session, of all people together")
    alpha: Estimate | None = Field(description="Krippendorff's alpha of the same")
    ac1: Estimate | None = Field(description="Gwet's AC1 of the same, for labels that are rare")
    onsets: Differences | None
    offsets: Differences | None


class PairAgreement(Shape):
    """Two people; precision and recall take the answers of the first for the truth."""

    one: str
    other: str
    session_count: int
    f1: Estimate | None
    precision: Estimate | None
    recall: Estimate | None


class PersonThen(Shape):
    """Somebody's boxes in a day, a week or a month (UTC, from its first day) beside those of all others."""

    person: str
    starts_on: date
    session_count: int
    f1: Estimate


class Agreement(Shape):
    """How well people agree who answered the same sessions."""

    session_count: int
    pair_count: int
    independent_count: int = Field(description="pairs of answers of which neither was made on top of another")
    matched_share: float | None
    labels: list[LabelAgreement]
    people: list[PairAgreement]
    confused: list[str] = Field(description="labels of the rows and columns of `confusions`; one more is no box")
    onsets: Differences | None = Field(description="of all labels together")
    offsets: Differences | None
    confusions: list[list[int]] = Field(description="boxes of one person by what another calls them, both ways")
    over_time: list[PersonThen] = Field(description="each person, by when they answered")
    computed_at: datetime | None = Field(description="when it was measured; null: now")


class SessionAgreement(Shape):
    """How far those agree who answered a session: the share of their boxes that have a partner."""

    session_id: str
    people: list[str]
    share: float
    box_count: int


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
