"""Sessions, claims and acknowledgements as the spectrogram editor gets them.

Times are seconds from the start of the *session*, frequencies are in hertz. `views` fills these shapes.
"""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from podcast_core.api.paging import Shown
from podcast_core.api.wire import Finite
from podcast_core.domain.annotation import Origin
from podcast_core.domain.review import Verdict
from podcast_core.domain.submission import Outcome


class LabelShape(Shown):
    """A class name with its colour (``#rrggbb``, chosen when empty) and key."""

    name: str
    color: str = ""
    hotkey: str = ""
    description: str = ""


class DisplayShape(Shown):
    """How sessions are shown at first; see the form of a round. Null: chosen for each session."""

    scale: str = "linear"
    window_samples: int | None = None
    overlap: Finite = 0.5
    low_hz: Finite | None = None
    high_hz: Finite | None = None
    denoise: str = "none"
    color_map: str = "magma"
    floor_db: Finite | None = None
    ceiling_db: Finite | None = None
    min_box_s: Finite = 0.0
    threshold: Finite = 0.0
    window_type: str = "hann"


class SessionRecording(BaseModel):
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


class PictureOut(BaseModel):
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


class SoundOut(BaseModel):
    """Where a session's sound is, and at which rate it is played."""

    url: str
    sample_rate_hz: int


class SessionBox(BaseModel):
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

    origin: Origin
    prediction_id: str | None
    comment: str
    unsure: bool
    individual: str
    call_type: str


class ShownReview(BaseModel):
    """A verdict on the answer that counts."""

    reviewer: str
    verdict: Verdict
    comment: str
    created_at: datetime


class ShownSubmission(BaseModel):
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


class ClaimOut(BaseModel):
    """Who holds a session; nobody does when ``holder_name`` is null."""

    mine: bool
    holder_name: str | None
    expires_at: datetime | None


class SuggestedShape(Shown):
    """Why a session comes when it does, in the suggested order; ``place`` counts from 0."""

    place: int
    reason: Literal["uncertain", "disagreement", "novel", "ordinary", "random"]
    gain: float


class SessionOut(BaseModel):
    """All that is needed to show one session. ``problem`` says why there is no picture and no sound."""

    round_id: str
    session_id: str
    position: int
    duration_s: float
    starts_at_s: float
    started_at: datetime | None
    recording: SessionRecording
    labels_id: str = Field(description="of the round's labels, see /rounds/ID/labels: they are sent once")
    picture: PictureOut | None
    audio: SoundOut | None
    figure: dict[str, Any] = Field(description="Plotly figure with the axes")
    problem: str | None
    predictions: list[SessionBox]
    regions: list[Region]
    submission: ShownSubmission | None
    open: bool
    display: DisplayShape
    claim: ClaimOut
    previous_id: str | None
    next_id: str | None
    suggestion: SuggestedShape | None


class LabelListOut(BaseModel):
    """A round's labels, and what tells them from an earlier list."""

    labels_id: str
    labels: list[LabelShape]


class ListedSession(Shown):
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


class QueueProgress(BaseModel):
    """Sessions of a round by outcome, and how many need an answer still."""

    sessions: int
    labelled: int
    empty: int
    verified: int
    unsure: int
    skipped: int
    rejected: int = Field(description="their answer was rejected in review")
    unreviewed: int
    open: int


class ClaimedOut(BaseModel):
    """What a claim brought; ``message`` says why nothing, ``matching`` counts what the filters let through."""

    sessions: list[SessionOut]
    state: str
    message: str
    progress: QueueProgress
    matching: int


class Receipted(BaseModel):
    """The acknowledgement of an answer; ``conflict`` says what else was submitted meanwhile."""

    submission_id: str
    revision: int
    repeated: bool
    conflict: str | None
    progress: QueueProgress


class Reviewed(BaseModel):
    """The acknowledgement of a review."""

    review_id: str
    verdict: Verdict
    corrected_id: str | None


class Choice(BaseModel):
    """A value that sessions can be filtered by, and how many have it."""

    name: str
    sessions: int


class QueueOptionsOut(BaseModel):
    """What a round's sessions can be filtered by."""

    sites: list[Choice]
    labels: list[Choice]
    first_day: date | None
    last_day: date | None


class WaitingPrediction(SessionBox):
    """A prediction that waits for a verdict, and the session and recording that it is in."""

    session_id: str
    duration_s: float
    started_at: datetime | None
    file_name: str
    sample_rate_hz: int
    site: str


class CandidatesOut(BaseModel):
    """A page of predictions that wait, and how many wait in all by label."""

    items: list[WaitingPrediction]
    counts: dict[str, int]


class SkippedVerdict(BaseModel):
    """A verdict that was not kept."""

    session_id: str
    prediction_id: str
    reason: str


class VerifiedOut(BaseModel):
    """What became of verdicts."""

    kept: int
    session_ids: list[str]
    skipped: list[SkippedVerdict]
    repeated: bool
