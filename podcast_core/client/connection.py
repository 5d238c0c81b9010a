"""Requests to a server and its answers: JSON, lists in pages, uploads, downloads."""

import http.client
import json
import os
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from pydantic import TypeAdapter, ValidationError

from podcast_core.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    PodcastError,
    StorageUnavailable,
    Unauthenticated,
)
from podcast_core.wire.base import Item, Page

Answer = TypeVar("Answer")
Query = Mapping[str, Any]
Fields = Mapping[str, str | Sequence[str]]
OnProgress = Callable[[int, int], object]
"""Told the bytes that were sent and those in all."""

ERRORS: Mapping[int, type[PodcastError]] = {
    400: InvalidInput,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: InvalidInput,
    415: InvalidInput,
    422: InvalidInput,
}
TRIES = 3  # of a GET that the server could not answer
TIMEOUT_S = 60.0  # chosen: longer than a turn is waited for on the server
PAGE_ITEMS = 500  # half of what the server gives at most
BLOCK_BYTES = 1 << 18  # read at once


class Connection:
    """A Pod.Cast server, and what all calls to it share.

    Parameters
    ----------
    base_url
        Where it is, e.g. ``http://127.0.0.1:8501``.
    token
        A personal token, where the server wants one.

    Raises
    ------
    PodcastError
        Every method: the errors of `podcast_core.errors`, with the server's own words.
    """

    def __init__(self, base_url: str, token: str = "") -> None:
        if not base_url.startswith(("http://", "https://")):
            raise InvalidInput(f"A server's address starts with http:// or https://, found {base_url[:80]!r}.")
        self._base_url = base_url.rstrip("/")
        self._headers = {"authorization": f"Bearer {token}"} if token else {}

    def _list(self, kind: type[Item], parts: Sequence[str], query: Query) -> Iterator[Item]:
        """Go through a list, fetching one page after the other."""
        link: str | None = _join(parts, {"limit": PAGE_ITEMS, **query})
        while link:
            page = _read(Page[kind], self._fetch("GET", link))  # type: ignore[valid-type]  # a type made while it runs
            yield from page.items
            link = page.next

    def _get(self, kind: type[Answer], *parts: str, query: Query | None = None) -> Answer:
        return _read(kind, self._fetch("GET", _join(parts, query or {})))

    def _follow(self, kind: type[Answer], link: str) -> Answer:
        return _read(kind, self._fetch("GET", link))

    def _get_bytes(self, *parts: str) -> bytes:
        return self._fetch("GET", _join(parts, {}))

    def _send(self, kind: type[Answer], method: str, parts: Sequence[str], body: Mapping[str, Any]) -> Answer:
        return _read(kind, self._tell(method, parts, body))

    def _tell(self, method: str, parts: Sequence[str], body: Mapping[str, Any]) -> bytes:
        return self._fetch(method, _join(parts, {}), json.dumps(body).encode(), {"content-type": "application/json"})

    def _upload(
        self,
        kind: type[Answer],
        parts: Sequence[str],
        paths: Sequence[str | Path],
        fields: Fields,
        *,
        field: str = "files",
        beside: Mapping[str, Sequence[str | Path]] | None = None,
        on_progress: OnProgress | None = None,
    ) -> Answer:
        """Send files block by block, ``beside`` under other fields; a file is never in memory as a whole."""
        form = _Form({field: paths, **(beside or {})}, fields)
        headers = {"content-type": f"multipart/form-data; boundary={form.mark}", "content-length": str(form.size)}
        return _read(kind, self._fetch("POST", _join(parts, {}), form.read(on_progress), headers))

    def _download(
        self, parts: Sequence[str], query: Query, out: str | Path, *, body: Mapping[str, Any] | None = None
    ) -> Path:
        """Write an answer to a file, all of it or nothing; with a body, it is asked for by POST."""
        target, path = Path(out), _join(parts, query)
        asked = (
            self._open("GET", path)
            if body is None
            else self._open("POST", path, json.dumps(body).encode(), {"content-type": "application/json"})
        )
        with asked as response:
            handle, beside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.writelines(self._read_body(response))
                os.replace(beside, target)
            finally:
                Path(beside).unlink(missing_ok=True)
        return target

    def _fetch(
        self,
        method: str,
        path: str,
        data: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        with self._open(method, path, data, headers) as response:
            return b"".join(self._read_body(response))

    def _open(
        self,
        method: str,
        path: str,
        data: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Ask, again where that is harmless, and give the answer whose body is to be read."""
        headers = {**self._headers, **(headers or {})}
        request = urllib.request.Request(f"{self._base_url}{path}", data, headers, method=method)
        return self._ask(request, TRIES if method == "GET" else 1)

    def _read_body(self, response: Any) -> Iterator[bytes]:
        try:
            while block := response.read(BLOCK_BYTES):
                yield block
            if response.length:  # bytes that were announced and did not come: http.client says nothing then
                raise http.client.IncompleteRead(b"", response.length)
        except (http.client.HTTPException, OSError) as error:
            raise StorageUnavailable(f"The answer of {self._base_url} broke off: {error!r}") from error

    def _ask(self, request: urllib.request.Request, tries: int) -> Any:
        for left in reversed(range(tries)):
            try:
                return _OPENER.open(request, timeout=TIMEOUT_S)
            except urllib.error.HTTPError as error:
                if error.code < 500 or not left:
                    raise ERRORS.get(error.code, _kind_of(error.code))(_read_reason(error)) from error
            except (http.client.HTTPException, OSError) as error:
                if not left:
                    raise StorageUnavailable(f"{self._base_url} did not answer: {error}") from error
            time.sleep(0.2)
        raise StorageUnavailable(f"{self._base_url} did not answer.")


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Follows no redirect to another server: the token is for this one."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        """Follow a redirect within the server."""
        here, there = urlsplit(req.full_url), urlsplit(newurl)
        if (here.scheme, here.netloc) != (there.scheme, there.netloc):
            raise StorageUnavailable(
                f"{here.scheme}://{here.netloc} sends its clients to {there.scheme}://{there.netloc}; the token was "
                "not sent there. If that is the right server, give its address to the client."
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


_OPENER = urllib.request.build_opener(_StayHere)


class _Form:
    """A form with files (multipart/form-data) that is read in blocks."""

    def __init__(self, files: Mapping[str, Sequence[str | Path]], fields: Fields) -> None:
        self.mark = uuid.uuid4().hex
        head = f"--{self.mark}\r\ncontent-disposition: form-data; name="
        self._parts: list[bytes | Path] = []
        for name, given in fields.items():
            for value in [given] if isinstance(given, str) else given:
                self._parts.append(f'{head}"{name}"\r\n\r\n{value}\r\n'.encode())
        for field, path in [(field, Path(each)) for field, paths in files.items() for each in paths]:
            name = path.name.replace('"', "%22").replace("\r", "").replace("\n", "")
            self._parts += [f'{head}"{field}"; filename="{name}"\r\n\r\n'.encode(), path, b"\r\n"]
        self._parts.append(f"--{self.mark}--\r\n".encode())
        try:
            self.size = sum(each.stat().st_size if isinstance(each, Path) else len(each) for each in self._parts)
        except OSError as error:
            raise InvalidInput(f"{error.filename} cannot be read: {error.strerror}") from error

    def read(self, on_progress: OnProgress | None) -> Iterator[bytes]:
        """Give the form block by block."""
        sent = 0
        for part in self._parts:
            for block in _read_blocks(part):
                yield block
                sent += len(block)
                if on_progress is not None:
                    on_progress(sent, self.size)


def _read_blocks(part: bytes | Path) -> Iterator[bytes]:
    if isinstance(part, bytes):
        yield part
        return
    with part.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            yield block


def _read(kind: type[Answer], data: bytes) -> Answer:
    try:
        answer: Answer = _make_reader(kind).validate_json(data)  # type: ignore[arg-type]  # a type is hashable
        return answer
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        reason = f"{place}: {first['msg']}" if place else first["msg"]
        raise PodcastError(f"The server answered something else than this client expects ({reason}).") from error


@cache
def _make_reader(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _join(parts: Sequence[str], query: Query) -> str:
    asked = urlencode({name: _to_text(value) for name, value in query.items() if value is not None})
    return "/api/v1/" + "/".join(quote(part, safe="") for part in parts) + (f"?{asked}" if asked else "")


def _to_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kind_of(status: int) -> type[PodcastError]:
    return StorageUnavailable if status >= 500 else PodcastError


def _read_reason(error: urllib.error.HTTPError) -> str:
    text = error.read().decode(errors="replace")
    try:
        return str(json.loads(text)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"The server answered {error.code}: {text[:200]}"
