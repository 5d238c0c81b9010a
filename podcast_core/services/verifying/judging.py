"""What verdicts say about a sample of predictions: how precise each stratum is, if that is enough, and what is next.

Verdicts are the round's answers (`podcast_core.services.labels.verification`); a sample has none of its own. Of each
stratum the beginning of its order counts, up to the first that waits: what somebody judged out of turn was judged for
another reason, and says nothing about the rest (decision 31). Those that are unsure, or that nobody can judge any more,
are passed over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from podcast_core.domain.checks import check_between
from podcast_core.domain.verification_sample import SampleOf, SampleStratum, VerificationSample
from podcast_core.errors import InvalidInput
from podcast_core.ml.measuring import score_regression
from podcast_core.ml.measuring.audits import MIN_SEEN, count_more, estimate_finite
from podcast_core.ml.measuring.intervals import Estimate
from podcast_core.ml.measuring.score_regression import Found, Judged
from podcast_core.services.labels import independence
from podcast_core.services.verifying.samples import get_sample
from podcast_core.storage import verification_samples
from podcast_core.storage.verification_samples import Said
from podcast_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class StratumState:
    """A stratum, what was judged of it, and its precision with the interval.

    ``why`` says why it is enough, empty where it is not; ``more`` how many more verdicts would be, if their share of
    right ones stays as it is. ``waiting`` are the next ones to judge: places in the stratum's order.
    """

    stratum: SampleStratum
    judged: int
    right: int
    unsure: int
    left_out: int
    precision: Estimate | None
    why: str
    more: int
    waiting: tuple[int, ...]

    @property
    def is_enough(self) -> bool:
        """Whether enough is known of it."""
        return bool(self.why)


@dataclass(frozen=True, slots=True)
class SampleState:
    """A sample of predictions with its strata, and what is to be judged next: pairs of session and prediction id."""

    sample: VerificationSample
    strata: tuple[StratumState, ...]
    waiting: tuple[tuple[str, str], ...]
    judged_by_label: Mapping[str, tuple["_Verdict", ...]]

    @property
    def judged(self) -> int:
        """How many verdicts count."""
        return sum(each.judged for each in self.strata)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that were drawn."""
        return tuple(dict.fromkeys(each.stratum.label for each in self.strata))


@dataclass(frozen=True, slots=True)
class _Verdict:
    score: float
    is_right: bool
    band: int
    weight: float


def get_state(
    workspace: Workspace,
    *,
    sample_id: str,
    round_id: str = "",
    wanted: float | None = None,
    half_width: float | None = None,
) -> SampleState:
    """Get what was judged of a sample of predictions; another rule than the sample's may be asked for.

    Raises
    ------
    NotFound
        When there is no such sample.
    Forbidden
        When who asks may see their own answers only.
    InvalidInput
        When it is one of answers.
    """
    sample = get_sample(workspace, sample_id=sample_id, round_id=round_id)
    if sample.of is not SampleOf.PREDICTIONS:
        raise InvalidInput(f"Sample {sample.id} is one of answers: its verdicts are given in Review.")
    with workspace.database.reading() as connection:
        independence.get_round(connection, sample.round_id)
        said = verification_samples.read_verdicts(connection, sample.round_id, sample)
    rule = (
        sample.wanted if wanted is None else wanted,
        sample.half_width if half_width is None else half_width,
    )
    strata = tuple(_count(each, said, sample.per_stratum, rule) for each in sample.strata)
    # One of each stratum after the other: nobody can guess from the order what scores high.
    turns = sorted((place, number) for number, each in enumerate(strata) for place in each.waiting)
    waiting = [(strata[number].stratum, place) for place, number in turns]
    return SampleState(
        sample,
        strata,
        tuple((stratum.session_ids[place], stratum.ids[place]) for stratum, place in waiting),
        _sort_verdicts(strata, said),
    )


