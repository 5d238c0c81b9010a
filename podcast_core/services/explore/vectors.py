"""The vectors of a collection: plain ``.npy`` parts in the file store, put together and kept in memory for a while."""

import io
from collections import OrderedDict
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from podcast_core.domain.clip import PART_CLIPS
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.labels import independence
from podcast_core.services.store.collection_records import FOLDER
from podcast_core.storage.files import FileStore
from podcast_core.workspace import Workspace

Vectors = NDArray[np.float32]
MAX_BYTES = 1 << 30  # of vectors in memory; those that were not used for longest go first

_kept: OrderedDict[tuple[int, str], Vectors] = OrderedDict()
_lock = Lock()


def vectors_key(collection_id: str, position: int) -> str:
    """Name the object of a part's vectors."""
    return f"{FOLDER}/{collection_id}/vectors/{position:04d}.npy"


def features_key(collection_id: str, position: int) -> str:
    """Name the object of what a part's vectors were made of, where the embedder is fitted to a collection."""
    return f"{FOLDER}/{collection_id}/features/{position:04d}.npy"


def loudness_key(collection_id: str, position: int) -> str:
    """Name the object of how loud a part's clips are."""
    return f"{FOLDER}/{collection_id}/loudness/{position:04d}.npy"


def write_array(files: FileStore, key: str, values: NDArray[np.float32] | NDArray[np.float16]) -> None:
    """Write an array as an ``.npy`` object."""
    file = io.BytesIO()
    np.save(file, values, allow_pickle=False)
    files.write(key, file.getvalue())


def read_array(files: FileStore, key: str) -> NDArray[np.float32]:
    """Read an ``.npy`` object; InvalidInput when it is damaged."""
    try:
        values = np.load(io.BytesIO(files.read(key)), allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise InvalidInput(f"{key} cannot be read: {error}") from error
    return np.asarray(values)


def read_vectors(workspace: Workspace, collection_id: str) -> Vectors:
    """Read the vectors of a collection that is ready.

    Returns
    -------
    ndarray
        Shape (clips, dimension), float32, read-only, in the order of the clips' numbers; NaN in the rows of clips
        without a vector, and of parts that are lost.

    Raises
    ------
    NotFound
        When there is no such collection, or it has no vectors yet.
    """
    with workspace.database.reading() as connection:
        known = independence.get_collection(connection, collection_id)
    if known.finished_at is None:
        raise NotFound(f"Collection {known.name!r} is not ready yet: its clips are still being described.")
    key = (id(workspace.files), collection_id)
    with _lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
            return found
    vectors = np.full((known.clip_count, known.dimension), np.nan, np.float32)
    for position in range(-(-known.clip_count // PART_CLIPS)):
        rows = vectors[position * PART_CLIPS : (position + 1) * PART_CLIPS]
        try:
            part = read_array(workspace.files, vectors_key(collection_id, position))
        except (NotFound, InvalidInput):
            continue  # the doctor names it
        if part.shape == rows.shape:
            rows[:] = part
    vectors.flags.writeable = False
    with _lock:
        _kept[key] = vectors
        while len(_kept) > 1 and sum(each.nbytes for each in _kept.values()) > MAX_BYTES:
            _kept.popitem(last=False)
    return vectors


def read_loudness(workspace: Workspace, collection_id: str, count: int) -> NDArray[np.float32]:
    """Read how loud clips are, in decibels against full scale; NaN where it is not known."""
    found = np.full(count, np.nan, np.float32)
    for start in range(0, count, PART_CLIPS):
        part = read_part_loudness(workspace.files, collection_id, start // PART_CLIPS)
        rows = found[start : start + PART_CLIPS]
        if part is not None and part.shape == rows.shape:
            rows[:] = part
    return found


def read_part_loudness(files: FileStore, collection_id: str, position: int) -> NDArray[np.float32] | None:
    """Read the loudness of a part's clips; None where it is not there, as of collections of before."""
    try:
        return read_array(files, loudness_key(collection_id, position))
    except (NotFound, InvalidInput):
        return None


def forget(workspace: Workspace, collection_id: str) -> None:
    """Let go of the vectors of a collection: they were made anew."""
    with _lock:
        _kept.pop((id(workspace.files), collection_id), None)
