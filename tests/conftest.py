"""Fixtures that make things: an empty workspace, recordings, a small round."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from podcast_core.domain import Prediction, PredictionSet, Recording, Round, Session
from podcast_core.services import rounds
from podcast_core.settings import Settings
from podcast_core.storage import predictions, recordings, sessions
from podcast_core.workspace import Workspace, open_workspace

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

MakeWav = Callable[..., Path]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the newest schema, to be copied: migrating takes longer than most tests."""
    folder = tmp_path_factory.mktemp("migrated")
    workspace = open_workspace(Settings(data_dir=folder))
    workspace.database.close()
    return folder / "podcast.sqlite"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a new data folder, whatever the environment says."""
    for name in ("DATABASE_URL", "STORAGE_URL", "CLAIM_MINUTES"):
        monkeypatch.delenv(f"PODCAST_{name}", raising=False)
    return Settings(data_dir=tmp_path / "data", annotator="Ann")


@pytest.fixture
def workspace(settings: Settings, migrated: Path) -> Iterator[Workspace]:
    """An empty workspace."""
    settings.data_dir.mkdir()
    shutil.copy(migrated, settings.data_dir / "podcast.sqlite")
    opened = open_workspace(settings)
    yield opened
    opened.database.close()


@pytest.fixture
def make_wav(tmp_path: Path) -> MakeWav:
    """Write a WAV of noise with a 1 kHz tone in its second half."""

    def make(
        name: str = "sea.wav", *, seconds: float = 3.0, rate: int = 8000, channels: int = 1, seed: int = 0
    ) -> Path:
        generator = np.random.default_rng(seed)
        time = np.arange(round(seconds * rate)) / rate
        tone = 0.3 * np.sin(2 * np.pi * 1000 * time) * (time > seconds / 2)
        samples = tone[:, None] + 0.01 * generator.standard_normal((len(time), channels))
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, samples, rate, subtype="PCM_16")
        return path

    return make


@pytest.fixture
def round_of_ten(workspace: Workspace, make_wav: MakeWav) -> Round:
    """Round ``ten``: ten sessions of 1 s in one recording; session 1 has two predictions."""
    path = make_wav("ten.wav", seconds=10)
    round_ = rounds.add_round(workspace, name="ten", labels=["call", "whistle"], site="Orcasound Lab")
    recording = Recording(
        sha256="a" * 64,
        uri=str(path),
        file_name=path.name,
        sample_rate_hz=8000,
        channel_count=1,
        frame_count=80_000,
        encoding="WAV/PCM_16",
    )
    boxes = (
        Prediction(id="p-0", session_id="ten_0001", start_s=1.1, end_s=1.3, label="call", score=0.9, model="m"),
        Prediction(
            id="p-1",
            session_id="ten_0001",
            start_s=1.5,
            end_s=1.875,
            label="whistle",
            score=0.25,
            low_hz=500.0,
            high_hz=1500.0,
            model="m",
        ),
    )
    with workspace.database.writing() as connection:
        recordings.add_recording(connection, recording)
        sessions.add_sessions(
            connection,
            [Session("ten", f"ten_{index:04x}", recording.id, 0, index, index + 1.0, index) for index in range(10)],
        )
        predictions.add_prediction_set(connection, PredictionSet(id="p", round_id="ten", model="m", predictions=boxes))
    return round_
