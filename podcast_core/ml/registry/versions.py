"""Models and their versions, as immutable objects of the file store.

``models/NAME/VERSION/model.json`` says what a version is; its weights are an object beside it, named by their
SHA-256. The weights are written first: a version exists only when all of it does. Progress and failures of trainings
belong to the jobs that make versions; what is here is ready.

A WhisperSeg checkpoint that somebody put into ``models/NAME`` is version 0 of NAME.
"""

import hashlib
import json
import re
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime

from podcast_core.domain.model import ENERGY, NAME_PATTERN, ModelVersion, check_model_name
from podcast_core.errors import Conflict, InvalidInput, ModelUnavailable, NotFound
from podcast_core.ml.energy.detector import EnergyDetector
from podcast_core.ml.registry.promotion import find_in_use
from podcast_core.ml.whisperseg.folders import Checkpoint, find_checkpoint, find_checkpoints
from podcast_core.ml.whisperseg.loading import CT2_FOLDER, FOLDER, describe
from podcast_core.ml.whisperseg.loading import KIND as WHISPERSEG
from podcast_core.storage.files import FileStore

FORMAT = 1  # counted up when what is written changes
MAX_RACES = 100  # chosen: as many others may add a version of that name meanwhile


def add_version(files: FileStore, version: ModelVersion, weights: bytes = b"", *, is_new: bool = False) -> ModelVersion:
    """Keep a version.

    Parameters
    ----------
    version
        Its number and its weights' SHA-256 are set here: the number is the next one of the model.
    weights
        Of a safe format (safetensors, ONNX); empty when it has none.
    is_new
        Whether the model must be new.

    Raises
    ------
    Conflict
        When there is such a model and ``is_new``; when the name is a built-in model's.
    """
    if version.name == ENERGY:
        raise Conflict(f"{ENERGY!r} is a built-in model: expected another name.")
    digest = hashlib.sha256(weights).hexdigest() if weights else ""
    for _ in range(MAX_RACES):
        numbers = _list_numbers(files, version.name)
        if is_new and (numbers or find_checkpoint(files, version.name)):
            raise Conflict(f"There is a model {version.name!r} already: expected a new name.")
        added = replace(version, version=max(numbers, default=0) + 1, weights_sha256=digest)
        document = write_document(added)
        if weights:
            files.add(_weights_key(added), weights)
        if files.add(_key(added.name, added.version), document) == document:
            return added
    raise Conflict(f"Others add versions of {version.name!r} all the time: try again.")


def list_models(files: FileStore) -> list[ModelVersion]:
    """List all versions of all models: the built-in ones first, then by name, the newest version first."""
    keys = files.list("models")
    stored = [read_document(files.read(key), key) for key in keys if key.endswith("/model.json")]
    stored += [_placed(each) for each in find_checkpoints(files, keys) if NAME_PATTERN.fullmatch(each.name)]
    return [_built_in(), *sorted(stored, key=lambda each: (each.name, -each.version))]


def split_id(version_id: str) -> tuple[str, int | None]:
    """Take ``NAME/VERSION`` apart; without a version, the one in use is meant (None).

    Raises
    ------
    InvalidInput
        When it is neither.
    """
    name, slash, number = version_id.partition("/")
    if slash and not re.fullmatch("[0-9]{1,9}", number):
        raise InvalidInput(f"A version is NAME/NUMBER, such as finch/2; found {version_id[:80]!r}.")
    return name, int(number) if number else None


def get_version(files: FileStore, name: str, version: int | None = None) -> ModelVersion:
    """Read a version; None: the one in use, which is the newest where none was promoted.

    Raises
    ------
    NotFound
        When there is none.
    ModelUnavailable
        When it is a folder that cannot be used.
    """
    check_model_name(name)
    if name == ENERGY and not version:
        return _built_in()
    if version is None:
        in_use = find_in_use(files, name)
        version = max(_list_numbers(files, name), default=0) if in_use is None else in_use
    if version == 0:
        if checkpoint := find_checkpoint(files, name):
            return _placed(checkpoint)
        raise NotFound(f"There is no model {name!r}.")
    key = _key(name, version)
    if not files.exists(key):
        raise NotFound(f"Model {name!r} has no version {version}.")
    return read_document(files.read(key), key)


