"""Put the protocols together into one FastAPI application."""

from collections.abc import Callable
from functools import cache

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

from podcast_core import __version__
from podcast_core.api import (
    acts,
    adjudication,
    annotations,
    api_explorer,
    assignments,
    boxes,
    calibration,
    claims,
    examples,
    exchange,
    figures,
    fill_ins,
    history,
    imports,
    jobs,
    live,
    login,
    ltsa,
    measurements,
    media,
    models,
    opening,
    people,
    prediction_sets,
    progress,
    recordings,
    releases,
    reviews,
    rounds,
    runs,
    selection,
    sessions,
    share_links,
    sheets,
    spectrograms,
    statistics,
    submissions,
    thumbnails,
    tokens,
    trainings,
    verification,
    verification_samples,
    work,
)
from podcast_core.api.description import DescribedApi
from podcast_core.api.explore import (
    agile,
    bulk,
    collections,
    density,
    hearing,
    maps,
    margin,
    rules,
    search,
    subsets,
)
from podcast_core.api.front.browsers import CrossOrigin
from podcast_core.api.front.guard import Door, Guard
from podcast_core.api.problems import answer_error, answer_full, answer_http, answer_invalid
from podcast_core.api.protocols import list_foreign_tags, list_protocols
from podcast_core.api.scopes import Found
from podcast_core.errors import PodcastError
from podcast_core.workspace import Workspace

NOUNS = (
    *(rounds, sessions, claims, submissions, reviews, boxes, verification, verification_samples, prediction_sets),
    *(statistics, progress, fill_ins, media, thumbnails, figures),
    *(
        annotations,
        ltsa,
        measurements,
        history,
        adjudication,
        assignments,
        calibration,
        recordings,
        opening,
        spectrograms,
        exchange,
        imports,
        releases,
        selection,
        acts,
        examples,
    ),
    *(trainings, models, runs, jobs, live, sheets, tokens, people, share_links, work, login, api_explorer),
)
EXPLORE = (collections, maps, search, agile, rules, density, margin, bulk, subsets, hearing)


def create_api(
    get_workspace: Callable[[], Workspace], get_bound_to: Callable[[], str | None] = lambda: "127.0.0.1"
) -> FastAPI:
    """Make the application; the workspace is asked for at the first request, not before.

    ``get_bound_to`` says at which address the server listens (None: all); see `access.is_open`.
    """
    # FastAPI's pages about the API come from the internet; ours is `explorer`.
    api = DescribedApi(
        title="Pod.Cast",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        routes=_gather_routes(),
    )
    api.state.get_workspace = get_workspace
    api.add_exception_handler(PodcastError, answer_error)
    api.add_exception_handler(RequestValidationError, answer_invalid)
    api.add_exception_handler(HTTPException, answer_http)
    api.add_exception_handler(OSError, answer_full)
    api.add_middleware(Guard, door=Door(get_workspace, get_bound_to))
    api.add_middleware(CrossOrigin, get_workspace=get_workspace)  # outermost: refusals are to be read, too
    return api


@cache
def _gather_routes() -> list[BaseRoute]:
    """Gather the routes of all protocols, once: FastAPI keeps in them what it made of their signatures, for 0.3 s."""
    router = APIRouter(generate_unique_id_function=_name_operation)
    ours = [module.router for module in (*NOUNS, *EXPLORE)]
    for each in (*ours, *(protocol.router for protocol in list_protocols())):
        router.include_router(each)
    return [Found(), *router.routes]


def _name_operation(route: APIRoute) -> str:
    """Name an operation as its function; those of the protocols that we replace say whose they are."""
    owner = str(route.tags[0]) if route.tags else ""
    is_ours = route.path.startswith("/api/v1/") and owner not in list_foreign_tags()
    return route.name if is_ours else f"{owner.lower().replace('.', '')}_{route.name}"
