"""Sessions of a round, in a list and as the editor shows them."""

from collections.abc import Iterator

from podcast_core.client.connection import Connection
from podcast_core.wire.sessions import ListedSession, QueueOptions, Session


class SessionCalls(Connection):
    """Calls about the sessions of a round."""

    def get_queue_options(self, round_id: str) -> QueueOptions:
        """List what a round's sessions can be filtered by."""
        return self._get(QueueOptions, "rounds", round_id, "queue")

    def list_sessions(self, round_id: str, **filters: str | float | bool) -> Iterator[ListedSession]:
        """List a round's sessions, each with the answer that counts.

        Filters are ``outcome``, ``open``, ``annotator``, ``label``, ``origin``, ``verdict``, ``recording_id``,
        ``site``, ``date_from``, ``date_to``, ``hour_from``, ``hour_to``, ``score_from``, ``score_to``, ``text``,
        ``tag``, ``audit``; and ``sort``.
        """
        return self._list(ListedSession, ("rounds", round_id, "sessions"), filters)

    def get_session(self, round_id: str, session_id: str) -> Session:
        """Get a session as the editor shows it; times are seconds of the session."""
        return self._get(Session, "rounds", round_id, "sessions", session_id)
