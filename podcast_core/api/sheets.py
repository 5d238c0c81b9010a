"""Sheets: predictions looked at with their recordings, without a round; only who opened one can see it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Query, Request, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field

from podcast_core.api.dependencies import Asking, IfNoneMatch, Opened
from podcast_core.api.downloads import describe
from podcast_core.api.imports import BoxLabel, How
from podcast_core.api.media import SOUND, Range, answer_audio, answer_cached
from podcast_core.api.paging import MAX_ITEMS, AskedPart, Part, by
from podcast_core.domain.sheet import Role
from podcast_core.services.access import Caller
from podcast_core.services.exchange import import_files
from podcast_core.services.sheets import comparing, hearing, keeping, opening, rows
from podcast_core.services.sheets.comparing import RULE, LabelFigures, Relation
from podcast_core.services.sheets.sheet import Sheet, SheetTable, get_sheet
from podcast_core.wire import sheets as wire
from podcast_core.wire.base import MAX_BEFORE, Page
from podcast_core.wire.imports import Guess, LeftOut
from podcast_core.wire.jobs import JobAdded
from podcast_core.wire.recordings import Refused
from podcast_core.workspace import Workspace

router = APIRouter(tags=["sheets"], prefix="/api/v1/sheets")

Score = Annotated[float, Query(ge=0, le=1, allow_inf_nan=False)]
Everywhere = Annotated[bool, Query(description="recordings missing from the ground truth have no calls")]


class RowsQuery(BaseModel):
    """Which rows are wanted, and how tables are compared."""

    model_config = ConfigDict(allow_inf_nan=False)

    threshold: float = Field(0.0, ge=0, le=1, description="predictions with a lower score are not compared")
    other_threshold: float = Field(0.0, ge=0, le=1, description="the same for the other table")
    everywhere: bool = Field(False, description="recordings missing from the ground truth have no calls")

    table: Role = Role.PREDICTIONS
    label: list[str] = Field([], description="with one of these labels")
    recording: int | None = Field(None, ge=0, description="of this recording, by its number")
    text: str = Field("", max_length=200, description="in file, label, model or comment")
    least: float = Field(0.0, ge=0, le=1, description="with this score at least")
    most: float = Field(1.0, ge=0, le=1, description="with this score at most")
    sort: str = Field("file", description=f"one of {', '.join(rows.SORTS)}")
    descending: bool = False
    against: Role | None = Field(None, description="compare with this table")
    relation: Relation | None = Field(None, description="only rows with this relation to it")
    limit: int = Field(100, ge=1, le=MAX_ITEMS, description="maximum number of items in one answer")
    offset: int = Field(0, ge=0, le=MAX_BEFORE, description="number of items to skip")

    def to_query(self) -> rows.Query:
        """Name the parts as the service does."""
        return rows.Query(labels=self.label, **self.model_dump(exclude={"label", "limit", "offset"}))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A sheet, and who asks for it."""

    workspace: Workspace
    caller: Caller
    sheet: Sheet


def _find(workspace: Opened, caller: Asking, sheet_id: str) -> _Asked:
    return _Asked(workspace, caller, get_sheet(workspace, sheet_id=sheet_id, person=caller.person))


Asked = Annotated[_Asked, Depends(_find)]


def read_request(
    files: Annotated[list[UploadFile], File(description="tables of predictions, in any format that is read")],
    how: How,
    other: Annotated[list[UploadFile] | None, File(description="a table to compare with")] = None,
    truth: Annotated[list[UploadFile] | None, File(description="a table of all calls (ground truth)")] = None,
    recordings: Annotated[list[UploadFile] | None, File(description="the recordings, where they are sent")] = None,
    address: Annotated[
        list[str] | None, Form(description="folder, file or URL of recordings; for administrators")
    ] = None,
    round_id: Annotated[str, Form(description="the recordings of this round")] = "",
    truth_round: Annotated[str, Form(description="use this round's answers as ground truth")] = "",
    label: BoxLabel = "",
) -> opening.SheetRequest:
    """Read what is to be opened."""
    return opening.SheetRequest(
        _named(files),
        _named(other),
        _named(truth),
        how,
        label,
        addresses=address or (),
        uploads=[(each.filename or "recording", each.file) for each in recordings or ()],
        round_id=round_id,
        truth_round=truth_round,
    )


@router.post("", status_code=201)
def open_sheet(
    workspace: Opened, caller: Asking, request: Annotated[opening.SheetRequest, Depends(read_request)]
) -> wire.Sheet:
    """Open predictions with their recordings; nothing is kept, and the sheet is forgotten after a while."""
    return _show(opening.open_sheet(workspace, request, caller=caller))


@router.get("/{sheet_id}", name="get_sheet")
def show_sheet(asked: Asked) -> wire.Sheet:
    """Get what is in an open sheet."""
    return _show(asked.sheet)


@router.get("/{sheet_id}/recordings", response_model=Page[wire.SheetRecording])
def list_sheet_recordings(
    asked: Asked, part: Part, without: Annotated[bool, Query(description="only those without a prediction")] = False
) -> Response:
    """List the recordings of a sheet with the number of their predictions."""
    return part.answer(rows.list_recordings(asked.sheet, without=without), wire.SheetRecording, key=by("number"))


