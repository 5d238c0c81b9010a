"""A round out to other programs, and predictions and annotations of others in."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, File, Form, Response, UploadFile
from pydantic import BaseModel

from podcast_core.api.v1 import Opened
from podcast_core.services import datasets, import_files, imports
from podcast_core.services.imports import ImportReport

router = APIRouter(tags=["exchange"], prefix="/api/v1")

Uploads = Annotated[list[UploadFile], File(description="files or ZIP archives of them")]
FormatName = Annotated[str, Form(description="one of /api/v1/formats, or auto")]
BoxLabel = Annotated[str, Form(description="label of boxes that have none")]


class FormatOut(BaseModel):
    """A format, and whether rounds are written and files are read in it."""

    name: str
    title: str
    writes: bool
    reads: bool


class ImportOut(BaseModel):
    """What an import did; ``unmatched`` counts rows by names that the round does not have."""

    summary: str
    added: int
    known: int
    sessions: int
    unmatched: dict[str, int]
    notes: list[str]
    formats: dict[str, int]


@router.get("/formats")
def list_formats() -> list[FormatOut]:
    """List the formats of exports and imports."""
    written, read = datasets.list_formats(), import_files.list_formats()
    titles = {name: each.title for name, each in written.items()} | dict(read)
    return [
        FormatOut(name=name, title=title, writes=name in written, reads=name in read) for name, title in titles.items()
    ]


@router.get(
    "/rounds/{round_id}/export",
    response_class=Response,
    responses={200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}},
)
def export_round(
    workspace: Opened, round_id: str, format: str, negatives: bool = False
) -> Response:  # its name in the address
    """Download a round's annotations, with the outcome of every session, as a ZIP archive."""
    made = datasets.export_round(workspace, round_id=round_id, format_name=format, negatives=negatives)
    headers = {"content-disposition": f'attachment; filename="{made.name}.zip"'}
    return Response(made.to_zip(), media_type="application/zip", headers=headers)


@router.post("/rounds/{round_id}/predictions/import", status_code=201)
def import_predictions(
    workspace: Opened,
    round_id: str,
    files: Uploads,
    model: Annotated[str, Form(description="default: as the files say")] = "",
    label: BoxLabel = "",
    format: FormatName = import_files.AUTO,
) -> ImportOut:
    """Import a model's predictions; all or nothing, and harmless when repeated."""
    reading = import_files.make_reading(format, None, None)
    report = imports.import_predictions(
        workspace, round_id=round_id, files=_read(files), model=model, label=label, reading=reading
    )
    return _tell(report)


@router.post("/rounds/{round_id}/annotations/import", status_code=201)
def import_annotations(
    workspace: Opened,
    round_id: str,
    files: Uploads,
    annotator: Annotated[str, Form(description="whose they are, where the files name nobody")],
    label: BoxLabel = "",
    format: FormatName = import_files.AUTO,
) -> ImportOut:
    """Import people's annotations as answers; all or nothing, and harmless when repeated."""
    reading = import_files.make_reading(format, None, None)
    report = imports.import_annotations(
        workspace, round_id=round_id, files=_read(files), annotator=annotator, label=label, reading=reading
    )
    return _tell(report)


def _read(files: Sequence[UploadFile]) -> import_files.Files:
    return [(each.filename or "file", each.file.read()) for each in files]


def _tell(report: ImportReport) -> ImportOut:
    return ImportOut(
        summary=report.summary,
        added=report.added,
        known=report.known,
        sessions=report.sessions,
        unmatched=dict(report.unmatched),
        notes=list(report.notes),
        formats=dict(report.formats),
    )
