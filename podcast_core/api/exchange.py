"""A round out to other programs; `api.imports` is the way in."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from podcast_core.api.dependencies import IfNoneMatch, Opened
from podcast_core.api.downloads import ZIP, send
from podcast_core.api.paging import answer
from podcast_core.domain.standing import LEAVE_OUT
from podcast_core.services.exchange import datasets, export_preview, import_files
from podcast_core.services.exchange.chosen_answers import COUNTING
from podcast_core.wire import exchange as wire

router = APIRouter(tags=["exchange"], prefix="/api/v1")

AnswersChoice = Annotated[
    str, Query(description="whose answers: counting, gold, all, or annotator:NAME", max_length=100)
]
RejectedChoice = Annotated[str, Query(description="answers that a review rejected: leave-out or keep")]
ExportFormat = Annotated[str, Query(description="one of /api/v1/formats that writes")]


@router.get("/formats")
def list_formats() -> list[wire.Format]:
    """List the formats of exports and imports."""
    written, read = datasets.list_formats(), import_files.list_formats()
    titles = {name: each.title for name, each in written.items()} | dict(read)
    return [
        wire.Format(name=name, title=title, writes=name in written, reads=name in read)
        for name, title in titles.items()
    ]


@router.get("/rounds/{round_id}/export", response_class=Response, responses=ZIP)
def export_round(
    workspace: Opened,
    round_id: str,
    format: ExportFormat,
    negatives: bool = False,
    rejected: RejectedChoice = LEAVE_OUT,
    answers: AnswersChoice = COUNTING,
) -> StreamingResponse:  # their names in the address
    """Download a round's annotations, with the outcome of every session, as a ZIP archive."""
    made = datasets.export_round(
        workspace, round_id=round_id, format_name=format, negatives=negatives, rejected=rejected, answers=answers
    )
    return send(made.stream_zip(), f"{made.name}.zip")


@router.get("/rounds/{round_id}/export/preview", response_model=wire.ExportPreview)
def preview_export(
    workspace: Opened,
    round_id: str,
    format: ExportFormat,
    negatives: bool = False,
    rejected: RejectedChoice = LEAVE_OUT,
    answers: AnswersChoice = COUNTING,
    rows: Annotated[int, Query(ge=1, le=100)] = 10,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Show the beginning of an export, and what its format leaves out."""
    made = export_preview.preview_round(
        workspace,
        round_id=round_id,
        format_name=format,
        negatives=negatives,
        rejected=rejected,
        answers=answers,
        rows=rows,
    )
    found = made.beginning
    told = wire.ExportPreview(
        file_name=found.file_name,
        text=found.text,
        rows=found.rows,
        notes=list(made.notes),
        outcomes=dict(made.counts),
    )
    return answer(told, if_none_match)
