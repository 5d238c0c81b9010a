"""Recordings: listed, looked at, and added by upload."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Query, Response, UploadFile

from podcast_core.api.dependencies import Asking, IfNoneMatch, Opened
from podcast_core.api.paging import Part, answer, by
from podcast_core.services.intake import ingest_job, uploads
from podcast_core.services.intake.indexing import Manner
from podcast_core.services.labels import listing
from podcast_core.services.store.source_names import name_source
from podcast_core.wire import recordings as wire
from podcast_core.wire.base import Page

router = APIRouter(tags=["recordings"], prefix="/api/v1/recordings")


@router.get("", response_model=Page[wire.Recording])
def list_recordings(
    workspace: Opened,
    part: Part,
    site: str = "",
    search: Annotated[str, Query(description="a part of the file name")] = "",
    from_at: Annotated[datetime | None, Query(alias="from", description="started then or later; with a zone")] = None,
    to_at: Annotated[datetime | None, Query(alias="to", description="started before then; with a zone")] = None,
) -> Response:
    """List recordings by file name."""
    found, total = listing.list_recordings(
        workspace,
        site=site,
        search=search,
        from_at=from_at,
        to_at=to_at,
        **part.window,
    )
    return part.answer(found, wire.Recording, total, key=by("file_name", "id"))


@router.get("/{recording_id}", response_model=wire.Recording)
def get_recording(workspace: Opened, recording_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """Get a recording."""
    found = listing.get_recording(workspace, recording_id=recording_id)
    return answer(wire.Recording.model_validate(found), if_none_match)


def read_manner(
    zone: Annotated[str, Form(description="time zone of start times without one")] = "",
    time_pattern: Annotated[str, Form(description="pattern of times in file names, such as YYYYMMDD_HHMMSS")] = "",
    time_offset_s: Annotated[float, Form(allow_inf_nan=False, description="added to every start time")] = 0.0,
    take_cut: Annotated[bool, Form(description="accept the intact part of truncated files")] = False,
) -> Manner:
    """Read how files and their start times are to be read."""
    return Manner(zone or None, time_pattern, time_offset_s, take_cut)


@router.post("", status_code=202)
def add_recordings(
    workspace: Opened,
    caller: Asking,
    files: Annotated[list[UploadFile], File(description="audio files")],
    manner: Annotated[Manner, Depends(read_manner)],
    round_name: Annotated[str, Form(description="id or name of the round; created if it does not exist")],
    session_length_s: Annotated[float, Form(allow_inf_nan=False)] = 60.0,
    labels: Annotated[list[str] | None, Form(description="labels of a new round")] = None,
    site: Annotated[str, Form()] = "",
) -> wire.Upload:
    """Keep uploaded recordings, and put in the job that cuts them into sessions of a round.

    A file that is no whole audio is refused with the reason, and the others go in; 400 when none does.
    """
    ingest_job.check_ingest(round_name=round_name, session_length_s=session_length_s)
    sent = [(each.filename or "recording", each.file) for each in files]
    taken = uploads.take_uploads(workspace, sent, person=caller.person, take_cut=manner.take_cut)
    taken.check_any()
    job_id = ingest_job.add_ingest(
        workspace,
        paths=taken.addresses,
        round_name=round_name,
        session_length_s=session_length_s,
        labels=labels or [],
        site=site,
        manner=manner,
    )
    refused = [wire.Refused(name=name, reason=reason) for name, reason in taken.refused]
    return wire.Upload(job_id=job_id, files=[name_source(each) for each in taken.addresses], refused=refused)
