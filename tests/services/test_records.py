"""Objects in the file store."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime

import numpy as np
import pytest

from podcast_core.domain.prediction import Prediction, PredictionSet
from podcast_core.domain.recording import Recording
from podcast_core.services.store import records
from podcast_core.storage import recordings
from podcast_core.workspace import Workspace


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_prediction_set_is_written_fast_but_with_the_same_bytes(count: int) -> None:
    odd = 'say "predictions": []\n\u2028 ñ'
    boxes = tuple(
        Prediction(
            id=f"p-{n}",
            session_id="s",
            start_s=np.float64(n * 0.1) if n else n,
            end_s=n * 0.1 + 1e-7,
            label='a "b", é',
            score=None if n else 1 / 3,
            low_hz=0.1,
            high_hz=2e5,
            model='net "1"',
        )
        for n in range(count)
    )
    made = PredictionSet("set-1", "r", 'net "1"', boxes, odd, datetime(2024, 1, 1, tzinfo=UTC))
    assert records.encode_prediction_set(made) == records.encode("prediction_set", asdict(made))


def test_a_recording_keeps_its_notes_and_one_of_an_earlier_version_has_none(workspace: Workspace) -> None:
    made = Recording(
        "ab" * 32, "/x.wav", "x.wav", 8000, 1, 8000, "WAV", original_name="siteA/x.wav", notes=("Cut.", "Why: ñ")
    )
    key, data = records.make_object(made)
    assert records.to_recording(key, data) == made
    earlier = {name: value for name, value in json.loads(data).items() if name not in ("original_name", "notes")}
    assert records.to_recording(key, json.dumps(earlier).encode()) == replace(made, original_name="", notes=())
    with workspace.database.writing() as connection:
        recordings.add_recording(connection, made)
        assert recordings.list_recordings(connection) == [made]
