"""Reviews: verdicts on answers."""

import uuid
from collections.abc import Iterator
from typing import Any

from podcast_core.client.connection import Connection
from podcast_core.wire.reviews import Judging, Remark, Review, ReviewAct, Reviewed, ReviewPlace, SavedQueue, Tag, Thread


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

    def preview_bulk_review(self, round_id: str, **fields: Any) -> Judging:
        """Say what one verdict on many answers would do: ``verdict``, and ``query`` (a queue) or ``seen``."""
        return self._send(Judging, "POST", ("rounds", round_id, "reviews", "bulk", "preview"), fields)

    def add_bulk_review(self, round_id: str, **fields: Any) -> Judging:
        """Give one verdict on many answers: fields as those of `preview_bulk_review`, and ``comment``."""
        body = {"act_id": str(uuid.uuid4()), **fields}
        return self._send(Judging, "POST", ("rounds", round_id, "reviews", "bulk"), body)

    def list_bulk_reviews(self, round_id: str) -> list[ReviewAct]:
        """List the verdicts on many answers, the newest first."""
        return self._get(list[ReviewAct], "rounds", round_id, "reviews", "bulk")

    def undo_bulk_review(self, round_id: str, act_id: str) -> None:
        """Withdraw all verdicts of a bulk verdict."""
        self._tell("POST", ("rounds", round_id, "reviews", "bulk", act_id, "undo"), {"act_id": str(uuid.uuid4())})

    def get_thread(self, round_id: str, session_id: str) -> Thread:
        """Get what people say about a session: comments, and tags."""
        return self._get(Thread, "rounds", round_id, "sessions", session_id, "remarks")

    def add_remark(self, round_id: str, session_id: str, **fields: str) -> Remark:
        """Remark on an answer: ``submission_id``, ``author``, ``kind`` (comment, tag, untag), ``text``."""
        path = ("rounds", round_id, "sessions", session_id, "remarks")
        return self._send(Remark, "POST", path, {"remark_id": str(uuid.uuid4()), **fields})

    def list_tags(self, round_id: str) -> list[Tag]:
        """List the tags of a round."""
        return self._get(list[Tag], "rounds", round_id, "tags")
