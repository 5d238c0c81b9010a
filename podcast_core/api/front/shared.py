"""Whoever comes by a link to a round's progress: the page, what it is made of, and nothing else."""

from urllib.parse import unquote

from starlette.requests import HTTPConnection, Request
from starlette.types import Message, Scope, Send

from podcast_core.api.front.sub_paths import base_of
from podcast_core.domain.share_link import ShareLink
from podcast_core.services.access import OPEN_HEADER
from podcast_core.services.labels.share_links import COOKIE, PARAMETER, open_link
from podcast_core.workspace import Workspace

PAGE = "/progress"
REFUSED = ("/_stcore/metrics", "/_stcore/upload_file")


def find_shared(workspace: Workspace, scope: Scope) -> ShareLink | None:
    """Find the link by which somebody comes: in the address, or kept by the browser since; None: there is none.

    Raises
    ------
    Unauthenticated
        When it opens nothing (any more).
    """
    text = read_secret(HTTPConnection(scope))
    return open_link(workspace, text) if text else None


def read_secret(connection: HTTPConnection) -> str:
    """Read what stands behind ``?share=``, or what the browser kept of it."""
    return connection.query_params.get(PARAMETER) or unquote(connection.cookies.get(COOKIE, ""))


def is_for_link(request: Request) -> bool:
    """Tell whether a link opens this: its page, or a file that a page is made of."""
    path = request.url.path.removeprefix(base_of(request))
    if request.method not in ("GET", "HEAD") or path.startswith(REFUSED):
        return False
    return path == PAGE or "text/html" not in request.headers.get("accept", "")


def keep_link(request: Request, link: ShareLink, send: Send) -> Send:
    """Have the browser keep the link that it came by, as what the page is made of does not name it."""
    text = request.query_params.get(PARAMETER)
    if not text:
        return send
    https = "; Secure" if "https" in (request.url.scheme, request.headers.get("x-forwarded-proto", "")) else ""
    path = base_of(request) or "/"
    cookie = (
        f"{COOKIE}={text}; Path={path}; Expires={link.expires_at:%a, %d %b %Y %H:%M:%S GMT}; HttpOnly; SameSite=Lax"
    )

    async def send_with_cookie(message: Message) -> None:
        if message["type"] == "http.response.start":
            added = [(b"set-cookie", f"{cookie}{https}".encode()), (b"cache-control", b"no-store")]
            kept = [pair for pair in message.get("headers", ()) if pair[0].lower() != b"cache-control"]
            message = {**message, "headers": [*kept, *added]}
        await send(message)

    return send_with_cookie


def strip_marks(scope: Scope) -> Scope:
    """Take the mark off a connection that says its visitor needs no token: nobody can claim it."""
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0].lower() != OPEN_HEADER.encode()]}
