"""Splitting a recording into sessions, and the way between seconds and sample frames."""

import math

from podcast_core.errors import InvalidInput

MIN_TAIL = 0.25  # of a session; a shorter rest is not worth a page of its own


def split_frames(frame_count: int, sample_rate_hz: int, session_length_s: float) -> list[tuple[int, int]]:
    """Split a recording into sessions.

    Parameters
    ----------
    frame_count
        Frames in the recording, at least 1.
    sample_rate_hz
        Frames per second.
    session_length_s
        Wanted length in seconds, rounded to whole frames.

    Returns
    -------
    list of (first, last)
        Frames [first, last) of each session, in order: every frame is in exactly one of them. A tail shorter
        than a quarter of a session joins the last one; a recording shorter than a session is one session.

    Raises
    ------
    InvalidInput
        When there are no frames, or the length is not a positive number of at least one frame.
    """
    if frame_count < 1 or sample_rate_hz < 1:
        raise InvalidInput(f"Nothing to split: {frame_count} frames at {sample_rate_hz} Hz.")
    if not math.isfinite(session_length_s) or session_length_s * sample_rate_hz < 1:
        raise InvalidInput(f"A session needs a length above 0 seconds, found {session_length_s}.")
    length = round(session_length_s * sample_rate_hz)
    starts = range(0, frame_count, length)
    if len(starts) > 1 and frame_count - starts[-1] < MIN_TAIL * length:
        starts = starts[:-1]
    return list(zip(starts, [*starts[1:], frame_count], strict=True))


def to_frames(start_s: float, end_s: float, sample_rate_hz: int) -> tuple[int, int]:
    """Convert a span of seconds to frames [first, last), each edge rounded to the nearest frame.

    Spans that touch in seconds touch in frames, and frames divided by the sample rate come back unchanged.
    """
    return round(start_s * sample_rate_hz), round(end_s * sample_rate_hz)
