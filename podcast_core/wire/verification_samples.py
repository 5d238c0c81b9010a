"""Verification samples: what is drawn once to be judged, how much is known of it, and thresholds that follow."""

from datetime import datetime

from pydantic import Field

from podcast_core.domain.verification_sample import SampleOf
from podcast_core.wire.base import Body, Finite, Shape
from podcast_core.wire.statistics import Estimate


class PredictionDrawIn(Body):
    """Which predictions are drawn: so many of each label and band of scores, of each site and day if asked for.

    ``model`` empty: the one with the newest predictions; ``labels`` empty: all. A stratum is known well enough when its
    precision is surely above or below ``wanted``, or half its interval is no wider than ``half_width``.
    """

    model: str = ""
    labels: list[str] = []
    per_stratum: int = 20
    band_width: Finite = 0.1
    by_site: bool = False
    by_day: bool = False
    wanted: Finite = 0.9
    half_width: Finite = 0.1
    seed: int = 0


class AnswerDrawIn(Body):
    """Which answers are drawn: ``count`` of all that count, of one annotator, or with a label."""

    annotator: str = ""
    label: str = ""
    count: int = 100
    half_width: Finite = 0.05
    seed: int = 0


class VerificationSample(Shape):
    """A sample without what was drawn; ``size`` is how many there are in all."""

    id: str
    round_id: str
    of: SampleOf
    model: str
    set_id: str
    run_id: str
    per_stratum: int
    seed: int
    wanted: float
    half_width: float
    size: int
    who: str
    drawn_at: datetime


class Samples(Shape):
    """The samples of a round, the newest first."""

    items: list[VerificationSample]


class Stratum(Shape):
    """A stratum and what is known of it. ``why`` says why that is enough; empty: ``more`` verdicts are."""

    label: str
    low: float
    high: float
    site: str
    day: str
    size: int
    judged: int
    right: int
    unsure: int
    left_out: int
    precision: Estimate | None
    why: str
    more: int


class Waiting(Shape):
    """A prediction that waits for a verdict."""

    session_id: str
    prediction_id: str


class LabelThreshold(Shape):
    """From which score on a label is as precise as wanted; without one, ``problem`` says why.

    ``precision`` is estimated over all predictions from the threshold on, of which there are ``kept`` of ``total``.
    """

    label: str
    judged: int
    right: int
    total: int
    kept: int
    threshold: Estimate | None
    precision: Estimate | None
    problem: str
    note: str


class SampleState(Shape):
    """A sample of predictions, what was judged of it, what is next, and thresholds for a precision."""

    sample: VerificationSample
    judged: int
    strata: list[Stratum]
    waiting: list[Waiting] = Field(description="to be judged in this order")
    precision: float = Field(description="that the thresholds are for")
    thresholds: list[LabelThreshold]


class ThresholdsIn(Body):
    """Which thresholds are kept with the model's version: for a precision, of some labels (default: all that have one).

    ``careful``: the lower end of the precision's interval reaches it, too.
    """

    precision: Finite
    careful: bool = False
    labels: list[str] = []


class LabelThresholds(Shape):
    """Thresholds that are kept with a version of a model."""

    name: str
    version: int
    thresholds: dict[str, float]
    precision: float
    sample_id: str
    who: str
    kept_at: datetime


class ErrorRate(Shape):
    """A share of wrong answers with its intervals (95 %)."""

    wilson: Estimate
    exact: Estimate


class PartError(Shape):
    """The error rate of an annotator, or of answers with a label."""

    name: str
    errors: int
    judged: int
    share: ErrorRate | None


class Audit(Shape):
    """A sample of answers and their error rate; ``waiting`` has the sessions that are to be judged."""

    sample: VerificationSample
    errors: int
    judged: int
    left_out: int
    share: ErrorRate | None
    more: int
    annotators: list[PartError]
    labels: list[PartError]
    waiting: list[str]
