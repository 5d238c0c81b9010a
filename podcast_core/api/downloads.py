"""Files that are sent while they are made."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from fastapi.responses import StreamingResponse

IMMUTABLE = "private, max-age=31536000, immutable"  # what has its version in the address

Responses = dict[int | str, dict[str, Any]]


def matches(if_none_match: str | None, etag: str) -> bool:
    """Tell whether the header ``If-None-Match`` names what a browser would get."""
    return if_none_match is not None and etag in (each.strip() for each in if_none_match.split(","))


def describe(*media_types: str) -> Responses:
    """Say which files a route answers with, for its description; its ``response_class`` must be Response."""
    return {200: {"content": {each: {"schema": {"type": "string", "format": "binary"}} for each in media_types}}}


ZIP = describe("application/zip")
ANY_FILE = describe("*/*")


def send(blocks: Iterator[bytes], name: str, media_type: str = "application/zip") -> StreamingResponse:
    """Send blocks as a file; what fails before the first one is an error, and no half of a file."""
    first = next(blocks, b"")
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(chain([first], blocks), media_type=media_type, headers=headers)
