"""Pictures that were sent once and never change, in memory: sending one again takes no thread, database or disk.

An answer is kept if its route is in `scopes.list_kept`, where nobody may see more than another who may read, and if its
address names its version, so that it was said to be immutable.
"""

import anyio
import anyio.lowlevel
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from podcast_core.api.downloads import IMMUTABLE, matches
from podcast_core.api.scopes import list_kept
from podcast_core.services.pictures.memory_cache import Held

MAX_BYTES = 32 << 20  # in all; chosen
MAX_BYTES_EACH = 1 << 20  # chosen: larger ones are computed again

Key = tuple[str, bytes]
RawHeaders = list[tuple[bytes, bytes]]


class KeptAnswer:
    """An answer as it was sent."""

    def __init__(self, key: Key, headers: RawHeaders, body: bytes) -> None:
        self._headers, self._body = headers, body
        self._etag = Headers(raw=headers).get("etag", "")
        texts = (key[0].encode(), key[1], *(text for pair in headers for text in pair))
        self.byte_count = len(body) + sum(map(len, texts))

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it, or say that the browser has it."""
        headers, body, status = self._headers, self._body, 200
        if matches(HTTPConnection(scope).headers.get("if-none-match"), self._etag):
            own = (b"content-length", b"content-type")
            headers, body, status = [each for each in headers if each[0] not in own], b"", 304
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        await send({"type": "http.response.body", "body": body})


class KeptAnswers:
    """What was sent last, up to `MAX_BYTES`."""

    def __init__(self) -> None:
        self._held = Held[KeptAnswer](MAX_BYTES, lambda each: each.byte_count)
        self._pace = anyio.Lock()

    async def find(self, route: str, scope: Scope) -> KeptAnswer | None:
        """Find what a request asks for.

        Of many who ask at the same time, one gets it each time the event loop goes round: others, whose requests need
        several rounds, would wait for all of them each time.
        """
        found = self._held.find(_key(scope)) if route in list_kept() else None
        if found is not None:
            async with self._pace:
                await anyio.lowlevel.checkpoint()
        return found

    def watch(self, route: str, scope: Scope, send: Send) -> Send:
        """Keep what goes by, if it never changes."""
        if route not in list_kept():
            return send
        headers: RawHeaders = []
        body = bytearray()

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                if _is_immutable(message):
                    headers.extend(message["headers"])
            elif headers:
                body.extend(message.get("body", b""))
                if not message.get("more_body"):
                    key = _key(scope)
                    self._held.add(key, KeptAnswer(key, headers, bytes(body)))
            await send(message)

        return note


def _is_immutable(message: Message) -> bool:
    headers = Headers(raw=message["headers"])
    is_small = int(headers.get("content-length", MAX_BYTES)) <= MAX_BYTES_EACH
    return message["status"] == 200 and is_small and headers.get("cache-control") == IMMUTABLE


def _key(scope: Scope) -> Key:
    return scope["path"], scope["query_string"]
