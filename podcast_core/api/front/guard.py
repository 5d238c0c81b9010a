"""In front of every route: who asks, may they, is the body too large, and one line in the log."""

import logging
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from podcast_core.api.front.browsers import check_site
from podcast_core.api.front.kept_answers import KeptAnswers
from podcast_core.api.front.request_log import REQUESTS
from podcast_core.api.front.turns import Turn, make_turns
from podcast_core.api.problems import write_error, write_problem
from podcast_core.api.scopes import Routes, find_scope, list_costs
from podcast_core.errors import Forbidden, InvalidInput, PodcastError
from podcast_core.services import access
from podcast_core.services.access import COOKIE, OPEN, Caller
from podcast_core.services.store import room
from podcast_core.workspace import Workspace

MAX_JSON = 16_000_000  # bytes; 500 verdicts or a session with 10 000 boxes stay far below
MAX_IN_MEMORY = 1 << 20  # of a file that comes, before the framework puts it onto the disk
MAX_BUCKETS = 1000  # addresses that are remembered; the oldest go first

_log = logging.getLogger(REQUESTS)


class Door:
    """Tells who is behind a connection. ``get_bound_to`` says at which address the server was told to listen."""

    def __init__(self, get_workspace: Callable[[], Workspace], get_bound_to: Callable[[], str | None]) -> None:
        self.get_workspace = get_workspace
        self._get_bound_to = get_bound_to

    def is_open(self, scope: Scope) -> bool:
        """Tell whether a connection needs no token.

        Raises
        ------
        Forbidden
            When a page of another site has its own name point at this machine (DNS rebinding).
        """
        connection = HTTPConnection(scope)
        bound_to, reached_at = self._get_bound_to(), str((scope.get("server") or ("",))[0])
        names = {name.lower() for name in connection.headers}
        mode = self.get_workspace().settings.access
        is_local = access.is_open("auto", bound_to=bound_to, reached_at=reached_at, headers=names)
        host = connection.headers.get("host", "")
        if mode != "tokens" and is_local and not access.is_loopback(host):
            raise Forbidden(f"Without tokens this server answers as localhost only, not as {host[:80]!r}.")
        return mode == "open" or (mode == "auto" and is_local)

    def identify(self, scope: Scope) -> Caller:
        """Find out who asks, by the header ``Authorization`` or the cookie of the login."""
        if self.is_open(scope):
            return OPEN
        connection = HTTPConnection(scope)
        kind, _, text = connection.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return access.identify(self.get_workspace(), text.strip())
        secret = connection.cookies.get(COOKIE)
        # Without either there is nothing to look up: what it says is for programs.
        return (
            access.identify_browser(self.get_workspace(), secret)
            if secret
            else access.identify(self.get_workspace(), "")
        )


