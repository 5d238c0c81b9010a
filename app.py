"""The launcher: serves the pages and the HTTP routes from one process on one port.

``streamlit run app.py``, ``python app.py`` and ``uvicorn app:app`` all work. The frame of the user
interface is ``pages/frame.py``.
"""

import gc
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pages.shared.editor.assets import asset_routes
from pages.shared.state import OPEN_HEADER, open_once
from podcast_core.api.guard import Door
from podcast_core.api.old_links import find_new_address
from podcast_core.api.problems import write_error
from podcast_core.api.request_log import open_request_log
from podcast_core.api.server import PREFIXES, create_api
from podcast_core.errors import PodcastError
from podcast_core.services import access
from podcast_core.services.work.worker_process import LocalWorkers
from podcast_core.workspace import Workspace

PAGES = frozenset(path.stem for path in (Path(__file__).parent / "pages").glob("*.py"))
FILES = ("/media/", "/_stcore/upload_file")  # Streamlit's own ways to files


def get_bound_to() -> str | None:
    """Get the address at which the server was told to listen; None: all."""
    address: str | None = st.get_option("server.address")
    return address


class ServeApi:
    """Send the paths of the HTTP API to it and everything else to Streamlit."""

    def __init__(self, app: ASGIApp) -> None:
        self._streamlit = app
        self._api = create_api(open_once, get_bound_to)
        self._door = Door(open_once, get_bound_to)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        is_api = scope["type"] == "http" and scope["path"].startswith(PREFIXES)
        if is_api:
            await self._api(scope, receive, send)
            return
        if scope["type"] == "websocket":
            scope = {**scope, "headers": await run_in_threadpool(self._mark, scope)}
        elif scope["type"] == "http" and scope["path"].startswith(FILES):
            try:
                await run_in_threadpool(self._door.identify, scope)
            except PodcastError as error:
                await write_error(scope["path"], error)(scope, receive, send)
                return
        elif scope["type"] == "http" and (address := await run_in_threadpool(self._find_new_address, scope)):
            root = scope.get("root_path", "")
            await RedirectResponse(f"{root}/{address}", status_code=303)(scope, receive, send)
            return
        await self._streamlit(scope, receive, send)

    def _find_new_address(self, scope: Scope) -> str | None:
        """Find where an address of the original Pod.Cast leads."""

        def find_workspace() -> Workspace | None:
            try:
                self._door.identify(scope)
                return open_once()
            except PodcastError:
                return None

        return find_new_address(Request(scope), find_workspace, PAGES)

    def _mark(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """Tell the pages whether this visitor needs a token; a visitor cannot say so."""
        try:
            is_open = self._door.is_open(scope)
        except PodcastError:  # another site's name for this machine, or a workspace that cannot be opened
            is_open = False
        headers = [pair for pair in scope["headers"] if pair[0].lower() != OPEN_HEADER.encode()]
        return [*headers, (OPEN_HEADER.encode(), b"1")] if is_open else headers


def answer_at_once() -> None:
    """Let answers leave at once (TCP_NODELAY); connections take the option over from the socket that accepts them.

    Streamlit makes that socket in a way in which asyncio does not see that it is TCP, and leaves Nagle's algorithm on:
    the body of each answer over an open connection then waits 40 ms for the visitor to acknowledge its head.
    """
    sockets = [each for each in gc.get_objects() if type(each) is socket.socket and each.fileno() >= 0]
    for each in sockets:
        is_tcp = each.type == socket.SOCK_STREAM and each.family in (socket.AF_INET, socket.AF_INET6)
        if is_tcp and each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


@asynccontextmanager
async def warm_up(_app: st.App) -> AsyncIterator[None]:
    """Open the workspace, start the workers, import once what the first visitors would import all at the same time."""
    for name in ("pandas", "plotly.graph_objects", "pyarrow", "scipy.fft", "scipy.signal", "soundfile", "soxr"):
        import_module(name)
    open_request_log(open_once().settings.request_log)
    access.explain_start(open_once(), bound_to=get_bound_to())
    workers = LocalWorkers(open_once().settings)
    workers.start()  # processes of their own; nobody waits for them
    answer_at_once()
    # Streamlit collects garbage after every run, with all threads held up; what is here now need not be searched.
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        workers.stop()


app = st.App(
    Path(__file__).parent / "pages" / "frame.py",
    lifespan=warm_up,
    routes=asset_routes(),
    middleware=[Middleware(ServeApi)],
)

if __name__ == "__main__":
    app.run()
