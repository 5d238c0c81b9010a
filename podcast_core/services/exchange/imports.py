"""Imports: a model's predictions and people's annotations, from files of other programs and other workspaces.

An import is planned first (`plan_predictions`, `plan_annotations`): what is in the files, what had to be guessed, what
is left out and why, and what a person has to decide. `apply_plan` then does exactly that, all or nothing. Importing the
same content again changes nothing, because the ids of what is added are digests of it.

An answer that counts goes on to count: what is imported for such a session is kept beside it (`Submission.beside`),
unless the import is asked to supersede. An answer that the file dates earlier is an earlier revision, as ever.
"""

from collections.abc import Sequence

from podcast_core.domain import (
    PredictionSet,
    Submission,
)
from podcast_core.services.exchange.import_files import AUTO, Files, Reading
from podcast_core.services.exchange.import_plan import ImportPlan, ImportReport
from podcast_core.services.exchange.import_planning import plan_annotations, plan_predictions
from podcast_core.services.labels.archive import check_not_archived
from podcast_core.services.labels.matching import AS_THEY_ARE, LabelChoice, refuse_open
from podcast_core.services.labels.rounds import add_labels
from podcast_core.services.store import records
from podcast_core.storage import predictions, rounds, sessions, submissions
from podcast_core.storage.database import lock
from podcast_core.workspace import Workspace

__all__ = ["ImportPlan", "ImportReport", "plan_annotations", "plan_predictions"]  # for the front doors


def apply_plan(workspace: Workspace, plan: ImportPlan) -> ImportReport:
    """Do what was planned: everything into the file store, then everything into the database, at once.

    Raises
    ------
    InvalidInput
        When there are labels that the round lacks and nobody has decided about; it names the ways to decide.
    Conflict
        When the round is archived, maybe since it was planned.
    """
    refuse_open(plan.open_labels, plan.round_id)
    with workspace.database.reading() as connection:
        check_not_archived(connection, rounds.get_round(connection, plan.round_id))
    if plan.report.new_labels:
        add_labels(workspace, round_id=plan.round_id, names=plan.report.new_labels)
    _keep(workspace, plan.round_id, plan.sets, plan.answers)
    return plan.report


def import_predictions(
    workspace: Workspace,
    *,
    round_id: str,
    files: Files,
    model: str = "",
    label: str = "",
    reading: Reading | None = None,
    labels: LabelChoice = AS_THEY_ARE,
) -> ImportReport:
    """Import a model's predictions: Pod.Cast's load documents, tables, and every format that boxes can be read from.

    Parameters
    ----------
    model
        The model's name. Empty: as each file says (``model_guid``, column ``model``), else ``imported``.
    label
        The label of boxes that name none; not needed when the round has just one label.
    reading
        The files' format and its options; default: find out.
    labels
        What becomes of labels that the round lacks; without a decision they are refused.

    Raises
    ------
    NotFound
        When there is no such round.
    InvalidInput
        With every reason why a file cannot be used, or when nothing in them belongs to the round.
    """
    plan = plan_predictions(
        workspace, round_id=round_id, files=files, model=model, label=label, reading=reading, labels=labels
    )
    return apply_plan(workspace, plan)


def import_annotations(
    workspace: Workspace,
    *,
    round_id: str,
    files: Files,
    annotator: str,
    format_name: str = AUTO,
    label: str = "",
    reading: Reading | None = None,
    labels: LabelChoice = AS_THEY_ARE,
    supersede: bool = False,
) -> ImportReport:
    """Import people's answers, one submission per session that the files speak of.

    A session's outcome is what the files say (``sessions.csv`` of an export may be among them), else labelled.
    The annotator and the time in the files are kept; ``annotator`` stands for those that name nobody. So an
    older answer from elsewhere becomes an older revision, and does not push a newer one aside.

    Parameters
    ----------
    format_name
        One of `import_files.list_formats`; ``auto`` finds out for each file.
    reading
        Instead of ``format_name``: the format and its options.
    labels
        As for predictions.
    supersede
        Let what is imported count instead of older answers; otherwise it is kept beside them.

    Raises
    ------
    NotFound
        When there is no such round.
    InvalidInput
        With every reason why a file cannot be used, or when nothing in them belongs to the round.
    """
    plan = plan_annotations(
        workspace,
        round_id=round_id,
        files=files,
        annotator=annotator,
        format_name=format_name,
        label=label,
        reading=reading,
        labels=labels,
        supersede=supersede,
    )
    return apply_plan(workspace, plan)


def _keep(
    workspace: Workspace, round_id: str, new_sets: Sequence[PredictionSet], answers: Sequence[Submission]
) -> None:
    """Keep everything in the file store, then everything in the database, at once."""
    for each in new_sets:
        records.save_prediction_set(workspace.files, each)
    with workspace.database.reading() as connection:
        places = (
            {each.id: each.recording_id for each in sessions.list_sessions(connection, round_id)} if answers else {}
        )
    stored = [
        records.save_submission(workspace.files, answer, recording_id=places[answer.session_id]) for answer in answers
    ]
    with workspace.database.writing() as connection:
        lock(connection, f"round/{round_id}")
        for each in new_sets:
            if not predictions.has_prediction_set(connection, each.id):
                predictions.add_prediction_set(connection, each)
        for answer in stored:
            if submissions.find_submission(connection, answer.id) is None:
                submissions.add_submission(connection, answer)
