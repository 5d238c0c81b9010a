"""Rounds: made, changed, and how far they are."""

from collections.abc import Iterator
from typing import Any

from podcast_core.client.connection import Connection
from podcast_core.wire.rounds import LabelList, Progress, Round


class RoundCalls(Connection):
    """Calls about rounds."""

    def list_rounds(self, *, archived: bool = False) -> Iterator[Round]:
        """List rounds, the newest first; ``archived``: those that are, and only they."""
        return self._list(Round, ("rounds",), {"archived": archived})

    def get_labels(self, round_id: str) -> LabelList:
        """Get a round's labels; sessions name them by ``labels_id``."""
        return self._get(LabelList, "rounds", round_id, "labels")

    def get_round(self, round_id: str) -> Round:
        """Get a round."""
        return self._get(Round, "rounds", round_id)

    def add_round(self, **fields: Any) -> Round:
        """Add a round; ``name`` and ``labels`` (a list of ``{"name": ...}``) are needed."""
        return self._send(Round, "POST", ("rounds",), fields)

    def change_round(self, round_id: str, **changes: Any) -> Round:
        """Change texts, labels or display of a round."""
        return self._send(Round, "PATCH", ("rounds", round_id), changes)

    def get_progress(self, round_id: str) -> Progress:
        """Count a round's sessions by outcome."""
        return self._get(Progress, "rounds", round_id, "progress")
