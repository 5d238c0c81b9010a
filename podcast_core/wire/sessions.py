"""Sessions: in a list, and as the editor shows them; times are seconds from the start of the session."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from podcast_core.domain.review import Verdict
from podcast_core.domain.submission import Outcome
from podcast_core.wire.base import Shape
from podcast_core.wire.boxes import Box, Notes
from podcast_core.wire.rounds import Display


class SessionRecording(Shape):
    """The recording that a session is a piece of; ``channel`` is the session's."""

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


class Picture(Shape):
    """Where a session's picture is, and what it shows; see `spectrograms.PictureInfo`."""

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


class Sound(Shape):
    """Where a session's sound is, and at which rate it is played."""

    url: str
    sample_rate_hz: int


class SessionBox(Box):
    """A box in seconds from the start of its session."""

    id: str


class Region(Notes, SessionBox):
    """A box of the answer that counts, or of a model when there is none yet."""


class ShownReview(Shape):
    """A verdict on the answer that counts."""

    reviewer: str
    verdict: Verdict
    comment: str
    created_at: datetime


class ShownSubmission(Shape):
    """The answer that counts; its boxes are the session's regions."""

    id: str
    revision: int
    revisions: int
    outcome: Outcome
    annotator: str
    submitted_at: datetime
    comment: str
    score_threshold: float | None
    unreviewed_prediction_ids: list[str]
    reviews: list[ShownReview]


class Claim(Shape):
    """Who holds a session; nobody does when ``holder_name`` is null."""

    mine: bool
    holder_name: str | None
    expires_at: datetime | None


class Suggested(Shape):
    """Why a session comes when it does, in the suggested order; ``place`` counts from 0."""

    place: int
    reason: Literal["uncertain", "disagreement", "novel", "ordinary", "random"]
    gain: float


class Session(Shape):
    """All that is needed to show one session. ``problem`` says why there is no picture and no sound."""

    round_id: str
    session_id: str
    position: int
    duration_s: float
    starts_at_s: float
    started_at: datetime | None
    recording: SessionRecording
    labels_id: str = Field(description="of the round's labels, see /rounds/ID/labels: they are sent once")
    picture: Picture | None
    audio: Sound | None
    figure: dict[str, Any] = Field(description="Plotly figure with the axes")
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


class ListedSession(Shape):
    """A session with the answer that counts, and the newest verdict on it; times in seconds of the *recording*."""

    session_id: str
    position: int
    recording_id: str
    channel: int
    start_s: float
    end_s: float
    duration_s: float
    open: bool = Field(description="whether it needs an answer still")
    outcome: str = Field(description="unreviewed when there is no answer")
    submission_id: str | None
    annotator: str
    submitted_at: datetime | None
    labels: list[str]
    annotation_count: int
    unsure_count: int
    rejected_count: int
    unreviewed_count: int
    lowest_score: float | None
    verdict: Verdict | None
    reviewer: str
    review_state: str = Field(description="waiting, disputed, or the verdict; empty when there is nothing to judge")
    site: str
    starts_at: datetime | None


class Choice(Shape):
    """A value that sessions can be filtered by, and how many have it."""

    name: str
    sessions: int


class QueueOptions(Shape):
    """What a round's sessions can be filtered by."""

    sites: list[Choice]
    labels: list[Choice]
    first_day: date | None
    last_day: date | None
