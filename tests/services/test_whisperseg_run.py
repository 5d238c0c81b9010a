"""A WhisperSeg checkpoint that was put into the file store, applied to a round like any other model."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from podcast_core.ml.interfaces import Example
from podcast_core.ml.whisperseg.placing import place_folder
from podcast_core.services.runs import findings
from podcast_core.services.runs.model_runs import RunState
from podcast_core.workspace import Workspace
from tests.services.runs import add_round, do_run


def test_a_round_is_labelled(
    workspace: Workspace, tiny_learnt: Path, tiny_songs: Sequence[Example], tmp_path: Path
) -> None:
    place_folder(workspace.files, tiny_learnt, "whisperseg-base")
    path = tmp_path / "songs.wav"
    soundfile.write(path, np.concatenate([song.samples for song in tiny_songs]), 16_000)
    round_id = add_round(workspace, path, labels=("high", "low"))
    status = do_run(workspace, model="whisperseg-base", round_ids=[round_id])
    assert (status.state, status.run.kind, status.run.version) == (RunState.READY, "whisperseg", 0)
    found, total = findings.list_boxes(workspace, run_id=status.run.id, threshold=0.5)
    expected = [
        (2.0 * index + call.start_s, 2.0 * index + call.end_s, call.label)
        for index, song in enumerate(tiny_songs)
        for call in song.calls
    ]
    assert total == len(expected)
    boxes = sorted((box for _, box in found), key=lambda box: box.start_s)
    for box, (start_s, end_s, label) in zip(boxes, expected, strict=True):
        assert (box.start_s, box.end_s) == pytest.approx((start_s, end_s), abs=0.01)
        assert box.label == label
