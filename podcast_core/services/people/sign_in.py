"""Logins that an OpenID Connect provider vouches for: who comes in, as whom, and for how long.

Somebody is known by what the provider calls them (``iss`` and ``sub``), which never changes. The first time they are
found by their e-mail address: that of somebody here, or one that the setting ``PODCAST_SIGN_IN_FROM`` lets in. An
address counts only if the provider has verified it: elsewhere people write any address into their profile.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from podcast_core.domain.look_alikes import find_mixed
from podcast_core.domain.person import Person, clean_email, clean_name
from podcast_core.domain.token import Login
from podcast_core.errors import Conflict, Forbidden, InvalidInput
from podcast_core.services import access
from podcast_core.services.people import people
from podcast_core.services.people.invitations import LoggedIn
from podcast_core.storage import people as stored
from podcast_core.workspace import Workspace

MAX_SUBJECT = 255  # OpenID Connect Core 1.0, section 2
_NAMES_TRIED = 100


def sign_in(workspace: Workspace, *, claims: Mapping[str, Any]) -> LoggedIn:
    """Let a browser in whose visitor a provider vouches for.

    Parameters
    ----------
    claims
        What the provider's ID token says, whose signature, issuer, audience, nonce and expiry were checked.

    Returns
    -------
    LoggedIn
        For ``PODCAST_SIGN_IN_HOURS``; after that the provider is asked again.

    Raises
    ------
    Forbidden
        When this person has not been let in, has left, or the address is not verified.
    InvalidInput
        When the provider does not say who it is.
    """
    login = _name_login(claims)
    with workspace.database.holding(people.LOCK):
        person = _find_or_add(workspace, claims, login)
        if person.left_at is not None:
            raise Forbidden(f"{person.name} has left; the person who runs this server can let them in again.")
        ends = datetime.now(UTC) + timedelta(hours=workspace.settings.sign_in_hours)
        with workspace.database.writing() as connection:
            return LoggedIn(person, access.add_login(connection, Login("", ends, person=person.name)), ends)


def _name_login(claims: Mapping[str, Any]) -> str:
    issuer, subject = claims.get("iss"), claims.get("sub")
    is_one = isinstance(issuer, str) and isinstance(subject, str) and issuer.strip() and subject.strip()
    if not is_one or len(str(subject)) > MAX_SUBJECT or len(str(issuer)) > MAX_SUBJECT:
        raise InvalidInput("The provider of this login does not say who you are (claims iss and sub).")
    return f"{issuer} {subject}"


def _find_or_add(workspace: Workspace, claims: Mapping[str, Any], login: str) -> Person:
    with workspace.database.reading() as connection:
        known = stored.list_people(connection)
    found = next((each for each in known if each.login == login), None)
    if found is not None:
        return found
    email = _read_email(claims)
    found = next((each for each in known if each.email == email), None)
    if found is not None:
        if found.login:
            raise Forbidden(
                f"The address {email} belongs to another account of your provider. The person who runs this server "
                f"can take it from {found.name} and give it back: then the next account with it is theirs."
            )
        return people.link_login(workspace, found, login)
    if not _is_let_in(workspace.settings.sign_in_from, email):
        raise Forbidden(
            f"{email} has not been let in here. Ask the person who runs this server to add you with this address."
        )
    return _add(workspace, claims, email, login)


def _read_email(claims: Mapping[str, Any]) -> str:
    said = claims.get("email")
    if not isinstance(said, str) or not said.strip():
        raise Forbidden("The provider of this login does not say your e-mail address, by which people are let in here.")
    email = clean_email(said)
    if claims.get("email_verified") is not True:  # a text that says "true" comes from no provider that keeps the rules
        raise Forbidden(f"The provider of this login has not verified that {email} is your address.")
    return email


def _is_let_in(allowed: str, email: str) -> bool:
    """Tell whether a setting lists an address, or its domain as ``@example.org``; a domain below one is another."""
    domain = "@" + email.rpartition("@")[2]
    listed = {"".join(c.lower() if c.isascii() else c for c in each.strip()) for each in allowed.split(",")} - {""}
    return email in listed or domain in listed


def _add(workspace: Workspace, claims: Mapping[str, Any], email: str, login: str) -> Person:
    """Add somebody under what the provider calls them; where that is taken, with a number."""
    said = claims.get("name")
    wanted = said if isinstance(said, str) and said.strip() else email.rpartition("@")[0]
    try:
        name = clean_name(wanted[:70])
    except InvalidInput:
        name = ""
    if not name or find_mixed(name):
        name = clean_name(email.rpartition("@")[0][:70])
    for number in range(1, _NAMES_TRIED):
        try:
            return people.register(
                workspace,
                name=name if number == 1 else f"{name} {number}",
                scope=workspace.settings.sign_in_role,
                email=email,
                login=login,
                is_new=True,
            )
        except Conflict:
            continue
    raise Conflict(f"There are too many people called {name} here.")
