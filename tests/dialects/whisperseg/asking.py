"""What tests of WhisperSeg's routes share: a song whose truth is known, and requests."""

from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from starlette.testclient import TestClient

RATE = 16_000
SPEC = {
    "spec_cal_method": None,
    "n_fft": None,
    "bins_per_octave": None,
    "hop_length": 160,
    "num_spec_columns": 100,
    "sampling_rate": None,
    "min_frequency": None,
    "max_frequency": None,
}


def make_song(path: Path, seconds: float = 8.0) -> Path:
    """Calls of 0.2 s at 3 kHz at every full second, in noise."""
    time = np.arange(round(seconds * RATE)) / RATE
    song = 0.01 * np.random.default_rng(0).standard_normal(len(time))
    song += 0.3 * np.sin(2 * np.pi * 3000 * time) * ((time % 1 < 0.2) & (time >= 1))
    soundfile.write(path, song, RATE, subtype="PCM_16")
    return path


def send(client: TestClient, data: bytes, name: str = "song.wav", **form: Any) -> Any:
    """Upload a file."""
    return client.post("/upload", files={"newAudioFile": (name, data)}, data=form)


def ask(client: TestClient, path: str, **body: Any) -> Any:
    """Post JSON."""
    return client.post(path, json=body)
