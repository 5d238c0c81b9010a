"""Labelling: claims, answers, reviews and verdicts."""

import uuid
from collections.abc import Sequence
from typing import Any, TypedDict

from podcast_core.client.connection import Connection
from podcast_core.client.jobs import Job
from podcast_core.client.sessions import Session, SessionBox


class QueueProgress(TypedDict):
    """Sessions of a round by outcome, and how many need an answer still."""

    sessions: int
    labelled: int
    empty: int
    verified: int
    unsure: int
    skipped: int
    rejected: int
    unreviewed: int
    open: int


class Claimed(TypedDict):
    """What a claim brought."""

    sessions: list[Session]
    state: str
    message: str
    progress: QueueProgress
    matching: int


class Receipted(TypedDict):
    """The acknowledgement of an answer."""

    submission_id: str
    revision: int
    repeated: bool
    conflict: str | None
    progress: QueueProgress


class Reviewed(TypedDict):
    """The acknowledgement of a review."""

    review_id: str
    verdict: str
    corrected_id: str | None


class Choice(TypedDict):
    """A value that sessions can be filtered by, and how many have it."""

    name: str
    sessions: int


class QueueOptions(TypedDict):
    """What a round's sessions can be filtered by."""

    sites: list[Choice]
    labels: list[Choice]
    first_day: str | None
    last_day: str | None


class WaitingPrediction(SessionBox):
    """A prediction that waits for a verdict, and the session and recording that it is in."""

    session_id: str
    duration_s: float
    started_at: str | None
    file_name: str
    sample_rate_hz: int
    site: str


class Candidates(TypedDict):
    """A page of predictions that wait, and how many wait in all by label."""

    items: list[WaitingPrediction]
    counts: dict[str, int]


class SkippedVerdict(TypedDict):
    """A verdict that was not kept."""

    session_id: str
    prediction_id: str
    reason: str


class Verified(TypedDict):
    """What became of verdicts."""

    kept: int
    session_ids: list[str]
    skipped: list[SkippedVerdict]
    repeated: bool


class LabellingCalls(Connection):
    """Calls of people who label, and of those who look at what they said."""

    def claim(self, round_id: str, *, holder: str, annotator: str, **options: Any) -> Claimed:
        """Hold the next sessions for a while."""
        body = {"holder": holder, "annotator": annotator, **options}
        claimed: Claimed = self._send("POST", ("rounds", round_id, "claims"), body)
        return claimed

    def release(self, round_id: str, *, holder: str) -> None:
        """Let go of what a holder holds."""
        self._send("POST", ("rounds", round_id, "claims", "release"), {"holder": holder})

    def submit(self, round_id: str, session_id: str, *, annotator: str, outcome: str, **fields: Any) -> Receipted:
        """Keep an answer; with your own ``submission_id`` a repeated call is harmless."""
        body = {"submission_id": str(uuid.uuid4()), "annotator": annotator, "outcome": outcome, **fields}
        kept: Receipted = self._send("POST", ("rounds", round_id, "sessions", session_id, "submissions"), body)
        return kept

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
        return str(self._send("POST", ("rounds", round_id, "sessions", session_id, "fill-ins"), body)["job_id"])

    def cancel_fill_in(self, round_id: str, session_id: str, job_id: str) -> Job:
        """Give up filling in."""
        path = ("rounds", round_id, "sessions", session_id, "fill-ins", job_id, "cancel")
        cancelled: Job = self._send("POST", path, {})
        return cancelled

    def add_review(self, round_id: str, session_id: str, **fields: Any) -> Reviewed:
        """Keep a verdict on an answer: ``submission_id``, ``reviewer``, ``verdict``."""
        path = ("rounds", round_id, "sessions", session_id, "reviews")
        kept: Reviewed = self._send("POST", path, {"review_id": str(uuid.uuid4()), **fields})
        return kept

    def get_queue_options(self, round_id: str) -> QueueOptions:
        """List what a round's sessions can be filtered by."""
        found: QueueOptions = self._get("rounds", round_id, "queue")
        return found

    def list_candidates(self, round_id: str, **filters: str) -> Candidates:
        """List predictions that wait for a verdict; filters are ``label``, ``order``, ``offset``, ``limit``."""
        found: Candidates = self._get("rounds", round_id, "predictions", query=filters)
        return found

    def give_verdicts(self, round_id: str, *, annotator: str, items: Sequence[dict[str, str]]) -> Verified:
        """Keep verdicts on predictions: each item has ``session_id``, ``prediction_id``, ``verdict``."""
        body = {"verdict_id": str(uuid.uuid4()), "annotator": annotator, "items": list(items)}
        kept: Verified = self._send("POST", ("rounds", round_id, "verdicts"), body)
        return kept
