"""Thresholds of a sample of a model run: kept with the version, and taken when the run is placed anew."""

import uuid
from pathlib import Path

import numpy as np
import pytest

from podcast_core.domain.model import ENERGY
from podcast_core.domain.prediction import Prediction, PredictionVerdict
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.intake.ingest import ingest
from podcast_core.services.labels import verification
from podcast_core.services.labels.verification import Item
from podcast_core.services.runs import applying
from podcast_core.services.verifying import judging, samples, thresholds
from podcast_core.services.verifying.judging import SampleState
from podcast_core.services.verifying.samples import PredictionDraw
from podcast_core.workspace import Workspace
from tests.building import list_predictions, make_sound, write_sound
from tests.services.runs import RATE, do_run

CALLS = tuple((at, at + 0.2) for at in np.arange(0.5, 39.5, 1.0))


@pytest.fixture
def state(workspace: Workspace, tmp_path: Path) -> SampleState:
    """A minute of clear calls and of noise, what the energy detector finds in it, and all of it judged."""
    path = write_sound(tmp_path / "sea.wav", make_sound(60, CALLS, call_level=0.05, rate_hz=RATE), RATE)
    ingest(workspace, paths=[path], round_name="sea", session_length_s=10.0, labels=("call",))
    run = do_run(workspace, round_ids=["sea"], floor=0.01, threshold=0.01).run
    applying.apply_run(workspace, run_id=run.id, round_id="sea")
    sample = samples.draw_predictions(workspace, PredictionDraw("sea", per_stratum=60), who="Ann")
    assert sample.run_id == run.id
    found = {each.id: each for each in list_predictions(workspace, "sea")}
    state = judging.get_state(workspace, sample_id=sample.id)
    while state.waiting:
        items = [Item(s, p, _judge(found[p])) for s, p in state.waiting[:20]]
        verification.give_verdicts(
            workspace, round_id="sea", verdict_id=str(uuid.uuid4()), annotator="Ann", items=items
        )
        state = judging.get_state(workspace, sample_id=sample.id)
    return state


def _judge(box: Prediction) -> PredictionVerdict:
    common = sum(max(0.0, min(box.end_s, end) - max(box.start_s, start)) for start, end in CALLS)
    return PredictionVerdict.YES if common > box.duration_s / 2 else PredictionVerdict.NO


def test_thresholds_are_kept_with_the_version_and_placed(workspace: Workspace, state: SampleState) -> None:
    found = judging.find_threshold(state, "call", precision=0.9)
    assert found.threshold is not None
    before = list_predictions(workspace, "sea")
    run_id = state.sample.run_id
    with pytest.raises(NotFound, match="No thresholds are kept with energy-detector/0"):
        thresholds.get_of_run(workspace, run_id=run_id)
    kept = thresholds.keep_thresholds(workspace, state, precision=0.9, who="Ann")
    assert (kept.name, kept.version, kept.thresholds) == (ENERGY, 0, {"call": found.threshold.value})
    assert thresholds.keep_thresholds(workspace, state, precision=0.9, who="Bob") == kept
    assert thresholds.find_thresholds(workspace, name=ENERGY, version=0) == kept
    assert thresholds.get_of_run(workspace, run_id=run_id) == kept.thresholds
    with pytest.raises(InvalidInput, match="no label 'whale'"):
        thresholds.keep_thresholds(workspace, state, precision=0.9, labels=("whale",))

    done = thresholds.place_again(workspace, state, kept.thresholds)
    after = list_predictions(workspace, "sea")
    assert len(after) == done.predictions == found.kept < len(before)
    assert min(each.score or 0 for each in after) >= found.threshold.value
    right = [_judge(each) is PredictionVerdict.YES for each in after]
    assert found.precision is not None
    assert found.precision.low <= np.mean(right) <= found.precision.high
    # The sample is about the predictions that it was drawn from, and so are its verdicts.
    assert judging.get_state(workspace, sample_id=state.sample.id).strata == state.strata
    again = applying.apply_run(workspace, run_id=run_id, round_id="sea", threshold=0.01)
    assert again.is_new
    assert again.predictions == len(before)
