"""Access to files at URLs as the settings allow it: read in part, fetched as a whole, listed."""

import hashlib
import os
import shutil
import tempfile
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from podcast_core.errors import InvalidInput, NoSpace, NotFound, StorageUnavailable, is_full
from podcast_core.progress import tell_nobody
from podcast_core.remote.addresses import check_url
from podcast_core.remote.blocks import BlockCache, WholeOnly, open_parts
from podcast_core.remote.limits import Limits
from podcast_core.remote.parts import Part
from podcast_core.remote.places import Place
from podcast_core.remote.s3 import READ_BYTES, Buckets
from podcast_core.remote.web import Web, check_size
from podcast_core.settings import Settings

# Orcasound's: anybody may read these at Amazon.
PUBLIC_BUCKETS = frozenset({"audio-orcasound-net", "streaming-orcasound-net", "archive-orcasound-net"})
WHOLE_FILES = 2  # that are kept of servers which do not send parts

OnBytes = Callable[[int, int | None], None]


def is_url(uri: str) -> bool:
    """Tell a URL from a path or a name in the file store."""
    return "://" in uri


def split_s3(url: str) -> tuple[str, str]:
    """Take ``s3://bucket/key`` apart; a key may hold any character."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, key


def name_file(url: str) -> str:
    """Say what a file at a URL is called."""
    path = split_s3(url)[1] if url.startswith("s3://") else unquote(urlsplit(url).path)
    return path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was fetched. ``url`` is where redirects led, ``file_name`` the last part of what was asked for."""

    url: str
    file_name: str
    size_bytes: int
    sha256: str


class Remote:
    """Files at ``https://``, ``http://`` and ``s3://`` addresses."""

    def __init__(self, settings: Settings) -> None:
        self.buckets = Buckets(settings)
        self._public = Buckets(settings.model_copy(update={"storage_anonymous": True, "storage_endpoint_url": ""}))
        self._limits = Limits.of(settings)
        self._web = Web(self._limits)
        self._cache = BlockCache()
        self._whole = _WholeFiles()

    def place(self, url: str) -> Place:
        """Name a file so that the audio layer can open it; InvalidInput when it is no address we fetch."""
        check_url(url)
        return Place(url, lambda: self.open(url))

    def open(self, url: str) -> BinaryIO:
        """Open a file of which only the parts that are read are fetched, where the server knows parts.

        Raises
        ------
        NotFound, InvalidInput, StorageUnavailable
            With the URL and the cause; also later, while reading.
        """
        wait_s = self._limits.timeout_s
        if check_url(url).scheme == "s3":
            bucket, key = split_s3(url)
            buckets = self._buckets_of(bucket)
            return open_parts(url, lambda start, end: buckets.read_part(bucket, key, start, end), self._cache, wait_s)
        known = self._whole.find(url)
        if known is not None:
            return known
        try:
            return open_parts(url, lambda start, end: self._read_part(url, start, end), self._cache, wait_s)
        except WholeOnly:
            return self._whole.add(url, lambda file: self.fetch(url, file))

    def read(self, url: str, *, largest_bytes: int = 64_000_000) -> bytes:
        """Read a small file as a whole, such as a playlist; raises as `fetch`."""
        sink = _MemorySink(url, largest_bytes)
        if check_url(url).scheme == "s3":
            self._fetch_object(url, sink)
        else:
            self._web.fetch(url, sink)
        return bytes(sink.data)

    def fetch(self, url: str, file: BinaryIO, *, on_bytes: OnBytes = tell_nobody) -> Fetched:
        """Fetch a whole file into an open one, from its start.

        Parameters
        ----------
        on_bytes
            Called with the bytes that came and the bytes in all, if the server says how many there are.

        Raises
        ------
        InvalidInput
            When it is too large, may not be read, or its address is not one that is fetched.
        NotFound, StorageUnavailable
            When it is not there, does not come, or cannot be written.
        """
        sink = _FileSink(file, on_bytes)
        found = url
        if check_url(url).scheme == "s3":
            self._fetch_object(url, sink)
        else:
            found = self._web.fetch(url, sink)
        sink.finish()
        return Fetched(found, name_file(url), sink.received, sink.digest.hexdigest())

    def exists(self, url: str) -> bool:
        """Tell whether there is a file; raises as `open`."""
        if check_url(url).scheme == "s3":
            bucket, key = split_s3(url)
            return self._buckets_of(bucket).exists(bucket, key)
        try:
            self.open(url).close()
        except NotFound:
            return False
        return True

    def list_files(self, url: str) -> list[tuple[str, int]]:
        """List the files below a folder in a bucket (``s3://bucket/folder``): URL and size in bytes, sorted.

        Raises
        ------
        InvalidInput
            For another address.
        """
        if check_url(url).scheme != "s3":
            raise InvalidInput(f"Only folders in buckets can be listed, found {url!r}.")
        bucket, key = split_s3(url)
        prefix = f"{key.rstrip('/')}/" if key.strip("/") else ""
        return sorted((f"s3://{bucket}/{name}", size) for name, size in self._buckets_of(bucket).list(bucket, prefix))

    def list_folders(self, url: str) -> list[str]:
        """List the names of the folders directly in a folder of a bucket, without the files in them."""
        bucket, key = split_s3(url)
        return self._buckets_of(bucket).list_folders(bucket, f"{key.rstrip('/')}/" if key.strip("/") else "")

    def _buckets_of(self, bucket: str) -> Buckets:
        """Ask Amazon without an account for what is public there, whatever server the file store is on."""
        return self._public if bucket in PUBLIC_BUCKETS else self.buckets

    def _read_part(self, url: str, start: int, end: int) -> Part | None:
        part = self._web.read_part(url, start, end)
        if part is not None:
            check_size(url, part.total, self._limits.largest_bytes)
        return part

    def _fetch_object(self, url: str, sink: "_FileSink | _MemorySink") -> None:
        bucket, key = split_s3(url)
        buckets = self._buckets_of(bucket)
        start, version = 0, ""
        while True:
            part = buckets.read_part(bucket, key, start, start + READ_BYTES, version)
            if not start:
                check_size(url, part.total, self._limits.largest_bytes)
                sink.restart(part.total)
            sink.add(part.data)
            start, version = start + len(part.data), part.version
            if start >= part.total:
                return


