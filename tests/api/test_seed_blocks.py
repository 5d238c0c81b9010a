"""The code blocks of the backend's own documentation, unmodified, against a real server and a real worker."""

import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import requests

from podcast_core.dialects.whisperseg import training
from podcast_core.settings import Settings
from tests.building import make_sound, opened, write_sound
from tests.conftest import SHARED_DATA
from tests.serving import serve
from tests.working import working_here

DOCUMENTED = "http://localhost:8050"
SEED = SHARED_DATA.parent / "seeds"
LABELS = SHARED_DATA / "whisperseg"
RATE_HZ = 16_000


def _read_blocks() -> list[str]:
    found = next((each for each in sorted(SEED.glob("002*.txt")) if DOCUMENTED in each.read_text()), None)
    if found is None or not (LABELS / "annotations.csv").is_file():
        pytest.skip("the backend's documentation (../shared/seeds, ../shared/data/whisperseg) is not on this machine")
    return re.findall(r"```python\n(.*?)```", found.read_text(), re.DOTALL)


def _write_audio(path: Path, seconds: float, calls: Any) -> None:
    """Write noise with a tone wherever somebody has annotated a call."""
    samples = make_sound(seconds, calls, call_hz=3000, call_level=0.2, noise_level=0.001, rate_hz=RATE_HZ)
    write_sound(path, samples, RATE_HZ)


@pytest.fixture
def examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the blocks read, as the working directory."""
    import pandas as pd

    folder = tmp_path / "work"
    loop = folder / "example_audios" / "human-in-the-loop-training-example"
    rows = pd.read_csv(LABELS / "annotations.csv")
    calls = rows[rows.offset < 60][["onset", "offset"]].to_numpy()
    _write_audio(loop / "audio.wav", 60, calls)
    (loop / "annotations.csv").write_bytes((LABELS / "annotations.csv").read_bytes())
    _write_audio(folder / "example_audios" / "BP_2021-10-23_09-08-47_049985_0540000_daq1.wav", 419.4304375, calls[:20])
    monkeypatch.chdir(folder)
    return folder


def _send_to(url: str) -> Callable[..., requests.Response]:
    """Send what goes to the documented address to our server; the internet is not reached for."""
    original = requests.api.post

    def post(address: str, *args: Any, **options: Any) -> requests.Response:
        return original(address.replace(DOCUMENTED, url), *args, timeout=120, **options)

    return post


def test_the_documented_blocks_run_unmodified(examples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = [each for each in _read_blocks() if "upload-by-url" not in each]  # that one needs the internet
    names: dict[str, Any] = {}
    notebook = ModuleType("IPython.display")  # a player of sound in a notebook, which nobody hears here
    notebook.Audio = bytes  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", notebook)
    monkeypatch.setattr(training, "MAX_S", 2.0)  # tones are learnt sooner than birds
    settings = Settings(data_dir=tmp_path / "data", annotator="Ann")
    settings.data_dir.mkdir()
    with serve(settings.data_dir) as server:
        monkeypatch.setattr(requests, "post", _send_to(server.url))
        with opened(settings) as workspace, working_here(workspace):
            for block in blocks:
                if '"model_name":"whisperseg-base-debug-v1.0"' in block:
                    _wait_for_training(server.url)
                exec(compile(block, "block", "exec"), names)  # that is the test
                if "419" in block or block.startswith("results = requests.post"):
                    assert names["results"]["channels"]
    written = examples / "example_audios" / "human-in-the-loop-training-example" / "pred_annotations.csv"
    header, *rows = written.read_text().splitlines()
    assert header == "onset,offset,species,individual,clustername,filename,channelIndex"
    assert len(rows) > 100
    assert names["new_model_name"] == "whisperseg-base-debug-v1.0"


def _wait_for_training(url: str) -> None:
    end = time.monotonic() + 240
    while time.monotonic() < end:
        ready = requests.api.post(f"{url}/list-models-available-for-inference", timeout=30).json()["response"]
        if any(each["model_name"] == "whisperseg-base-debug-v1.0" for each in ready):
            return
        time.sleep(0.2)
    raise AssertionError("the model was not ready in time")