@router.get("/{sheet_id}/rows", response_model=Page[wire.SheetRow])
def list_sheet_rows(
    request: Request, asked: Asked, query: Annotated[RowsQuery, Query()], if_none_match: IfNoneMatch = None
) -> Response:
    """List the boxes of a table, filtered and sorted."""
    part = AskedPart(request, query.limit, query.offset, if_none_match=if_none_match)
    found, total = rows.list_rows(
        asked.workspace, asked.sheet, query.to_query(), limit=query.limit, offset=query.offset
    )
    return part.answer(found, wire.SheetRow, total)


@router.get("/{sheet_id}/comparison")
def compare_sheet(
    asked: Asked, against: Role, threshold: Score = 0.0, other_threshold: Score = 0.0, everywhere: Everywhere = False
) -> wire.SheetComparison:
    """Compare the predictions with the truth (precision, recall, F1 by label) or with the other table."""
    compared = comparing.compare(asked.workspace, asked.sheet, against, everywhere=everywhere)
    measured = compared.measure(threshold) if against is Role.TRUTH else []
    total = comparing.add_up(measured)
    return wire.SheetComparison(
        against=against,
        threshold=threshold,
        other_threshold=other_threshold,
        rule=RULE,
        counts=compared.relate(threshold, other_threshold).count(),
        labels=[_show_label(each) for each in measured],
        total=None if total is None else _show_label(total),
        curves=_show_curves(compared.curves if measured else {}),
    )


@router.get("/{sheet_id}/rows/{table}/{number}/sound", response_class=Response, responses=SOUND, tags=["media"])
def get_row_sound(
    asked: Asked, table: Role, number: int, if_none_match: IfNoneMatch = None, range_: Range = None
) -> Response:
    """Send what a row sounds like as WAV, or a byte range of it; ultrasound comes ten times slower."""
    audio = hearing.get_sound(asked.workspace, asked.sheet, role=table, number=number)
    return answer_audio(audio, named=True, if_none_match=if_none_match, asked=range_)


@router.get(
    "/{sheet_id}/rows/{table}/{number}/picture",
    response_class=Response,
    responses=describe("image/jpeg"),
    tags=["media"],
)
def get_row_picture(asked: Asked, table: Role, number: int, if_none_match: IfNoneMatch = None) -> Response:
    """Send a row's spectrogram as a small grey JPEG; ``x-picture`` says what it shows, and where the box is in it."""
    found = hearing.get_picture(asked.workspace, asked.sheet, role=table, number=number)
    about = asdict(found.file.info) | {"clip": asdict(found.clip)}
    etag = f"{found.file.info.etag}-{asked.sheet.id}-{table.value}-{number}"
    headers = {"x-picture": json.dumps(about)}
    data = found.file.data
    return answer_cached(data, etag, media_type="image/jpeg", named=True, asked=if_none_match, headers=headers)


@router.post("/{sheet_id}/round", status_code=202)
def keep_sheet(asked: Asked, body: wire.KeepIn) -> JobAdded:
    """Put in the job that makes a round of a sheet: its recordings, and its predictions."""
    who = asked.caller.person or ""
    return JobAdded(job_id=keeping.keep_sheet(asked.workspace, asked.sheet, **body.model_dump(), who=who))


def _named(files: Sequence[UploadFile] | None) -> import_files.Files:
    return [(each.filename or "file", each.file) for each in files or ()]


def _show(sheet: Sheet) -> wire.Sheet:
    return wire.Sheet(
        id=sheet.id,
        recordings=len(sheet.recordings),
        without=int((sheet.count_boxes() == 0).sum()),
        unreadable=[Refused(name=name, reason=reason) for name, reason in sheet.unreadable.items()],
        tables=[_show_table(role, table) for role, table in sheet.tables.items()],
    )


def _show_table(role: Role, table: SheetTable) -> wire.SheetTable:
    least, greatest = table.score_range or (None, None)
    return wire.SheetTable(
        role=role,
        name=table.name,
        count=len(table.placed),
        labels=table.label_counts,
        least_score=least,
        greatest_score=greatest,
        read_as=table.read_as,
        notes=list(table.notes),
        left_out=[
            LeftOut(why=opening.say_why(each.why), count=each.count, names=dict(each.names), first=list(each.first))
            for each in table.left_out
        ],
        guesses=[Guess.model_validate(each) for each in table.guesses],
        areas=len(table.areas),
        unsearched=len(table.unsearched),
    )


def _show_label(each: LabelFigures) -> wire.LabelFigures:
    counts, suggested = each.agreement, each.suggested
    return wire.LabelFigures(
        label=each.label,
        known=counts.known,
        found=counts.found,
        right=counts.right,
        precision=counts.precision,
        recall=counts.recall,
        f1=counts.f1,
        suggested=None if suggested is None else suggested.value,
        suggested_low=None if suggested is None else suggested.low,
        suggested_high=None if suggested is None else suggested.high,
    )


def _show_curves(curves: Mapping[str, Sequence[Mapping[str, float]]]) -> dict[str, list[wire.CurvePoint]]:
    return {label: [wire.CurvePoint(**point) for point in points] for label, points in curves.items()}
