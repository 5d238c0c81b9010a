"""Prediction sets: what a run of a model brought into a round. Times are seconds of the recording."""

from collections.abc import Iterator

from podcast_core.client.connection import Connection
from podcast_core.wire.prediction_sets import PredictionSet, PredictionSetDetails


class PredictionSetCalls(Connection):
    """Calls about prediction sets."""

    def list_prediction_sets(self, round_id: str, **filters: str) -> Iterator[PredictionSet]:
        """List the prediction sets of a round; the filter is ``model``."""
        return self._list(PredictionSet, ("rounds", round_id, "prediction-sets"), filters)

    def get_prediction_set(self, round_id: str, set_id: str) -> PredictionSetDetails:
        """Get a prediction set with its boxes."""
        return self._get(PredictionSetDetails, "rounds", round_id, "prediction-sets", set_id)
