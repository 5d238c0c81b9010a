"""The file store: bytes by key in a local folder, an S3 bucket or any other fsspec file system."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import fsspec
from fsspec.implementations.local import LocalFileSystem

from podcast_core.errors import InvalidInput, NotFound, StorageUnavailable


class FileStore:
    """Objects by key (``a/b/c.json``). A key exists only when its object is complete."""

    def __init__(self, url: str) -> None:
        try:
            self._fs, self._root = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError) as error:
            raise InvalidInput(f"PODCAST_STORAGE_URL cannot be used: {url!r}: {error}") from error

    def exists(self, key: str) -> bool:
        """Tell whether there is an object."""
        with self._translated(key) as path:
            return bool(self._fs.isfile(path))

    def read(self, key: str) -> bytes:
        """Read an object.

        Raises
        ------
        NotFound
            When there is none.
        """
        with self._translated(key) as path:
            data: bytes = self._fs.cat_file(path)
            return data

    def write(self, key: str, data: bytes) -> None:
        """Write or replace an object: readers see the old or the new one, never a part."""
        with self._translated(key) as path:
            if isinstance(self._fs, LocalFileSystem):
                os.replace(_write_beside(path, data), path)
            else:
                self._fs.pipe_file(path, data)

    def add(self, key: str, data: bytes) -> bytes:
        """Write an object that never changes: the first one wins.

        Returns
        -------
        bytes
            What is stored under the key now: ``data``, or what was there before.
        """
        with self._translated(key) as path:
            try:
                if isinstance(self._fs, LocalFileSystem):
                    _link(_write_beside(path, data), path)
                else:
                    self._fs.pipe_file(path, data, mode="create")
            except FileExistsError:
                return bytes(self._fs.cat_file(path))
            return data

    def list(self, prefix: str) -> list[str]:
        """List the keys below a prefix (a folder such as ``rounds/demo``), sorted."""
        with self._translated(prefix) as path:
            found = self._fs.find(path)
        skip = len(self._root.rstrip("/")) + 1
        return sorted(name[skip:] for name in found if not name.rsplit("/", 1)[-1].startswith(".tmp-"))

    def url(self, key: str) -> str:
        """Name an object so that audio code can open it: a path, or an fsspec URL."""
        path = self._path(key)
        return path if isinstance(self._fs, LocalFileSystem) else str(self._fs.unstrip_protocol(path))

    def _path(self, key: str) -> str:
        if not key or key.startswith("/") or "\\" in key or any(part in ("", ".", "..") for part in key.split("/")):
            raise InvalidInput(f"Not a key of the file store: {key!r}; expected names joined by '/'.")
        return f"{self._root.rstrip('/')}/{key}"

    @contextmanager
    def _translated(self, key: str) -> Iterator[str]:
        path = self._path(key)
        try:
            yield path
        except FileNotFoundError as error:
            raise NotFound(f"There is no object {key!r} in the file store.") from error
        except FileExistsError:
            raise
        except OSError as error:
            raise StorageUnavailable(f"The file store failed at {self._fs.unstrip_protocol(path)}: {error}") from error


def _write_beside(path: str, data: bytes) -> str:
    """Write to a temporary file in the same folder and make sure that it is on the disk."""
    folder, name = os.path.split(path)
    os.makedirs(folder, exist_ok=True)
    temporary = os.path.join(folder, f".tmp-{name[:60]}-{uuid.uuid4().hex}")
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    return temporary


def _link(temporary: str, path: str) -> None:
    """Give the temporary file its final name unless the name is taken (FileExistsError)."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links (FAT): nearly as good, but two writers may both win
        if os.path.exists(path):
            raise FileExistsError(path) from None
        os.replace(temporary, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
