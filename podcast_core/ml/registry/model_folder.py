"""A model as a folder: a card in YAML or JSON, and beside it the file with the network."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from podcast_core.domain.model import ModelVersion, check_model_name
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.ml.external.card import read_card
from podcast_core.ml.external.conversion import convert_script
from podcast_core.ml.registry import loading
from podcast_core.ml.registry.loading import WINDOW_KINDS
from podcast_core.ml.registry.versions import add_version, get_version
from podcast_core.plain_files import read_regular
from podcast_core.storage.files import FileStore
from podcast_core.yaml_files import load_yaml

CARDS = ("model.yaml", "model.yml", "model.json")
MAX_CARD_BYTES = 16 << 20  # as a model's file may have
MAX_WEIGHTS_BYTES = 4 << 30  # as a model's file may have


@dataclass(frozen=True, slots=True)
class ReadModel:
    """What a folder holds; the version has its final name and number only when it is added."""

    version: ModelVersion
    weights: bytes


def read_folder(path: Path, *, name: str) -> ReadModel:
    """Read a model.

    Parameters
    ----------
    path
        The folder, or the card in it.
    name
        Of the model.

    Raises
    ------
    NotFound, InvalidInput
        When something is missing; with the place and reason of every fault of the card.
    """
    card_path, document = _read_document(path)
    folder = card_path.parent
    kind = str(document.get("format", ""))
    weights_name = document.get("weights", "")
    if kind in WINDOW_KINDS:
        card = read_card(document, str(card_path))
        labels, weights_name = card.kept_labels, card.weights
        parameters: Mapping[str, Any] = card.parameters()
        if not weights_name:
            raise InvalidInput(f"{card_path}: expected `weights` to name the {kind} file beside the card.")
    else:
        labels, parameters = _read_other(document, kind, card_path)
    if (folder / f"{weights_name}.data").exists():
        raise InvalidInput(
            f"{weights_name} keeps its numbers in {weights_name}.data: expected one file. Write it again by "
            "onnx.save(onnx.load(FILE), FILE, save_as_external_data=False)."
        )
    weights = _read_beside(folder, str(weights_name), MAX_WEIGHTS_BYTES) if weights_name else b""
    training = {"imported_from": card_path.resolve().parent.name}
    version = ModelVersion(name, 1, kind, tuple(labels), utc_now(), parameters=parameters, training=training)
    return ReadModel(version, weights)


def import_folder(files: FileStore, path: Path, *, name: str, is_new: bool = True, device: str = "cpu") -> ModelVersion:
    """Add a model from a folder, after it was loaded and tried out on silence.

    Parameters
    ----------
    is_new
        Whether the model must be new; else it is the next version of the one of that name.

    Raises
    ------
    NotFound, InvalidInput
        As `read_folder`.
    ModelUnavailable
        When it cannot run here, or the network does not fit the card.
    Conflict
        When there is a model of that name and ``is_new``.
    """
    check_model_name(name)
    read = read_folder(path, name=name)
    if not is_new and (before := get_version(files, name)).kind != read.version.kind:
        raise InvalidInput(
            f"{before.id} is of the kind {before.kind!r}: expected the same, found {read.version.kind!r}."
        )
    loading.load(read.version, read.weights, device)
    if (read.version.parameters.get("output") or {}).get("embedding") is not None:
        loading.load_as_embedder(read.version, read.weights, device)
    return add_version(files, read.version, read.weights, is_new=is_new)


def convert_folder(path: Path, out: Path) -> None:
    """Write the TorchScript file of a model's folder as ONNX; see `conversion.convert_script`.

    Raises
    ------
    NotFound, InvalidInput, ModelUnavailable
        As `read_folder`; when it cannot be converted.
    """
    card_path, document = _read_document(path)
    card = read_card(document, str(card_path))
    convert_script(card, card_path.parent / PurePath(card.weights).name, out)


def _read_document(path: Path) -> tuple[Path, Mapping[str, Any]]:
    """Find a model's card and read it, with the labels of a file beside it."""
    card_path = path if path.is_file() else _find_card(path)
    document = _read_yaml(card_path)
    if isinstance(document.get("labels"), str):
        lines = _read_lines(card_path.parent, document["labels"])
        document = {**document, "labels": [line.strip() for line in lines if line.strip()]}
    return card_path, document


def _find_card(folder: Path) -> Path:
    found = [folder / name for name in CARDS if (folder / name).is_file()]
    if not found:
        raise NotFound(f"Expected a folder with {CARDS[0]}, or the path of a card, found neither at {folder}.")
    return found[0]


def _read_yaml(path: Path) -> Mapping[str, Any]:
    document = load_yaml(str(path), _read_beside(path.parent, path.name, MAX_CARD_BYTES))
    if not isinstance(document, Mapping):
        raise InvalidInput(f"{path}: expected names and values of a model card, found {type(document).__name__}.")
    return document


def _read_lines(folder: Path, name: str) -> list[str]:
    try:
        return _read_beside(folder, name, MAX_CARD_BYTES).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{folder / name}: expected one label per line in UTF-8, found something else.") from error


def _read_other(document: Mapping[str, Any], kind: str, path: Path) -> tuple[tuple[str, ...], Mapping[str, Any]]:
    """Read what is said about a kind that is not ours: labels, and whatever its loader wants."""
    if kind not in loading.list_kinds():
        raise InvalidInput(f"{path}: expected `format` to be one of {', '.join(loading.list_kinds())}, found {kind!r}.")
    unknown = sorted(set(document) - {"format", "labels", "weights", "parameters"})
    labels, parameters = document.get("labels", []), document.get("parameters", {})
    if unknown or not isinstance(labels, list) or not isinstance(parameters, Mapping):
        raise InvalidInput(
            f"{path}: a model of the kind {kind!r} has format, labels (a list), weights and parameters (names and "
            f"values), found {', '.join(map(str, document))}."
        )
    return tuple(str(label) for label in labels), dict(parameters)


def _read_beside(folder: Path, name: str, most_bytes: int) -> bytes:
    """Read a file of the folder, and no other."""
    if PurePath(name).name != name:
        raise InvalidInput(f"Expected the name of a file beside the card, found {name[:200]!r}.")
    path = folder / name
    try:
        if path.stat().st_size > most_bytes:
            raise InvalidInput(f"{path} is too large: expected at most {most_bytes:,} bytes.")
        return read_regular(str(path))
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {path}.") from error
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}.") from error
