"""Spectrogram figures for papers."""

from pathlib import Path
from typing import Any

from podcast_core.client.connection import Connection


class FigureCalls(Connection):
    """Calls that write figures. The name of the file says its format: .png, .svg, .pdf, .mp4 or .webm."""

    def draw_session_figure(self, round_id: str, session_id: str, out: str | Path, **look: Any) -> Path:
        """Write a figure of a session; ``look`` has the route's parameters, such as ``width_mm``, ``start_s``."""
        return self._download(("rounds", round_id, "sessions", session_id, _name(out)), look, out)

    def draw_recording_figure(self, recording_id: str, out: str | Path, **look: Any) -> Path:
        """Write a figure of a recording."""
        return self._download(("recordings", recording_id, _name(out)), look, out)

    def draw_examples_figure(self, round_id: str, out: str | Path, **look: Any) -> Path:
        """Write a grid of calls of each label of a round; ``label`` may be a list of them."""
        return self._download(("rounds", round_id, _name(out)), look, out)


def _name(out: str | Path) -> str:
    return f"figure{Path(out).suffix.lower()}"
