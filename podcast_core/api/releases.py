"""Releases: listed, looked at, and their files."""

import mimetypes
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from podcast_core.api.paging import IfNoneMatch, Limit, Offset, Page, Shown, answer, make_page
from podcast_core.api.v1 import Opened
from podcast_core.services import release_store

router = APIRouter(tags=["releases"], prefix="/api/v1/releases")


class ReleaseOut(Shown):
    """A release, without the list of its sessions and files."""

    id: str
    name: str
    version: str
    title: str
    held_out: list[str]
    splits: dict[str, dict[str, Any]]
    size_bytes: int


class ReleaseFile(BaseModel):
    """A file of a release."""

    path: str
    bytes: int
    sha256: str


class ReleaseDetails(ReleaseOut):
    """A release with its files."""

    files: list[ReleaseFile]


class Check(BaseModel):
    """What is wrong with a release's files; nothing when they are as they were made."""

    problems: list[str]


@router.get("", response_model=Page[ReleaseOut])
def list_releases(
    workspace: Opened,
    request: Request,
    name: str = "",
    limit: Limit = 100,
    offset: Offset = 0,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """List releases by name, the newest version first."""
    found = release_store.list_releases(workspace, name=name)
    return answer(make_page(request, found, ReleaseOut, limit=limit, offset=offset), if_none_match)


@router.get("/{name}/{version}", response_model=ReleaseDetails)
def get_release(workspace: Opened, name: str, version: str, if_none_match: IfNoneMatch = None) -> Response:
    """Get a release with its files and their checksums."""
    found = release_store.get_release(workspace, name=name, version=version)
    files = [ReleaseFile.model_validate(each) for each in found.files.values()]
    told = ReleaseOut.model_validate(found).model_dump()
    return answer(ReleaseDetails(**told, files=files), if_none_match)


@router.get("/{name}/{version}/check")
def check_release(workspace: Opened, name: str, version: str) -> Check:
    """Read every file of a release again and compare it with its checksum."""
    return Check(problems=release_store.verify_release(workspace, name=name, version=version))


@router.get("/{name}/{version}/zip", response_class=Response)
def download_release(workspace: Opened, name: str, version: str) -> Response:
    """Download a release as a ZIP archive; 400 when it is too large for that."""
    found = release_store.get_release(workspace, name=name, version=version)
    headers = {"content-disposition": f'attachment; filename="{found.name}-{found.version}.zip"'}
    return Response(release_store.make_zip(workspace, found), media_type="application/zip", headers=headers)


@router.get("/{name}/{version}/files/{path:path}", response_class=Response)
def download_file(workspace: Opened, name: str, version: str, path: str) -> Response:
    """Download one file of a release."""
    found = release_store.get_release(workspace, name=name, version=version)
    data = release_store.read_file(workspace, found, path)
    media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return Response(data, media_type=media_type, headers={"content-disposition": "attachment"})
