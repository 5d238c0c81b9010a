"""Logins by OpenID Connect: Streamlit's own routes do the talking with the provider, and this lets the browser in.

What Streamlit's cookie says is believed once, as Streamlit sets it in its answer to the provider's callback; from then
on our own login counts, which ends by itself, by logging out, or when an administrator ends it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote, unquote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from podcast_core.api.front.login_page import MAX_WANTED, ask_token, explain
from podcast_core.api.front.sub_paths import base_of
from podcast_core.api.login import is_https, keep_login
from podcast_core.api.problems import find_status
from podcast_core.errors import NotFound, PodcastError
from podcast_core.services import access
from podcast_core.services.access import COOKIE
from podcast_core.services.people import sign_in
from podcast_core.services.people.invitations import LoggedIn
from podcast_core.workspace import Workspace

START, CALLBACK = "/sign-in", "/oauth2callback"
THROUGH = ("/auth/login", "/auth/logout")  # Streamlit's, which know by themselves what they may do
WANTED, WANTED_S = "podcast_wanted", 600  # the page for which somebody logs in, while they are at the provider
FAILED = "The login did not succeed. Please try again."


class Providers(Protocol):
    """What is known of Streamlit's logins."""

    def list_names(self) -> Sequence[str]:
        """List the providers that are set up; ``default`` has no name of its own."""

    def make_address(self, name: str) -> str:
        """Make the address at which a login begins, on this server."""

    def read_claims(self, cookies: Mapping[str, str]) -> Mapping[str, Any] | None:
        """Read what a provider said, from cookies that Streamlit sets; None where it sets none."""


class NoProviders:
    """Nobody logs in by a provider."""

    def list_names(self) -> Sequence[str]:
        """List none."""
        return ()

    def make_address(self, name: str) -> str:
        """Refuse (NotFound): there is none."""
        raise NotFound(f"There is no provider {name[:40]!r} to log in by: none is set up on this server.")

    def read_claims(self, cookies: Mapping[str, str]) -> Mapping[str, Any] | None:  # noqa: ARG002  # see `Providers`
        """Read nothing."""
        return None


NO_PROVIDERS = NoProviders()


def begin(request: Request, providers: Providers) -> Response:
    """Send a browser to a provider."""
    wanted = request.query_params.get("with", "default")
    if wanted not in providers.list_names():
        return explain(request, 404, "There is no such login here.")
    answer = RedirectResponse(providers.make_address(wanted), 303, {"cache-control": "no-store"})
    if page := find_page(request.query_params.get("to", "")):
        kept, path = quote(page, safe=""), base_of(request) or "/"
        secure = is_https(request)
        answer.set_cookie(WANTED, kept, WANTED_S, path=path, httponly=True, samesite="lax", secure=secure)
    return answer


def find_page(address: str) -> str:
    """Find the page of ours that an address names, from ``/`` on; empty: none, as the start page, or another site."""
    parts = urlsplit(address)
    is_ours = not parts.scheme and not parts.netloc and address.startswith("/") and "\\" not in address
    is_page = address.isprintable() and parts.path not in ("/", START, CALLBACK, *THROUGH)
    return address if is_ours and is_page and len(address) <= MAX_WANTED else ""


class Ways(NamedTuple):
    """What a login needs: Streamlit, which asks the provider, our workspace, and what is known of providers."""

    streamlit: ASGIApp
    get_workspace: Callable[[], Workspace]
    providers: Providers


async def end(ways: Ways, scope: Scope, outside: Scope, receive: Receive, send: Send) -> None:
    """Let a browser in that comes back from a provider; ``outside``: as Streamlit knows the address."""
    request = Request(scope)
    home = f"{base_of(request)}/"
    if (
        not request.query_params or not ways.providers.list_names()
    ):  # after a logout at the provider, or no login at all
        await RedirectResponse(home, 303)(scope, receive, send)
        return
    headers = await _ask(ways.streamlit, outside, receive)
    claims = ways.providers.read_claims(_read_cookies(headers))
    if claims is None:
        await ask_token(request, FAILED, ways.providers.list_names())(scope, receive, send)
        return
    try:
        entered = await run_in_threadpool(_enter, ways.get_workspace(), claims, request.cookies.get(COOKIE, ""))
    except PodcastError as error:
        # Streamlit's cookies are not sent: who may not come in leaves nothing here.
        await explain(request, find_status(error), str(error))(scope, receive, send)
        return
    page = find_page(unquote(request.cookies.get(WANTED, "")))
    answer = RedirectResponse(f"{base_of(request)}{page}" if page else home, 303, {"cache-control": "no-store"})
    answer.delete_cookie(WANTED, path=base_of(request) or "/", httponly=True, samesite="lax")
    for value in headers.getlist("set-cookie"):
        answer.headers.append("set-cookie", value)
    keep_login(request, answer, entered.secret, entered.expires_at)
    await answer(scope, receive, send)


def _enter(workspace: Workspace, claims: Mapping[str, Any], earlier: str) -> LoggedIn:
    entered = sign_in.sign_in(workspace, claims=claims)
    if earlier:
        access.log_out(workspace, secret=earlier)
    return entered


async def _ask(streamlit: ASGIApp, scope: Scope, receive: Receive) -> MutableHeaders:
    """Ask Streamlit, whose answer is a redirect with cookies; its headers."""
    headers = MutableHeaders()

    async def note(message: Message) -> None:
        nonlocal headers
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message["headers"]))

    await streamlit(scope, receive, note)
    return headers


def _read_cookies(headers: MutableHeaders) -> dict[str, str]:
    """Read the cookies that an answer sets; not those that it removes."""
    pairs = (value.partition(";")[0].partition("=") for value in headers.getlist("set-cookie"))
    return {name.strip(): value.strip().strip('"') for name, _, value in pairs if value.strip().strip('"')}
