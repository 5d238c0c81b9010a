"""Samples that are drawn once to be verified, and kept for ever: predictions by strata, or answers of a round.

What was drawn depends on the seed and on what there was. Drawing the same again gives the same sample, so that a
request that is sent twice makes one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from sqlalchemy import Connection

from podcast_core.domain.checks import check_between
from podcast_core.domain.prediction import PredictionSetInfo
from podcast_core.domain.verification_sample import (
    SCORE_STEPS,
    SampleOf,
    SampleStratum,
    VerificationSample,
)
from podcast_core.errors import InvalidInput, NotFound, count_of, name_some
from podcast_core.services.access import needs
from podcast_core.services.labels.archive import check_not_archived
from podcast_core.services.runs.applying import find_run_id
from podcast_core.services.store import records
from podcast_core.services.store.sources import digest
from podcast_core.storage import people, predictions, rounds, scores, verification_samples
from podcast_core.storage.verification_samples import Drawable
from podcast_core.workspace import Workspace

BAND_WIDTHS = (0.05, 0.1, 0.2, 0.25, 0.5, 1.0)
MAX_PER_STRATUM, MAX_ANSWERS = 500, 5_000
MAX_DRAWN = 5_000  # chosen: nobody judges more, and a sample stays small enough to be read with every look at it
RESERVE = 3  # times as many are drawn, for those of which nobody can say whether they are right


@dataclass(frozen=True, slots=True)
class PredictionDraw:
    """Which predictions are drawn: ``per_stratum`` of each label and band of scores, of each site and day if asked for.

    ``model`` has predictions in the round; empty: the one with the newest. ``labels`` empty: all. A band is
    ``band_width`` wide. ``wanted`` and ``half_width`` are the rule by which enough is known, see `VerificationSample`.
    """

    round_id: str
    model: str = ""
    labels: tuple[str, ...] = ()
    per_stratum: int = 20
    band_width: float = 0.1
    by_site: bool = False
    by_day: bool = False
    wanted: float = 0.9
    half_width: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.per_stratum <= MAX_PER_STRATUM:
            raise InvalidInput(f"1 to {MAX_PER_STRATUM} are drawn of each stratum, found {self.per_stratum}.")
        if self.band_width not in BAND_WIDTHS:
            widths = ", ".join(map(str, BAND_WIDTHS))
            raise InvalidInput(f"A band of scores is {widths} wide, found {self.band_width:g}.")
        _check_rule(self.wanted, self.half_width, self.seed)


@dataclass(frozen=True, slots=True)
class AnswerDraw:
    """Which answers are drawn to be audited: ``count`` of all that count, of one person, or with a label.

    Enough is known when half the interval of the error rate is no wider than ``half_width``.
    """

    round_id: str
    annotator: str = ""
    label: str = ""
    count: int = 100
    half_width: float = 0.05
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MAX_ANSWERS:
            raise InvalidInput(f"1 to {MAX_ANSWERS:,} answers are drawn, found {self.count}.")
        _check_rule(0.0, self.half_width, self.seed)


def _check_rule(wanted: float, half_width: float, seed: int) -> None:
    check_between(wanted, "The wanted precision", 0, 1)
    check_between(half_width, "The half width of the interval", 0.005, 0.5)
    check_between(seed, "The seed", 0, 2**31 - 1)


@needs("review")
def draw_predictions(workspace: Workspace, draw: PredictionDraw, *, who: str = "") -> VerificationSample:
    """Draw predictions of a round's newest set of a model; the same draw again gives the sample that is there.

    Raises
    ------
    NotFound
        When there is no such round, or the model has no predictions in it.
    InvalidInput
        When nothing fits, or too many strata come of it.
    Conflict
        When the round is archived.
    """
    with workspace.database.reading() as connection:
        check_not_archived(connection, rounds.get_round(connection, draw.round_id))
        drawn_from = _find_set(connection, draw.round_id, draw.model)
        offered = verification_samples.list_drawable(connection, draw.round_id, drawn_from.id)
    offered = [each for each in offered if not draw.labels or each.label in draw.labels]
    lacks = sorted(set(draw.labels) - {each.label for each in offered})
    if lacks or not offered:
        what = f"the label {name_some(lacks)}" if lacks else "any prediction"
        raise InvalidInput(f"{drawn_from.model} has not found {what} in round {draw.round_id!r}: nothing to draw.")
    drawn = VerificationSample(
        id=digest("predictions", drawn_from.id, asdict(draw)),
        round_id=draw.round_id,
        of=SampleOf.PREDICTIONS,
        per_stratum=draw.per_stratum,
        seed=draw.seed,
        wanted=draw.wanted,
        half_width=draw.half_width,
        strata=_draw_strata(offered, draw),
        who=who or workspace.settings.annotator,
        set_id=drawn_from.id,
        model=drawn_from.model,
        run_id=find_run_id(drawn_from.source),
        score_counts=_count_scores(offered),
    )
    return _keep(workspace, drawn)


@needs("review")
def draw_answers(workspace: Workspace, draw: AnswerDraw, *, who: str = "") -> VerificationSample:
    """Draw answers of a round to be audited; the same draw of the same answers again gives the sample that is there.

    Raises
    ------
    NotFound
        When there is no such round.
    InvalidInput
        When there is no such answer.
    """
    with workspace.database.reading() as connection:
        round_ = rounds.get_round(connection, draw.round_id)
        draw = replace(draw, annotator=people.call_now(connection, draw.annotator))
        offered = verification_samples.list_drawable_answers(
            connection, round_.id, annotator=draw.annotator, label=draw.label
        )
    if not offered:
        by = f" by {draw.annotator}" if draw.annotator else ""
        having = f" with the label {draw.label}" if draw.label else ""
        raise InvalidInput(f"Round {draw.round_id!r} has no answer{by}{having}: nothing to audit.")
    order = np.random.default_rng(draw.seed).permutation(len(offered))[: draw.count]
    some = [offered[place] for place in order]
    stratum = SampleStratum(
        size=len(offered),
        ids=tuple(each.id for each in some),
        session_ids=tuple(each.session_id for each in some),
        label=draw.label,
        annotator=draw.annotator,
    )
    drawn = VerificationSample(
        id=digest("answers", asdict(draw), [each.id for each in offered]),
        round_id=draw.round_id,
        of=SampleOf.ANSWERS,
        per_stratum=draw.count,
        seed=draw.seed,
        wanted=0.0,
        half_width=draw.half_width,
        strata=(stratum,),
        who=who or workspace.settings.annotator,
    )
    return _keep(workspace, drawn)


def list_samples(workspace: Workspace, *, round_id: str, of: SampleOf | None = None) -> list[VerificationSample]:
    """List the samples of a round, the newest first; NotFound when there is no such round."""
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
        found = verification_samples.list_samples(connection, round_id)
    return [each for each in reversed(found) if of in (None, each.of)]


def get_sample(workspace: Workspace, *, sample_id: str, round_id: str = "") -> VerificationSample:
    """Get a sample, of any round or of one; NotFound when there is none."""
    with workspace.database.reading() as connection:
        found = verification_samples.find_sample(connection, sample_id)
    if found is None or round_id not in ("", found.round_id):
        raise NotFound(f"There is no verification sample {sample_id[:80]!r}.")
    return found


def list_drawn_from(workspace: Workspace, *, round_id: str) -> list[PredictionSetInfo]:
    """List the newest prediction set of each model of a round, the newest first: what can be drawn from."""
    with workspace.database.reading() as connection:
        shown = [each.set_id for each in scores.list_models(connection, round_id)]
        found = {each: predictions.find_set_info(connection, round_id, each) for each in shown}
    return [each for each in found.values() if each is not None]


def _keep(workspace: Workspace, drawn: VerificationSample) -> VerificationSample:
    """Keep a sample, first as an object, unless it is there."""
    with workspace.database.holding(f"verification-sample/{drawn.id}"):
        with workspace.database.reading() as connection:
            known = verification_samples.find_sample(connection, drawn.id)
        if known is not None:
            return known
        stored = records.save_sample(workspace.files, drawn)
        with workspace.database.writing() as connection:
            verification_samples.add_samples(connection, [stored])
    return stored


def _find_set(connection: Connection, round_id: str, model: str) -> PredictionSetInfo:
    shown = scores.list_models(connection, round_id)
    wanted = next((each for each in shown if model in ("", each.model)), None)
    found = wanted and predictions.find_set_info(connection, round_id, wanted.set_id)
    if not found:
        whose = f"{model[:80]!r} has no predictions" if model else "No model has predictions"
        raise NotFound(f"{whose} in round {round_id!r}: import some, or apply a model run to it.")
    return found


def _draw_strata(offered: Sequence[Drawable], draw: PredictionDraw) -> tuple[SampleStratum, ...]:
    """Sort predictions into strata, and draw some of each in an order that is fixed by the seed."""
    bands = round(1 / draw.band_width)
    inside: dict[tuple[str, int, str, str], list[Drawable]] = defaultdict(list)
    for each in offered:
        band = min(int(_score_of(each) * bands + 1e-9), bands - 1)
        inside[each.label, band, each.site if draw.by_site else "", each.day if draw.by_day else ""].append(each)
    most = min(RESERVE * draw.per_stratum, max(draw.per_stratum, MAX_DRAWN // len(inside)))
    drawn = sum(min(len(group), most) for group in inside.values())
    if drawn > MAX_DRAWN:
        raise InvalidInput(
            f"{count_of(drawn, 'prediction')} would be drawn, of {len(inside):,} strata: expected at most "
            f"{MAX_DRAWN:,}. Draw fewer of each, or not by site and day."
        )
    chance = np.random.default_rng(draw.seed)
    found = []
    for (label, band, site, day), group in sorted(inside.items()):
        some = [group[place] for place in chance.permutation(len(group))[:most]]
        found.append(
            SampleStratum(
                size=len(group),
                ids=tuple(each.id for each in some),
                session_ids=tuple(each.session_id for each in some),
                scores=tuple(_score_of(each) for each in some),
                label=label,
                low=band / bands,
                high=(band + 1) / bands,
                site=site,
                day=day,
            )
        )
    return tuple(found)


def _count_scores(offered: Sequence[Drawable]) -> Mapping[str, tuple[tuple[int, int], ...]]:
    counts: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for each in offered:
        counts[each.label][int(_score_of(each) * SCORE_STEPS + 1e-9)] += 1
    return {label: tuple(sorted(of_label.items())) for label, of_label in sorted(counts.items())}


def _score_of(each: Drawable) -> float:
    return 1.0 if each.score is None else each.score  # a model that gives none is sure
