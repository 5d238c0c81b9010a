"""The launcher: serves the pages and the HTTP routes from one process on one port.

``streamlit run app.py``, ``python app.py`` and ``uvicorn app:app`` all work. The frame of the user
interface is ``pages/frame.py``.
"""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from pages.shared.editor.assets import asset_routes
from pages.shared.state import get_workspace
from podcast_core.api.server import PREFIXES, create_api
from podcast_core.services.worker_process import LocalWorkers


class ServeApi:
    """Send the paths of the HTTP API to it and everything else to Streamlit."""

    def __init__(self, app: ASGIApp) -> None:
        self._streamlit = app
        self._api = create_api(get_workspace)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        is_api = scope["type"] == "http" and scope["path"].startswith(PREFIXES)
        await (self._api if is_api else self._streamlit)(scope, receive, send)


@asynccontextmanager
async def warm_up(_app: st.App) -> AsyncIterator[None]:
    """Open the workspace, start the workers, import once what the first visitors would import all at the same time."""
    for name in ("pandas", "plotly.graph_objects", "pyarrow", "scipy.fft", "scipy.signal", "soundfile", "soxr"):
        import_module(name)
    workers = LocalWorkers(get_workspace().settings)
    workers.start()  # processes of their own; nobody waits for them
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
