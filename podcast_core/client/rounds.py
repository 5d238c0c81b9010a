"""Rounds: made, changed, and how far they are."""

from collections.abc import Iterator
from typing import Any

from podcast_core.client.connection import Connection

Json = dict[str, Any]


class RoundCalls(Connection):
    """Calls about rounds."""

    def list_rounds(self) -> Iterator[Json]:
        """List rounds, the newest first."""
        return self._list(("rounds",), {})

    def get_round(self, round_id: str) -> Json:
        """Get a round."""
        found: Json = self._get("rounds", round_id)
        return found

    def add_round(self, **fields: Any) -> Json:
        """Add a round; ``name`` and ``labels`` (a list of ``{"name": ...}``) are needed."""
        added: Json = self._send("POST", ("rounds",), fields)
        return added

    def change_round(self, round_id: str, **changes: Any) -> Json:
        """Change texts, labels or display of a round."""
        changed: Json = self._send("PATCH", ("rounds", round_id), changes)
        return changed

    def get_progress(self, round_id: str) -> Json:
        """Count a round's sessions by outcome."""
        found: Json = self._get("rounds", round_id, "progress")
        return found
