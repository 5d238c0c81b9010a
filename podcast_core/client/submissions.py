"""Submissions: answers for sessions. Times that are sent are seconds of the session."""

import uuid
from collections.abc import Iterator
from typing import Any

from podcast_core.client.connection import Connection
from podcast_core.wire.submissions import Receipted, Submission


class SubmissionCalls(Connection):
    """Calls about answers."""

    def list_submissions(self, round_id: str, **filters: str) -> Iterator[Submission]:
        """List all answers of a round; filters are ``session_id``, ``annotator``."""
        return self._list(Submission, ("rounds", round_id, "submissions"), filters)

    def get_submission(self, submission_id: str) -> Submission:
        """Get an answer."""
        return self._get(Submission, "submissions", submission_id)

    def submit(self, round_id: str, session_id: str, *, annotator: str, outcome: str, **fields: Any) -> Receipted:
        """Keep an answer; with your own ``submission_id`` a repeated call is harmless."""
        body = {"submission_id": str(uuid.uuid4()), "annotator": annotator, "outcome": outcome, **fields}
        return self._send(Receipted, "POST", ("rounds", round_id, "sessions", session_id, "submissions"), body)
