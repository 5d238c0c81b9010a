"""Personal access tokens, and the browsers in which they were entered, in the database; never their secrets."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from podcast_core.domain.token import Token
from podcast_core.storage.schema import logins, tokens


def add_token(connection: Connection, token: Token) -> None:
    """Add a token."""
    connection.execute(
        insert(tokens).values(
            id=token.id,
            person=token.person,
            scope=token.scope,
            digest=token.digest,
            created_at=token.created_at,
            expires_at=token.expires_at,
        )
    )


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


def add_login(connection: Connection, digest: str, token: Token, now: datetime) -> None:
    """Remember a browser until the token expires, and forget those whose time is over."""
    connection.execute(delete(logins).where(logins.c.expires_at <= now))
    connection.execute(insert(logins).values(digest=digest, token_id=token.id, expires_at=token.expires_at))


def find_logged_in(connection: Connection, digest: str) -> Token | None:
    """Find the token with which somebody logged in in a browser."""
    query = select(tokens).join(logins, logins.c.token_id == tokens.c.id).where(logins.c.digest == digest)
    row = connection.execute(query).one_or_none()
    return None if row is None else _to_token(row)


def remove_login(connection: Connection, digest: str) -> None:
    """Forget a browser."""
    connection.execute(delete(logins).where(logins.c.digest == digest))


def _to_token(row: Row[tuple[Any, ...]]) -> Token:
    return Token(**row._mapping)
