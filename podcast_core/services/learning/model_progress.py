"""How good a round's models were from version to version, beside how far two people agree on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from podcast_core.domain.summary import Judgement
from podcast_core.ml.measuring.intervals import Estimate, estimate_share
from podcast_core.services.learning import comparison, evaluation
from podcast_core.storage import summaries
from podcast_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class VersionMeasured:
    """A version's F1 at 20 ms on the sessions of an evaluation."""

    model: str
    evaluation_id: str
    measured_on: str
    f1: float


@dataclass(frozen=True, slots=True)
class ModelKept:
    """Of a model's predictions that were judged one by one, the share that kept their label."""

    model: str
    judged: int
    precision: Estimate


def list_measured(workspace: Workspace, round_ids: Sequence[str]) -> list[VersionMeasured]:
    """List what evaluations say of versions, those that were made on sessions of these rounds, the oldest first."""
    found = []
    for each in reversed(comparison.list_evaluations(workspace)):
        if set(each.source.replace(",", " ").split()) & set(round_ids):
            name = f"{each.source}, {each.made_at[:10]}"
            found += [
                VersionMeasured(model, each.id, name, evaluation.find_f1(figures))
                for model, figures in each.models.items()
            ]
    return found


def list_kept_shares(workspace: Workspace, round_ids: Sequence[str]) -> list[ModelKept]:
    """List the precision of models in rounds, from the predictions that people judged one by one."""
    with workspace.database.reading() as connection:
        judgements = [each for round_id in round_ids for each in summaries.list_judgements(connection, round_id)]
    by_model: dict[str, list[Judgement]] = {}
    for each in judgements:
        by_model.setdefault(each.model, []).append(each)
    found = []
    for model, listed in sorted(by_model.items()):
        judged = sum(each.judged for each in listed)
        precision = estimate_share(sum(each.confirmed for each in listed), judged)
        if precision is not None:
            found.append(ModelKept(model, judged, precision))
    return found
