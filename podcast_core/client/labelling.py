"""Labelling: sessions, claims, answers, reviews and verdicts."""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from podcast_core.client.connection import Connection

Json = dict[str, Any]


class LabellingCalls(Connection):
    """Calls of people who label, and of those who look at what they said."""

    def list_sessions(self, round_id: str) -> list[Json]:
        """List a round's sessions with their outcomes."""
        found: list[Json] = self._get("rounds", round_id, "sessions")["sessions"]
        return found

    def get_session(self, round_id: str, session_id: str) -> Json:
        """Get a session as the editor shows it; times are seconds of the session."""
        found: Json = self._get("rounds", round_id, "sessions", session_id)
        return found

    def claim(self, round_id: str, *, holder: str, annotator: str, **options: Any) -> Json:
        """Hold the next sessions for a while."""
        body = {"holder": holder, "annotator": annotator, **options}
        claimed: Json = self._send("POST", ("rounds", round_id, "claims"), body)
        return claimed

    def release(self, round_id: str, *, holder: str) -> None:
        """Let go of what a holder holds."""
        self._send("POST", ("rounds", round_id, "claims", "release"), {"holder": holder})

    def submit(self, round_id: str, session_id: str, *, annotator: str, outcome: str, **fields: Any) -> Json:
        """Keep an answer; with your own ``submission_id`` a repeated call is harmless."""
        body = {"submission_id": str(uuid.uuid4()), "annotator": annotator, "outcome": outcome, **fields}
        kept: Json = self._send("POST", ("rounds", round_id, "sessions", session_id, "submissions"), body)
        return kept

    def add_review(self, round_id: str, session_id: str, **fields: Any) -> Json:
        """Keep a verdict on an answer: ``submission_id``, ``reviewer``, ``verdict``."""
        path = ("rounds", round_id, "sessions", session_id, "reviews")
        kept: Json = self._send("POST", path, {"review_id": str(uuid.uuid4()), **fields})
        return kept

    def list_submissions(self, round_id: str, **filters: str) -> Iterator[Json]:
        """List all answers of a round; filters are ``session_id``, ``annotator``."""
        return self._list(("rounds", round_id, "submissions"), filters)

    def get_submission(self, submission_id: str) -> Json:
        """Get an answer."""
        found: Json = self._get("submissions", submission_id)
        return found

    def list_reviews(self, round_id: str, **filters: str) -> Iterator[Json]:
        """List the reviews of a round; the filter is ``reviewer``."""
        return self._list(("rounds", round_id, "reviews"), filters)

    def get_queue_options(self, round_id: str) -> Json:
        """List what a round's sessions can be filtered by."""
        found: Json = self._get("rounds", round_id, "queue")
        return found

    def list_candidates(self, round_id: str, **filters: str) -> Json:
        """List predictions that wait for a verdict; filters are ``label``, ``order``, ``offset``, ``limit``."""
        found: Json = self._get("rounds", round_id, "predictions", query=filters)
        return found

    def give_verdicts(self, round_id: str, *, annotator: str, items: Sequence[Json]) -> Json:
        """Keep verdicts on predictions: each item has ``session_id``, ``prediction_id``, ``verdict``."""
        body = {"verdict_id": str(uuid.uuid4()), "annotator": annotator, "items": list(items)}
        kept: Json = self._send("POST", ("rounds", round_id, "verdicts"), body)
        return kept
