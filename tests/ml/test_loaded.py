"""Models are loaded once, a few at a time, on one device."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from podcast_core.domain.model import ModelVersion
from podcast_core.errors import InvalidInput, ModelUnavailable, NotFound
from podcast_core.ml.device import choose_device, list_devices
from podcast_core.ml.energy.detector import EnergyDetector
from podcast_core.ml.interfaces import Detector
from podcast_core.ml.registry import loading, versions
from podcast_core.ml.registry.loaded import LoadedModels
from podcast_core.ml.registry.loading import Loader
from podcast_core.ml.registry.versions import add_version
from podcast_core.settings import read_settings
from podcast_core.storage.files import FileStore
from podcast_core.workspace import Workspace

MOAN = ModelVersion("moan", 1, "counted", ("moan",), datetime(2026, 11, 25, tzinfo=UTC))


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the kind ``counted`` has loaded, and where."""
    loaded: list[str] = []

    def load(version: ModelVersion, weights: bytes, device: str) -> Detector:
        loaded.append(f"{version.id} {device} {weights.decode()}")
        if weights == b"broken":
            raise ModelUnavailable("It is broken.")
        return EnergyDetector(version.labels[0])

    loaders: Mapping[str, Loader] = {**loading.LOADERS, "counted": load}
    monkeypatch.setattr(loading, "LOADERS", loaders)
    return loaded


def test_many_threads_load_a_model_once(tmp_path: Path, loads: list[str]) -> None:
    files = FileStore(str(tmp_path))
    add_version(files, MOAN, b"w")
    models = LoadedModels(files, "cpu")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: models.load_detector("moan"), range(32)))
    assert loads == ["moan/1 cpu w"]
    assert all(each is found[0] for each in found)


def test_a_new_version_is_seen_and_what_was_not_used_for_longest_goes(tmp_path: Path, loads: list[str]) -> None:
    files = FileStore(str(tmp_path))
    models = LoadedModels(files, "cpu", most=2)
    for weights in (b"1", b"2", b"3"):
        add_version(files, MOAN, weights)
        models.load_detector("moan")
        models.load_detector("moan", 1)
    assert loads == ["moan/1 cpu 1", "moan/2 cpu 2", "moan/3 cpu 3"]
    models.load_detector("moan", 2)
    assert loads[3:] == ["moan/2 cpu 2"]


def test_what_fails_is_tried_again(tmp_path: Path, loads: list[str]) -> None:
    files = FileStore(str(tmp_path))
    add_version(files, MOAN, b"broken")
    models = LoadedModels(files, "cpu")
    for _ in range(2):
        with pytest.raises(ModelUnavailable, match="broken"):
            models.load_detector("moan")
    assert len(loads) == 2
    with pytest.raises(NotFound):
        models.load_detector("whistle")


def test_what_describes_nothing_is_no_embedder(workspace: Workspace) -> None:
    with pytest.raises(ModelUnavailable, match="'energy', which does not describe sound"):
        workspace.models.load_embedder("energy-detector")


def test_a_placed_folder_is_loaded_again_when_a_file_of_it_is_another_one(tmp_path: Path, tiny_base: Path) -> None:
    folder = Path(shutil.copytree(tiny_base, tmp_path / "models" / "base"))
    files = FileStore(str(tmp_path))
    models = LoadedModels(files, "cpu")
    stamp = versions.get_version(files, "base").parameters["stamp"]
    first = models.load_detector("base")
    assert models.load_detector("base") is first
    weights = folder / "pytorch_model.bin"
    os.utime(weights, (1_000_000_000, 1_000_000_000))  # an older copy was put there, with its own time
    second = models.load_detector("base")
    assert second is not first
    (folder / "added_tokens.json").write_text((folder / "added_tokens.json").read_text() + " ")
    assert models.load_detector("base") is not second
    assert versions.get_version(files, "base").parameters["stamp"] != stamp


def test_the_list_of_devices_is_that_of_torch() -> None:
    import torch

    listed = list_devices()
    cards = [each for each in listed if each.startswith("cuda")]
    assert len(cards) == (torch.cuda.device_count() if torch.cuda.is_available() else 0)
    assert ("mps" in listed) == torch.backends.mps.is_available()
    assert [choose_device(each) for each in listed] == list(listed)


def test_the_device_is_the_best_that_is_there() -> None:
    import torch

    has_mps = torch.backends.mps.is_available()
    assert choose_device() == ("cuda" if torch.cuda.is_available() else "mps" if has_mps else "cpu")
    assert choose_device("cpu") == "cpu"


def test_a_device_that_is_not_there_is_named(tmp_path: Path, loads: list[str]) -> None:
    files = FileStore(str(tmp_path))
    add_version(files, replace(MOAN, labels=("song",)))
    with pytest.raises(ModelUnavailable, match=r"PODCAST_DEVICE is 'cuda:77', which is not here: expected auto, cpu"):
        LoadedModels(files, "cuda:77").load_detector("moan")
    assert loads == []
    with pytest.raises(ModelUnavailable, match="The device that was asked for is 'cuda:77', which is not here"):
        LoadedModels(files, "cpu").load_detector("moan", device="cuda:77")
    assert loads == []
    LoadedModels(files, "cuda:77").load_detector("moan", device="cpu")
    assert loads == ["moan/1 cpu "]


@pytest.mark.parametrize("value", ["gpu", "cuda:", "cuda:-1", "CPU", "cpu\n"])
def test_a_device_that_cannot_be_stops_the_start(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PODCAST_DEVICE", value)
    with pytest.raises(InvalidInput, match="PODCAST_DEVICE"):
        read_settings()


def test_a_worker_has_one_thread() -> None:
    code = (
        "from podcast_core.worker.process import limit_threads; limit_threads();"
        "from podcast_core.ml.device import use_one_thread; use_one_thread();"
        "import torch, threadpoolctl, numpy;"
        "print(torch.get_num_threads(), {each['num_threads'] for each in threadpoolctl.threadpool_info()})"
    )
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1 {1}"
