"""Samples that are drawn once to be verified: predictions of a model by label and score, or answers of a round."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from podcast_core.domain.checks import check_between, check_text, check_utc
from podcast_core.domain.ids import check_id
from podcast_core.domain.times import utc_now

SCORE_STEPS = 1000  # scores of all predictions are kept in thousandths


class SampleOf(StrEnum):
    """What was drawn."""

    PREDICTIONS = "predictions"
    ANSWERS = "answers"


@dataclass(frozen=True, slots=True)
class SampleStratum:
    """Things of one kind: how many there are, and some of them in the order in which they are to be judged.

    Texts that are empty, and scores that are None, were not asked for. Scores are in [low, high); a band that ends at 1
    has 1 in it, too. ``day`` is a day (UTC). ``ids`` name predictions or answers, and ``session_ids`` the session of
    each.
    """

    size: int
    ids: tuple[str, ...]
    session_ids: tuple[str, ...]
    scores: tuple[float, ...] = ()
    label: str = ""
    low: float | None = None
    high: float | None = None
    site: str = ""
    day: str = ""
    annotator: str = ""


@dataclass(frozen=True, slots=True)
class VerificationSample:
    """A sample as it was drawn, with the rule by which enough is known of a stratum; it never changes.

    Parameters
    ----------
    set_id, model
        The prediction set that was drawn from, and its model; empty for answers.
    run_id
        The model run that the set was made of; empty where it was not, or for answers.
    per_stratum
        How many of each stratum are to be judged at most.
    wanted, half_width
        A stratum is known well enough when its precision is surely above or below ``wanted``, or when half its interval
        is no wider than ``half_width``; of an audit, the interval of the error rate.
    score_counts
        By label, how many predictions of the set have each score, as (thousandths, count): all of them, not only drawn
        ones.
    """

    id: str
    round_id: str
    of: SampleOf
    per_stratum: int
    seed: int
    wanted: float
    half_width: float
    strata: tuple[SampleStratum, ...]
    who: str
    set_id: str = ""
    model: str = ""
    run_id: str = ""
    score_counts: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    drawn_at: datetime = field(default_factory=utc_now)

    def __post_init__(self) -> None:
        check_id(self.id, "Verification sample")
        check_between(self.wanted, "The wanted precision", 0, 1)
        check_between(self.half_width, "The half width of the interval", 0, 1)
        check_text(self.who, "The person's name", 80)
        check_utc(self.drawn_at, "drawn_at")

    @property
    def size(self) -> int:
        """How many there are of what was drawn from."""
        return sum(each.size for each in self.strata)
