"""Live sound."""

from datetime import datetime
from pathlib import Path

from podcast_core.client.connection import Connection
from podcast_core.wire.live import LiveFeeds, LiveMark


class LiveCalls(Connection):
    """Calls about live sound."""

    def list_feeds(self) -> LiveFeeds:
        """List the live sources of the server."""
        return self._get(LiveFeeds, "live")

    def stream_sound(self, feed_id: str, out: str | Path, *, after: int | None = None) -> Path:
        """Write ten seconds of a source's sound as it comes: blocks as the route has them, from sample ``after`` on."""
        return self._download(("live", feed_id, "sound"), {"after": after}, out)

    def add_mark(
        self,
        feed_id: str,
        *,
        mark_id: str,
        label: str,
        started_at: datetime,
        ended_at: datetime,
        person: str | None = None,
    ) -> LiveMark:
        """Mark a span of live sound that is being recorded; the same id again changes nothing."""
        body = {
            "id": mark_id,
            "label": label,
            "started_at": started_at.isoformat(),
            "ended_at": ended_at.isoformat(),
            "person": person,
        }
        return self._send(LiveMark, "POST", ("live", feed_id, "marks"), body)
