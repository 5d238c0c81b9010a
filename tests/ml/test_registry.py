"""Models in the file store: numbers, names, whole versions only, one file."""

import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from podcast_core.domain.model import ModelVersion
from podcast_core.errors import Conflict, InvalidInput, ModelUnavailable, NotFound
from podcast_core.ml.energy.detector import EnergyDetector
from podcast_core.ml.registry import versions
from podcast_core.ml.registry.loaded import LoadedModels
from podcast_core.ml.registry.model_file import export_model, import_model
from podcast_core.ml.registry.versions import add_version, get_version, list_models, read_weights
from podcast_core.storage.files import FileStore

NOW = datetime(2026, 11, 25, 7, tzinfo=UTC)
MOAN = EnergyDetector("moan", low_hz=100, high_hz=900, threshold_db=8)


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(str(tmp_path))


def make_version(name: str = "whales", **values: Any) -> ModelVersion:
    return ModelVersion(name, 1, "energy", MOAN.labels, NOW, parameters=MOAN.parameters(), **values)


def test_built_in_model_needs_no_object(files: FileStore) -> None:
    assert [(each.name, each.kind, each.is_built_in) for each in list_models(files)] == [
        ("energy-detector", "energy", True)
    ]
    assert LoadedModels(files, "cpu").load_detector("energy-detector") == EnergyDetector()


def test_versions_count_and_stay(files: FileStore) -> None:
    first = add_version(files, make_version(metrics={"f1": 0.9}, training={"release": "r@1"}), is_new=True)
    second = add_version(files, replace(first, parent=first.id), b"weights")
    assert (first.version, second.version, second.parent) == (1, 2, "whales/1")
    assert get_version(files, "whales") == second
    assert get_version(files, "whales", 1) == first
    assert read_weights(files, second) == b"weights"
    assert [each.id for each in list_models(files)] == ["energy-detector/0", "whales/2", "whales/1"]
    assert LoadedModels(files, "cpu").load_detector("whales", 1) == MOAN


def test_versions_added_at_once_get_numbers_of_their_own(files: FileStore) -> None:
    with ThreadPoolExecutor(4) as pool:
        added = list(pool.map(lambda index: add_version(files, make_version(metrics={"n": index})), range(8)))
    assert sorted(each.version for each in added) == list(range(1, 9))
    assert all(get_version(files, "whales", each.version) == each for each in added)


def test_names_are_unique(files: FileStore) -> None:
    add_version(files, make_version(), is_new=True)
    with pytest.raises(Conflict, match="already"):
        add_version(files, make_version(), is_new=True)
    with pytest.raises(Conflict, match="built-in"):
        add_version(files, make_version("energy-detector"))


@pytest.mark.parametrize("name", ["", "../x", "A", "a/b", "ä", ".x", "a" * 81])
def test_unsafe_names_are_refused(files: FileStore, name: str) -> None:
    with pytest.raises(InvalidInput, match="small letters"):
        make_version(name)
    with pytest.raises(InvalidInput, match="small letters"):
        get_version(files, name)


def test_what_does_not_fit_in_json_is_refused(files: FileStore) -> None:
    with pytest.raises(InvalidInput, match="JSON"):
        add_version(files, make_version(metrics={"f1": float("nan")}))


def test_half_written_versions_do_not_exist(files: FileStore) -> None:
    files.add("models/whales/0001/abc.weights", b"cut off before model.json")
    with pytest.raises(NotFound, match="no model 'whales'"):
        get_version(files, "whales")
    assert len(list_models(files)) == 1


def test_missing_versions_have_names(files: FileStore) -> None:
    add_version(files, make_version())
    with pytest.raises(NotFound, match="no version 7"):
        get_version(files, "whales", 7)


def test_damaged_or_missing_weights_are_no_model(files: FileStore, tmp_path: Path) -> None:
    added = add_version(files, make_version(), b"weights")
    (path,) = tmp_path.glob("models/whales/0001/*.weights")
    path.chmod(0o644)
    path.write_bytes(b"other")
    with pytest.raises(ModelUnavailable, match="damaged"):
        read_weights(files, added)
    path.unlink()
    with pytest.raises(ModelUnavailable, match="missing"):
        LoadedModels(files, "cpu").load_detector("whales")


def test_unknown_kinds_cannot_run(files: FileStore) -> None:
    add_version(files, replace(make_version(), kind="oracle"))
    with pytest.raises(ModelUnavailable, match="'oracle'"):
        LoadedModels(files, "cpu").load_detector("whales")


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"format": 1}', b'{"format": 99}'])
def test_what_is_no_document_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"model\.json"):
        versions.read_document(data, "model.json")


def test_a_model_travels_as_one_file(files: FileStore, tmp_path: Path) -> None:
    added = add_version(files, make_version(metrics={"f1": 0.5}), b"weights")
    data = export_model(files, "whales")
    assert export_model(files, "whales", 1) == data
    there = FileStore(str(tmp_path / "there"))
    imported = import_model(there, data, name="orcas")
    assert replace(imported, name="whales", training={}) == added
    assert imported.training == {"imported_from": "whales/1"}
    assert read_weights(there, imported) == b"weights"
    with pytest.raises(Conflict):
        import_model(there, data, name="orcas")


def test_files_that_are_no_models_are_refused(files: FileStore) -> None:
    add_version(files, make_version(), b"weights")
    with zipfile.ZipFile(BytesIO(export_model(files, "whales"))) as archive:
        document = archive.read("model.json")
    for members, reason in (
        ({"x": b""}, r"no model\.json"),
        ({"model.json": document}, "no weights"),
        ({"model.json": document, "weights": b"others"}, "damaged"),
    ):
        buffer = BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        with pytest.raises(InvalidInput, match=reason):
            import_model(files, buffer.getvalue(), name="new")
    with pytest.raises(InvalidInput, match="one zip file"):
        import_model(files, b"not a zip", name="new")
    assert len(list_models(files)) == 2
