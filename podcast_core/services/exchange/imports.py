"""Imports: a model's predictions and people's annotations, from files of other programs and other workspaces.

An import is planned first (`plan_predictions`, `plan_annotations`): what is in the files, what had to be guessed, what
is left out and why, and what a person has to decide. `apply_plan` then does exactly that, all or nothing. Importing the
same content again changes nothing, because the ids of what is added are digests of it.

An answer that counts goes on to count: what is imported for such a session is kept beside it (`Submission.beside`),
unless the import is asked to supersede. An answer that the file dates earlier is an earlier revision, as ever.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from podcast_core.collecting import without_collecting
from podcast_core.domain.submission import Submission
from podcast_core.progress import Progress, tell_nobody
from podcast_core.services.access import needs
from podcast_core.services.exchange.import_files import AUTO, Files, Reading
from podcast_core.services.exchange.import_plan import ImportPlan, ImportReport
from podcast_core.services.exchange.import_planning import plan_annotations, plan_predictions
from podcast_core.services.labels.archive import check_not_archived
from podcast_core.services.labels.matching import AS_THEY_ARE, LabelChoice, refuse_open
from podcast_core.services.labels.rounds import add_labels
from podcast_core.services.store import batch_records, records, room
from podcast_core.storage import deriving, predictions, rounds, submissions
from podcast_core.storage.database import analyze, wide_cache
from podcast_core.workspace import Workspace

__all__ = ["ImportPlan", "ImportReport", "plan_annotations", "plan_predictions"]  # for the front doors
MANY = 1000  # as in `storage.predictions`
STORING = "Writing into the store"


@without_collecting()
@needs("admin")
def apply_plan(
    workspace: Workspace, plan: ImportPlan, *, person: str | None = None, on_progress: Progress = tell_nobody
) -> ImportReport:
    """Do what was planned: everything into the file store, then everything into the database, at once.

    Parameters
    ----------
    person
        Whose token it is; None where nobody needs one.
    on_progress
        Hears what is done, how much there is of it, and what it is.

    Raises
    ------
    InvalidInput
        When there are labels that the round lacks and nobody has decided about; it names the ways to decide.
    Conflict
        When the round is archived, maybe since it was planned.
    NoSpace
        When there is no room for it, on the disk or for this person.
    """
    refuse_open(plan.open_labels, plan.round_id)
    with workspace.database.reading() as connection:
        check_not_archived(connection, rounds.get_round(connection, plan.round_id))
    if plan.report.new_labels:
        add_labels(workspace, round_id=plan.round_id, names=plan.report.new_labels)
    if plan.sets or plan.answers:
        _keep(workspace, plan, person, on_progress)
    return plan.report


@needs("admin")
def import_predictions(
    workspace: Workspace,
    *,
    round_id: str,
    files: Files,
    model: str = "",
    label: str = "",
    reading: Reading | None = None,
    labels: LabelChoice = AS_THEY_ARE,
    person: str | None = None,
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
    person
        As for `apply_plan`.

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
    return apply_plan(workspace, plan, person=person)


@needs("admin")
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
    person: str | None = None,
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
    person
        As for `apply_plan`.

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
    return apply_plan(workspace, plan, person=person)


def _keep(workspace: Workspace, plan: ImportPlan, person: str | None, on_progress: Progress) -> None:
    """Keep everything in the file store, then everything in the database, at once.

    A store that takes its time keeps nobody from writing into the database, and nobody brings the same in meanwhile.
    """
    sets = [records.make_object(each) for each in plan.sets]
    parts = list(batch_records.split(plan.answers))
    batches = [batch_records.make_object(each, plan.recording_ids) for each in parts]
    byte_count = sum(len(data) for _, data in (*sets, *batches))
    workspace.files.check_room(byte_count)
    name, total = f"import/{plan.round_id}", len(sets) + len(batches)
    kept = room.keeping(workspace, person=person, kind="labels and predictions", byte_count=byte_count)
    with workspace.database.holding(name), kept:
        for done, (key, data) in enumerate(sets):
            on_progress(done, total, STORING)
            workspace.files.add(key, data)
        stored = []
        for done, ((key, data), answers) in enumerate(zip(batches, parts, strict=True), start=len(sets)):
            on_progress(done, total, STORING)
            stored.append(batch_records.save(workspace.files, key, data, answers))
        del batches
        writing = workspace.database.writing(f"round/{plan.round_id}")
        with writing as connection, wide_cache(connection), deriving.postponed(connection):
            _add_rows(connection, plan, stored, on_progress)


def _add_rows(
    connection: Connection, plan: ImportPlan, stored: Sequence[Sequence[Submission]], on_progress: Progress
) -> None:
    """Add what is not there yet: somebody may have brought the same."""
    for each in plan.sets:
        if not predictions.has_prediction_set(connection, each.id):
            predictions.add_prediction_set(connection, each)
    for done, answers in enumerate(stored):
        on_progress(done, len(stored), "Adding the answers to the database")
        known = submissions.find_known(connection, [each.id for each in answers])
        submissions.add_submissions(connection, [each for each in answers if each.id not in known])
    if len(plan.answers) >= MANY:
        analyze(connection)
