"""What tests of WhisperSeg's routes share: a song whose truth is known, and requests."""

from math import ceil
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from tests.building import make_sound, write_sound

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
    calls = [(second, second + 0.2) for second in range(1, ceil(seconds))]
    return write_sound(path, make_sound(seconds, calls, call_hz=3000, rate_hz=RATE), RATE)


def send(client: TestClient, data: bytes, name: str = "song.wav", **form: Any) -> Any:
    """Upload a file."""
    return client.post("/upload", files={"newAudioFile": (name, data)}, data=form)


def ask(client: TestClient, path: str, **body: Any) -> Any:
    """Post JSON."""
    return client.post(path, json=body)
