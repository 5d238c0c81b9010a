"""Lists in pages, and answers that a client need not fetch again when they are the same."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, TypedDict
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from podcast_core.api import cursors
from podcast_core.api.cursors import Cursor
from podcast_core.api.dependencies import IfNoneMatch
from podcast_core.api.front.sub_paths import base_of
from podcast_core.errors import InvalidInput
from podcast_core.wire.base import MAX_BEFORE, Item, Page, Shape

MAX_ITEMS = 1000  # chosen: some hundred kilobytes of JSON
ENDING = 10  # items by which a part of a whole list says where it ends

Limit = Annotated[int, Query(ge=1, le=MAX_ITEMS, description="maximum number of items in one answer")]
Offset = Annotated[int, Query(ge=0, le=MAX_BEFORE, description="number of items to skip")]


After = Annotated[str, Query(description="where the part before ended, as `next` says; instead of offset")]
Key = Callable[[Any], Sequence[Any]]
Show = Callable[[Any], Any]


class Window(TypedDict):
    """A part of a list as services take it: at most so many items, after so many or after one with these keys."""

    limit: int
    offset: int
    after: Sequence[Any] | None


def answer(content: Shape, if_none_match: str | None) -> Response:
    """Send JSON with its ETag, or 304 without a body to a client that has the same already."""
    data = content.model_dump_json().encode()
    headers, is_known = _name(data, if_none_match)
    if is_known:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type="application/json", headers=headers)


def answer_in_parts(head: Shape, field: str, parts: Iterator[str], version: str, if_none_match: str | None) -> Response:
    """Send JSON as it is made, with an ETag of its ``version``.

    Parameters
    ----------
    head
        The shape without the items of one list.
    field
        The name of the list.
    parts
        Its items as JSON, several at a time with commas between them.
    """
    headers, is_known = _name(version.encode(), if_none_match)
    if is_known:
        return Response(status_code=304, headers=headers)
    before, mark, behind = head.model_dump_json().partition(f'"{field}":[')
    first = next(parts)

    def write() -> Iterator[bytes]:
        yield f"{before}{mark}{first}".encode()
        for each in parts:
            yield f",{each}".encode() if each else b""
        yield behind.encode()

    return StreamingResponse(write(), media_type="application/json", headers=headers)


def _name(content: bytes, if_none_match: str | None) -> tuple[dict[str, str], bool]:
    """Name a content by an ETag in headers, and tell whether a client has it already."""
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    known = [each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")]
    return {"etag": etag, "cache-control": "private, no-cache"}, etag in known or "*" in known


class AskedPart:
    """Which part of a list somebody asks for, and which one they have already.

    Whoever counts (``offset``) goes on counting. Whoever does not is led on by what the last item is sorted by
    (``after``): so nothing is left out or comes twice where items are added or removed meanwhile.
    """

    def __init__(
        self,
        request: Request,
        limit: Limit = 100,
        offset: Offset = 0,
        after: After = "",
        if_none_match: IfNoneMatch = None,
    ) -> None:
        self.limit = limit
        self.offset = offset
        self.if_none_match = if_none_match
        self._request = request
        self._is_counted = "offset" in request.query_params
        if after and self._is_counted:
            raise InvalidInput("A part of a list is asked for by offset or by after, not by both.")
        self._cursor = cursors.decode(after, self._name_list()) if after else None

    @property
    def window(self) -> Window:
        """What services that list by keys take: one item more than is shown tells whether there are more."""
        keys = None if self._cursor is None else self._cursor.keys
        return {"limit": self.limit + 1, "offset": self.offset, "after": keys}

    def make_page(
        self,
        found: Sequence[Any],
        model: type[Item],
        total: int | None = None,
        *,
        key: Key | None = None,
        show: Show | None = None,
        has_more: bool = False,
    ) -> Page[Item]:
        """Take the part of a list.

        Parameters
        ----------
        found
            The whole list; or, with ``total``, the part of so many that `window` asks for.
        key
            What an item is sorted by, or else what names it; None: the list is asked for by offset only.
        show
            What makes the shape of an item, where its attributes are not those of the shape.
        has_more
            More items follow than `window` asks for.
        """
        count = len(found) if total is None else total
        start = self._find_start(found, key) if total is None else 0
        before = start if total is None else self._cursor.count if self._cursor else self.offset
        shown = found[start : start + self.limit]
        is_cut = start + self.limit < len(found)
        has_more = has_more or is_cut or (key is None and before + len(shown) < count)
        return Page[Item](
            items=[model.model_validate(show(each) if show else each) for each in shown],
            total=count,
            offset=before,
            limit=self.limit,
            next=self._link(before + len(shown), _end_of(shown, key, is_whole=total is None)) if has_more else None,
        )

    def _find_start(self, found: Sequence[Any], key: Key | None) -> int:
        """Find where the part begins in a whole list: after the last item sent that is still there.

        If so many went that none is, the list begins again: an item may come twice, and none is left out.
        """
        if self._cursor is None or key is None:
            return self.offset
        if not all(isinstance(each, list) for each in self._cursor.keys):
            raise cursors.refuse(self._request.query_params.get("after", ""))
        places = {tuple(key(each)): place for place, each in enumerate(found)}
        sent = (places.get(tuple(each)) for each in self._cursor.keys)
        return next((place + 1 for place in sent if place is not None), 0)

    def _link(self, count: int, keys: Sequence[Any] | None) -> str:
        """Write the address of the part that follows so many items."""
        where: tuple[str, Any] = ("offset", count)
        if keys is not None and not self._is_counted:
            where = ("after", Cursor(tuple(keys), count).encode(self._name_list()))
        path = base_of(self._request) + self._request.url.path
        return f"{path}?{urlencode([*self._list_filters(), ('limit', self.limit), where])}"

    def _list_filters(self) -> list[tuple[str, str]]:
        items = self._request.query_params.multi_items()
        return [(name, value) for name, value in items if name not in ("limit", "offset", "after")]

    def _name_list(self) -> str:
        return f"{self._request.url.path}?{urlencode(sorted(self._list_filters()))}"

    def answer(
        self,
        found: Sequence[Any],
        model: type[Item],
        total: int | None = None,
        *,
        key: Key | None = None,
        show: Show | None = None,
    ) -> Response:
        """Send the part of a list, with its ETag."""
        return answer(self.make_page(found, model, total, key=key, show=show), self.if_none_match)


def _end_of(shown: Sequence[Any], key: Key | None, *, is_whole: bool) -> Sequence[Any] | None:
    """Say where a part ends; in a whole list by several items, the last one first, since the last one may go."""
    if key is None:
        return None
    return [list(key(each)) for each in shown[: -ENDING - 1 : -1]] if is_whole else key(shown[-1])


def by(*names: str) -> Key:
    """Name items by some of their attributes."""
    return lambda item: tuple(getattr(item, name) for name in names)


Part = Annotated[AskedPart, Depends()]
"""What the routes of lists take."""
