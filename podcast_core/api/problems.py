"""Errors as answers: the one table of statuses, and problem documents (RFC 9457).

400 is wrong input of any kind, as the clients of all the systems that we replace expect; 415 a body that is not JSON
where JSON is wanted. ``detail`` is made for people, and the label page shows it.
"""

from http import HTTPStatus

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from podcast_core.api.protocols import find_protocol
from podcast_core.errors import (
    Busy,
    Conflict,
    Forbidden,
    InvalidInput,
    ModelUnavailable,
    NoSpace,
    NotFound,
    PodcastError,
    StorageUnavailable,
    Unauthenticated,
    is_full,
)
from podcast_core.remote.redaction import redact

STATUS: dict[type[Exception], int] = {
    NotFound: 404,
    Conflict: 409,
    InvalidInput: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    Busy: 503,
    StorageUnavailable: 503,
    NoSpace: 507,
    ModelUnavailable: 503,
}
RETRY_AFTER_S = "30"  # when there is no room for something now
CHALLENGE = {"www-authenticate": 'Bearer realm="Pod.Cast"'}


def list_error_names(path: str) -> tuple[str, ...]:
    """List the fields of an error that another system's clients know; none where it is a problem document."""
    protocol = find_protocol(path)
    return protocol.error_fields if protocol else ()


def write_problem(path: str, status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Answer with a problem document, or with the fields that clients of another protocol know."""
    headers = {**(CHALLENGE if status == 401 else {}), **(headers or {})}
    detail, names = redact(detail), list_error_names(path)
    if names:
        return JSONResponse(dict.fromkeys(names, detail), status, headers)
    title = HTTPStatus(status).phrase
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JSONResponse(content, status, headers, media_type="application/problem+json")


def answer_error(request: Request, error: Exception) -> JSONResponse:
    """Answer an error of ours."""
    assert isinstance(error, PodcastError)
    return write_error(request.url.path, error)


def answer_full(request: Request, error: Exception) -> JSONResponse:
    """Answer that the disk is full, where somebody found that who has no words for it; other failures stay faults."""
    if not is_full(error) and not is_full(error.__cause__):
        raise error
    return write_error(request.url.path, NoSpace("The server's disk is full. Nothing was saved."))


def write_error(path: str, error: PodcastError) -> JSONResponse:
    """Answer an error of ours at a path."""
    headers = {"retry-after": RETRY_AFTER_S} if isinstance(error, Busy) else None
    return write_problem(path, find_status(error), str(error), headers)


def find_status(error: PodcastError) -> int:
    """Find the status of an error of ours."""
    return next((STATUS[kind] for kind in type(error).mro() if kind in STATUS), 500)


def answer_http(request: Request, error: Exception) -> JSONResponse:
    """Answer what the framework refuses: no such route, no such method, a body that is too large."""
    assert isinstance(error, HTTPException)
    if is_full(error.__cause__):  # the framework says only that it could not read the body
        return answer_full(request, error)
    return write_problem(request.url.path, error.status_code, str(error.detail), dict(error.headers or {}))


def answer_invalid(request: Request, error: Exception) -> JSONResponse:
    """Answer a request that does not fit the schema."""
    assert isinstance(error, RequestValidationError)
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = sent == "application/json" or sent.endswith("+json")
    if sent and not is_json and any(problem["loc"] == ("body",) for problem in error.errors()):
        return write_problem(request.url.path, 415, f"The body must be application/json, not {sent[:80]}.")
    problems = [
        f"{'.'.join(str(part) for part in problem['loc'][1:]) or 'body'}: {problem['msg']}"
        for problem in error.errors()[:5]
    ]
    return write_problem(request.url.path, 400, "; ".join(problems))