def read_weights(files: FileStore, version: ModelVersion) -> bytes:
    """Read a version's weights; empty when it has none.

    Raises
    ------
    ModelUnavailable
        When they are missing or are not those that were stored.
    """
    if not version.weights_sha256:
        return b""
    try:
        weights = files.read(_weights_key(version))
    except NotFound as error:
        raise ModelUnavailable(f"The weights of {version.id} are missing in the file store.") from error
    found = hashlib.sha256(weights).hexdigest()
    if found != version.weights_sha256:
        raise ModelUnavailable(
            f"The weights of {version.id} are damaged: expected SHA-256 {version.weights_sha256}, found {found}."
        )
    return weights


def write_document(version: ModelVersion) -> bytes:
    """Write what ``model.json`` holds: keys sorted, so that equal versions have equal bytes.

    Raises
    ------
    InvalidInput
        For what does not fit in JSON.
    """
    document = {"format": FORMAT, **asdict(version), "created_at": version.created_at.isoformat()}
    try:
        return json.dumps(document, sort_keys=True, indent=1, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"What is kept about a model must fit in JSON: {error}.") from error


def read_document(data: bytes, what: str) -> ModelVersion:
    """Read what `write_document` wrote; ``what`` names it in messages; InvalidInput when it is none."""
    try:
        document = json.loads(data)
        if document.pop("format") != FORMAT:
            raise InvalidInput(f"{what} is of a newer Pod.Cast.")
        known = {each.name for each in fields(ModelVersion)}
        values = {key: value for key, value in document.items() if key in known}
        created_at = datetime.fromisoformat(values.pop("created_at"))
        texts = (values.get("parent", ""), values.get("weights_sha256", ""), *values["labels"])
        if not isinstance(values["labels"], list) or not all(isinstance(each, str) for each in texts):
            raise TypeError("expected a list of labels, and texts")
        return ModelVersion(**{**values, "labels": tuple(values["labels"]), "created_at": created_at})
    except InvalidInput as error:
        raise InvalidInput(f"{what} does not describe a model: {error}") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InvalidInput(f"{what} does not describe a model: {error!r}.") from error


def _built_in() -> ModelVersion:
    detector = EnergyDetector()
    return ModelVersion(
        ENERGY, 0, "energy", detector.labels, datetime(2026, 1, 1, tzinfo=UTC), parameters=detector.parameters()
    )


def _placed(checkpoint: Checkpoint) -> ModelVersion:
    config = checkpoint.config
    return ModelVersion(
        checkpoint.name,
        0,
        WHISPERSEG,
        tuple(config.labels.values()),
        checkpoint.placed_at,
        parameters={
            FOLDER: checkpoint.folder,
            CT2_FOLDER: checkpoint.ct2_folder,
            "placed_at": checkpoint.placed_at.isoformat(),
            "stamp": checkpoint.stamp,  # a run that goes on, and what is loaded, see that it is another one
            **describe(config),
        },
    )


def _list_numbers(files: FileStore, name: str) -> list[int]:
    """List the numbers of a model's versions, the newest last."""
    check_model_name(name)
    found = (re.fullmatch(r"models/[^/]+/(\d+)/model\.json", key) for key in files.list(f"models/{name}"))
    return sorted(int(match[1]) for match in found if match)


def _key(name: str, version: int) -> str:
    return f"models/{name}/{version:04d}/model.json"


def _weights_key(version: ModelVersion) -> str:
    return f"models/{version.name}/{version.version:04d}/{version.weights_sha256}.weights"
