"""Pools: what a model's scores say about each session, and which sessions a person should see. Pure rules.

Every session is in exactly one pool. *Candidate*: the model's best score reaches the upper threshold. *Negative*: the
model looked, and everything it found is below the lower one. *Unreviewed*: all the rest, that is the band between the
thresholds and the audio about which the model said nothing. Nothing is dropped: a person sees all candidates and a
random sample of both other pools, so that calls which the model misses can be found and counted.
"""

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from podcast_core.domain.checks import check_between
from podcast_core.domain.pool import Pool
from podcast_core.domain.score import SessionScore
from podcast_core.errors import InvalidInput, count_of

HIGH, LOW = 0.20, 0.09  # Pod.Cast's own: recall 0.90 of candidates, precision 0.96 of negatives
MAX_CANDIDATE_SHARE = 0.5  # of the sessions: thresholds that make more of them candidates choose nothing
BEST_SHARE = 0.2  # of the scores, which are candidates where no known threshold tells sessions apart


@dataclass(frozen=True, slots=True)
class Criteria:
    """How sessions are sorted into pools, and which are looked at.

    Parameters
    ----------
    high
        A session with a score of at least this is a candidate.
    low
        A session whose scores are all below this is a negative.
    quiet_is_negative
        The model has looked at every session, and a session without any prediction is a negative. Otherwise such a
        session is unreviewed: nobody knows whether the model has looked.
    from_at, to_at
        Only sessions that begin in [from, to); None: no limit. Sessions without a known time are left out then.
    """

    high: float = HIGH
    low: float = LOW
    quiet_is_negative: bool = False
    from_at: datetime | None = None
    to_at: datetime | None = None

    def __post_init__(self) -> None:
        check_between(self.low, "The lower threshold", 0, 1)
        check_between(self.high, "The upper threshold", 0, 1)
        if self.low > self.high:
            raise InvalidInput(f"The lower threshold must not be above the upper one, found {self.low}, {self.high}.")
        if self.from_at is not None and self.to_at is not None and self.from_at >= self.to_at:
            raise InvalidInput("The span of time must begin before it ends.")

    def includes(self, scored: SessionScore) -> bool:
        """Tell whether a session is looked at."""
        if self.from_at is None and self.to_at is None:
            return True
        start = scored.started_at
        if start is None:
            return False
        return (self.from_at is None or self.from_at <= start) and (self.to_at is None or start < self.to_at)

    def sort(self, scored: SessionScore) -> tuple[Pool, str]:
        """Say in which pool a session is, and why."""
        score = scored.score
        if score is None:
            if self.quiet_is_negative:
                return Pool.NEGATIVE, "no prediction, and the model has looked at everything"
            return Pool.UNREVIEWED, "no prediction: whether the model has looked is not known"
        if score >= self.high:
            return Pool.CANDIDATE, f"best score {score:.2f}, at least {self.high:.2f}"
        if score < self.low:
            return Pool.NEGATIVE, f"best score {score:.2f}, below {self.low:.2f}"
        return Pool.UNREVIEWED, f"best score {score:.2f}, between {self.low:.2f} and {self.high:.2f}"


@dataclass(frozen=True, slots=True)
class Start:
    """Thresholds to begin with, and a sentence that says what they follow from."""

    low: float
    high: float
    why: str


