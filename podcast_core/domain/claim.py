"""Claims: the leases that keep two annotators off one session, for `claim_minutes` of the settings."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """The lease that keeps two annotators off one session. ``holder`` is one browser tab or client."""

    round_id: str
    session_id: str
    holder: str
    annotator: str
    expires_at: datetime
