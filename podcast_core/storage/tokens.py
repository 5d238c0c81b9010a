"""Personal access tokens, and the browsers in which they were entered, in the database; never their secrets."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from podcast_core.domain.token import Login, Token
from podcast_core.storage import people
from podcast_core.storage.schema import logins, tokens


def add_token(connection: Connection, token: Token) -> None:
    """Add a token."""
    people.add_named(connection, tokens, [asdict(token)])


def find_token(connection: Connection, token_id: str) -> Token | None:
    """Find a token by its id."""
    row = connection.execute(select(tokens).where(tokens.c.id == token_id)).one_or_none()
    return None if row is None else _to_token(row)


def list_tokens(connection: Connection) -> list[Token]:
    """List all tokens, the newest first."""
    query = select(tokens).order_by(tokens.c.created_at.desc(), tokens.c.id)
    return [_to_token(row) for row in connection.execute(query)]


def revoke_token(connection: Connection, token_id: str, now: datetime) -> None:
    """Revoke a token; one that was revoked keeps its first time."""
    this = (tokens.c.id == token_id) & tokens.c.revoked_at.is_(None)
    connection.execute(update(tokens).where(this).values(revoked_at=now))


def note_use(connection: Connection, token_id: str, now: datetime) -> None:
    """Note that a token was used."""
    connection.execute(update(tokens).where(tokens.c.id == token_id).values(last_used_at=now))


def add_login(connection: Connection, login: Login, now: datetime) -> None:
    """Remember a browser, and forget those whose time is over."""
    connection.execute(delete(logins).where(logins.c.expires_at <= now))
    values = {"digest": login.digest, "token_id": login.token_id, "person": login.person}
    people.add_named(connection, logins, [{**values, "expires_at": login.expires_at}])


def find_login(connection: Connection, digest: str) -> Login | None:
    """Find a browser in which somebody logged in."""
    row = connection.execute(select(logins).where(logins.c.digest == digest)).one_or_none()
    return None if row is None else Login(**row._mapping)


def note_login(connection: Connection, digest: str, now: datetime) -> None:
    """Note that somebody who logged in without a token was here."""
    connection.execute(update(logins).where(logins.c.digest == digest).values(last_used_at=now))


def end_logins(connection: Connection, person: str) -> None:
    """Forget the browsers in which somebody logged in without a token."""
    connection.execute(delete(logins).where(logins.c.person == person, logins.c.token_id == ""))


def change_scope(connection: Connection, person: str, scope: str, new_scope: str) -> None:
    """Give the tokens of somebody that have a scope another one."""
    is_theirs = (tokens.c.person == person) & (tokens.c.scope == scope)
    connection.execute(update(tokens).where(is_theirs).values(scope=new_scope))


def remove_login(connection: Connection, digest: str) -> None:
    """Forget a browser."""
    connection.execute(delete(logins).where(logins.c.digest == digest))


def _to_token(row: Row[tuple[Any, ...]]) -> Token:
    return Token(**row._mapping)
