"""Filling in the rest of a session."""

from collections.abc import Sequence
from typing import Any

from podcast_core.client.connection import Connection
from podcast_core.wire.jobs import Job, JobAdded


class FillInCalls(Connection):
    """Calls about filling in."""

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
