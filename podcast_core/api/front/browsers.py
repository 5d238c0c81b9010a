"""What browsers are told to hold back, and which of their requests are another site's doing.

A page of another port of this machine is another site here: browsers call it ``same-site``.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from functools import cache
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Scope, Send

from podcast_core.errors import Forbidden
from podcast_core.workspace import Workspace

DATA = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; media-src 'self'; frame-ancestors 'none'"
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(self)",  # to search by what one hears
}


def make_page_policy(html: str) -> str:
    """Make the content security policy of pages.

    Streamlit and Plotly make code of text (`unsafe-eval`, `blob:`) and styles in place; nothing comes from elsewhere.

    Parameters
    ----------
    html
        The document that Streamlit sends: the scripts that stand in it may run, and no others that stand in a page.
    """
    scripts = " ".join(hash_source(text) for text in re.findall(r"<script>(.*?)</script>", html, re.DOTALL))
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' blob: 'unsafe-eval' {scripts}".rstrip(),
            "style-src 'self' blob: 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self' data: blob:",
            "worker-src 'self' blob:",
            "frame-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )


def hash_source(text: str) -> str:
    """Name a script or style in a page for a policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def add_headers(send: Send, policy: str) -> Send:
    """Have each answer say what a browser must not do with it; an answer's own policy stays."""
    added = _encode_headers(policy)

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            said = {name.lower() for name, _ in message.get("headers", ())}
            own = [pair for pair in added if pair[0] not in said]
            message = {**message, "headers": [*message.get("headers", ()), *own]}
        await send(message)

    return send_with_headers


@cache
def _encode_headers(policy: str) -> list[tuple[bytes, bytes]]:
    """Write the headers of all answers as they are sent."""
    headers = {**HEADERS, "content-security-policy": policy}
    if "frame-ancestors" in policy:  # for browsers that do not know the policy
        headers["x-frame-options"] = "DENY" if policy == DATA else "SAMEORIGIN"
    return [(name.encode(), value.encode()) for name, value in headers.items()]


class CrossOrigin(CORSMiddleware):
    """Tells browsers which other sites' pages may read answers: those of ``PODCAST_ALLOWED_ORIGINS``."""

    def __init__(self, app: ASGIApp, get_workspace: Callable[[], Workspace]) -> None:
        super().__init__(
            app,
            allow_methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
            allow_headers=("authorization", "content-type"),
        )
        self._get_workspace = get_workspace

    def is_allowed_origin(self, origin: str) -> bool:
        """Tell whether a site is listed; asked for each request, as the settings are read with the first one only."""
        return origin in _list_allowed(self._get_workspace().settings.allowed_origins)


def check_site(scope: Scope, allowed: str) -> None:
    """Refuse what a page of another site makes a visitor's browser do.

    `CrossOrigin` keeps answers from other sites' pages, which does not keep their requests from doing something.

    Parameters
    ----------
    allowed
        The setting ``PODCAST_ALLOWED_ORIGINS``.

    Raises
    ------
    Forbidden
        Naming the site.
    """
    headers = HTTPConnection(scope).headers
    origin = headers.get("origin", "")
    if origin and origin in _list_allowed(allowed):
        return
    changes = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD")
    if changes and origin and urlsplit(origin).netloc != headers.get("host"):
        raise Forbidden(f"Changes are accepted from this site's own pages only, not from {origin[:120]}.")
    if _is_foreign(headers) and _origin_of(headers.get("referer", "")) not in _list_allowed(allowed):
        raise Forbidden("This is for this site's own pages; a page of another site asked for it.")


def _is_foreign(headers: Headers) -> bool:
    """Tell whether a page of another site asked for this by itself; a link that somebody followed is no such thing."""
    if headers.get("sec-fetch-site") not in ("cross-site", "same-site"):
        return False
    is_link = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    return not (is_link and headers.get("sec-fetch-user") == "?1")


def _list_allowed(allowed: str) -> set[str]:
    return {each.strip() for each in allowed.split(",")} - {""}


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
