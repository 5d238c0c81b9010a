"""In front of everything: which requests go to the HTTP API, which to Streamlit, and which to nobody.

Streamlit runs a script for each page that is open, so it sees a connection only once it is known whose it is.
"""

from collections.abc import Callable, Collection

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from podcast_core.api.front import shared, sign_in
from podcast_core.api.front.browsers import DATA, add_headers, check_site, make_page_policy
from podcast_core.api.front.connections import Connections
from podcast_core.api.front.guard import Door, refuse_control_characters
from podcast_core.api.front.join_page import JOIN, ask_name
from podcast_core.api.front.login_page import ask_token, explain
from podcast_core.api.front.sign_in import NO_PROVIDERS, Providers
from podcast_core.api.front.sub_paths import base_of, take_base
from podcast_core.api.problems import find_status
from podcast_core.api.protocols import list_paths
from podcast_core.api.server import create_api
from podcast_core.errors import PodcastError, Unauthenticated
from podcast_core.plugging import load_parts
from podcast_core.services.access import COOKIE, OPEN_HEADER, Caller
from podcast_core.workspace import Workspace

HEALTH = "/_stcore/health"
START = "/rounds"  # Streamlit serves its first page at the root only, and says of this name that there is no such page
ADMIN_ONLY = ("/_stcore/metrics",)


