"""Claims: sessions that are held while they are answered."""

from typing import Any

from podcast_core.client.connection import Connection
from podcast_core.wire.claims import Claimed


class ClaimCalls(Connection):
    """Calls that hold sessions and let go of them."""

    def claim(self, round_id: str, *, holder: str, annotator: str, **options: Any) -> Claimed:
        """Hold the next sessions for a while."""
        body = {"holder": holder, "annotator": annotator, **options}
        return self._send(Claimed, "POST", ("rounds", round_id, "claims"), body)

    def release(self, round_id: str, *, holder: str) -> None:
        """Let go of what a holder holds."""
        self._tell("POST", ("rounds", round_id, "claims", "release"), {"holder": holder})
