"""Personal access tokens, for admins."""

from collections.abc import Iterator

from podcast_core.client.connection import Connection
from podcast_core.wire.tokens import NewToken, Token


class TokenCalls(Connection):
    """Calls about who may use a server."""

    def list_tokens(self) -> Iterator[Token]:
        """List all tokens, the newest first."""
        return self._list(Token, ("tokens",), {})

    def create_token(self, person: str, *, scope: str = "label", days: int = 90) -> NewToken:
        """Make a token; it is shown this once."""
        return self._send(NewToken, "POST", ("tokens",), {"person": person, "scope": scope, "days": days})

    def revoke_token(self, token_id: str) -> Token:
        """Make a token useless from now on."""
        return self._send(Token, "POST", ("tokens", token_id, "revoke"), {})
