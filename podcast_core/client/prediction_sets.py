"""Prediction sets: what each run of a model brought into a round."""

from collections.abc import Iterator

from podcast_core.client.connection import PAGE_ITEMS, Connection
from podcast_core.wire.prediction_sets import Prediction, PredictionSet, PredictionSetDetails


class PredictionSetCalls(Connection):
    """Calls about prediction sets."""

    def list_prediction_sets(self, round_id: str, **filters: str) -> Iterator[PredictionSet]:
        """List the prediction sets of a round; the filter is ``model``."""
        return self._list(PredictionSet, ("rounds", round_id, "prediction-sets"), filters)

    def get_prediction_set(self, round_id: str, set_id: str) -> PredictionSetDetails:
        """Get a prediction set with all its boxes; `list_in_set` reads a large one in parts."""
        return self._get(PredictionSetDetails, "rounds", round_id, "prediction-sets", set_id)

    def list_in_set(self, round_id: str, set_id: str) -> Iterator[Prediction]:
        """Go through the boxes of a prediction set by session, fetching one part after the other."""
        asked = ("rounds", round_id, "prediction-sets", set_id)
        part = self._get(PredictionSetDetails, *asked, query={"limit": PAGE_ITEMS})
        yield from part.predictions
        while part.next:
            part = self._follow(PredictionSetDetails, part.next)
            yield from part.predictions
