"""Thresholds by label, kept with the version of a model: whoever places its predictions can take them."""

from collections.abc import Mapping

from podcast_core.domain.model import LabelThresholds
from podcast_core.domain.verification_sample import SCORE_STEPS
from podcast_core.errors import InvalidInput, NotFound, name_some
from podcast_core.ml.registry import label_thresholds, versions
from podcast_core.services.access import needs
from podcast_core.services.people import naming
from podcast_core.services.runs import applying
from podcast_core.services.runs.applying import Applied
from podcast_core.services.verifying import judging
from podcast_core.services.verifying.judging import SampleState
from podcast_core.storage import runs
from podcast_core.workspace import Workspace


@needs("admin")
def keep_thresholds(
    workspace: Workspace,
    state: SampleState,
    *,
    precision: float,
    careful: bool = False,
    labels: tuple[str, ...] = (),
    who: str = "",
) -> LabelThresholds:
    """Keep the thresholds that a sample gives, with the version whose run it was drawn from.

    Parameters
    ----------
    labels
        Only of these; default: all labels for which there is a threshold.

    Raises
    ------
    InvalidInput
        When the predictions are of no model run, or there is no threshold.
    NotFound
        When the model is no longer there.
    """
    sample = state.sample
    if not sample.run_id:
        raise InvalidInput(
            f"The predictions of {sample.model} were imported, not found by a model run: thresholds are kept with a "
            "version of a model of the registry."
        )
    found = {
        each: judging.find_threshold(state, each, precision=precision, careful=careful)
        for each in labels or state.labels
    }
    without = [label for label, each in found.items() if each.threshold is None]
    if (labels and without) or len(without) == len(found):
        raise InvalidInput(f"There is no threshold for {name_some(without)}: {found[without[0]].problem}")
    with workspace.database.reading() as connection:
        run = runs.get_run(connection, sample.run_id)
    version = versions.get_version(workspace.files, run.model, run.version)
    values = {label: each.threshold.value for label, each in found.items() if each.threshold is not None}
    known = find_thresholds(workspace, name=version.name, version=version.version)
    if known is not None and (known.thresholds, known.precision, known.sample_id) == (values, precision, sample.id):
        return known
    return label_thresholds.add_thresholds(
        workspace.files,
        version.name,
        version.version,
        values,
        precision=precision,
        sample_id=sample.id,
        who=who or workspace.settings.annotator,
    )


def find_thresholds(workspace: Workspace, *, name: str, version: int) -> LabelThresholds | None:
    """Find the thresholds that are kept with a version; None when none are."""
    found = label_thresholds.find_thresholds(workspace.files, name, version)
    return None if found is None else naming.call_now(workspace, [found])[0]


def get_of_run(workspace: Workspace, *, run_id: str) -> Mapping[str, float]:
    """Get the thresholds that are kept with the version of a run, by label.

    Raises
    ------
    NotFound
        When there is no such run, or nothing is kept with its version.
    """
    with workspace.database.reading() as connection:
        run = runs.get_run(connection, run_id)
    found = find_thresholds(workspace, name=run.model, version=run.version)
    if found is None:
        raise NotFound(f"No thresholds are kept with {run.model_id}: verify a sample of its predictions first.")
    return found.thresholds


@needs("admin")
def place_again(workspace: Workspace, state: SampleState, thresholds: Mapping[str, float]) -> Applied:
    """Make predictions of the sample's run anew in its round, each label from its threshold on, others as they were.

    They replace the predictions that the sample was drawn from; the sample and its verdicts stay.

    Raises
    ------
    InvalidInput
        When the predictions are of no model run, or its labels do not fit the round.
    """
    sample = state.sample
    if not sample.run_id:
        raise InvalidInput(f"The predictions of {sample.model} were imported: there is no model run to place anew.")
    with workspace.database.reading() as connection:
        run = runs.get_run(connection, sample.run_id)
    shown_from = {label: counts[0][0] / SCORE_STEPS for label, counts in sample.score_counts.items()}
    return applying.apply_run(
        workspace,
        run_id=run.id,
        round_id=sample.round_id,
        threshold=run.floor,
        label_thresholds={**shown_from, **thresholds},
    )
