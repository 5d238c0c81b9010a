"""Numbers of a round: work, agreement, what became of predictions."""

from collections.abc import Iterator
from typing import Any, TypedDict

from podcast_core.client.connection import Connection
from podcast_core.client.trainings import OwnLabels


class AnnotationCount(TypedDict):
    """How many annotations have a label and came from where."""

    label: str
    origin: str
    count: int


class Person(TypedDict):
    """What somebody did: sessions answered, and annotations by label."""

    annotator: str
    sessions: int
    annotations: dict[str, int]


class Day(TypedDict):
    """One day (UTC): seconds of audio that became labelled or empty, and annotations by label."""

    day: str
    labelled_s: float
    annotations: dict[str, int]


class Judgement(TypedDict):
    """What became of a model's predictions of one label."""

    model: str
    label: str
    confirmed: int
    relabelled: int
    rejected: int
    unreviewed: int
    in_bulk: int
    precision: float | None


class Effort(TypedDict):
    """Medians of work, for the team as a whole."""

    measured_count: int
    session_s: float | None
    box_s: float | None
    session_actions: float | None
    box_actions: float | None


class Statistics(TypedDict):
    """All numbers of the page *Progress*."""

    sessions: dict[str, int]
    duration_s: dict[str, float]
    labels: list[str]
    annotations: list[AnnotationCount]
    annotators: list[Person]
    days: list[Day]
    judgements: list[Judgement]
    precision: float | None
    effort: Effort


class LabelAgreement(TypedDict):
    """One label: boxes of both sides, those that matched, and Cohen's kappa of its presence in a session."""

    label: str
    box_count: int
    matched_count: int
    matched_share: float | None
    both: int
    one: int
    neither: int
    kappa: float | None


class Agreement(TypedDict):
    """How well people agree who answered the same sessions."""

    session_count: int
    pair_count: int
    independent_count: int
    matched_share: float | None
    labels: list[LabelAgreement]


class Estimate(TypedDict):
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


class Quality(TypedDict):
    """How well a model run finds something."""

    precision: Estimate | None
    recall: Estimate | None
    f1: Estimate | None


class Estimates(TypedDict):
    """What the sessions that were drawn at random say about the round and about the run that drew them."""

    round_id: str
    run_id: str
    model_id: str
    threshold: float
    drawn: int
    answered: int
    judged: int
    own: OwnLabels
    counts_own: bool
    is_enough: bool
    with_calls: Estimate | None
    per_hour: Estimate | None
    sessions: Quality
    calls: Quality
    any_label: Quality


class GrowthPoint(TypedDict):
    """One training: sessions learnt from, seed, F1 at 20 ms on held-out sessions."""

    sessions: int
    seed: int
    f1: float


class Outlook(TypedDict):
    """What ``more`` sessions are expected to add to F1."""

    sessions: int
    more: int
    gain: Estimate | None
    measured: Estimate | None
    verdict: str


class LearningCurve(TypedDict):
    """F1 on held-out sessions against sessions learnt from, and what follows from it."""

    id: str
    round_id: str
    budget_s: float
    test_sessions: int
    points: list[GrowthPoint]
    shared: list[str]
    told: list[str]
    made_at: str
    who: str
    outlook: Outlook
    says: str


class StatisticsCalls(Connection):
    """Calls about the numbers of a round."""

    def get_statistics(self, round_id: str) -> Statistics:
        """Get all numbers of the page *Progress*."""
        found: Statistics = self._get("rounds", round_id, "statistics")
        return found

    def get_agreement(self, round_id: str) -> Agreement:
        """Measure how well people agree who answered the same sessions."""
        found: Agreement = self._get("rounds", round_id, "agreement")
        return found

    def get_estimates(self, round_id: str) -> Estimates:
        """Estimate what is in a round, and how good the model is; NotFound before a model has run over it."""
        found: Estimates = self._get("rounds", round_id, "estimates")
        return found

    def list_learning_curves(self, round_id: str) -> Iterator[LearningCurve]:
        """List the learning curves of a round that are done, the newest first."""
        return self._list(("rounds", round_id, "learning-curves"), {})

    def add_learning_curve(self, round_id: str, **fields: Any) -> str:
        """Measure whether more labels would help (``budget_s`` of each training); returns the job's id."""
        return str(self._send("POST", ("rounds", round_id, "learning-curves"), fields)["job_id"])
