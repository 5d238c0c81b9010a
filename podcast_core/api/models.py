"""Models: their versions, looked at and carried to another server as one file."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Path, Query, Response, UploadFile
from fastapi.responses import StreamingResponse

from podcast_core.api.dependencies import Asking, IfNoneMatch, Opened
from podcast_core.api.downloads import ZIP, send
from podcast_core.api.paging import Part, answer, by
from podcast_core.services.models import catalogue
from podcast_core.wire import models as wire
from podcast_core.wire.base import MAX_BEFORE, Page

router = APIRouter(tags=["models"], prefix="/api/v1/models")

Version = Annotated[int, Path(ge=0, le=MAX_BEFORE, description="from 1; 0 is built in")]


@router.get("", response_model=Page[wire.Model])
def list_models(
    workspace: Opened,
    part: Part,
    name: Annotated[str, Query(description="versions of this model only")] = "",
    kind: Annotated[str, Query(description="of this kind only")] = "",
    archived: Annotated[bool, Query(description="those that are archived instead")] = False,
) -> Response:
    """List all versions of all models that are not archived, the built-in ones first, then by name."""
    found = catalogue.list_versions(workspace, name=name, kind=kind, is_archived=archived)
    return part.answer(found, wire.Model, key=by("id"))


@router.post("", status_code=201)
def import_model(
    workspace: Opened,
    caller: Asking,
    file: Annotated[UploadFile, File(description="what a model's route `file` gives")],
    name: Annotated[str, Form(description="of the new model")],
) -> wire.Model:
    """Add a model from one file, as version 1; 409 when there is a model of that name."""
    added = catalogue.import_file(workspace, name=name, file=file.file, person=caller.person)
    return wire.Model.model_validate(added)


@router.get("/{name}/{version}", response_model=wire.Model)
def get_model(workspace: Opened, name: str, version: Version, if_none_match: IfNoneMatch = None) -> Response:
    """Get a version of a model."""
    return answer(
        wire.Model.model_validate(catalogue.get_version(workspace, name=name, version=version)), if_none_match
    )


@router.get("/{name}/{version}/file", response_class=Response, responses=ZIP)
def export_model(workspace: Opened, name: str, version: Version) -> StreamingResponse:
    """Download a version as one file, to be carried to another server."""
    return send(iter([catalogue.export_file(workspace, name=name, version=version)]), f"{name}-{version}.model.zip")
