"""Filling in the rest of a session: asked for, watched and given up by who labels."""

from podcast_core.wire.base import Body, Finite


class AreaIn(Body):
    """A part of the session that is annotated completely, in seconds of the session."""

    start_s: Finite
    end_s: Finite


class CallIn(Body):
    """A box that somebody drew or confirmed."""

    start_s: Finite
    end_s: Finite
    label: str
    low_hz: Finite | None = None
    high_hz: Finite | None = None
