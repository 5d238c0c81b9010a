"""Lists in pages, and answers that a client need not fetch again when they are the same."""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response

from podcast_core.api.dependencies import IfNoneMatch
from podcast_core.api.front.sub_paths import base_of
from podcast_core.wire.base import MAX_BEFORE, Item, Page, Shape

MAX_ITEMS = 1000

Limit = Annotated[int, Query(ge=1, le=MAX_ITEMS, description="maximum number of items in one answer")]
Offset = Annotated[int, Query(ge=0, le=MAX_BEFORE, description="number of items to skip")]


def answer(content: Shape, if_none_match: str | None) -> Response:
    """Send JSON with its ETag, or 304 without a body to a client that has the same already."""
    data = content.model_dump_json().encode()
    etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {"etag": etag, "cache-control": "private, no-cache"}
    known = [each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")]
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type="application/json", headers=headers)


class AskedPart:
    """Which part of a list somebody asks for, and which one they have already."""

    def __init__(
        self, request: Request, limit: Limit = 100, offset: Offset = 0, if_none_match: IfNoneMatch = None
    ) -> None:
        self.limit = limit
        self.offset = offset
        self.if_none_match = if_none_match
        self._request = request

    def make_page(self, found: Sequence[Any], model: type[Item], total: int | None = None) -> Page[Item]:
        """Take the part of a list; with ``total``, ``found`` is that part of so many already."""
        following = self.offset + self.limit
        items = self._request.query_params.multi_items()
        query = [(name, value) for name, value in items if name not in ("limit", "offset")]
        path = base_of(self._request) + self._request.url.path
        link = f"{path}?{urlencode([*query, ('limit', self.limit), ('offset', following)])}"
        shown = found[self.offset : following] if total is None else found
        count = len(found) if total is None else total
        return Page[Item](
            items=[model.model_validate(each) for each in shown],
            total=count,
            offset=self.offset,
            limit=self.limit,
            next=link if following < count else None,
        )

    def answer(self, found: Sequence[Any], model: type[Item], total: int | None = None) -> Response:
        """Send the part of a list, with its ETag."""
        return answer(self.make_page(found, model, total), self.if_none_match)


Part = Annotated[AskedPart, Depends()]
"""What the routes of lists take."""