@contextmanager
def _writing() -> Iterator[None]:
    """Say that it was the disk, not the network, that failed."""
    try:
        yield
    except OSError as error:
        kind = NoSpace if is_full(error) else StorageUnavailable
        raise kind(f"What was fetched cannot be written: {error}.") from error


class _FileSink:
    """Writes what comes to a file, and counts and hashes it."""

    def __init__(self, file: BinaryIO, on_bytes: OnBytes) -> None:
        self._file, self._on_bytes = file, on_bytes
        self.restart(None)

    def restart(self, total: int | None) -> None:
        """Begin (again)."""
        self._total = total
        self.received = 0
        self.digest = hashlib.sha256()
        self._file.seek(0)
        self._file.truncate()

    def add(self, piece: bytes) -> None:
        """Write the next piece."""
        with _writing():
            self._file.write(piece)
        self.digest.update(piece)
        self.received += len(piece)
        self._on_bytes(self.received, self._total)

    def finish(self) -> None:
        """Write what is left in buffers."""
        with _writing():
            self._file.flush()


class _MemorySink:
    """Keeps what comes in the memory, up to a size."""

    def __init__(self, url: str, largest_bytes: int) -> None:
        self._url, self._largest_bytes = url, largest_bytes
        self.data = bytearray()

    def restart(self, _total: int | None) -> None:
        """Begin (again)."""
        self.data.clear()

    def add(self, piece: bytes) -> None:
        """Keep the next piece."""
        self.data += piece
        if len(self.data) > self._largest_bytes:
            raise InvalidInput(f"{self._url} is larger than {self._largest_bytes:,} bytes.")


class _WholeFiles:
    """The last few files that could be had as a whole only, in a folder that goes when the process ends."""

    def __init__(self) -> None:
        self._paths: OrderedDict[str, str] = OrderedDict()
        self._folder = ""
        self._lock = Lock()

    def find(self, url: str) -> BinaryIO | None:
        """Open a file that was fetched before."""
        with self._lock, suppress(KeyError, OSError):
            self._paths.move_to_end(url)
            return open(self._paths[url], "rb")
        return None

    def add(self, url: str, fetch: Callable[[BinaryIO], Fetched]) -> BinaryIO:
        """Fetch a file and open it."""
        with _writing(), self._lock:
            if not self._folder:
                self._folder = tempfile.mkdtemp(prefix="podcast-")
                weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
            handle, path = tempfile.mkstemp(dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as file:
                fetch(file)
            opened = open(path, "rb")  # noqa: SIM115  # the caller closes it
        except BaseException:
            os.unlink(path)
            raise
        with self._lock:
            self._drop(url)
            self._paths[url] = path
            while len(self._paths) > WHOLE_FILES:
                self._drop(next(iter(self._paths)))
        return opened

    def _drop(self, url: str) -> None:
        path = self._paths.pop(url, None)
        if path is not None:
            with suppress(OSError):  # Windows keeps it while somebody reads it
                os.unlink(path)
