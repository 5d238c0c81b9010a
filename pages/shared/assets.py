"""The pages' JavaScript and CSS, and plotly.js, as immutable files that a browser fetches once."""

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

HERE = Path(__file__).parent
PLACE = "modules"  # where all of it is, relative to the app
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css"}
IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable"}

# The JavaScript of every component that has modules: it mounts the one that its data names.
# A module from the first version seen stays in charge of its element, also when the server is upgraded meanwhile.
# (The line breaks matter: Streamlit takes one-line strings for paths.)
LOADER = """
const modules = new WeakMap();
export default async function (component) {
  const { parentElement, data } = component;
  if (!modules.has(parentElement)) {
    modules.set(parentElement, import(new URL(data.module_url, document.baseURI).href));
  }
  const { mount } = await modules.get(parentElement);
  return mount(component);
}
"""


@dataclass(frozen=True)
class _Assets:
    """All files as they were at one time, by the names that they are asked for by."""

    stamps: tuple[tuple[str, int, int], ...]  # name, time of the last change, size
    version: str
    files: dict[str, bytes]


_newest = _Assets((), "", {})


def asset_version() -> str:
    """Name the present state of all files: their digest, 12 hex digits."""
    global _newest
    stamps = tuple(sorted(_list_stamps()))
    if stamps != _newest.stamps:
        _newest = _read_assets(stamps)
    return _newest.version


def asset_url(name: str) -> str:
    """Get the URL of a file such as ``editor/main.js``, relative to the app."""
    return f"{PLACE}/{asset_version()}/{name}"


def plotly_url() -> str:
    """Get the URL of the installed package's plotly.js, relative to the app."""
    return f"{PLACE}/plotly-{version('plotly')}.min.js"


def asset_routes() -> list[Route]:
    """Make the routes that serve all of it."""
    return [
        Route(f"/{plotly_url()}", _serve_plotly),
        Route(f"/{PLACE}/{{version}}/{{name:path}}", _serve_asset),
    ]


def _list_stamps() -> Iterator[tuple[str, int, int]]:
    """List the files; the components lie side by side, and all use ``web``."""
    for path in HERE.rglob("*"):
        if path.suffix in MEDIA_TYPES:
            status = path.stat()
            yield path.relative_to(HERE).as_posix(), status.st_mtime_ns, status.st_size


def _read_assets(stamps: tuple[tuple[str, int, int], ...]) -> _Assets:
    digest, found = hashlib.sha256(), {name: (HERE / name).read_bytes() for name, _, _ in stamps}
    for name, content in found.items():
        digest.update(name.encode() + b"\0" + content + b"\0")
    return _Assets(stamps, digest.hexdigest()[:12], found)


def _serve_asset(request: Request) -> Response:
    """Serve a file from memory: a page asks for eighty, and looking for changes takes longer than that."""
    version, name = request.path_params["version"], request.path_params["name"]
    if version != _newest.version:
        asset_version()
    newest = _newest
    content = newest.files.get(name) if version == newest.version else None
    if content is None:
        return PlainTextResponse("There is no such file in this version. Reload the page.", status_code=404)
    return Response(content, media_type=MEDIA_TYPES[Path(name).suffix], headers=IMMUTABLE)


def _serve_plotly(request: Request) -> Response:
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(gzip.decompress(_compressed_plotly()), media_type="text/javascript", headers=IMMUTABLE)
    headers = {**IMMUTABLE, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(_compressed_plotly(), media_type="text/javascript", headers=headers)


@cache
def _compressed_plotly() -> bytes:
    """Compress plotly.js (4.8 MB) once, instead of for every visitor."""
    return gzip.compress((files("plotly") / "package_data" / "plotly.min.js").read_bytes(), compresslevel=6)
