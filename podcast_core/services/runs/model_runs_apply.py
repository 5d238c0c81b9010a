"""What a model run found, as predictions of a round: people see them on the label page and judge them."""

from collections.abc import Mapping
from dataclasses import dataclass

from podcast_core.checks import check_between
from podcast_core.domain import Prediction, PredictionSet, Round, copy_predictions
from podcast_core.errors import InvalidInput
from podcast_core.services.intake.sources import digest
from podcast_core.services.runs.model_runs_found import place_boxes
from podcast_core.services.store import records
from podcast_core.storage import predictions, rounds, runs, scores
from podcast_core.storage.database import lock
from podcast_core.storage.runs import ModelRun, RunBox
from podcast_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of it: the set, its predictions, the sessions that the run has heard; ``is_new``: not there before."""

    set_id: str
    predictions: int
    sessions: int
    is_new: bool


def match_labels(run: ModelRun, round_: Round, chosen: Mapping[str, str] | None = None) -> dict[str, str]:
    """Say which label of a round each label of a model becomes; an empty one: it is left out.

    What is not chosen keeps its name, where the round has it; a model with one label gives a round's only one.

    Raises
    ------
    InvalidInput
        When a label has no counterpart, or is none of the model's or of the round's.
    """
    chosen = chosen or {}
    for found, wanted in chosen.items():
        if found not in run.labels:
            raise InvalidInput(f"{run.model_id} has no label {found[:80]!r}; it has {', '.join(run.labels)}.")
        if wanted and wanted not in round_.label_names:
            raise InvalidInput(
                f"Round {round_.id!r} has no label {wanted[:80]!r}; it has {', '.join(round_.label_names)}."
            )
    only = round_.label_names[0] if len(round_.label_names) == len(run.labels) == 1 else None
    matched = {each: chosen.get(each, each if each in round_.label_names else only) for each in run.labels}
    missing = [each for each, wanted in matched.items() if wanted is None]
    if missing:
        raise InvalidInput(
            f"Round {round_.id!r} lacks these labels of the model: {', '.join(missing)}. Say which of the round's each "
            f"of them becomes ({', '.join(round_.label_names)}), or leave it out."
        )
    return {each: wanted for each, wanted in matched.items() if wanted is not None}


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


def apply_run(
    workspace: Workspace,
    *,
    run_id: str,
    round_id: str,
    threshold: float | None = None,
    labels: Mapping[str, str] | None = None,
) -> Applied:
    """Make the calls of a run the predictions of a round. They replace those of the same model, whatever its version.

    Applying the same again changes nothing.

    Parameters
    ----------
    threshold
        The least score; None: the run's.
    labels
        As in `match_labels`.

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
    matched = match_labels(run, round_, labels)
    placed = place_boxes(workspace, run_id=run_id, round_id=round_id, threshold=threshold)
    if not placed:
        raise InvalidInput(f"Run {run_id} has heard no whole session of round {round_id!r}.")
    with workspace.database.writing() as connection:
        lock(connection, f"round/{round_id}")
        shown = next((each for each in scores.list_models(connection, round_id) if each.model == run.model), None)
        name = digest("run", run_id, round_id, threshold, sorted(matched.items()), sorted(placed))
        if shown is not None and shown.set_id.startswith(f"run-{name}"):  # it is what people see already
            return Applied(shown.set_id, shown.prediction_count, len(placed), is_new=False)
        set_id = f"run-{name}-{digest(shown.set_id if shown else '')[:8]}"
        earlier = predictions.list_elsewhere(connection, round_id, model=run.model, session_ids=placed)
        made = PredictionSet(
            id=set_id,
            round_id=round_id,
            model=run.model,
            predictions=(*make_predictions(run, placed, matched, set_id), *copy_predictions(earlier, set_id)),
            source=f"run {run_id} of {run.model_id}, scores from {threshold:g}",
        )
        key, data = records.make_object(made)
        stored = records.to_prediction_set(key, workspace.files.add(key, data))
        predictions.add_prediction_set(connection, stored)
    return Applied(set_id, len(stored.predictions), len(placed), is_new=True)
