"""Reviews: verdicts on answers."""

import uuid
from collections.abc import Iterator
from typing import Any

from podcast_core.client.connection import Connection
from podcast_core.wire.reviews import Review, Reviewed


class ReviewCalls(Connection):
    """Calls about reviews."""

    def list_reviews(self, round_id: str, **filters: str) -> Iterator[Review]:
        """List the reviews of a round; the filter is ``reviewer``."""
        return self._list(Review, ("rounds", round_id, "reviews"), filters)

    def add_review(self, round_id: str, session_id: str, **fields: Any) -> Reviewed:
        """Keep a verdict on an answer: ``submission_id``, ``reviewer``, ``verdict``."""
        path = ("rounds", round_id, "sessions", session_id, "reviews")
        return self._send(Reviewed, "POST", path, {"review_id": str(uuid.uuid4()), **fields})
