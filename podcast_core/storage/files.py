"""The file store: bytes by key in a local folder, an S3 bucket or any other fsspec file system."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Protocol

import fsspec
from fsspec.implementations.local import LocalFileSystem

from podcast_core.errors import InvalidInput, NoSpace, NotFound, StorageUnavailable, is_full
from podcast_core.remote.access import Remote, split_s3
from podcast_core.remote.places import Place
from podcast_core.settings import read_settings
from podcast_core.storage import folder
from podcast_core.storage.space import check_room

# What people say: it is kept as long as there is a byte left. All else leaves a reserve for it.
LABELS = re.compile(
    r"rounds/[^/]+/(round|submissions|batches|reviews)/.*|acts/.*|bulk/.*"
    r"|explore/[^/]+/(acts|rules|draws|heard)/.*|vocal-annotations/.*"
)
# What can be computed again, by its exact names. Nothing else can be removed from a store.
COMPUTED = tuple(
    re.compile(each)
    for each in (
        r"pictures/[0-9a-f]{2}/[0-9a-f]{64}/[0-9a-f]{24}\.(jpg|json|peaks|background|segments)",
        r"recording-pictures/[0-9a-f]{64}/[0-9a-f]{24}/(levels\.json|[0-9]+\.(jpg|png))",
        r"vocal-levels/[0-9a-f]{64}/[0-9a-f]{24}\.json",
        r"bat-pictures/[0-9a-f]{64}/v[0-9]+-c[0-9]+-[0-9]+kHz/(tile|snr|original)-[0-9]+\.jpg",
    )
)


def is_computed(key: str) -> bool:
    """Tell whether what lies under a key can be computed again."""
    return any(each.fullmatch(key) for each in COMPUTED)


class _Objects(Protocol):
    """Where objects are; paths are absolute. Raises OSError or PodcastError."""

    def exists(self, path: str) -> bool: ...
    def read(self, path: str) -> bytes: ...
    def write(self, path: str, data: bytes) -> None: ...
    def add(self, path: str, data: bytes) -> None: ...  # FileExistsError when there is one
    def add_file(self, path: str, file: BinaryIO) -> None: ...  # FileExistsError when there is one
    def remove(self, path: str) -> None: ...
    def list(self, path: str) -> list[str]: ...
    def place(self, path: str) -> str | Place: ...


class FileStore:
    """Objects by key (``a/b/c.json``). A key exists only when its object is complete.

    Parameters
    ----------
    url
        A folder, ``s3://bucket/prefix``, or any other fsspec URL.
    remote
        How S3 is reached; None: as the settings say.
    least_free_bytes
        How much of a local disk is left for labels.
    """

    def __init__(self, url: str, remote: Remote | None = None, *, least_free_bytes: int = 0) -> None:
        self._objects: _Objects
        self._least_free_bytes = least_free_bytes
        if url.startswith("s3://"):
            self._root = url.rstrip("/")
            if not split_s3(url)[0]:
                raise InvalidInput(f"PODCAST_STORAGE_URL cannot be used: expected s3://bucket/prefix, found {url!r}.")
            self._objects = _S3Objects(remote or Remote(read_settings()))
            return
        try:
            system, root = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError) as error:
            raise InvalidInput(f"PODCAST_STORAGE_URL cannot be used: {url!r}: {error}") from error
        self._root = root.rstrip("/")
        self._objects = folder.Folder() if isinstance(system, LocalFileSystem) else _FsspecObjects(system)

    def exists(self, key: str) -> bool:
        """Tell whether there is an object."""
        with self._translated(key) as path:
            return self._objects.exists(path)

    def read(self, key: str) -> bytes:
        """Read an object.

        Raises
        ------
        NotFound
            When there is none.
        """
        with self._translated(key) as path:
            return self._objects.read(path)

    def write(self, key: str, data: bytes) -> None:
        """Write or replace an object: readers see the old or the new one, never a part."""
        self.check_room(len(data), key)
        with self._translated(key) as path:
            self._objects.write(path, data)

    def add(self, key: str, data: bytes) -> bytes:
        """Write an object that never changes: the first one wins.

        Returns
        -------
        bytes
            What is stored under the key now: ``data``, or what was there before.
        """
        self.check_room(len(data), key)
        with self._translated(key) as path:
            try:
                self._objects.add(path, data)
            except FileExistsError:
                return self._objects.read(path)
            return data

    def add_file(self, key: str, file: BinaryIO) -> bool:
        """Write a large object that never changes from an open file; False when there was one already."""
        self.check_room(_measure(file), key)
        with self._translated(key) as path:
            try:
                self._objects.add_file(path, file)
            except FileExistsError:
                return False
            return True

    def remove_computed(self, key: str) -> None:
        """Remove an object that can be computed again; facts are never removed (ValueError)."""
        if not is_computed(key):
            raise ValueError(f"{key!r} cannot be computed again.")
        with self._translated(key) as path:
            self._objects.remove(path)

    def check_room(self, byte_count: int = 0, key: str = "") -> None:
        """Look whether a local disk has room for so many bytes more; a bucket has.

        Raises
        ------
        NoSpace
            When it has not. For labels there always is, until the disk itself refuses.
        """
        if isinstance(self._objects, folder.Folder) and not LABELS.fullmatch(key):
            check_room(self._root, byte_count, self._least_free_bytes)

    def list(self, prefix: str) -> list[str]:
        """List the keys below a prefix (a folder such as ``rounds/demo``), sorted."""
        with self._translated(prefix) as path:
            found = self._objects.list(path)
        return sorted(name.removeprefix(self._root).removeprefix("/") for name in found)  # the root may be empty

    def url(self, key: str) -> str | Place:
        """Name an object so that audio code can open it."""
        return self._objects.place(self._path(key))

    def _path(self, key: str) -> str:
        if not key or key.startswith("/") or "\\" in key or any(part in ("", ".", "..") for part in key.split("/")):
            raise InvalidInput(f"Not a key of the file store: {key!r}; expected names joined by '/'.")
        return f"{self._root}/{key}"

    @contextmanager
    def _translated(self, key: str) -> Iterator[str]:
        path = self._path(key)
        try:
            yield path
        except (FileNotFoundError, NotFound) as error:
            raise NotFound(f"There is no object {key!r} in the file store.") from error
        except (OSError, InvalidInput) as error:  # a bucket that may not be used: the caller's key is right
            failed = NoSpace if is_full(error) else StorageUnavailable
            raise failed(f"The file store failed at {path}: {error}") from error


def _measure(file: BinaryIO) -> int:
    """Count what is left of a file."""
    here = file.tell()
    size = file.seek(0, os.SEEK_END) - here
    file.seek(here)
    return size


class _S3Objects:
    """Objects in a bucket: a PUT is complete or absent, and a conditional one keeps what was there."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._buckets = remote.buckets

    def exists(self, path: str) -> bool:
        return self._buckets.exists(*split_s3(path))

    def read(self, path: str) -> bytes:
        return self._buckets.read(*split_s3(path))

    def write(self, path: str, data: bytes) -> None:
        self._buckets.write(*split_s3(path), data)

    def add(self, path: str, data: bytes) -> None:
        self._buckets.write(*split_s3(path), data, only_new=True)

    def add_file(self, path: str, file: BinaryIO) -> None:
        self._buckets.write_file(*split_s3(path), file, only_new=True)

    def remove(self, path: str) -> None:
        self._buckets.remove(*split_s3(path))

    def list(self, path: str) -> list[str]:
        bucket, key = split_s3(path)
        return [f"s3://{bucket}/{name}" for name, _ in self._buckets.list(bucket, f"{key}/")]

    def place(self, path: str) -> Place:
        return self._remote.place(path)


class _FsspecObjects:
    """Objects on another of fsspec's file systems, with its promises."""

    def __init__(self, system: Any) -> None:
        self._system = system

    def exists(self, path: str) -> bool:
        return bool(self._system.isfile(path))

    def read(self, path: str) -> bytes:
        data: bytes = self._system.cat_file(path)
        return data

    def write(self, path: str, data: bytes) -> None:
        self._system.pipe_file(path, data)

    def add(self, path: str, data: bytes) -> None:
        self._system.pipe_file(path, data, mode="create")

    def add_file(self, path: str, file: BinaryIO) -> None:
        self.add(path, file.read())

    def remove(self, path: str) -> None:
        self._system.rm_file(path)

    def list(self, path: str) -> list[str]:
        self._system.invalidate_cache()  # other machines write here, too
        found: list[str] = self._system.find(path)
        return found

    def place(self, path: str) -> Place:
        return Place(str(self._system.unstrip_protocol(path)), lambda: self._system.open(path, "rb"))
