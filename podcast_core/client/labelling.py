"""Labelling: claims, answers, reviews and verdicts."""

import uuid
from collections.abc import Sequence
from typing import Any

from podcast_core.client.connection import Connection
from podcast_core.wire.claims import Claimed
from podcast_core.wire.jobs import Job, JobAdded
from podcast_core.wire.reviews import Reviewed
from podcast_core.wire.sessions import QueueOptions
from podcast_core.wire.submissions import Receipted
from podcast_core.wire.verification import Candidates, Verified


class LabellingCalls(Connection):
    """Calls of people who label, and of those who look at what they said."""

    def claim(self, round_id: str, *, holder: str, annotator: str, **options: Any) -> Claimed:
        """Hold the next sessions for a while."""
        body = {"holder": holder, "annotator": annotator, **options}
        return self._send(Claimed, "POST", ("rounds", round_id, "claims"), body)

    def release(self, round_id: str, *, holder: str) -> None:
        """Let go of what a holder holds."""
        self._tell("POST", ("rounds", round_id, "claims", "release"), {"holder": holder})

    def submit(self, round_id: str, session_id: str, *, annotator: str, outcome: str, **fields: Any) -> Receipted:
        """Keep an answer; with your own ``submission_id`` a repeated call is harmless."""
        body = {"submission_id": str(uuid.uuid4()), "annotator": annotator, "outcome": outcome, **fields}
        return self._send(Receipted, "POST", ("rounds", round_id, "sessions", session_id, "submissions"), body)

    def add_fill_in(
        self,
        round_id: str,
        session_id: str,
        *,
        annotator: str,
        areas: Sequence[dict[str, Any]],
        regions: Sequence[dict[str, Any]],
        whole_recording: bool = False,
    ) -> str:
        """Have the rest filled in: ``areas`` (start_s, end_s) are annotated completely by ``regions``; a job's id."""
        body = {
            "annotator": annotator,
            "areas": list(areas),
            "regions": list(regions),
            "whole_recording": whole_recording,
        }
        return self._send(JobAdded, "POST", ("rounds", round_id, "sessions", session_id, "fill-ins"), body).job_id

    def cancel_fill_in(self, round_id: str, session_id: str, job_id: str) -> Job:
        """Give up filling in."""
        path = ("rounds", round_id, "sessions", session_id, "fill-ins", job_id, "cancel")
        return self._send(Job, "POST", path, {})

    def add_review(self, round_id: str, session_id: str, **fields: Any) -> Reviewed:
        """Keep a verdict on an answer: ``submission_id``, ``reviewer``, ``verdict``."""
        path = ("rounds", round_id, "sessions", session_id, "reviews")
        return self._send(Reviewed, "POST", path, {"review_id": str(uuid.uuid4()), **fields})

    def get_queue_options(self, round_id: str) -> QueueOptions:
        """List what a round's sessions can be filtered by."""
        return self._get(QueueOptions, "rounds", round_id, "queue")

    def list_candidates(self, round_id: str, **filters: str) -> Candidates:
        """List predictions that wait for a verdict; filters are ``label``, ``order``, ``offset``, ``limit``."""
        return self._get(Candidates, "rounds", round_id, "predictions", query=filters)

    def give_verdicts(self, round_id: str, *, annotator: str, items: Sequence[dict[str, str]]) -> Verified:
        """Keep verdicts on predictions: each item has ``session_id``, ``prediction_id``, ``verdict``."""
        body = {"verdict_id": str(uuid.uuid4()), "annotator": annotator, "items": list(items)}
        return self._send(Verified, "POST", ("rounds", round_id, "verdicts"), body)
