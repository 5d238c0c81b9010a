"""Reviews: verdicts on answers."""

import uuid
from collections.abc import Iterator
from typing import Any

from podcast_core.client.connection import Connection
from podcast_core.wire.reviews import Review, Reviewed, ReviewPlace, SavedQueue


class ReviewCalls(Connection):
    """Calls about reviews."""

    def list_reviews(self, round_id: str, **filters: str) -> Iterator[Review]:
        """List the reviews of a round; the filter is ``reviewer``."""
        return self._list(Review, ("rounds", round_id, "reviews"), filters)

    def add_review(self, round_id: str, session_id: str, **fields: Any) -> Reviewed:
        """Keep a verdict on an answer: ``submission_id``, ``reviewer``, ``verdict``."""
        path = ("rounds", round_id, "sessions", session_id, "reviews")
        return self._send(Reviewed, "POST", path, {"review_id": str(uuid.uuid4()), **fields})

    def list_queues(self, round_id: str) -> list[SavedQueue]:
        """List the queues of a round that people have saved."""
        return self._get(list[SavedQueue], "rounds", round_id, "queues")

    def save_queue(self, round_id: str, name: str, query: str) -> SavedQueue:
        """Save a queue: ``query`` are filters as in an address, ``label=call&verdict=waiting``."""
        return self._send(SavedQueue, "POST", ("rounds", round_id, "queues"), {"name": name, "query": query})

    def delete_queue(self, round_id: str, name: str) -> None:
        """Delete a saved queue."""
        self._tell("DELETE", ("rounds", round_id, "queues", name), {})

    def get_review_place(self, round_id: str, session_id: str, **filters: str | float | bool) -> ReviewPlace:
        """Find what comes before and after a session in a queue; filters are those of `list_sessions`."""
        return self._get(ReviewPlace, "rounds", round_id, "sessions", session_id, "review", query=filters)
