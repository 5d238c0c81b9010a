"""What a request needs and costs, by the route that answers it: the tables of our own routes.

A route is named by its own pattern (``/api/v1/rounds/{round_id}``), never by what somebody wrote as an address: the
router and this table cannot understand one address in two ways. A writing route that is not in the table needs `admin`,
and fails a test; so does one of which nobody said whether it costs. Routes of other protocols bring theirs along
(`podcast_core.api.protocols`).
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache, lru_cache

from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from podcast_core.api.protocols import Cost, Rule, list_protocols

# Method, path, scope; the first that fits counts. An empty scope: for everybody.
TABLE: tuple[Rule, ...] = (
    ("POST", r"/api/v1/log(in|out)", ""),
    ("POST", r"/api/v1/invitations/(look|accept)", ""),
    ("GET", r"/api/v1/(tokens|people|invitations)", "admin"),
    ("GET", r"/api/v1/rounds/[^/]+/share-links", "admin"),
    ("GET", r"/api/v1/rounds/[^/]+/(adjudication|sessions/[^/]+/consensus)", "review"),  # what others said
    ("GET", r"/api/v1/rounds/[^/]+/calibration(/people)?", "review"),
    ("GET", r"/.*", "read"),
    ("HEAD", r"/.*", "read"),
    # Answers, under the name of the token's person (see `Caller.check_name`); verdicts on predictions are answers.
    ("POST", r"/api/v1/rounds/[^/]+/(claims|claims/release|verdicts)", "label"),
    ("POST", r"/api/v1/rounds/[^/]+/sessions/[^/]+/(submissions|restorations|fill-ins(/[^/]+/cancel)?)", "label"),
    # Verdicts on people's answers, and what is drawn for them.
    ("POST", r"/api/v1/rounds/[^/]+/sessions/[^/]+/remarks", "label"),
    ("POST", r"/api/v1/rounds/[^/]+/measurements", "label"),
    ("POST", r"/api/v1/live/[^/]+/marks", "label"),
    ("POST", r"/api/v1/recordings/[^/]+/ltsa", "label"),
    ("POST", r"/api/v1/rounds/[^/]+/sessions/[^/]+/reviews", "review"),
    ("POST", r"/api/v1/rounds/[^/]+/reviews/bulk(/preview|/[^/]+/undo)?", "review"),
    ("PUT", r"/api/v1/rounds/[^/]+/calibration", "review"),
    ("POST", r"/api/v1/rounds/[^/]+/boxes/corrections(/preview)?", "review"),
    ("POST", r"/api/v1/rounds/[^/]+/thumbnails", "read"),  # a question that is too long for an address
    ("(POST|DELETE)", r"/api/v1/rounds/[^/]+/(queues|examples)(/[^/]+)?", "review"),
    ("POST", r"/api/v1/rounds/[^/]+/(verification-samples|audits|assignments(/[^/]+/undo)?)", "review"),
    # Explore: labels for many clips, and what is selected.
    ("POST", r"/api/v1/collections/[^/]+/quick-check", "read"),
    ("(POST|PUT)", r"/api/v1/collections/[^/]+/(bulk|acts|selection)", "label"),
    ("POST", r"/api/v1/bulk/[^/]+/undo", "label"),
    ("POST", r"/api/v1/releases/preview", "read"),  # a question that is too long for an address
    ("POST", r"/api/v1/rounds/[^/]+/collections", "label"),  # a table adds recordings and labels: below
    # Predictions looked at without a round; a folder or an address may be named by `admin` only (`opening`).
    ("POST", r"/api/v1/sheets", "label"),
    ("POST", r"/api/v1/sheets/[^/]+/round", "admin"),
    ("POST", r"/api/v1/collections/[^/]+/classifiers/[^/]+/version", "admin"),  # a model, as others are
    ("(POST|PUT|DELETE)", r"/api/v1/collections/.*", "label"),  # maps, searches, classifiers; what is done to clips
    # Rounds, recordings, predictions, jobs, releases, models.
    (
        "(POST|PUT|PATCH|DELETE)",
        r"/api/v1/(rounds|recordings?|opened|predictions|imports|jobs|releases|runs|models|trainings|evaluations|tokens|spectrograms|people|invitations|share-links)(/.*)?",
        "admin",
    ),
)

_JOBS = (
    *("POST /api/v1/recordings", "POST /api/v1/opened", "POST /api/v1/opened/{round_id}/round"),
    *("POST /api/v1/models", "POST /api/v1/imports/preview"),
    "POST /api/v1/rounds/{round_id}/sessions/{session_id}/fill-ins",
    "POST /api/v1/rounds/{round_id}/learning-curves",
    "POST /api/v1/rounds/{round_id}/measurements",
    "POST /api/v1/recordings/{recording_id}/ltsa",
    *(f"POST /api/v1/rounds/{{round_id}}/collections{rest}" for rest in ("", "/table")),
    *(f"POST /api/v1/rounds/{{round_id}}/{kind}/import" for kind in ("predictions", "annotations")),
    *(f"POST /api/v1/rounds/{{round_id}}/{kind}/import/preview" for kind in ("predictions", "annotations")),
    *("POST /api/v1/jobs", "POST /api/v1/jobs/{job_id}/retry"),
    *("POST /api/v1/trainings", "POST /api/v1/evaluations"),
    *("POST /api/v1/sheets", "POST /api/v1/sheets/{sheet_id}/round"),
    *("POST /api/v1/runs", "POST /api/v1/runs/{run_id}/continue", "POST /api/v1/runs/{run_id}/apply"),
)
_WITH_FIGURES = ("rounds/{round_id}/sessions/{session_id}", "recordings/{recording_id}", "rounds/{round_id}")
_SECONDS = (
    "GET /api/v1/models/{name}/{version}/file",
    *(
        f"GET /api/v1/rounds/{{round_id}}/{name}"
        for name in ("statistics", "agreement", "agreement/sessions", "adjudication", "estimates", "candidates")
    ),
    *(
        f"GET /api/v1/rounds/{{round_id}}/progress/{name}"
        for name in ("burn-up", "work", "activity", "coverage", "accumulation", "speed", "quality", "models")
    ),
    "GET /api/v1/rounds/{round_id}/sessions/{session_id}/consensus",
    *(f"POST /api/v1/rounds/{{round_id}}/{name}" for name in ("verification-samples", "audits")),
    "GET /api/v1/rounds/{round_id}/verification-samples/{sample_id}",  # regressions, by label
    "POST /api/v1/rounds/{round_id}/verification-samples/{sample_id}/thresholds",
    "GET /api/v1/rounds/{round_id}/audits/{audit_id}",
    "GET /api/v1/rounds/{round_id}/calibration/people",
    "POST /api/v1/rounds/{round_id}/examples/clips",
    *("GET /api/v1/rounds/{round_id}/export", "GET /api/v1/rounds/{round_id}/export/preview"),
    *(
        f"POST /api/v1/collections/{{collection_id}}/{name}"
        for name in ("maps", "search", "search/sound", "search/clips", "classifiers")
    ),
    *(
        f"POST /api/v1/collections/{{collection_id}}/{name}"
        for name in ("rules", "rules/clips", "rules/marks", "strata")
    ),
    *(f"GET /api/v1/collections/{{collection_id}}/margin{rest}" for rest in ("", "/marks")),
    *("POST /api/v1/rounds/{round_id}/labels/delete", "POST /api/v1/rounds/{round_id}/labels/split"),
    *("GET /api/v1/annotations", "GET /api/v1/rounds/{round_id}/labels/split"),
    "GET /api/v1/rounds/{round_id}/boxes",  # sorted by what no index has
    "PUT /api/v1/collections/{collection_id}/rules/{rule_id}",  # it is tried on all clips
    "POST /api/v1/collections/{collection_id}/classifiers/{classifier_id}/next",
    "GET /api/v1/collections/{collection_id}/classifiers/{classifier_id}/table.csv",
    *(f"GET /api/v1/sheets/{{sheet_id}}/{name}" for name in ("rows", "comparison")),
    *(f"GET /api/v1/runs/{{run_id}}/{name}" for name in ("sessions", "boxes")),
    *("POST /api/v1/releases/preview", "GET /api/v1/releases/compare"),
    "GET /api/v1/releases/{name}/{version}/zip",
    "GET /api/v1/recordings/{recording_id}/spectrogram",
    "GET /api/v1/recordings/{recording_id}/ltsa.png",
    *(f"GET /api/v1/{of}/figure.{{format}}" for of in _WITH_FIGURES),
    "GET /api/v1/recordings/{recording_id}/spectrogram/tiles/{index}.{format}",
)
_PICTURES = ("picture.jpg", "peaks.bin", "segments")
_OF_SESSION = (*_PICTURES, "audio.wav", "measurements")
_EDITOR = (
    *(f"GET /api/v1/rounds/{{round_id}}/sessions/{{session_id}}/{name}" for name in _OF_SESSION),
    *(f"GET /api/v1/collections/{{collection_id}}/clips/{{number}}/{name}" for name in ("sound", "picture")),
    *(f"GET /api/v1/rounds/{{round_id}}/examples/{{example_id}}/{name}" for name in ("sound", "picture")),
    *(f"GET /api/v1/sheets/{{sheet_id}}/rows/{{table}}/{{number}}/{name}" for name in ("sound", "picture")),
)
_KEPT = frozenset(
    {
        "GET /api/v1/recordings/{recording_id}/spectrogram/tiles/{index}.{format}",
        *(f"GET /api/v1/rounds/{{round_id}}/sessions/{{session_id}}/{name}" for name in _PICTURES),
    }
)
COSTS: Mapping[str, Cost] = {
    **dict.fromkeys(_JOBS, Cost.COUNTED),
    **dict.fromkeys(_SECONDS, Cost.SHORT),
    "GET /api/v1/releases/{name}/{version}/check": Cost.LONG,
    **dict.fromkeys(_EDITOR, Cost.TURN),
    "POST /api/v1/rounds/{round_id}/thumbnails": Cost.TURN,
}


@cache
def list_costs() -> Mapping[str, Cost]:
    """List what routes cost, as ``METHOD PATTERN``, those of other protocols too; the others cost nothing."""
    return {**COSTS, **{route: cost for each in list_protocols() for route, cost in each.costs.items()}}


@cache
def list_kept() -> frozenset[str]:
    """List the routes whose answers are kept in memory, as ``METHOD PATTERN``: whoever may read may see all of them."""
    return _KEPT.union(*(each.kept for each in list_protocols()))


@cache
def list_rules() -> tuple[Rule, ...]:
    """List the rules of all protocols, in the order in which they count."""
    return (*TABLE, *(rule for each in list_protocols() for rule in each.scopes))


class Routes:
    """The routes of an application, in the order in which it tries them."""

    def __init__(self, api: FastAPI) -> None:
        self._by_method: dict[str, list[RouteContext]] = defaultdict(list)
        for each in iter_route_contexts(api.routes):
            for method in sorted(each.methods or ()):
                self._by_method[method].append(each)
        self._matchers = {
            method: [(each.path_regex.match, each) for each in routes] for method, routes in self._by_method.items()
        }

    def names(self) -> list[str]:
        """Name all routes, as ``METHOD PATTERN``."""
        return [f"{method} {each.path_format}" for method, routes in self._by_method.items() for each in routes]

    def find(self, scope: Scope) -> str | None:
        """Find the pattern of the route that answers a request, and remember it for `Found`; None where none does."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        for match, route in self._matchers.get(scope["method"], ()):
            if match(path):
                scope[_FOUND] = route
                return route.path_format
        return None


_FOUND = "podcast.route"


class Found(BaseRoute):
    """Stands before all routes, and answers by the one that was found for a request: none is looked up twice."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Tell what the found route takes from the address."""
        found: RouteContext | None = scope.get(_FOUND)
        return (Match.NONE, {}) if found is None else found.matches(scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the found route."""
        found: RouteContext = scope[_FOUND]
        scope["route"] = found.original_route
        await found.app(scope, receive, send)


@lru_cache(maxsize=1024)  # a method may be anything
def find_scope(method: str, pattern: str | None) -> str | None:
    """Find the scope that a route needs; None where nothing is declared. Where there is no route, it is `read`."""
    if pattern is None:  # who may read is told that there is nothing
        return "read"
    for its_method, its_path, scope in list_rules():
        if re.fullmatch(its_method, method) and re.fullmatch(its_path, pattern, re.DOTALL):
            return scope
    return None
