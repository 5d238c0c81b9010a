"""The pages' JavaScript and CSS, and plotly.js, as immutable files that a browser fetches once."""

import gzip
import hashlib
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


def asset_version() -> str:
    """Name the present state of all files: their digest, 12 hex digits."""
    digest = hashlib.sha256()
    for name, path in sorted(_list_assets().items()):
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


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


def _list_assets() -> dict[str, Path]:
    """List the files by the names that they are asked for by: the components lie side by side, and all use ``web``."""
    found = (path for path in HERE.rglob("*") if path.suffix in MEDIA_TYPES)
    return {path.relative_to(HERE).as_posix(): path for path in found}


def _serve_asset(request: Request) -> Response:
    path = _list_assets().get(request.path_params["name"])
    if path is None or request.path_params["version"] != asset_version():
        return PlainTextResponse("There is no such file in this version. Reload the page.", status_code=404)
    return Response(path.read_bytes(), media_type=MEDIA_TYPES[path.suffix], headers=IMMUTABLE)


def _serve_plotly(request: Request) -> Response:
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(gzip.decompress(_compressed_plotly()), media_type="text/javascript", headers=IMMUTABLE)
    headers = {**IMMUTABLE, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(_compressed_plotly(), media_type="text/javascript", headers=headers)


@cache
def _compressed_plotly() -> bytes:
    """Compress plotly.js (4.8 MB) once, instead of for every visitor."""
    return gzip.compress((files("plotly") / "package_data" / "plotly.min.js").read_bytes(), compresslevel=6)
