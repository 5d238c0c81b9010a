import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from podcast_core.api.server import FOREIGN_TAGS, create_api
from podcast_core.client import Client
from podcast_core.errors import Conflict, InvalidInput, NotFound, StorageUnavailable
from podcast_core.workspace import Workspace
from tests.serving import ROOT, serve

BY_ADDRESS = {"media", "spectrograms", "access", *FOREIGN_TAGS}  # pictures and sound; others' protocols; browsers' own


def test_every_operation_of_v1_has_a_method(workspace: Workspace) -> None:
    paths = create_api(lambda: workspace).openapi()["paths"]
    operations = [
        each["operationId"]
        for path, methods in paths.items()
        for each in methods.values()
        if path.startswith("/api/v1/") and not BY_ADDRESS & set(each["tags"])
    ]
    assert len(operations) > 30
    assert [name for name in operations if not hasattr(Client, name)] == []


def test_the_example_goes_from_upload_to_export(tmp_path: Path, make_wav: Callable[..., Path]) -> None:
    wav = make_wav("night.wav", seconds=90)
    with serve(tmp_path / "served", PODCAST_LOCAL_WORKERS="1") as server:
        command = [sys.executable, str(ROOT / "docs/example_api.py"), server.url, str(wav)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        client = Client(server.url)
        assert [each["outcome"] for each in client.list_submissions("Example")] == ["labelled", "empty"]
        assert [each["file_name"] for each in client.list_recordings(search="night")] == ["night.wav"]
        with pytest.raises(NotFound, match="none"):
            client.get_round("none")
        with pytest.raises(Conflict):
            client.add_round(name="Example", labels=[{"name": "call"}])
        with pytest.raises(InvalidInput):
            client.export_round("Example", "none", tmp_path / "none.zip")
        sent: list[tuple[int, int]] = []
        name, version = "energy-detector", 0
        model = client.import_model(
            client.export_model(name, version, tmp_path / "model.zip"),
            name="carried",
            on_progress=lambda *each: sent.append(each),
        )
        assert client.get_model("carried", 1) == model
        assert [each["id"] for each in client.list_models()] == ["energy-detector/0", "carried/1"]
        assert sent[-1][0] == sent[-1][1] > (tmp_path / "model.zip").stat().st_size
    assert sorted(path.suffix for path in tmp_path.glob("*.zip")) == [".zip", ".zip"]
    assert any("call" in text for text in read_texts(tmp_path / "example.zip"))
    with pytest.raises(StorageUnavailable, match="did not answer"):
        client.get_round("Example")


def read_texts(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return [archive.read(name).decode() for name in archive.namelist() if name.endswith(".txt")]
