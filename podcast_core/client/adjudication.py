"""Adjudication: where people disagree, and what they say there. Who decides submits an answer with ``decides``."""

from podcast_core.client.connection import Connection
from podcast_core.wire.adjudication import Adjudication, Consensus


class AdjudicationCalls(Connection):
    """Calls about sessions in which people disagree."""

    def get_adjudication(self, round_id: str, *, limit: int = 100) -> Adjudication:
        """List the sessions about which somebody should decide, those first in which people agree least."""
        return self._get(Adjudication, "rounds", round_id, "adjudication", query={"limit": limit})

    def get_consensus(self, round_id: str, session_id: str) -> Consensus:
        """Get what people say about a session, and what they say together."""
        return self._get(Consensus, "rounds", round_id, "sessions", session_id, "consensus")
