"""Who may do what: personal access tokens, and the open mode for one person on their own machine.

A token is ``podcast_ID_SECRET``. The id finds its row, the secret is random (256 bits), so that a plain SHA-256 keeps
it safe at rest; it is shown once, when it is made. A browser in which somebody entered a token keeps a secret of its
own, which opens the same until they log out; so the token itself lies in no browser.
"""

import hashlib
import hmac
import ipaddress
import logging
import re
import secrets
from collections.abc import Callable, Collection
from contextvars import ContextVar
from contextvars import Token as Before
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache, wraps
from typing import Any, TypeVar, cast

from sqlalchemy import Connection

from podcast_core.domain.checks import check_text
from podcast_core.domain.limits import MAX_TOKEN_DAYS
from podcast_core.domain.person import Person
from podcast_core.domain.role import ROLES, includes, to_scope, with_article
from podcast_core.domain.token import Login, Token
from podcast_core.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from podcast_core.storage import people, tokens
from podcast_core.workspace import Workspace

COOKIE = "podcast_login"  # of a browser in which somebody logged in
OPEN_HEADER = "x-podcast-open"  # tells the pages that a visitor needs no token; no visitor can say so
_PATTERN = re.compile(r"podcast_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_log = logging.getLogger(__name__)
_NOTE_EVERY = timedelta(minutes=1)  # a use is not worth a write per request
# A proxy's headers: somebody else is behind the connection.
_PROXIED = (
    *("forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "cf-connecting-ip", "cf-ray"),
    *(
        "true-client-ip",
        "fastly-client-ip",
        "fly-client-ip",
        "x-original-host",
        "x-original-url",
        "x-envoy-external-address",
    ),
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the person of a token; ``person`` is None in the open mode, where anybody is whom they say.

    ``token_id`` names a token, or a login without one; ``names`` are those that the person had before.
    """

    person: str | None
    scope: str
    token_id: str = ""
    names: tuple[str, ...] = ()

    def may(self, scope: str) -> bool:
        """Tell whether the caller has a scope, see `podcast_core.domain.role`."""
        return includes(self.scope, scope)

    def need(self, scope: str) -> None:
        """Refuse a caller who lacks a scope.

        Raises
        ------
        Forbidden
            Naming the role that is needed and the one that the caller has.
        """
        if not self.may(scope):
            raise Forbidden(f"This is for {ROLES[scope]}s; you are {with_article(self.scope)} here.")

    def check_name(self, name: str) -> None:
        """Refuse (Forbidden) to act under somebody else's name; administrators may, as when they import answers."""
        if self.person is not None and name not in (self.person, *self.names) and not self.may("admin"):
            raise Forbidden(f"This token belongs to {self.person!r}; it cannot answer as {name[:80]!r}.")

    def check_undo(self, name: str) -> None:
        """Refuse (Forbidden) to undo what somebody else did; reviewers may undo what anybody did."""
        if name not in (self.person, *self.names) and not self.may("review"):
            raise Forbidden(f"{name} did this: {ROLES['review']}s and {ROLES['admin']}s may undo it, and {name}.")


OPEN = Caller(None, "admin")
_asking: ContextVar[Caller] = ContextVar("asking", default=OPEN)
Function = TypeVar("Function", bound=Callable[..., Any])


def act_as(caller: Caller) -> Before[Caller]:
    """Say for whom services work from now on, in this thread or task; returns what `act_as_before` takes.

    Nobody says so in a command, a script or a worker: who may start programs here may do everything.
    """
    return _asking.set(caller)


def act_as_before(before: Before[Caller]) -> None:
    """Take back what `act_as` said."""
    _asking.reset(before)


def get_asking() -> Caller:
    """Get for whom services work."""
    return _asking.get()


def needs(scope: str) -> Callable[[Function], Function]:
    """Have a function of a service refuse (Forbidden) whoever lacks a scope, whichever way they came."""

    def guard(function: Function) -> Function:
        @wraps(function)
        def ask(*args: Any, **kwargs: Any) -> Any:
            _asking.get().need(scope)
            return function(*args, **kwargs)

        ask.__dict__["needs"] = scope
        return cast(Function, ask)

    return guard


@needs("admin")
def create_token(workspace: Workspace, *, person: str, scope: str = "label", days: int = 90) -> tuple[Token, str]:
    """Make a token.

    Parameters
    ----------
    person : str
        Under whose name its answers are kept, 1 to 80 characters.
    scope : {"read", "label", "review", "admin"}
        What it may do, see `podcast_core.domain.role`; the name of the role is understood, too.
    days : int
        How long it is valid, 1 to 3660.

    Returns
    -------
    Token
        What is kept.
    str
        The token itself, which nobody can show again.

    Raises
    ------
    InvalidInput
        When the role or the number of days cannot be.
    """
    person = person.strip()
    check_text(person, "The name of a token's person", 80)
    scope = to_scope(scope)
    check_days(days)
    now = datetime.now(UTC)
    secret = secrets.token_urlsafe(32)
    token = Token(secrets.token_hex(6), person, scope, _digest(secret), now, now + timedelta(days=days))
    with workspace.database.writing() as connection:
        tokens.add_token(connection, token)
    return token, f"podcast_{token.id}_{secret}"


def check_days(days: int) -> None:
    """Refuse (InvalidInput) a time for which no token can be valid."""
    if not 1 <= days <= MAX_TOKEN_DAYS:
        raise InvalidInput(f"A token can be valid for 1 to {MAX_TOKEN_DAYS} days; found {days}.")


def list_tokens(workspace: Workspace) -> list[Token]:
    """List all tokens, the newest first."""
    with workspace.database.reading() as connection:
        return tokens.list_tokens(connection)


def list_holders(workspace: Workspace, *, scope: str) -> list[str]:
    """List the people who may do something, by name: they are of a role, or have a valid token."""
    now = datetime.now(UTC)
    with workspace.database.reading() as connection:
        known = people.list_people(connection)
        valid = [each for each in tokens.list_tokens(connection) if each.is_valid(now)]
    registered = {name for each in known for name in (each.name, *each.names)}
    here = {each.name for each in known if each.left_at is None and includes(each.scope, scope)}
    return sorted(here | {each.person for each in valid if includes(each.scope, scope)} - registered)


@needs("admin")
def revoke_token(workspace: Workspace, *, token_id: str) -> Token:
    """Make a token useless from now on, and return it.

    Raises
    ------
    NotFound
        When there is no such token.
    """
    with workspace.database.writing() as connection:
        tokens.revoke_token(connection, token_id, datetime.now(UTC))
        token = tokens.find_token(connection, token_id)
    if token is None:
        raise NotFound(f"There is no token {token_id[:40]!r}; `token list` shows the ids.")
    return token


def identify(workspace: Workspace, text: str) -> Caller:
    """Find out whose token this is, and note that it was used; errors as `get_token`."""
    return _note(workspace, get_token(workspace, text=text))


def identify_browser(workspace: Workspace, secret: str) -> Caller:
    """Find out who logged in in a browser, and note that the token was used.

    Raises
    ------
    Unauthenticated
        When nobody did, or the token is no longer valid.
    """
    with workspace.database.reading() as connection:
        login = tokens.find_login(connection, _digest(secret)) if secret else None
        token = tokens.find_token(connection, login.token_id) if login and login.token_id else None
    if login is None or (login.token_id and token is None):
        raise Unauthenticated("Nobody is logged in in this browser.")
    if token is not None:
        return _note(workspace, _check_valid(token))
    return _note_login(workspace, login)


def log_in(workspace: Workspace, *, text: str) -> tuple[Token, str]:
    """Let a browser in; returns the token and the secret that the browser keeps. Errors as `get_token`."""
    token = get_token(workspace, text=text)
    _note(workspace, token)  # refuses whoever has left
    with workspace.database.writing() as connection:
        secret = add_login(connection, Login("", token.expires_at, token_id=token.id))
    return token, secret


def add_login(connection: Connection, login: Login) -> str:
    """Remember a browser until the login's end; returns the secret that the browser keeps."""
    secret = secrets.token_urlsafe(32)
    tokens.add_login(connection, replace(login, digest=_digest(secret)), datetime.now(UTC))
    return secret


def log_out(workspace: Workspace, *, secret: str) -> None:
    """Let a browser in no more."""
    with workspace.database.writing() as connection:
        tokens.remove_login(connection, _digest(secret))


def _note(workspace: Workspace, token: Token) -> Caller:
    """Say who has a token: a person may do no more with one than what their role is now."""
    now = datetime.now(UTC)
    with workspace.database.reading() as connection:
        person = people.find_person(connection, token.person)
    caller = _to_caller(person, token.scope, token.id) if person else Caller(token.person, token.scope, token.id)
    if token.last_used_at is None or now - token.last_used_at > _NOTE_EVERY:
        with workspace.database.writing() as connection:
            tokens.note_use(connection, token.id, now)
    return caller


def _note_login(workspace: Workspace, login: Login) -> Caller:
    """Say who logged in without a token."""
    now = datetime.now(UTC)
    with workspace.database.reading() as connection:
        person = people.find_person(connection, login.person)
    if person is None or now >= login.expires_at:
        raise Unauthenticated("This login is over; log in again.")
    caller = _to_caller(person, person.scope, f"login-{login.digest[:10]}")
    if login.last_used_at is None or now - login.last_used_at > _NOTE_EVERY:
        with workspace.database.writing() as connection:
            tokens.note_login(connection, login.digest, now)
    return caller


def _to_caller(person: Person, scope: str, token_id: str) -> Caller:
    if person.left_at is not None:
        raise Unauthenticated(f"{person.name} has left; the person who runs this server can let them in again.")
    return Caller(person.name, scope if includes(person.scope, scope) else person.scope, token_id, person.names)


def get_token(workspace: Workspace, *, text: str) -> Token:
    """Get a token that is valid now.

    Raises
    ------
    Unauthenticated
        When it is none of ours, has expired or was revoked.
    """
    parts = _PATTERN.fullmatch(text)
    if parts is None:
        raise Unauthenticated(
            "This requires a token, which looks like podcast_..._...; ask the person who runs this server for one."
        )
    with workspace.database.reading() as connection:
        token = tokens.find_token(connection, parts[1])
    is_ours = hmac.compare_digest(_digest(parts[2]), token.digest if token else _digest(""))
    if token is None or not is_ours:
        raise Unauthenticated("This token is not valid here.")
    return _check_valid(token)


def _check_valid(token: Token) -> Token:
    if not token.is_valid(datetime.now(UTC)):
        state = "was revoked" if token.revoked_at else f"expired on {token.expires_at:%Y-%m-%d}"
        raise Unauthenticated(f"This token {state}; ask the person who runs this server for a new one.")
    return token


def is_open(mode: str, *, bound_to: str | None, reached_at: str, headers: Collection[str]) -> bool:
    """Tell whether a connection needs no token.

    Parameters
    ----------
    mode : {"auto", "open", "tokens"}
        The setting ``PODCAST_ACCESS``.
    bound_to : str or None
        The address that the server was told to listen on; None: all.
    reached_at : str
        The address of this machine at which the connection came in.
    headers : collection of str
        Names of the request's headers in lower case; a proxy's tell that somebody else is behind the connection.
    """
    if mode != "auto":
        return mode == "open"
    is_proxied = any(name in _PROXIED or name.startswith("x-forwarded-") for name in headers)
    return is_loopback(bound_to or "") and is_loopback(reached_at) and not is_proxied


def explain_start(workspace: Workspace, *, bound_to: str | None) -> None:
    """Say in the log how the first token is made, when one is needed and there is none."""
    mode = workspace.settings.access
    is_needed = mode == "tokens" or (mode == "auto" and not is_loopback(bound_to or ""))
    now = datetime.now(UTC)
    if is_needed and not any(token.is_valid(now) for token in list_tokens(workspace)):
        _log.warning(
            "This server requires tokens and none exist yet: "
            "python -m podcast_core token create NAME --role administrator"
        )


@lru_cache(maxsize=256)  # asked three times for each request
def is_loopback(host: str) -> bool:
    """Tell whether a host name or an address, with or without a port, names this machine only."""
    name = re.sub(r":\d*$", "", host) if host.count(":") < 2 or host.startswith("[") else host
    name = name.strip("[]").lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
