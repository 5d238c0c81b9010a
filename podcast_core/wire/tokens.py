"""Personal access tokens: listed, made, revoked; for admins."""

from datetime import datetime
from typing import Literal

from podcast_core.wire.base import Shape

Scope = Literal["read", "label", "admin"]


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