class Front:
    """ASGI middleware around Streamlit.

    Parameters
    ----------
    get_bound_to
        At which address the server listens (None: all), see `access.is_open`.
    pages
        First parts of the addresses of our own pages.
    html
        The document that Streamlit sends for each page.
    get_base
        The address below which the app is served, such as ``/podcast``; empty: at the top.
    own_files
        Where our own scripts and styles are.
    providers
        Who vouches for people besides us.
    """

    def __init__(
        self,
        app: ASGIApp,
        get_workspace: Callable[[], Workspace],
        get_bound_to: Callable[[], str | None],
        pages: Collection[str],
        html: str,
        get_base: Callable[[], str] = lambda: "",
        own_files: str = "/modules/",
        providers: Providers = NO_PROVIDERS,
    ) -> None:
        self._streamlit = app
        self._get_workspace = get_workspace
        self._api = create_api(get_workspace, get_bound_to)
        self._door = Door(get_workspace, get_bound_to)
        self._api_paths = list_paths()
        self._pages = pages
        self._policy = make_page_policy(html)
        self._connections = Connections()
        self._get_base, self._own_files, self._providers = get_base, own_files, providers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "websocket":
            await self._open_page(scope, receive, send)
        elif scope["type"] == "http":
            inside = take_base(scope, self._get_base())
            if inside["path"].startswith(self._api_paths):
                await self._api(inside, receive, add_headers(send, DATA))
            else:
                await self._serve_page(inside, scope, receive, add_headers(send, self._policy))
        else:
            await self._streamlit(scope, receive, send)

    async def _serve_page(self, scope: Scope, outside: Scope, receive: Receive, send: Send) -> None:
        """Serve the page's own files, once it is known who asks; ``outside``: as Streamlit knows the address."""
        request = Request(scope)
        try:
            refuse_control_characters(scope)
            if scope["path"] == HEALTH:
                await self._streamlit(outside, receive, send)
                return
            if await self._let_in(scope, outside, receive, send):
                return
            caller = await self._identify(scope, outside, receive, send)
            if caller is None:
                return
            if scope["path"] in ADMIN_ONLY:
                caller.need("admin")
            if "text/html" in request.headers.get("accept", ""):
                self._connections.check(_name(scope, caller), **self._limits())
        except Unauthenticated as error:
            had_one = COOKIE in request.cookies or shared.read_secret(request)
            await ask_token(request, str(error) if had_one else "", self._providers.list_names())(scope, receive, send)
            return
        except PodcastError as error:
            await explain(request, find_status(error), str(error))(scope, receive, send)
            return
        address = await run_in_threadpool(self._find_new_address, request)
        if address is not None:
            await RedirectResponse(f"{base_of(request)}/{address}", 303)(scope, receive, send)
        elif scope["path"].startswith(self._own_files):  # a route of ours, which Streamlit does not move
            await self._streamlit(scope, receive, send)
        else:
            await self._streamlit(outside, receive, send)

    async def _let_in(self, scope: Scope, outside: Scope, receive: Receive, send: Send) -> bool:
        """Serve what lets people in, by invitations and providers; False where something else is asked for."""
        path, request = scope["path"], Request(scope)
        if path == JOIN:
            await ask_name(request)(scope, receive, send)
        elif path == sign_in.START:
            await sign_in.begin(request, self._providers)(scope, receive, send)
        elif path == sign_in.CALLBACK:
            ways = sign_in.Ways(self._streamlit, self._get_workspace, self._providers)
            await sign_in.end(ways, scope, outside, receive, send)
        elif path in sign_in.THROUGH and self._providers.list_names():
            await self._streamlit(outside, receive, send)
        else:
            return False
        return True

    async def _identify(self, scope: Scope, outside: Scope, receive: Receive, send: Send) -> Caller | None:
        """Find out who asks for a page or a part of it; None: somebody with a link to a round's progress, who has it.

        Raises
        ------
        Unauthenticated
            When nobody who may have it does.
        """
        try:
            return await run_in_threadpool(self._door.identify, scope)
        except Unauthenticated:
            if await self._serve_shared(scope, outside, receive, send):
                return None
            raise

    async def _serve_shared(self, scope: Scope, outside: Scope, receive: Receive, send: Send) -> bool:
        """Serve whoever comes by a link to a round's progress; False where nobody does, or a link does not open this.

        Raises
        ------
        Unauthenticated
            When the link opens nothing (any more).
        """
        request = Request(scope)
        link = await run_in_threadpool(shared.find_shared, self._get_workspace(), scope)
        if link is None or not shared.is_for_link(request):
            return False
        if "text/html" in request.headers.get("accept", ""):
            self._connections.check(f"share {link.id}", **self._limits())
        inside = scope if scope["path"].startswith(self._own_files) else outside
        await self._streamlit(shared.strip_marks(inside), receive, shared.keep_link(request, link, send))
        return True

    async def _open_shared(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Let the page of a link talk to Streamlit, as far as there is room; False where nobody comes by one."""
        link = await run_in_threadpool(shared.find_shared, self._get_workspace(), scope)
        if link is None:
            return False
        with self._connections.hold(f"share {link.id}", **self._limits()):
            await self._streamlit(shared.strip_marks(scope), receive, send)
        return True

    async def _open_page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a page talk to Streamlit, if its visitor may and there is room."""
        try:
            check_site(scope, "")
            try:
                caller = await run_in_threadpool(self._door.identify, scope)
            except Unauthenticated:
                if await self._open_shared(scope, receive, send):
                    return
                raise
            with self._connections.hold(_name(scope, caller), **self._limits()):
                await self._streamlit({**scope, "headers": _mark(scope, caller)}, receive, send)
        except PodcastError as error:
            await _refuse(find_status(error), str(error), scope, receive, send)

    def _find_new_address(self, request: Request) -> str | None:
        """Find where an address leads that people kept of a system that we replace, or made up; relative to the app."""
        if request.scope["path"] == START:
            return f"?{request.url.query}" if request.url.query else ""
        found = (each.find_new_address(request, self._get_workspace, self._pages) for each in load_parts("old_links"))
        return next((address for address in found if address is not None), None)

    def _limits(self) -> dict[str, int]:
        settings = self._get_workspace().settings
        return {"most": settings.most_pages, "most_of_one": settings.most_pages_each}


def _name(scope: Scope, caller: Caller) -> str:
    """Name who holds a connection: a token, or an address where nobody needs one."""
    return caller.token_id or str((scope.get("client") or ("",))[0])


def _mark(scope: Scope, caller: Caller) -> list[tuple[bytes, bytes]]:
    headers = [pair for pair in scope["headers"] if pair[0].lower() != OPEN_HEADER.encode()]
    return headers if caller.token_id else [*headers, (OPEN_HEADER.encode(), b"1")]


async def _refuse(status: int, reason: str, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a websocket that is not opened."""
    await receive()  # websocket.connect
    if "websocket.http.response" in HTTPConnection(scope).scope.get("extensions", {}):
        await PlainTextResponse(reason, status)(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1008, "reason": reason[:100]})
