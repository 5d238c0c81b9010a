"""What people and models said: submissions, reviews, prediction sets. Times are seconds of the recording."""

from collections.abc import Iterator

from podcast_core.client.connection import Connection
from podcast_core.wire.prediction_sets import PredictionSet, PredictionSetDetails
from podcast_core.wire.reviews import Review
from podcast_core.wire.submissions import Submission


class AnswerCalls(Connection):
    """Calls about what people and models said."""

    def list_submissions(self, round_id: str, **filters: str) -> Iterator[Submission]:
        """List all answers of a round; filters are ``session_id``, ``annotator``."""
        return self._list(Submission, ("rounds", round_id, "submissions"), filters)

    def get_submission(self, submission_id: str) -> Submission:
        """Get an answer."""
        return self._get(Submission, "submissions", submission_id)

    def list_reviews(self, round_id: str, **filters: str) -> Iterator[Review]:
        """List the reviews of a round; the filter is ``reviewer``."""
        return self._list(Review, ("rounds", round_id, "reviews"), filters)

    def list_prediction_sets(self, round_id: str, **filters: str) -> Iterator[PredictionSet]:
        """List the prediction sets of a round; the filter is ``model``."""
        return self._list(PredictionSet, ("rounds", round_id, "prediction-sets"), filters)

    def get_prediction_set(self, round_id: str, set_id: str) -> PredictionSetDetails:
        """Get a prediction set with its boxes."""
        return self._get(PredictionSetDetails, "rounds", round_id, "prediction-sets", set_id)
