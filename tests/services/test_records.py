"""Objects in the file store."""

from dataclasses import asdict
from datetime import UTC, datetime

import pytest

from podcast_core.domain import Prediction, PredictionSet
from podcast_core.services.store import records


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_prediction_set_is_written_fast_but_with_the_same_bytes(count: int) -> None:
    odd = 'say "predictions": []\n\u2028 ñ'
    boxes = tuple(
        Prediction(f"p-{n}", "s", n * 0.1, n * 0.1 + 1e-7, 'a "b", é', None if n else 1 / 3, 0.1, 2e5, "m\\1")
        for n in range(count)
    )
    made = PredictionSet("set-1", "r", 'net "1"', boxes, odd, datetime(2024, 1, 1, tzinfo=UTC))
    assert records.encode_prediction_set(made) == records.encode("prediction_set", asdict(made))
