"""Models from folders: taken in when they fit their card, refused with the reason when not."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from podcast_core.errors import Conflict, InvalidInput, ModelUnavailable, NotFound, PodcastError
from podcast_core.ml.registry.loaded import LoadedModels
from podcast_core.ml.registry.model_file import export_model, import_model
from podcast_core.ml.registry.model_folder import import_folder
from podcast_core.ml.registry.versions import list_models
from podcast_core.storage.files import FileStore
from tests.ml.networks import DIMENSION, RATE, make_card, make_sound, write_onnx

WINDOW = 2 * RATE


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(str(tmp_path / "store"))


def write_folder(folder: Path, **values: Any) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "model.onnx").write_bytes(write_onnx(WINDOW))
    (folder / "model.yaml").write_text(yaml.safe_dump(make_card("onnx", weights="model.onnx", **values)))
    return folder


def test_a_folder_becomes_a_model_that_travels_as_one_file(files: FileStore, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "orca", labels="labels.txt")
    (folder / "labels.txt").write_bytes(b"\xef\xbb\xbfother\r\ncall\r\n\r\n")
    added = import_folder(files, folder, name="orca")
    assert (added.id, added.kind, added.labels, added.training) == (
        "orca/1",
        "onnx",
        ("call",),
        {"imported_from": "orca"},
    )
    there = FileStore(str(tmp_path / "there"))
    import_model(there, export_model(files, "orca"), name="whale")
    sound = make_sound([(3.2, 0.4), (10, 4)], 20)
    found = LoadedModels(there, "cpu").load_detector("whale").detect(sound, RATE)
    assert found == LoadedModels(files, "cpu").load_detector("orca").detect(sound, RATE)
    assert [(call.start_s, call.end_s) for call in found] == [(9.0, 15.0)]
    assert LoadedModels(there, "cpu").load_embedder("whale").dimension == DIMENSION


def test_the_next_version_has_the_next_number(files: FileStore, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "orca")
    import_folder(files, folder, name="orca")
    with pytest.raises(Conflict, match="already"):
        import_folder(files, folder, name="orca")
    write_folder(folder, threshold=0.9)
    added = import_folder(files, folder / "model.yaml", name="orca", is_new=False)
    assert (added.id, added.parameters["threshold"]) == ("orca/2", 0.9)
    with pytest.raises(NotFound):
        import_folder(files, folder, name="whale", is_new=False)


@pytest.mark.parametrize(
    ("values", "error", "reason"),
    [
        ({"weights": "../model.onnx"}, InvalidInput, "name of a file beside the card"),
        ({"weights": "other.onnx"}, NotFound, "no file .*other.onnx"),
        ({"weights": ""}, InvalidInput, "expected `weights` to name"),
        ({"labels": "/etc/passwd"}, InvalidInput, "name of a file beside the card"),
        ({"labels": ["a", "b", "c"], "ignore": []}, ModelUnavailable, "value for each of the labels"),
        ({"output": {"values": "logits", "embedding": 9}}, ModelUnavailable, "no output 9"),
        ({"labels": ["other", "ca\nll"]}, InvalidInput, "printable"),
        ({"format": "pickle"}, InvalidInput, "expected `format` to be one of energy, "),
        ({"format": "energy"}, InvalidInput, "has format, labels"),
    ],
)
def test_what_cannot_be_used_is_refused_and_nothing_is_kept(
    files: FileStore, tmp_path: Path, values: dict[str, Any], error: type[PodcastError], reason: str
) -> None:
    document = {**make_card("onnx", weights="model.onnx"), **values}
    folder = write_folder(tmp_path / "orca")
    (folder / "model.yaml").write_text(yaml.safe_dump(document))
    with pytest.raises(error, match=reason):
        import_folder(files, folder, name="orca")
    assert len(list_models(files)) == 1


def test_folders_and_cards_that_are_none_are_refused(files: FileStore, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"folder with model\.yaml"):
        import_folder(files, tmp_path, name="orca")
    for text, reason in (("a: [", "expected YAML"), ("- 1", "names and values"), ("!!python/name:os.system", "YAML")):
        (tmp_path / "model.yaml").write_text(text)
        with pytest.raises(InvalidInput, match=reason):
            import_folder(files, tmp_path, name="orca")
    with pytest.raises(InvalidInput, match="small letters"):
        import_folder(files, tmp_path, name="Orca")
    folder = write_folder(tmp_path / "orca")
    (folder / "model.onnx.data").touch()
    with pytest.raises(InvalidInput, match="save_as_external_data=False"):
        import_folder(files, folder, name="orca")
