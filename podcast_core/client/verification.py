"""Rapid verification: predictions that wait for a verdict."""

import uuid
from collections.abc import Iterator, Sequence

from podcast_core.client.connection import Connection
from podcast_core.wire.verification import Candidates, Verified, WaitingPrediction


class VerificationCalls(Connection):
    """Calls about verdicts on predictions."""

    def list_candidates(self, round_id: str, **filters: str) -> Candidates:
        """List predictions that wait for a verdict; filters are ``label``, ``order``, ``offset``, ``limit``.

        `list_waiting` goes on where this ends.
        """
        return self._get(Candidates, "rounds", round_id, "predictions", query=filters)

    def list_waiting(self, round_id: str, **filters: str) -> Iterator[WaitingPrediction]:
        """Go through all predictions that wait for a verdict; filters are ``label``, ``order``, ``holder``."""
        return self._list(WaitingPrediction, ("rounds", round_id, "predictions"), {"limit": 200, **filters})

    def give_verdicts(self, round_id: str, *, annotator: str, items: Sequence[dict[str, str]]) -> Verified:
        """Keep verdicts on predictions: each item has ``session_id``, ``prediction_id``, ``verdict``."""
        body = {"verdict_id": str(uuid.uuid4()), "annotator": annotator, "items": list(items)}
        return self._send(Verified, "POST", ("rounds", round_id, "verdicts"), body)
