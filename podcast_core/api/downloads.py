"""Files that are sent while they are made."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from fastapi.responses import StreamingResponse

ZIP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}
}
"""What the description of a route says that answers with a ZIP archive."""

ANY_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
}


def send(blocks: Iterator[bytes], name: str, media_type: str = "application/zip") -> StreamingResponse:
    """Send blocks as a file; what fails before the first one is an error, and no half of a file."""
    first = next(blocks, b"")
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(chain([first], blocks), media_type=media_type, headers=headers)
