"""What a model run found, as predictions of a round: people see them on the label page and judge them."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from podcast_core.domain.checks import check_between
from podcast_core.domain.model import ENERGY
from podcast_core.domain.prediction import Prediction, PredictionSet, copy_predictions
from podcast_core.domain.round import Round
from podcast_core.domain.run import ModelRun, RunBox
from podcast_core.errors import InvalidInput, name_some
from podcast_core.services.access import needs
from podcast_core.services.labels.matching import AS_THEY_ARE, LabelChoice, match_labels, refuse_open
from podcast_core.services.labels.rounds import add_labels
from podcast_core.services.runs.findings import place_boxes
from podcast_core.services.store import records
from podcast_core.services.store.sources import digest
from podcast_core.storage import predictions, rounds, run_sums, runs, scores
from podcast_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of it: the set, its predictions, the sessions that the run has heard; ``is_new``: not there before."""

    set_id: str
    predictions: int
    sessions: int
    is_new: bool


def choose_labels(run: ModelRun, round_: Round, choice: LabelChoice) -> LabelChoice:
    """Complete a choice: the built-in detector finds calls of any kind: a round's only label, where it has one.

    Raises
    ------
    InvalidInput
        When a label is none of the model's.
    """
    known = set(run.labels)
    for name in choice.becomes:
        if name not in known:
            raise InvalidInput(f"{run.model_id} has no label {name[:80]!r}; it has {name_some(run.labels)}.")
    if run.model == ENERGY and len(round_.labels) == 1:
        only = dict.fromkeys(known - set(round_.label_names), round_.label_names[0])
        return replace(choice, becomes={**only, **choice.becomes})
    return choice


def count_labels(workspace: Workspace, *, run_id: str, threshold: float) -> Counter[str]:
    """Count the calls of a run by their label, wherever it found them: only labels that occur are a question."""
    with workspace.database.reading() as connection:
        runs.get_run(connection, run_id)
        return Counter(run_sums.count_labels(connection, run_id, threshold))


def _count(placed: Mapping[str, list[RunBox]]) -> Counter[str]:
    return Counter(box.label for boxes in placed.values() for box in boxes)


def make_predictions(
    run: ModelRun, placed: Mapping[str, list[RunBox]], labels: Mapping[str, str], set_id: str
) -> tuple[Prediction, ...]:
    """Make predictions of calls by session; those whose label is left out are not among them."""
    kept = [
        (session_id, box, labels.get(box.label, box.label)) for session_id, boxes in placed.items() for box in boxes
    ]
    return tuple(
        Prediction(
            id=f"{set_id}-{number}",
            session_id=session_id,
            start_s=box.start_s,
            end_s=box.end_s,
            label=label,
            score=box.score,
            low_hz=box.low_hz,
            high_hz=box.high_hz,
            model=run.model,
        )
        for number, (session_id, box, label) in enumerate(((*each,) for each in kept if each[2]), start=1)
    )


def find_run_id(source: str) -> str:
    """Find of which run a prediction set is made, by its source; empty where it is of none."""
    found = re.match(r"run (\S+) of ", source)
    return found[1] if found else ""


def _write_thresholds(higher: Sequence[tuple[str, float]]) -> str:
    return "".join(f", of {label} from {least:g}" for label, least in higher)


@needs("admin")
def apply_run(
    workspace: Workspace,
    *,
    run_id: str,
    round_id: str,
    threshold: float | None = None,
    labels: LabelChoice = AS_THEY_ARE,
    label_thresholds: Mapping[str, float] | None = None,
) -> Applied:
    """Make the calls of a run the predictions of a round. They replace those of the same model, whatever its version.

    Applying the same again changes nothing.

    Parameters
    ----------
    threshold
        The least score; None: the run's.
    labels
        What becomes of labels that were found and that the round lacks; without a decision they are refused.
    label_thresholds
        Higher ones for some of the round's labels.

    Raises
    ------
    NotFound
        When there is no such run or round.
    Conflict
        When the run is not ready.
    InvalidInput
        When the threshold is below what was kept, labels do not fit, or the run has heard no session of the round.
    """
    with workspace.database.reading() as connection:
        run, round_ = runs.get_run(connection, run_id), rounds.get_round(connection, round_id)
    threshold = run.threshold if threshold is None else threshold
    check_between(threshold, "The threshold", run.floor, 1)
    choice = choose_labels(run, round_, labels)
    placed = place_boxes(workspace, run_id=run_id, round_id=round_id, threshold=threshold)
    if not placed:
        raise InvalidInput(f"Run {run_id} has heard no whole session of round {round_id!r}.")
    matched = match_labels(_count(placed), round_, choice)
    refuse_open(matched.open, round_id)
    if matched.new:
        add_labels(workspace, round_id=round_id, names=matched.new)
    with workspace.database.holding(f"round/{round_id}"):
        with workspace.database.reading() as connection:
            shown = next((each for each in scores.list_models(connection, round_id) if each.model == run.model), None)
            earlier = predictions.list_elsewhere(connection, round_id, model=run.model, session_ids=placed)
        higher = sorted((label_thresholds or {}).items())
        parts = ("run", run_id, round_id, threshold, sorted(matched.becomes.items()), sorted(placed))
        name = digest(*parts, higher) if higher else digest(*parts)
        if shown is not None and shown.set_id.startswith(f"run-{name}"):  # it is what people see already
            return Applied(shown.set_id, shown.prediction_count, len(placed), is_new=False)
        set_id = f"run-{name}-{digest(shown.set_id if shown else '')[:8]}"
        least = dict(higher)
        offered = make_predictions(run, placed, matched.becomes, set_id)
        kept = [each for each in offered if (each.score or 0.0) >= least.get(each.label, 0.0)]
        made = PredictionSet(
            id=set_id,
            round_id=round_id,
            model=run.model,
            predictions=(*kept, *copy_predictions(earlier, set_id)),
            source=f"run {run_id} of {run.model_id}, scores from {threshold:g}{_write_thresholds(higher)}",
        )
        key, data = records.make_object(made)
        stored = records.to_prediction_set(key, workspace.files.add(key, data))
        with workspace.database.writing() as connection:
            predictions.add_prediction_set(connection, stored)
    return Applied(set_id, len(stored.predictions), len(placed), is_new=True)
