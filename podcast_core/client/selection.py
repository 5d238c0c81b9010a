"""Candidates: which sessions a selection would choose."""

from typing import Any

from podcast_core.client.connection import Connection
from podcast_core.wire.selection import SelectionPreview


class SelectionCalls(Connection):
    """Calls about the selection of sessions."""

    def preview_selection(self, round_id: str, **choice: Any) -> SelectionPreview:
        """Tell which sessions a job ``select`` would choose.

        The choice is ``model`` or ``run_id``, ``high``, ``low``, ``quiet_is_negative``, ``from``, ``to``,
        ``negatives``, ``unreviewed``, ``seed``; ``pool``, ``chosen``, ``limit`` and ``offset`` say which sessions are
        listed.
        """
        return self._get(SelectionPreview, "rounds", round_id, "candidates", query=choice)
