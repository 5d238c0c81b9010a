"""Links by which somebody without a token sees the progress of one round; never their secrets."""

from dataclasses import dataclass
from datetime import datetime

from podcast_core.domain.checks import check_optional_text


@dataclass(frozen=True, slots=True)
class ShareLink:
    """What a link opens, until when. ``digest`` is the SHA-256 of the secret in hexadecimal; times are UTC.

    ``note`` says for whom it is, ``with_names`` whether annotators are named.
    """

    id: str
    round_id: str
    note: str
    with_names: bool
    digest: str
    who: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def __post_init__(self) -> None:
        check_optional_text(self.note, "What a link is for", 120)

    def is_valid(self, now: datetime) -> bool:
        """Tell whether it opens anything at a time."""
        return self.revoked_at is None and now < self.expires_at
