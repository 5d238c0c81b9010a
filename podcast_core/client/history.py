"""The history of a session: its answers, what differs between two of them, and an earlier one brought back."""

import uuid

from podcast_core.client.connection import Connection
from podcast_core.wire.history import Differences, History, Restored


class HistoryCalls(Connection):
    """Calls about the answers that a session has had."""

    def get_history(self, round_id: str, session_id: str) -> History:
        """Get all answers of a session, with what each of them changed."""
        return self._get(History, "rounds", round_id, "sessions", session_id, "history")

    def get_differences(
        self, round_id: str, session_id: str, *, before: int | None = None, after: int | None = None
    ) -> Differences:
        """Compare two answers by their revisions; by default the newest with the one that was on screen."""
        given = {"from": before, "to": after}
        query = {name: number for name, number in given.items() if number is not None}
        return self._get(Differences, "rounds", round_id, "sessions", session_id, "differences", query=query)

    def restore(
        self, round_id: str, session_id: str, *, revision: int, annotator: str, base_revision: int, **fields: str
    ) -> Restored:
        """Bring an earlier answer back by a new one; with your own ``submission_id`` a repeated call is harmless."""
        body = {"submission_id": str(uuid.uuid4()), "revision": revision, "annotator": annotator, **fields}
        path = ("rounds", round_id, "sessions", session_id, "restorations")
        return self._send(Restored, "POST", path, {**body, "base_revision": base_revision})
