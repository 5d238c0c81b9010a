"""Personal access tokens, for admins."""

from collections.abc import Iterator
from typing import TypedDict

from podcast_core.client.connection import Connection


class Token(TypedDict):
    """A token without its secret, which nobody can show again."""

    id: str
    person: str
    scope: str
    created_at: str
    expires_at: str
    last_used_at: str | None
    revoked_at: str | None


class NewToken(Token):
    """A token with its secret, shown this once."""

    token: str


class TokenCalls(Connection):
    """Calls about who may use a server."""

    def list_tokens(self) -> Iterator[Token]:
        """List all tokens, the newest first."""
        return self._list(("tokens",), {})

    def create_token(self, person: str, *, scope: str = "label", days: int = 90) -> NewToken:
        """Make a token; it is shown this once."""
        made: NewToken = self._send("POST", ("tokens",), {"person": person, "scope": scope, "days": days})
        return made

    def revoke_token(self, token_id: str) -> Token:
        """Make a token useless from now on."""
        revoked: Token = self._send("POST", ("tokens", token_id, "revoke"), {})
        return revoked
