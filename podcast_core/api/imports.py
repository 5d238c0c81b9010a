"""Predictions and annotations of others, in: shown first, then imported."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, UploadFile

from podcast_core.api.dependencies import Asking, Opened
from podcast_core.errors import InvalidInput
from podcast_core.services.exchange import import_files, imports
from podcast_core.services.exchange.import_files import Reading
from podcast_core.services.exchange.imports import ImportPlan
from podcast_core.services.labels.matching import LabelChoice, parse_choice
from podcast_core.wire import imports as wire

router = APIRouter(tags=["exchange"], prefix="/api/v1")

Uploads = Annotated[list[UploadFile], File(description="files or ZIP archives of them")]
BoxLabel = Annotated[str, Form(description="label for boxes without one")]
Whose = Annotated[str, Form(description="annotator, if the files name none")]
ModelName = Annotated[str, Form(description="default: as the files say")]
Supersede = Annotated[
    bool, Form(description="replace the answers that count now; otherwise the imported ones are kept beside them")
]


def read_how(
    format: Annotated[str, Form(description="one of /api/v1/formats, or auto")] = import_files.AUTO,
    column: Annotated[
        list[str] | None, Form(description="format table: what each column holds, as start=Begin (ms) or unit=ms")
    ] = None,
    window_s: Annotated[
        float | None,
        Form(gt=0, le=60, allow_inf_nan=False, description="format orcahello: seconds of the model's windows"),
    ] = None,
    encoding: Annotated[
        str, Form(description="of text that is not UTF-8, such as windows-1252; otherwise it is refused")
    ] = "",
    leave_out_unreadable: Annotated[bool, Form(description="skip and report rows that cannot be read")] = False,
    tier: Annotated[list[str] | None, Form(description="format textgrid: tiers with labels; default: all")] = None,
    least_score: Annotated[
        float | None,
        Form(ge=0, le=1, allow_inf_nan=False, description="tables with a score per class: lowest score to keep"),
    ] = None,
) -> Reading:
    """Read how files are to be read."""
    return import_files.make_reading(
        format,
        column,
        window_s,
        encoding=encoding,
        leave_out_unreadable=leave_out_unreadable,
        tiers=tier or (),
        least_score=least_score,
    )


def read_labels(
    map: Annotated[
        list[str] | None, Form(description="OLD=NEW maps a label to one of the round's, OLD= skips its boxes")
    ] = None,
    add_labels: Annotated[bool, Form(description="add labels the round does not have yet")] = False,
) -> LabelChoice:
    """Read what becomes of labels."""
    return parse_choice(map or (), add=add_labels)


How = Annotated[Reading, Depends(read_how)]
Labels = Annotated[LabelChoice, Depends(read_labels)]


def read_predictions(
    files: Uploads, how: How, labels: Labels, model: ModelName = "", label: BoxLabel = ""
) -> dict[str, Any]:
    """Read what the service takes of predictions that were sent."""
    return {"files": _open(files), "reading": how, "labels": labels, "model": model, "label": label}


def read_annotations(
    files: Uploads,
    how: How,
    labels: Labels,
    annotator: Whose,
    label: BoxLabel = "",
    supersede: Supersede = False,
) -> dict[str, Any]:
    """Read what the service takes of annotations that were sent."""
    read = {"files": _open(files), "reading": how, "labels": labels}
    return {**read, "annotator": annotator, "label": label, "supersede": supersede}


Predictions = Annotated[dict[str, Any], Depends(read_predictions)]
Annotations = Annotated[dict[str, Any], Depends(read_annotations)]


@router.post("/imports/preview")
def preview_table(files: Uploads, rows: Annotated[int, Form(ge=1, le=100)] = 8) -> wire.Table:
    """Show the beginning of the first table among files, and what its columns seem to mean; nothing is kept."""
    found = import_files.preview_table(_open(files), rows)
    if found is None:
        raise InvalidInput(f"Expected a table ({', '.join(import_files.TABLE_SUFFIXES)}) among the files, found none.")
    columns = wire.Columns.model_validate(found.guess)
    listed = [dict(each) for each in found.rows]
    return wire.Table(file_name=found.file_name, header=list(found.header), rows=listed, columns=columns)


@router.post("/rounds/{round_id}/predictions/import/preview")
def preview_predictions(workspace: Opened, round_id: str, sent: Predictions) -> wire.Plan:
    """Show what an import of predictions would do; nothing is kept."""
    return _show(imports.plan_predictions(workspace, round_id=round_id, **sent))


@router.post("/rounds/{round_id}/predictions/import", status_code=201)
def import_predictions(workspace: Opened, caller: Asking, round_id: str, sent: Predictions) -> wire.Import:
    """Import a model's predictions; all or nothing, and harmless when repeated."""
    report = imports.import_predictions(workspace, round_id=round_id, person=caller.person, **sent)
    return wire.Import.model_validate(report)


@router.post("/rounds/{round_id}/annotations/import/preview")
def preview_annotations(workspace: Opened, round_id: str, sent: Annotations) -> wire.Plan:
    """Show what an import of people's annotations would do; nothing is kept."""
    return _show(imports.plan_annotations(workspace, round_id=round_id, **sent))


@router.post("/rounds/{round_id}/annotations/import", status_code=201)
def import_annotations(workspace: Opened, caller: Asking, round_id: str, sent: Annotations) -> wire.Import:
    """Import people's annotations as answers; all or nothing, and harmless when repeated."""
    report = imports.import_annotations(workspace, round_id=round_id, person=caller.person, **sent)
    return wire.Import.model_validate(report)


def _show(plan: ImportPlan) -> wire.Plan:
    report = wire.Import.model_validate(plan.report).model_dump(exclude={"left_out"})
    return wire.Plan.model_validate(
        {
            **report,
            "summary": plan.report.outlook,
            "groups": [wire.LeftOut.model_validate(each) for each in plan.report.groups],
            "boxes": [wire.PlannedBox.model_validate(each) for each in plan.boxes],
            "guesses": [wire.Guess.model_validate(each) for each in plan.guesses],
            "open_labels": [wire.OpenLabel.model_validate(each) for each in plan.open_labels],
            "superseding": plan.superseding,
        }
    )


def _open(files: Sequence[UploadFile]) -> import_files.Files:
    return [(each.filename or "file", each.file) for each in files]
