"""ZIP archives that are made while they are sent: what is in memory is one file of them."""

import io
import zipfile
from collections.abc import Iterable, Iterator

OLDEST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the same files give the same bytes


class _Pipe(io.RawIOBase):
    """Keeps what was written until it is taken."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, block: object) -> int:
        data = bytes(block)  # type: ignore[call-overload]  # zipfile writes bytes only
        self._blocks.append(data)
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._blocks)
        self._blocks.clear()
        return taken


def pack(folder: str, files: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """Pack files into a folder in a ZIP archive; FLAC goes in as it is, for it does not get smaller.

    Parameters
    ----------
    folder
        Its name.
    files
        Paths below it and contents, read one by one as the archive is taken.

    Yields
    ------
    bytes
        The archive in parts, at least one per file. The same files give the same bytes.
    """
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:
        for path, data in files:
            info = zipfile.ZipInfo(f"{folder}/{path}", OLDEST_ZIP_TIME)
            archive.writestr(info, data, zipfile.ZIP_STORED if path.endswith(".flac") else zipfile.ZIP_DEFLATED)
            yield pipe.take()
    yield pipe.take()