class Buckets:
    """How often each token may ask for what is expensive; remembers the last `MAX_BUCKETS` only."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, per_minute: int) -> float:
        """Take one; returns 0, or in how many seconds there is one again."""
        now = time.monotonic()
        left, at = self._buckets.pop(key, (float(per_minute), now))
        left = min(float(per_minute), left + (now - at) * per_minute / 60)
        self._buckets[key] = (max(left - 1, 0.0) if left >= 1 else left, now)
        if len(self._buckets) > MAX_BUCKETS:
            self._buckets.popitem(last=False)
        return 0.0 if left >= 1 else (1 - left) * 60 / per_minute


class Guard:
    """ASGI middleware around the API."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door
        self._buckets = Buckets()
        self._turns = make_turns()
        self._kept = KeptAnswers()
        self._routes: Routes | None = None  # known once the first request comes, when all are there

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status, caller, before = time.perf_counter(), 500, OPEN, None
        turn = Turn()

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                turn.end()
            await send(message)

        try:
            check_site(scope, self._door.get_workspace().settings.allowed_origins)
            refuse_control_characters(scope)
            self._routes = self._routes or Routes(scope["app"])
            pattern = self._routes.find(scope)
            caller = await self._identify(scope, find_scope(scope["method"], pattern))
            route = f"{scope['method']} {pattern}"
            self._count(route, caller)
            kept = await self._kept.find(route, scope)
            if kept is not None:
                await kept(scope, receive, note_status)
                return
            await self._wait(route, caller, turn)
            scope.setdefault("state", {})["caller"] = caller
            before = access.act_as(caller)
            receive = self._limit(scope, receive)
            await self._check_room(scope)
            await self._app(scope, receive, self._kept.watch(route, scope, note_status))
        except PodcastError as error:
            await write_error(scope["path"], error)(scope, receive, note_status)
        except HTTPException as error:
            answer = write_problem(scope["path"], error.status_code, str(error.detail), dict(error.headers or {}))
            await answer(scope, receive, note_status)
        finally:
            turn.end()
            if before is not None:
                access.act_as_before(before)
            took_ms = (time.perf_counter() - started) * 1000
            # The path is quoted, so that it cannot make lines of its own; the query and the headers stay out.
            line = (scope["method"], scope["path"][:300], status, took_ms, caller.token_id or "-")
            _log.info("%s %r %d %.1f ms token %s", *line)

    async def _identify(self, scope: Scope, needed: str | None) -> Caller:
        is_open = self._door.is_open(scope)  # refuses other sites' names
        if is_open or needed == "":
            return OPEN
        caller = await run_in_threadpool(self._door.identify, scope)
        caller.need("admin" if needed is None else needed)
        return caller

    def _count(self, route: str, caller: Caller) -> None:
        """Refuse a token that asks for what is expensive too often."""
        cost = list_costs().get(route)
        if caller.token_id and cost and cost.is_counted:
            per_minute = self._door.get_workspace().settings.pictures_per_minute
            wait_s = self._buckets.take(caller.token_id, per_minute)
            if wait_s:
                detail = f"A token may request this {per_minute} times a minute; wait a moment."
                raise HTTPException(429, detail, {"retry-after": str(int(wait_s) + 1)})

    async def _wait(self, route: str, caller: Caller, turn: Turn) -> None:
        """Wait for a turn at computing, if the route takes one."""
        cost = list_costs().get(route)
        if cost and cost.turn:
            await turn.take(self._turns[cost.turn], caller.token_id)

    async def _check_room(self, scope: Scope) -> None:
        """Refuse what there is no room for before it comes. JSON is answers: they are taken as long as possible."""
        headers = HTTPConnection(scope).headers
        said = headers.get("content-length", "")
        if said.isdecimal() and int(said[:20]) > MAX_IN_MEMORY and "json" not in headers.get("content-type", ""):
            await run_in_threadpool(room.check_body, self._door.get_workspace(), int(said))

    def _limit(self, scope: Scope, receive: Receive) -> Receive:
        """Refuse a body that is too large, as soon as that is known."""
        headers = HTTPConnection(scope).headers
        most = self._door.get_workspace().settings.largest_upload_mb * 1_000_000
        if "json" in headers.get("content-type", ""):
            most = min(most, MAX_JSON)
        refusal = HTTPException(
            413, f"A request body can have at most {most} bytes here; this one is larger. Nothing was saved."
        )
        said = headers.get("content-length", "")
        if said.isdecimal() and int(said[:20]) > most:
            raise refusal
        size = 0

        async def count() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > most:
                raise refusal
            return message

        return count


def refuse_control_characters(scope: Scope) -> None:
    """Refuse a path with control characters: no address of ours has any, and programs disagree about what they mean.

    Raises
    ------
    InvalidInput
        With the first of them.
    """
    found = next((character for character in scope["path"] if unicodedata.category(character) == "Cc"), None)
    if found is not None:
        raise InvalidInput(f"An address must not contain control characters; found one (U+{ord(found):04X}).")
