"""A model as one file: a zip with ``model.json`` and ``weights``, to be carried to another Pod.Cast."""

import hashlib
import zipfile
from io import BytesIO
from typing import BinaryIO

from podcast_core.domain.model import ModelVersion
from podcast_core.errors import InvalidInput
from podcast_core.ml.registry.versions import add_version, get_version, read_document, read_weights, write_document
from podcast_core.storage.files import FileStore
from podcast_core.zips import open_zip, read_member

DOCUMENT, WEIGHTS = "model.json", "weights"
MAX_DOCUMENT_BYTES = 16 << 20  # chosen: a description, of which labels are the most
MAX_WEIGHTS_BYTES = 4 << 30  # chosen: more than any network here has; zips without wide sizes end there
ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the same version gives the same bytes


def export_model(files: FileStore, name: str, version: int | None = None) -> bytes:
    """Write a version as a zip; None: the one in use. InvalidInput for a checkpoint that was put here as a folder."""
    found = get_version(files, name, version)
    if found.is_placed:
        raise InvalidInput(f"{name!r} is a folder of the file store: copy models/{name} instead of exporting it.")
    weights = read_weights(files, found)
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(DOCUMENT, ZIP_TIME), write_document(found))
        if weights:
            archive.writestr(zipfile.ZipInfo(WEIGHTS, ZIP_TIME), weights)
    return buffer.getvalue()


def measure_model(file: BinaryIO) -> int:
    """Count the bytes of an open file that `export_model` wrote, as they are kept: unpacked; else InvalidInput."""
    with open_zip(file, "Expected a model as one zip file") as archive:
        return sum(each.file_size for each in archive.infolist() if each.filename in (DOCUMENT, WEIGHTS))


def import_model(files: FileStore, data: bytes | BinaryIO, *, name: str) -> ModelVersion:
    """Add what `export_model` wrote (bytes or an open file), as version 1 of a new model.

    Raises
    ------
    InvalidInput
        When it is not such a file, or its weights are not those that it names.
    Conflict
        When there is a model of that name.
    """
    with open_zip(data, "Expected a model as one zip file") as archive:
        version = read_document(_read(archive, DOCUMENT, MAX_DOCUMENT_BYTES), DOCUMENT)
        weights = _read(archive, WEIGHTS, MAX_WEIGHTS_BYTES) if version.weights_sha256 else b""
    found = hashlib.sha256(weights).hexdigest() if weights else ""
    if found != version.weights_sha256:
        raise InvalidInput(f"The weights are damaged: expected SHA-256 {version.weights_sha256}, found {found}.")
    renamed = ModelVersion(
        name,
        1,
        version.kind,
        version.labels,
        version.created_at,
        parameters=version.parameters,
        parent=version.parent,
        training={**version.training, "imported_from": version.id},
        metrics=version.metrics,
    )
    return add_version(files, renamed, weights, is_new=True)


def _read(archive: zipfile.ZipFile, member: str, most_bytes: int) -> bytes:
    try:
        return read_member(archive, archive.getinfo(member), most_bytes)
    except KeyError as error:
        raise InvalidInput(f"The file has no {member}: expected a model as `export` writes it.") from error
