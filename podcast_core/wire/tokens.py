"""Personal access tokens: listed, made, revoked; for admins."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from podcast_core.domain.limits import MAX_TOKEN_DAYS
from podcast_core.wire.base import Body, PersonName, Shape

Scope = Literal["read", "label", "review", "admin"]


class Token(Shape):
    """A token without its secret, which nobody can show again."""

    id: str
    person: str
    scope: Scope
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewToken(Token):
    """A token with its secret, shown this once."""

    token: str


class TokenIn(Body):
    """Whose token it is, what it may do, and for how long."""

    person: PersonName
    scope: Scope = "label"
    days: Annotated[int, Field(ge=1, le=MAX_TOKEN_DAYS)] = 90
