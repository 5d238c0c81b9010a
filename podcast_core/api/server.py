"""Put the protocols together into one FastAPI application."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from podcast_core import __version__
from podcast_core.api import (
    answers,
    bats,
    exchange,
    jobs,
    media,
    podcast,
    recordings,
    releases,
    rounds,
    spectrograms,
    v1,
)
from podcast_core.errors import (
    Conflict,
    InvalidInput,
    ModelUnavailable,
    NotFound,
    PodcastError,
    StorageUnavailable,
)
from podcast_core.workspace import Workspace

FOREIGN_TAGS = ("bats_ai", "podcast", "Pod.Cast", "whisperseg", "WhisperSeg")
PREFIXES = ("/api/", "/fetch/", "/load/", "/submit/", "/audio/")

STATUS: dict[type[Exception], int] = {
    NotFound: 404,
    Conflict: 409,
    InvalidInput: 400,
    StorageUnavailable: 503,
    ModelUnavailable: 503,
}
PODCAST_STATUS = {**STATUS, NotFound: 400}  # Pod.Cast's clients know 400 only


def create_api(get_workspace: Callable[[], Workspace]) -> FastAPI:
    """Make the application; the workspace is asked for at the first request, not before."""
    # FastAPI's pages about the API come from the internet; the description itself is ours.
    api = FastAPI(
        title="Pod.Cast",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_name_operation,
    )
    api.state.get_workspace = get_workspace
    api.include_router(v1.router, prefix="/api/v1")
    for module in (recordings, rounds, answers, exchange, jobs, releases):
        api.include_router(module.router)
    api.include_router(media.router)
    api.include_router(bats.router)
    api.include_router(spectrograms.router)
    api.include_router(podcast.router)
    api.add_exception_handler(PodcastError, _answer_error)
    api.add_exception_handler(RequestValidationError, _answer_invalid)
    api.middleware("http")(_refuse_foreign_pages)
    return api


def _name_operation(route: APIRoute) -> str:
    """Name an operation as its function; those of the protocols that we replace say whose they are."""
    owner = str(route.tags[0]) if route.tags else ""
    return f"{owner}_{route.name}" if owner in FOREIGN_TAGS else route.name


def _answer_error(request: Request, error: Exception) -> JSONResponse:
    is_podcast = not request.url.path.startswith(("/api/", "/audio/"))
    statuses = PODCAST_STATUS if is_podcast else STATUS
    status = next((statuses[kind] for kind in type(error).mro() if kind in statuses), 500)
    return JSONResponse({"detail": str(error)}, status_code=status)


def _answer_invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems = [
        f"{'.'.join(str(part) for part in problem['loc'][1:]) or 'body'}: {problem['msg']}"
        for problem in error.errors()[:5]
    ]
    return JSONResponse(jsonable_encoder({"detail": "; ".join(problems)}), status_code=400)


async def _refuse_foreign_pages(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Refuse changes that a page of another site asks a visitor's browser to make."""
    origin = request.headers.get("origin")
    if request.method not in ("GET", "HEAD") and origin and urlsplit(origin).netloc != request.headers.get("host"):
        return JSONResponse({"detail": f"Changes are taken from this site's own pages, not from {origin}."}, 403)
    return await call_next(request)
