"""WhisperSeg checkpoints that are brought into the file store, from folders and from a hub."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from podcast_core.errors import Conflict, InvalidInput, ModelUnavailable, NotFound
from podcast_core.ml.registry.loaded import LoadedModels
from podcast_core.ml.registry.versions import list_models
from podcast_core.ml.whisperseg.placing import choose_files, fetch_checkpoint, is_part, place_folder
from podcast_core.storage.files import FileStore
from podcast_core.workspace import Workspace
from tests.web import Handler, Server, running

HUB_ID = "nccratliri/whisperseg-tiny"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(str(tmp_path / "store"))


class HubHandler(Handler):
    """The two routes of the hub that a download takes."""

    def do_GET(self) -> None:
        folder: Path = self.server.folder
        names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        if re.fullmatch(rf"/api/models/{HUB_ID}(/revision/\w+)?", self.path.partition("?")[0]):
            siblings = [{"rfilename": name} for name in [*names, ".gitattributes", "train.py"]]
            body = json.dumps({"id": HUB_ID, "sha": COMMIT, "siblings": siblings}).encode()
            self.answer(200, body, content_type="application/json")
        elif self.path.startswith(f"/api/models/{HUB_ID}/tree/"):
            rows = [
                {"type": "file", "path": name, "size": (folder / name).stat().st_size, "oid": "0"} for name in names
            ]
            self.answer(200, json.dumps(rows).encode(), content_type="application/json")
        elif (match := re.fullmatch(rf"/{HUB_ID}/resolve/{COMMIT}/(.+)", self.path)) and match[1] in names:
            data = (folder / match[1]).read_bytes()
            self.answer(200, data, etag=f'"{hashlib.sha256(data).hexdigest()}"', x_repo_commit=COMMIT)
        else:
            self.answer(404, b"{}", x_error_code="RepoNotFound")

    do_HEAD = do_GET


@pytest.fixture
def hub(tiny_base: Path) -> Iterator[Server]:
    """A hub that has one checkpoint."""
    server = Server(HubHandler)
    server.folder = tiny_base  # type: ignore[attr-defined]
    with running(server):
        yield server


def test_a_checkpoint_is_fetched_once(files: FileStore, hub: Server) -> None:
    fetch_checkpoint(files, HUB_ID, "tiny", endpoint=hub.url)
    assert [each.id for each in list_models(files)] == ["energy-detector/0", "tiny/0"]
    assert LoadedModels(files, "cpu").load_detector("tiny").labels == ("vocal",)
    assert not any("train.py" in each.path or "gitattributes" in each.path for each in hub.seen)
    asked = len(hub.seen)
    fetch_checkpoint(files, HUB_ID, "tiny", endpoint=hub.url)
    assert len(hub.seen) == asked


def test_a_hub_that_is_not_there_is_told(files: FileStore, hub: Server) -> None:
    with pytest.raises(ModelUnavailable, match=r"cannot be fetched.*Where there is no internet, put .* as models/tiny"):
        fetch_checkpoint(files, HUB_ID, "tiny", endpoint="http://127.0.0.1:9")
    with pytest.raises(ModelUnavailable, match="cannot be fetched"):
        fetch_checkpoint(files, "nobody/nothing", "tiny", endpoint=hub.url)
    with pytest.raises(InvalidInput, match="Expected OWNER/NAME"):
        fetch_checkpoint(files, "../etc", "tiny", endpoint=hub.url)
    assert files.list("models") == []


def test_what_is_no_whisperseg_is_not_kept(files: FileStore, hub: Server, tiny_base: Path, tmp_path: Path) -> None:
    import shutil

    hub.folder = Path(shutil.copytree(tiny_base, tmp_path / "whisper"))  # type: ignore[attr-defined]
    config = tmp_path / "whisper" / "config.json"
    config.write_text(config.read_text().replace("cluster_codebook", "nothing"))
    with pytest.raises(InvalidInput, match="is no WhisperSeg checkpoint. cluster_codebook"):
        fetch_checkpoint(files, HUB_ID, "tiny", endpoint=hub.url)
    with pytest.raises(InvalidInput, match="cluster_codebook"):
        place_folder(files, tmp_path / "whisper", "tiny")
    with pytest.raises(NotFound, match=r"holds no checkpoint: expected config.json"):
        place_folder(files, tmp_path / "store", "tiny")
    assert files.list("models") == []


def test_a_folder_is_copied_without_what_is_not_its(files: FileStore, tiny_base: Path, tmp_path: Path) -> None:
    import shutil

    folder = Path(shutil.copytree(tiny_base, tmp_path / "final_checkpoint"))
    (folder / "optimizer.pt").write_bytes(b"state of a training")
    place_folder(files, folder, "mine")
    assert LoadedModels(files, "cpu").load_detector("mine").labels == ("vocal",)
    assert not files.exists("models/mine/optimizer.pt")
    with pytest.raises(Conflict, match="already"):
        place_folder(files, folder, "mine")


def test_weights_are_chosen_once() -> None:
    names = ["config.json", "model.safetensors", "pytorch_model.bin", "hf_model/config.json", "a/b/c/config.json"]
    assert choose_files(names) == ["config.json", "model.safetensors", "hf_model/config.json"]
    assert choose_files(names[2:]) == ["pytorch_model.bin", "hf_model/config.json"]
    assert is_part("final_checkpoint_ct2/hf_model/vocab.json")
    assert not any(map(is_part, ("../config.json", "/config.json", "x/../config.json", ".git/config.json", "setup.py")))


def test_a_checkpoint_in_a_bucket(s3_workspace: Workspace, tiny_base: Path) -> None:
    place_folder(s3_workspace.files, tiny_base, "tiny")
    assert s3_workspace.models.load_detector("tiny").labels == ("vocal",)
