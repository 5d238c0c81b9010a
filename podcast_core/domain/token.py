"""Personal access tokens and logins of browsers; never their secrets."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Token:
    """Who may do what, until when. ``digest`` is the SHA-256 of the secret in hexadecimal; times are UTC."""

    id: str
    person: str
    scope: str
    digest: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """Tell whether it opens anything at a time."""
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class Login:
    """A browser in which somebody logged in with a token, or else (``person``) by an invitation or a provider.

    ``digest`` is the SHA-256 of the cookie's secret in hexadecimal; times are UTC.
    """

    digest: str
    expires_at: datetime
    token_id: str = ""
    person: str = ""
    last_used_at: datetime | None = None