def find_threshold(state: SampleState, label: str, *, precision: float, careful: bool = False) -> Found:
    """Find from which score on predictions of a label are as precise as wanted, by what was judged.

    ``careful``: the lower end of the precision's interval reaches it, too. InvalidInput when there is no such label.
    """
    check_between(precision, "The wanted precision", 0, 1)
    if label not in state.sample.score_counts:
        raise InvalidInput(f"The sample has no label {label[:80]!r}.")
    verdicts = state.judged_by_label.get(label, ())
    return _find(verdicts, state.sample.score_counts[label], (precision, careful), state.sample.seed)


@lru_cache(maxsize=512)  # a page asks for the same again with every click
def _find(
    verdicts: tuple[_Verdict, ...], counts: tuple[tuple[int, int], ...], wanted: tuple[float, bool], seed: int
) -> Found:
    judged = Judged(
        scores=np.array([each.score for each in verdicts], float),
        is_right=np.array([each.is_right for each in verdicts], bool),
        band=np.array([each.band for each in verdicts], np.int64),
        weights=np.array([each.weight for each in verdicts], float),
    )
    return score_regression.estimate_threshold(judged, counts, precision=wanted[0], careful=wanted[1], seed=seed)


def _count(
    stratum: SampleStratum, said: Mapping[str, Said], per_stratum: int, rule: tuple[float, float]
) -> StratumState:
    counts = dict.fromkeys(Said, 0)
    waiting: list[int] = []
    for place, each in enumerate(stratum.ids):
        if counts[Said.RIGHT] + counts[Said.WRONG] + len(waiting) == per_stratum:
            break
        if said[each] is Said.WAITING:
            waiting.append(place)
        elif not waiting:
            counts[said[each]] += 1
    right = counts[Said.RIGHT]
    judged = right + counts[Said.WRONG]
    # What was passed over is as if it were not there: of it nobody will know.
    size = max(stratum.size - counts[Said.UNSURE] - counts[Said.LEFT_OUT], judged)
    why = _say_why(right, judged, size, rule)
    more = count_more(lambda count, seen: bool(_say_why(count, seen, size, rule)), right, judged, size)
    return StratumState(
        stratum,
        judged,
        right,
        counts[Said.UNSURE],
        counts[Said.LEFT_OUT],
        estimate_finite(right, judged, size),
        why,
        more,
        () if why else tuple(waiting),
    )


def _say_why(right: float, judged: int, size: int, rule: tuple[float, float]) -> str:
    """Say why enough is known of a stratum; empty when it is not."""
    wanted, half_width = rule
    if judged >= size:
        return "all judged"
    found = estimate_finite(right, judged, size)
    if found is None or judged < MIN_SEEN:
        return ""
    if found.low >= wanted:
        return "surely above"
    if found.high < wanted:
        return "surely below"
    return "narrow enough" if (found.high - found.low) / 2 <= half_width else ""


def _sort_verdicts(strata: Sequence[StratumState], said: Mapping[str, Said]) -> dict[str, tuple[_Verdict, ...]]:
    """Sort what counts by label: each verdict weighs as many as its stratum has for each, within its band of scores."""
    sizes: dict[tuple[str, float], list[int]] = {}
    for each in strata:
        if each.judged:
            size, judged = sizes.get(_band(each.stratum), (0, 0))
            sizes[_band(each.stratum)] = [size + each.stratum.size, judged + each.judged]
    found: dict[str, list[_Verdict]] = {}
    for each in strata:
        stratum = each.stratum
        if not each.judged:
            continue
        size, judged = sizes[_band(stratum)]
        weight = stratum.size / each.judged * judged / size
        counted = _list_counted(each, said)
        found.setdefault(stratum.label, []).extend(
            _Verdict(stratum.scores[place], is_right, round(1000 * (stratum.low or 0)), weight)
            for place, is_right in counted
        )
    return {label: tuple(verdicts) for label, verdicts in found.items()}


def _list_counted(each: StratumState, said: Mapping[str, Said]) -> list[tuple[int, bool]]:
    told = [(place, said[name]) for place, name in enumerate(each.stratum.ids)]
    counted = [(place, verdict is Said.RIGHT) for place, verdict in told if verdict in (Said.RIGHT, Said.WRONG)]
    return counted[: each.judged]


def _band(stratum: SampleStratum) -> tuple[str, float]:
    return stratum.label, stratum.low or 0.0
