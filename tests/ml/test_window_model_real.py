"""A classifier of windows, learnt from real zebra finches and plugged in as a file, finds the calls of other files."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from podcast_core.audio.files import read_samples
from podcast_core.ml.device import use_one_thread
from podcast_core.ml.external.card import ModelCard, read_card
from podcast_core.ml.external.files import open_network
from podcast_core.ml.external.window_boxes import place_windows
from podcast_core.ml.external.window_input import prepare
from podcast_core.ml.external.window_model import WindowDetector
from podcast_core.ml.interfaces import Found
from podcast_core.ml.measuring.metrics import compare_segments
from podcast_core.ml.running import run_detector
from tests.conftest import SHARED_DATA

FINCHES = sorted((SHARED_DATA / "zebra_finch").glob("*.wav"))
CARD: dict[str, Any] = {
    "format": "torch-export",
    "sample_rate_hz": 32_000,
    "window_s": 0.03,
    "hop_s": 0.005,
    "labels": ["other", "call"],
    "ignore": ["other"],
    "input": {"log_mel": {"n_fft": 512, "hop": 160, "mels": 48, "low_hz": 300, "high_hz": 15_000}},
    "output": {"values": "logits", "activation": "softmax"},
    "smoothing": "mean",
}


def read_calls(path: Path) -> list[Found]:
    document = json.loads(path.with_suffix(".json").read_text())
    return [Found(onset, offset, "call") for onset, offset in zip(document["onset"], document["offset"], strict=True)]


def train(card: ModelCard, paths: list[Path]) -> bytes:
    """Train a network of one hidden layer on windows whose middle is in a call or not."""
    import torch

    use_one_thread()
    pictures, targets = [], []
    for path in paths:
        samples = read_samples(str(path), channel=0, start_s=0, end_s=soundfile.info(path).duration)
        starts = place_windows(len(samples), card.window, card.hop)[:-1]
        pictures.append(prepare(card, np.lib.stride_tricks.sliding_window_view(samples, card.window)[starts]))
        middles_s = (starts + card.window / 2) / card.sample_rate_hz
        targets.append(sum((call.start_s <= middles_s) & (middles_s < call.end_s) for call in read_calls(path)) > 0)
    heard, wanted = torch.from_numpy(np.concatenate(pictures)), torch.from_numpy(np.concatenate(targets)).long()
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Flatten(), torch.nn.BatchNorm1d(heard[0].numel()), torch.nn.Linear(heard[0].numel(), 64)
    )
    network.extend([torch.nn.ReLU(), torch.nn.Linear(64, 2)])
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    for _ in range(6):
        for part in torch.randperm(len(heard)).split(256):  # type: ignore[no-untyped-call]
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(network(heard[part]), wanted[part]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    program = torch.export.export(network.eval(), (heard[:2],), dynamic_shapes=({0: torch.export.Dim("batch")},))
    buffer = BytesIO()
    torch.export.save(program, buffer)
    return buffer.getvalue()


@pytest.mark.slow
@pytest.mark.skipif(not FINCHES, reason="the shared recordings are not here")
def test_real_finches() -> None:
    card = read_card(CARD, "card")
    detector = WindowDetector(card, open_network(card, train(card, FINCHES[:13]), "cpu"))
    known, found = [], []
    for path in FINCHES[13:]:
        info = soundfile.info(path)
        blocks = run_detector(
            detector, str(path), channel=0, sample_rate_hz=info.samplerate, end_s=info.duration, block_s=2
        )
        found.append([call for _, calls in blocks for call in calls])
        known.append(read_calls(path))
    assert compare_segments(known, found, tolerance_s=0.02).f1 > 0.96
