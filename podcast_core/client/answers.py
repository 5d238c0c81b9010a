"""What people and models said: submissions, reviews, prediction sets. Times are seconds of the recording."""

from collections.abc import Iterator
from typing import TypedDict

from podcast_core.client.connection import Connection


class Annotation(TypedDict):
    """A person's box, and where it came from."""

    start_s: float
    end_s: float
    low_hz: float | None
    high_hz: float | None
    label: str
    score: float | None
    model: str
    origin: str
    prediction_id: str | None
    comment: str
    unsure: bool
    individual: str
    call_type: str
    bulk_id: str


class Prediction(TypedDict):
    """A model's box."""

    start_s: float
    end_s: float
    low_hz: float | None
    high_hz: float | None
    label: str
    score: float | None
    model: str
    id: str
    session_id: str


class Submission(TypedDict):
    """An answer for a session."""

    id: str
    round_id: str
    session_id: str
    annotator: str
    outcome: str
    revision: int
    base_revision: int
    annotations: list[Annotation]
    rejected: list[Prediction]
    unreviewed: list[Prediction]
    comment: str
    score_threshold: float | None
    started_at: str | None
    submitted_at: str
    active_s: float | None
    action_count: int | None
    beside: bool
    bulk_id: str
    partial: bool
    taken_back: bool


class Review(TypedDict):
    """A verdict on a submission."""

    id: str
    submission_id: str
    reviewer: str
    verdict: str
    comment: str
    corrected_id: str | None
    created_at: str


class PredictionSet(TypedDict):
    """What one run of a model brought into a round."""

    id: str
    round_id: str
    model: str
    source: str
    created_at: str
    prediction_count: int


class PredictionSetDetails(PredictionSet):
    """A prediction set with its boxes."""

    predictions: list[Prediction]


class AnswerCalls(Connection):
    """Calls about what people and models said."""

    def list_submissions(self, round_id: str, **filters: str) -> Iterator[Submission]:
        """List all answers of a round; filters are ``session_id``, ``annotator``."""
        return self._list(("rounds", round_id, "submissions"), filters)

    def get_submission(self, submission_id: str) -> Submission:
        """Get an answer."""
        found: Submission = self._get("submissions", submission_id)
        return found

    def list_reviews(self, round_id: str, **filters: str) -> Iterator[Review]:
        """List the reviews of a round; the filter is ``reviewer``."""
        return self._list(("rounds", round_id, "reviews"), filters)

    def list_prediction_sets(self, round_id: str, **filters: str) -> Iterator[PredictionSet]:
        """List the prediction sets of a round; the filter is ``model``."""
        return self._list(("rounds", round_id, "prediction-sets"), filters)

    def get_prediction_set(self, round_id: str, set_id: str) -> PredictionSetDetails:
        """Get a prediction set with its boxes."""
        found: PredictionSetDetails = self._get("rounds", round_id, "prediction-sets", set_id)
        return found
