"""What the figures of the page *Progress* show."""

from collections.abc import Iterator
from typing import Any

from podcast_core.client.connection import Connection
from podcast_core.wire.progress import Accumulation, Activity, BurnUp, Coverage, Models, Quality, Speed, Work
from podcast_core.wire.share_links import NewShareLink, ShareLink


class ProgressCalls(Connection):
    """Calls about how the work on a round goes on.

    All take ``date_from``, ``date_to`` (days, UTC), and ``annotator``, ``site``, ``label`` (one or a list), where the
    figure can be filtered by that.
    """

    def get_burn_up(self, round_id: str, **asked: Any) -> BurnUp:
        """Get what was answered by day, of how much, and when the rest is expected."""
        return self._get(BurnUp, "rounds", round_id, "progress", "burn-up", **asked)

    def list_work(self, round_id: str, **asked: Any) -> Work:
        """List what was done ``by`` day, annotator, site or hour (of the day)."""
        return self._get(Work, "rounds", round_id, "progress", "work", **asked)

    def get_activity(self, round_id: str, **asked: Any) -> Activity:
        """Get calls by date and hour of the day; ``offset_h``: how far the clock is ahead of UTC."""
        return self._get(Activity, "rounds", round_id, "progress", "activity", **asked)

    def list_coverage(self, round_id: str, **asked: Any) -> Coverage:
        """Get which days of which sites have sound, and how much of it has an answer."""
        return self._get(Coverage, "rounds", round_id, "progress", "coverage", **asked)

    def get_accumulation(self, round_id: str, **asked: Any) -> Accumulation:
        """Get how many different labels (or ``individuals=True``) were found in how many sessions."""
        return self._get(Accumulation, "rounds", round_id, "progress", "accumulation", **asked)

    def list_speed(self, round_id: str, **asked: Any) -> Speed:
        """Get medians of seconds and edits per session, by person and day or week."""
        return self._get(Speed, "rounds", round_id, "progress", "speed", **asked)

    def list_judged(self, round_id: str, **asked: Any) -> Quality:
        """Get how much reviewers found wrong, by day or week."""
        return self._get(Quality, "rounds", round_id, "progress", "quality", **asked)

    def list_model_progress(self, round_id: str) -> Models:
        """Get how good models were on the round's sessions, and what became of their predictions."""
        return self._get(Models, "rounds", round_id, "progress", "models")

    def list_share_links(self, round_id: str) -> Iterator[ShareLink]:
        """List the links by which somebody without a token sees a round's progress, the newest first."""
        return self._list(ShareLink, ("rounds", round_id, "share-links"), {})

    def add_share_link(
        self, round_id: str, *, note: str = "", days: int = 30, with_names: bool = False
    ) -> NewShareLink:
        """Make such a link: the server's address and ``path``, shown this once. ``note``: for whom it is."""
        asked = {"note": note, "days": days, "with_names": with_names}
        return self._send(NewShareLink, "POST", ("rounds", round_id, "share-links"), asked)

    def revoke_share_link(self, link_id: str) -> ShareLink:
        """Make a link useless from now on."""
        return self._send(ShareLink, "POST", ("share-links", link_id, "revoke"), {})
