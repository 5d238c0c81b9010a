"""What a request needs and costs, by the route that answers it: the one table.

A route is named by its own pattern (``/api/v1/rounds/{round_id}``), never by what somebody wrote as an address: the
router and this table cannot understand one address in two ways. A writing route that is not in the table needs `admin`,
and fails a test; so does one of which nobody said whether it costs.
"""

import re
from collections.abc import Sequence

from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.types import Scope

# Method, path, scope; the first that fits counts. An empty scope: for everybody.
TABLE: tuple[tuple[str, str, str], ...] = (
    ("POST", r"/api/v1/log(in|out)", ""),
    ("GET", r"/api/v1/tokens", "admin"),
    ("GET", r"/.*", "read"),
    ("HEAD", r"/.*", "read"),
    # Answers, under the name of the token's person (see `Caller.check_name`).
    ("POST", r"/api/v1/rounds/[^/]+/(claims|claims/release|verdicts)", "label"),
    ("POST", r"/api/v1/rounds/[^/]+/sessions/[^/]+/(submissions|reviews|fill-ins(/[^/]+/cancel)?)", "label"),
    ("POST", r"/submit/session/[^/]+/[^/]+", "label"),
    # Explore: labels for many clips, and what is selected.
    ("POST", r"/api/v1/collections/[^/]+/quick-check", "read"),
    ("(POST|PUT)", r"/api/v1/collections/[^/]+/(bulk|acts|selection)", "label"),
    ("POST", r"/api/v1/bulk/[^/]+/undo", "label"),
    ("POST", r"/api/v1/releases/preview", "read"),  # a question that is too long for an address
    ("POST", r"/api/v1/rounds/[^/]+/collections", "label"),  # a table adds recordings and labels: below
    # Predictions looked at without a round; a folder or an address may be named by `admin` only (`opening`).
    ("POST", r"/api/v1/sheets", "label"),
    ("POST", r"/api/v1/sheets/[^/]+/round", "admin"),
    # WhisperSeg's routes; its clients ask for clips by POST.
    ("POST", r"/get-audio-clip-(spec|wav|for-visualization)", "read"),
    ("POST", r"/(list-models-[a-z-]+|get-labels|segment)", "read"),
    ("POST", r"/(upload|upload-by-url|post-annotations(/[^/]+)?|release-audio-given-ids)", "label"),
    ("POST", r"/finetune-whisperseg", "admin"),
    ("POST", r"/api/v1/collections/[^/]+/classifiers/[^/]+/version", "admin"),  # a model, as others are
    ("(POST|PUT|DELETE)", r"/api/v1/collections/.*", "label"),  # maps, searches, classifiers; what is done to clips
    # Rounds, recordings, predictions, jobs, releases, models.
    (
        "(POST|PUT|PATCH|DELETE)",
        r"/api/v1/(rounds|recordings?|predictions|imports|jobs|releases|runs|models|trainings|evaluations|tokens|spectrograms)(/.*)?",
        "admin",
    ),
)

