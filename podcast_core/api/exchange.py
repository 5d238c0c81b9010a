"""A round out to other programs, and predictions and annotations of others in."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from podcast_core.api.downloads import ZIP, send
from podcast_core.api.paging import IfNoneMatch, Shown, answer
from podcast_core.api.v1 import Opened
from podcast_core.errors import InvalidInput
from podcast_core.services.exchange import datasets, import_files, imports
from podcast_core.standing import LEAVE_OUT

router = APIRouter(tags=["exchange"], prefix="/api/v1")

Uploads = Annotated[list[UploadFile], File(description="files or ZIP archives of them")]
FormatName = Annotated[str, Form(description="one of /api/v1/formats, or auto")]
ColumnWords = Annotated[
    list[str] | None, Form(description="format table: which column is what, as start=Begin (ms) or unit=ms")
]
WindowLength = Annotated[
    float | None, Form(gt=0, le=60, allow_inf_nan=False, description="format orcahello: seconds of the model's windows")
]
RejectedChoice = Annotated[str, Query(description="answers that a review rejected: leave-out or keep")]
ExportFormat = Annotated[str, Query(description="one of /api/v1/formats that writes")]
BoxLabel = Annotated[str, Form(description="label of boxes that have none")]


class FormatOut(BaseModel):
    """A format, and whether rounds are written and files are read in it."""

    name: str
    title: str
    writes: bool
    reads: bool


class ColumnsOut(Shown):
    """Which column of a table is what; empty: none."""

    file: str
    folder: str
    start: str
    end: str
    duration: str
    file_offset: str
    low: str
    high: str
    label: str
    label_else: str
    score: str
    channel: str
    model: str
    individual: str
    call_type: str
    comment: str
    session: str
    recording: str
    unit: str
    frequency_unit: str
    score_unit: str
    first_channel: int


class TableOut(BaseModel):
    """The beginning of a table, and what its columns seem to mean."""

    file_name: str
    header: list[str]
    rows: list[dict[str, str]]
    columns: ColumnsOut


class ExportPreview(BaseModel):
    """The beginning of an export's largest file, what the format leaves out, and sessions by outcome."""

    file_name: str
    text: str
    rows: list[dict[str, str]] = Field(description="where it is a table")
    notes: list[str]
    outcomes: dict[str, int]


class ImportOut(Shown):
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


@router.get("/rounds/{round_id}/export", response_class=Response, responses=ZIP)
def export_round(
    workspace: Opened,
    round_id: str,
    format: ExportFormat,
    negatives: bool = False,
    rejected: RejectedChoice = LEAVE_OUT,
) -> StreamingResponse:  # their names in the address
    """Download a round's annotations, with the outcome of every session, as a ZIP archive."""
    made = datasets.export_round(
        workspace, round_id=round_id, format_name=format, negatives=negatives, rejected=rejected
    )
    return send(made.stream_zip(), f"{made.name}.zip")


@router.get("/rounds/{round_id}/export/preview", response_model=ExportPreview)
def preview_export(
    workspace: Opened,
    round_id: str,
    format: ExportFormat,
    negatives: bool = False,
    rejected: RejectedChoice = LEAVE_OUT,
    rows: Annotated[int, Query(ge=1, le=100)] = 10,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Show the beginning of an export, and what its format leaves out."""
    made = datasets.export_round(
        workspace, round_id=round_id, format_name=format, negatives=negatives, rejected=rejected
    )
    found = made.preview(rows)
    told = ExportPreview(
        file_name=found.file_name,
        text=found.text,
        rows=found.rows,
        notes=list(made.notes),
        outcomes=dict(made.counts),
    )
    return answer(told, if_none_match)


@router.post("/imports/preview")
def preview_table(files: Uploads, rows: Annotated[int, Form(ge=1, le=100)] = 8) -> TableOut:
    """Show the beginning of the first table among files, and what its columns seem to mean; nothing is kept."""
    found = import_files.preview_table(_open(files), rows)
    if found is None:
        raise InvalidInput(f"Expected a table ({', '.join(import_files.TABLE_SUFFIXES)}) among the files, found none.")
    columns = ColumnsOut.model_validate(found.guess)
    listed = [dict(each) for each in found.rows]
    return TableOut(file_name=found.file_name, header=list(found.header), rows=listed, columns=columns)


@router.post("/rounds/{round_id}/predictions/import", status_code=201)
def import_predictions(
    workspace: Opened,
    round_id: str,
    files: Uploads,
    model: Annotated[str, Form(description="default: as the files say")] = "",
    label: BoxLabel = "",
    format: FormatName = import_files.AUTO,
    column: ColumnWords = None,
    window_s: WindowLength = None,
) -> ImportOut:
    """Import a model's predictions; all or nothing, and harmless when repeated."""
    reading = import_files.make_reading(format, column, window_s)
    report = imports.import_predictions(
        workspace, round_id=round_id, files=_open(files), model=model, label=label, reading=reading
    )
    return ImportOut.model_validate(report)


@router.post("/rounds/{round_id}/annotations/import", status_code=201)
def import_annotations(
    workspace: Opened,
    round_id: str,
    files: Uploads,
    annotator: Annotated[str, Form(description="whose they are, where the files name nobody")],
    label: BoxLabel = "",
    format: FormatName = import_files.AUTO,
    column: ColumnWords = None,
    window_s: WindowLength = None,
) -> ImportOut:
    """Import people's annotations as answers; all or nothing, and harmless when repeated."""
    reading = import_files.make_reading(format, column, window_s)
    report = imports.import_annotations(
        workspace, round_id=round_id, files=_open(files), annotator=annotator, label=label, reading=reading
    )
    return ImportOut.model_validate(report)


def _open(files: Sequence[UploadFile]) -> import_files.Files:
    return [(each.filename or "file", each.file) for each in files]
