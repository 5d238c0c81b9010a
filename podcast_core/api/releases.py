"""Releases: listed, looked at, and their files."""

import mimetypes
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from podcast_core.api.dependencies import IfNoneMatch, Opened
from podcast_core.api.downloads import ANY_FILE, ZIP, send
from podcast_core.api.paging import Part, answer, by
from podcast_core.api.statistics import write_agreement
from podcast_core.services.sets import release_compare, release_plan, release_request, release_store
from podcast_core.wire import releases as wire
from podcast_core.wire.base import Page

router = APIRouter(tags=["releases"], prefix="/api/v1/releases")


@router.get("", response_model=Page[wire.Release])
def list_releases(
    workspace: Opened,
    part: Part,
    name: str = "",
) -> Response:
    """List releases by name, the newest version first."""
    found = release_store.list_releases(workspace, name=name)
    return part.answer(found, wire.Release, key=by("id"))


@router.post("/preview")
def preview_release(workspace: Opened, body: wire.ReleaseParams) -> wire.ReleasePlan:
    """Tell what a release would hold; nothing is made."""
    plan = release_plan.plan_release(workspace, request=release_request.read_request(body.model_dump()))
    return wire.ReleasePlan(
        splits={split: wire.Split.model_validate(each) for split, each in plan.balance.items()},
        left_out=dict(plan.left_out),
        based_on=plan.based_on,
        problems=list(plan.problems),
        warnings=list(plan.warnings),
        agreement=write_agreement(plan.agreement),
    )


@router.get("/compare", response_model=wire.Comparison)
def compare_releases(
    workspace: Opened,
    older: Annotated[str, Query(description="NAME/VERSION")],
    newer: Annotated[str, Query(description="NAME/VERSION")],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Compare two releases by the pieces of recordings that are in them."""
    two = [release_store.get_release(workspace, name=each) for each in (older, newer)]
    found = release_compare.compare_releases(*two)
    told = {each.name: getattr(found, each.name) for each in fields(found)}
    told |= {name: _pair(told[name], wire.Change) for name in ("labels", "splits")}
    told["parameters"] = _pair(found.parameters, wire.ParameterChange)
    told["moved"] = [wire.Move(session=session, before=before, now=now) for session, before, now in found.moved]
    return answer(wire.Comparison(**told, is_same=found.is_same), if_none_match)


@router.get("/{name}/{version}", response_model=wire.ReleaseDetails)
def get_release(workspace: Opened, name: str, version: str, if_none_match: IfNoneMatch = None) -> Response:
    """Get a release with its files and their checksums."""
    found = release_store.get_release(workspace, name=name, version=version)
    files = [wire.ReleaseFile.model_validate(each) for each in found.files.values()]
    told = wire.Release.model_validate(found).model_dump()
    return answer(wire.ReleaseDetails(**told, files=files), if_none_match)


@router.get("/{name}/{version}/check")
def check_release(workspace: Opened, name: str, version: str) -> wire.Check:
    """Read every file of a release again and compare it with its checksum."""
    return wire.Check(problems=release_store.verify_release(workspace, name=name, version=version))


@router.get("/{name}/{version}/zip", response_class=Response, responses=ZIP)
def download_release(workspace: Opened, name: str, version: str) -> StreamingResponse:
    """Download a release of any size as a ZIP archive."""
    found = release_store.get_release(workspace, name=name, version=version)
    release_store.check_readable(workspace, found)
    return send(release_store.stream_zip(workspace, found), f"{found.name}-{found.version}.zip")


@router.get("/{name}/{version}/files/{path:path}", response_class=Response, responses=ANY_FILE)
def download_file(workspace: Opened, name: str, version: str, path: str) -> Response:
    """Download one file of a release."""
    found = release_store.get_release(workspace, name=name, version=version)
    release_store.check_readable(workspace, found)
    data = release_store.read_file(workspace, found, path)
    media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return Response(data, media_type=media_type, headers={"content-disposition": "attachment"})


def _pair(
    found: Mapping[str, tuple[Any, Any]], kind: Callable[..., wire.Change | wire.ParameterChange]
) -> dict[str, Any]:
    return {name: kind(before=before, now=now) for name, (before, now) in found.items()}
