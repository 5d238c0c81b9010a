"""Calibration: sessions whose answer is known, and how people compare with it."""

from typing import Any

from podcast_core.client.connection import Connection
from podcast_core.wire.calibration import Calibration, Feedback, PersonCalibrated


class CalibrationCalls(Connection):
    """Calls about a round's calibration sessions."""

    def get_calibration(self, round_id: str) -> Calibration:
        """Get which sessions of a round calibrate, and when they come."""
        return self._get(Calibration, "rounds", round_id, "calibration")

    def set_calibration(self, round_id: str, **fields: Any) -> Calibration:
        """Say which sessions of a round calibrate: ``session_ids``, or ``draw_per_label`` of its gold.

        ``first`` of them come before a person's other sessions, then one after ``every`` other answers; ``told``: they
        see which ones these are; below ``wanted_f1`` they are told to ask a reviewer, and (``blocks``) get no others.
        """
        return self._send(Calibration, "PUT", ("rounds", round_id, "calibration"), fields)

    def list_calibrated(self, round_id: str) -> list[PersonCalibrated]:
        """List how far people agree with the gold of calibration sessions."""
        return self._get(list[PersonCalibrated], "rounds", round_id, "calibration", "people")

    def get_feedback(self, round_id: str, session_id: str) -> Feedback:
        """Compare one's answer to a calibration session with its gold."""
        return self._get(Feedback, "rounds", round_id, "sessions", session_id, "calibration")
