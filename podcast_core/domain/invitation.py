"""Links by which people come in; never their secrets."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that lets in ``uses_left`` more browsers until it expires; each login lasts ``login_days``.

    ``person``: whom it is for; empty: whoever has it, under a new name. ``digest`` is the SHA-256 of the secret in
    hexadecimal; times are UTC.
    """

    id: str
    digest: str
    scope: str
    person: str
    uses_left: int
    login_days: int
    made_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """Tell whether it lets anybody in at a time."""
        return self.revoked_at is None and self.uses_left > 0 and now < self.expires_at
