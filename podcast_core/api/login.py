"""Log in and out in the browser: it gets a secret of its own, in a cookie that scripts cannot read."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from starlette.requests import HTTPConnection

from podcast_core.api.dependencies import Asking, Opened
from podcast_core.api.front.sub_paths import base_of
from podcast_core.services import access
from podcast_core.services.access import COOKIE
from podcast_core.wire import login as wire

router = APIRouter(tags=["access"], prefix="/api/v1")


@router.post("/login", status_code=204)
def log_in(workspace: Opened, request: Request, body: wire.LoginRequest, response: Response) -> None:
    """Let this browser in until the token expires."""
    token, secret = access.log_in(workspace, text=body.token.strip())
    keep_login(request, response, secret, token.expires_at)


@router.post("/logout", status_code=204)
def log_out(workspace: Opened, request: Request, response: Response) -> None:
    """Let this browser in no more."""
    access.log_out(workspace, secret=request.cookies.get(COOKIE, ""))
    response.delete_cookie(COOKIE, path=base_of(request) or "/", httponly=True, samesite="lax")


def keep_login(request: HTTPConnection, response: Response, secret: str, expires_at: datetime) -> None:
    """Have a browser keep the secret of its login, which no script can read; an earlier one is replaced."""
    left_s = max(0, int((expires_at - datetime.now(UTC)).total_seconds()))
    response.set_cookie(
        COOKIE,
        secret,
        max_age=left_s,
        path=base_of(request) or "/",
        httponly=True,
        samesite="lax",
        secure=is_https(request),
    )


def is_https(request: HTTPConnection) -> bool:
    """Tell whether a browser came by HTTPS, to us or to a proxy before us."""
    return "https" in (request.url.scheme, request.headers.get("x-forwarded-proto", ""))


@router.get("/me")
def get_me(caller: Asking) -> dict[str, str | None]:
    """Say who asks, and what they may do."""
    return {"person": caller.person, "scope": caller.scope}
