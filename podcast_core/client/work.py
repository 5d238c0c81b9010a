"""What waits for somebody, and what they have done."""

from podcast_core.client.connection import Connection
from podcast_core.wire.work import Work


class WorkCalls(Connection):
    """Calls about somebody's work."""

    def get_work(self, person: str = "") -> Work:
        """Get what waits for somebody (by default for who asks), what was said about their answers, what they did."""
        return self._get(Work, "work", query={"person": person} if person else None)