# What takes seconds of a processor or fills the disk: a token may ask only so often. The editor's own calls are not
# among them.
COSTLY = frozenset(
    {
        *("POST /api/v1/recordings", "POST /api/v1/models", "GET /api/v1/models/{name}/{version}/file"),
        "POST /api/v1/rounds/{round_id}/sessions/{session_id}/fill-ins",
        "POST /api/v1/rounds/{round_id}/learning-curves",
        *(f"GET /api/v1/rounds/{{round_id}}/{name}" for name in ("statistics", "agreement", "estimates", "candidates")),
        *("GET /api/v1/rounds/{round_id}/export", "GET /api/v1/rounds/{round_id}/export/preview"),
        "POST /api/v1/imports/preview",
        *(f"POST /api/v1/rounds/{{round_id}}/collections{rest}" for rest in ("", "/table")),
        *(
            f"POST /api/v1/collections/{{collection_id}}/{name}"
            for name in (
                "maps",
                "search",
                "search/sound",
                "search/clips",
                "classifiers",
                "rules",
                "rules/clips",
                "rules/marks",
                "strata",
            )
        ),
        *(f"GET /api/v1/collections/{{collection_id}}/margin{rest}" for rest in ("", "/marks")),
        "PUT /api/v1/collections/{collection_id}/rules/{rule_id}",  # it is tried on all clips
        "POST /api/v1/collections/{collection_id}/classifiers/{classifier_id}/next",
        "GET /api/v1/collections/{collection_id}/classifiers/{classifier_id}/table.csv",
        *(f"POST /api/v1/rounds/{{round_id}}/{kind}/import" for kind in ("predictions", "annotations")),
        *(f"POST /api/v1/rounds/{{round_id}}/{kind}/import/preview" for kind in ("predictions", "annotations")),
        *(
            "POST /api/v1/jobs",
            "POST /api/v1/jobs/{job_id}/retry",
            "POST /api/v1/trainings",
            "POST /api/v1/evaluations",
        ),
        *("POST /api/v1/sheets", "POST /api/v1/sheets/{sheet_id}/round"),
        *(f"GET /api/v1/sheets/{{sheet_id}}/{name}" for name in ("rows", "comparison")),
        *("POST /api/v1/runs", "POST /api/v1/runs/{run_id}/continue", "POST /api/v1/runs/{run_id}/apply"),
        *(f"GET /api/v1/runs/{{run_id}}/{name}" for name in ("sessions", "boxes")),
        *("POST /api/v1/releases/preview", "GET /api/v1/releases/compare"),
        *(f"GET /api/v1/releases/{{name}}/{{version}}/{name}" for name in ("check", "zip")),
        *(f"GET /api/v1/recording/{{recording_id}}/spectrogram{rest}" for rest in ("", "/compressed")),
        "GET /api/v1/recording/{recording_id}/spectrogram/{view}/{index}.jpg",
        "GET /api/v1/recordings/{recording_id}/spectrogram",
        "GET /api/v1/recordings/{recording_id}/spectrogram/tiles/{index}.{format}",
        *("POST /upload", "POST /upload-by-url", "POST /post-annotations", "POST /post-annotations/{hash_id}"),
        *(f"POST /get-audio-clip-{kind}" for kind in ("spec", "wav", "for-visualization")),
        *("POST /get-labels", "POST /finetune-whisperseg"),
    }
)

# What computes from sound for so long that two of them are enough at a time.
LONG = frozenset({"POST /get-labels", "GET /api/v1/releases/{name}/{version}/check"})
# What takes its time because a body comes slowly, or a job does it: who waits for that takes no turn.
_UNHURRIED = re.compile(
    r"POST (/upload|/post-annotations.*|/finetune-whisperseg|/api/v1/(recordings|models|imports/.*|jobs.*|runs.*"
    r"|trainings|evaluations|rounds/.*|sheets.*))"
)
# What the editor asks for: computed once, and not counted, but never more at a time than there are turns.
_EDITOR = frozenset(
    f"GET /api/v1/rounds/{{round_id}}/sessions/{{session_id}}/{name}"
    for name in ("picture.jpg", "peaks.bin", "segments", "audio.wav")
) | {
    "GET /api/v1/collections/{collection_id}/clips/{number}/sound",
    "GET /api/v1/collections/{collection_id}/clips/{number}/picture",
    *(f"GET /api/v1/sheets/{{sheet_id}}/rows/{{table}}/{{number}}/{name}" for name in ("sound", "picture")),
    "GET /audio/{round_id}/{session_id}.wav",
    "GET /load/session/{round_id}/{session_id}",
}


def find_turn(route: str) -> str | None:
    """Say whether a route takes a turn at computing (see `turns`): a ``long`` or a ``short`` one, or none."""
    if route in LONG:
        return "long"
    return "short" if route in _EDITOR or (route in COSTLY and not _UNHURRIED.fullmatch(route)) else None


_RULES = tuple((re.compile(method), re.compile(path, re.DOTALL), scope) for method, path, scope in TABLE)


class Routes:
    """The routes of an application, in the order in which it tries them."""

    def __init__(self, api: FastAPI) -> None:
        self._routes: Sequence[RouteContext] = tuple(iter_route_contexts(api.routes))

    def names(self) -> list[str]:
        """Name all routes, as ``METHOD PATTERN``."""
        return [f"{method} {each.path_format}" for each in self._routes for method in sorted(each.methods or ())]

    def find(self, scope: Scope) -> str | None:
        """Find the pattern of the route that answers a request; None where none does."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        for each in self._routes:
            if scope["method"] in (each.methods or ()) and each.path_regex.match(path):
                return each.path_format
        return None


def find_scope(method: str, pattern: str | None) -> str | None:
    """Find the scope that a route needs; None where nothing is declared. Where there is no route, it is `read`."""
    if pattern is None:  # who may read is told that there is nothing
        return "read"
    for its_method, its_path, scope in _RULES:
        if its_method.fullmatch(method) and its_path.fullmatch(pattern):
            return scope
    return None
