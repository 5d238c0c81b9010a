"""Sessions of a round, in a list and as the editor shows them."""

from collections.abc import Iterator
from typing import Any, TypedDict

from podcast_core.client.connection import Connection
from podcast_core.client.rounds import Display


class SessionRecording(TypedDict):
    """The recording that a session is a piece of."""

    id: str
    file_name: str
    sample_rate_hz: int
    channel: int
    channel_count: int
    duration_s: float
    site: str
    start_method: str
    original_name: str
    notes: list[str]


class Picture(TypedDict):
    """Where a session's picture is, and what it shows."""

    url: str
    base_url: str
    version: str
    etag: str
    width_px: int
    height_px: int
    start_s: float
    end_s: float
    low_hz: float
    high_hz: float
    scale: str
    window_samples: int
    denoise: str
    floor_db: float
    ceiling_db: float
    grey_floor_db: float
    grey_ceiling_db: float


class Sound(TypedDict):
    """Where a session's sound is, and at which rate it is played."""

    url: str
    sample_rate_hz: int


class SessionBox(TypedDict):
    """A box in seconds from the start of its session."""

    start_s: float
    end_s: float
    low_hz: float | None
    high_hz: float | None
    label: str
    score: float | None
    model: str
    id: str


class Region(SessionBox):
    """A box of the answer that counts, or of a model when there is none yet."""

    origin: str
    prediction_id: str | None
    comment: str
    unsure: bool
    individual: str
    call_type: str


class ShownReview(TypedDict):
    """A verdict on the answer that counts."""

    reviewer: str
    verdict: str
    comment: str
    created_at: str


class ShownSubmission(TypedDict):
    """The answer that counts."""

    id: str
    revision: int
    revisions: int
    outcome: str
    annotator: str
    submitted_at: str
    comment: str
    score_threshold: float | None
    unreviewed_prediction_ids: list[str]
    reviews: list[ShownReview]


class Claim(TypedDict):
    """Who holds a session."""

    mine: bool
    holder_name: str | None
    expires_at: str | None


class Suggested(TypedDict):
    """Why a session comes when it does, in the suggested order."""

    place: int
    reason: str
    gain: float


class Session(TypedDict):
    """All that is needed to show one session."""

    round_id: str
    session_id: str
    position: int
    duration_s: float
    starts_at_s: float
    started_at: str | None
    recording: SessionRecording
    labels_id: str
    picture: Picture | None
    audio: Sound | None
    figure: dict[str, Any]
    problem: str | None
    predictions: list[SessionBox]
    regions: list[Region]
    submission: ShownSubmission | None
    open: bool
    display: Display
    claim: Claim
    previous_id: str | None
    next_id: str | None
    suggestion: Suggested | None


class ListedSession(TypedDict):
    """A session with the answer that counts, and the newest verdict on it."""

    session_id: str
    position: int
    recording_id: str
    channel: int
    start_s: float
    end_s: float
    duration_s: float
    open: bool
    outcome: str
    submission_id: str | None
    annotator: str
    submitted_at: str | None
    labels: list[str]
    annotation_count: int
    unsure_count: int
    rejected_count: int
    unreviewed_count: int
    lowest_score: float | None
    verdict: str | None
    reviewer: str


class SessionCalls(Connection):
    """Calls about the sessions of a round."""

    def list_sessions(self, round_id: str, **filters: str | bool) -> Iterator[ListedSession]:
        """List a round's sessions, each with the answer that counts.

        Filters are ``outcome``, ``open``, ``annotator``, ``label``, ``verdict``, ``recording_id``; and ``sort``.
        """
        return self._list(("rounds", round_id, "sessions"), filters)

    def get_session(self, round_id: str, session_id: str) -> Session:
        """Get a session as the editor shows it; times are seconds of the session."""
        found: Session = self._get("rounds", round_id, "sessions", session_id)
        return found