def suggest_start(scores: Sequence[SessionScore], *, threshold: float | None = None) -> Start:
    """Suggest thresholds that tell these sessions apart, in whole hundredths.

    They are the model's own threshold and half of it, or Pod.Cast's where none is known. Scores of different models
    are different things: where nothing, or more than half of the sessions, would be a candidate, the scores themselves
    say what is high and what is low.
    """
    known = sorted(scored.score for scored in scores if scored.score is not None)
    high, low = (HIGH, LOW) if threshold is None else (_floor(threshold), _floor(threshold / 2))
    whose = "Pod.Cast's thresholds" if threshold is None else "the model's own threshold and half of it"
    candidates = sum(score >= high for score in known)
    if not known or 0 < candidates <= MAX_CANDIDATE_SHARE * len(scores):
        return Start(low, high, f"They start at {whose}.")
    if known[0] == known[-1]:
        return Start(low, high, f"They start at {whose}. All scores are {known[0]:.2f}, so none tells sessions apart.")
    best, middle = known[-max(1, math.floor(BEST_SHARE * len(known)))], known[len(known) // 2]
    return Start(
        min(_floor(middle), _floor(best)),
        _floor(best),
        f"They start at the best {BEST_SHARE:.0%} and the lower half of the scores. At {whose}, {candidates:,} of "
        f"{count_of(len(scores), 'session')} would be candidates.",
    )


def _floor(score: float) -> float:
    return math.floor(score * 100 + 1e-9) / 100


@dataclass(frozen=True, slots=True)
class Sampling:
    """How much of the other pools joins the candidates: shares from 0 to 1. The same seed gives the same sessions."""

    negatives: float = 0.05
    unreviewed: float = 0.10
    seed: int = 0

    def __post_init__(self) -> None:
        check_between(self.negatives, "The share of negatives", 0, 1)
        check_between(self.unreviewed, "The share of unreviewed sessions", 0, 1)

    def share(self, pool: Pool) -> float:
        """Give the share of a pool that is chosen."""
        shares = {Pool.CANDIDATE: 1.0, Pool.NEGATIVE: self.negatives, Pool.UNREVIEWED: self.unreviewed}
        return shares[pool]


@dataclass(frozen=True, slots=True)
class Sorted:
    """A session in its pool, whether it was chosen, and why."""

    scored: SessionScore
    pool: Pool
    chosen: bool
    why: str


@dataclass(slots=True)
class PoolTotals:
    """How much a pool holds and how much of it was chosen; ``outcomes`` counts what people's answers count for."""

    sessions: int = 0
    seconds: float = 0.0
    chosen_sessions: int = 0
    chosen_seconds: float = 0.0
    outcomes: dict[str, int] = field(default_factory=dict)


def choose(scores: Iterable[SessionScore], criteria: Criteria, sampling: Sampling) -> list[Sorted]:
    """Sort sessions into pools and choose those that a person should see, in the order that was given.

    Samples are spread over time: a pool is cut into as many stretches as sessions are wanted of it, and one session is
    drawn from each. At least one is drawn when the share is not 0.
    """
    looked_at = [scored for scored in scores if criteria.includes(scored)]
    pools = [criteria.sort(scored) for scored in looked_at]
    chosen: set[int] = set()
    for pool in Pool:
        inside = [index for index, (each, _) in enumerate(pools) if each is pool]
        share = sampling.share(pool)
        if share >= 1:
            chosen.update(inside)
        elif share > 0:
            drawn = _draw([_place(looked_at[index]) for index in inside], share, f"{sampling.seed}/{pool}")
            chosen.update(inside[position] for position in drawn)
    told = {(pool, each): describe_choice(sampling, pool, is_chosen=each) for pool in Pool for each in (True, False)}
    return [
        Sorted(scored, pool, index in chosen, f"{why}; {told[pool, index in chosen]}")
        for index, (scored, (pool, why)) in enumerate(zip(looked_at, pools, strict=True))
    ]


def describe_choice(sampling: Sampling, pool: Pool, *, is_chosen: bool) -> str:
    """Say why a session of a pool was chosen, or that it was not."""
    share = sampling.share(pool)
    if not is_chosen:
        return "not chosen"
    return "chosen: all of them are" if share >= 1 else f"chosen: in the random {share:.0%}"


def _place(scored: SessionScore) -> tuple[float, str, float, int, str]:
    """Order sessions by true time, those without one by recording."""
    start = scored.started_at
    session = scored.session
    seconds = math.inf if start is None else start.timestamp()
    return seconds, session.recording_id, session.start_s, session.channel, session.id


def _draw(places: Sequence[tuple[float, str, float, int, str]], share: float, seed: str) -> list[int]:
    """Draw a share of places, one from each of equally many stretches."""
    ordered = sorted(range(len(places)), key=lambda position: places[position])
    wanted = 0 if share == 0 else min(len(ordered), max(1, math.floor(share * len(ordered) + 0.5)))
    generator = random.Random(seed)  # the same on every machine: text seeds go through SHA-512
    edges = [number * len(ordered) // wanted for number in range(wanted + 1)] if wanted else [0]
    return [ordered[generator.randrange(first, last)] for first, last in zip(edges, edges[1:], strict=False)]


def count_pools(sorted_: Iterable[Sorted]) -> Mapping[Pool, PoolTotals]:
    """Count sessions and seconds of each pool."""
    totals = {pool: PoolTotals() for pool in Pool}
    for each in sorted_:
        of_pool = totals[each.pool]
        seconds = each.scored.session.duration_s
        of_pool.sessions += 1
        of_pool.seconds += seconds
        of_pool.outcomes[each.scored.standing] = of_pool.outcomes.get(each.scored.standing, 0) + 1
        if each.chosen:
            of_pool.chosen_sessions += 1
            of_pool.chosen_seconds += seconds
    return totals
