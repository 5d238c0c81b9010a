"""The launcher: serves the pages and the HTTP routes from one process on one port.

``streamlit run app.py``, ``python app.py`` and ``uvicorn app:app`` all work. The frame of the user
interface is ``pages/frame.py``.
"""

import asyncio
import ctypes
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from pages.shared.assets import PLACE, asset_routes
from pages.shared.providers import StreamlitProviders
from pages.shared.state import open_once
from podcast_core.api.front import sockets
from podcast_core.api.front.front import Front
from podcast_core.api.front.request_log import open_request_log
from podcast_core.api.front.warming import start_warming
from podcast_core.services import access
from podcast_core.services.live import recording
from podcast_core.services.people import people
from podcast_core.worker.process import LocalWorkers

HTML = (Path(st.__file__).parent / "static" / "index.html").read_text()
PAGES = frozenset(path.stem for path in (Path(__file__).parent / "pages").glob("*.py"))
M_ARENA_MAX = -8  # of mallopt(3)
TRIM_S = 60.0  # chosen: it takes some milliseconds


def get_bound_to() -> str | None:
    """Get the address at which the server was told to listen; None: all."""
    address: str | None = st.get_option("server.address")
    return address


def get_base() -> str:
    """Get the address below which the app is served; empty: at the top."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


def share_memory() -> None:
    """Let all threads take memory from two pools, where glibc hands it out: it makes sixteen for two processors.

    Each of them keeps what its threads once needed for a sound or a picture: 80 MB after half a minute of 30 people.
    """
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL("libc.so.6").mallopt(M_ARENA_MAX, 2)


async def give_memory_back() -> None:
    """Give what is free between pieces in use back to the system, again and again: glibc gives back what is at the end.

    After 50 minutes of 100 people that was 57 of 470 MB, and more every hour. Large pieces of their own would be given
    back by themselves, but then a picture takes twice the processor time.
    """
    with suppress(OSError, AttributeError):  # another C library
        trim = ctypes.CDLL("libc.so.6").malloc_trim
        while True:
            await asyncio.sleep(TRIM_S)
            await asyncio.to_thread(trim, 0)


@asynccontextmanager
async def warm_up(_app: st.App) -> AsyncIterator[None]:
    """Open the workspace, start the workers, import once what the first visitors would import all at the same time."""
    for name in ("pandas", "plotly.graph_objects", "pyarrow", "scipy.fft", "scipy.signal"):
        import_module(name)
    open_request_log(open_once().settings.request_log)
    await asyncio.to_thread(recording.take_leftovers, open_once())
    access.explain_start(open_once(), bound_to=get_bound_to())
    people.adopt_holders(open_once())
    workers = LocalWorkers(open_once().settings)
    workers.start()  # processes of their own; nobody waits for them
    sockets.answer_at_once()
    sockets.keep_open()
    start_warming()
    trimming = asyncio.create_task(give_memory_back())
    # Streamlit collects garbage after every run, with all threads held up; what is here now need not be searched.
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        trimming.cancel()
        workers.stop()


share_memory()
app = st.App(
    Path(__file__).parent / "pages" / "frame.py",
    lifespan=warm_up,
    routes=asset_routes(),
    middleware=[
        Middleware(
            Front,
            get_workspace=open_once,
            get_bound_to=get_bound_to,
            pages=PAGES,
            html=HTML,
            get_base=get_base,
            own_files=f"/{PLACE}/",
            providers=StreamlitProviders(),
        )
    ],
)

if __name__ == "__main__":
    app.run()
