"""Answers of bytes that are no file: columns and places, as `services.explore.columns.pack` writes them."""

import hashlib

from fastapi import Response

from podcast_core.api.downloads import describe

BINARY = describe("application/octet-stream")


def answer_bytes(data: bytes, if_none_match: str | None) -> Response:
    """Send bytes, or 304 to a client that has the same already."""
    etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {"etag": etag, "cache-control": "private, no-cache"}
    if etag in [each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type="application/octet-stream", headers=headers)
