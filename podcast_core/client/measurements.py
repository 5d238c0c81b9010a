"""Measurements of boxes and annotations."""

from podcast_core.client.connection import Connection
from podcast_core.wire.jobs import JobAdded
from podcast_core.wire.measurements import Measured, Measurement


class MeasurementCalls(Connection):
    """Calls that measure."""

    def list_measurements(self) -> list[Measurement]:
        """List what can be measured, with units and definitions."""
        return self._get(list[Measurement], "measurements")

    def measure_box(
        self,
        round_id: str,
        session_id: str,
        start_s: float,
        end_s: float,
        *,
        low_hz: float | None = None,
        high_hz: float | None = None,
        window: int | None = None,
    ) -> Measured:
        """Measure a box, in seconds of the session; ``window`` is in samples, and chosen when left out."""
        asked = {"start_s": start_s, "end_s": end_s, "low_hz": low_hz, "high_hz": high_hz, "window": window}
        query = {name: value for name, value in asked.items() if value is not None}
        return self._get(Measured, "rounds", round_id, "sessions", session_id, "measurements", query=query)

    def measure_annotations(self, round_id: str) -> str:
        """Measure what is not measured of a round's annotations; return the job's id."""
        return self._send(JobAdded, "POST", ("rounds", round_id, "measurements"), {}).job_id
