"""Bytes and names of an HLS archive by address: a path, ``s3://`` or ``http(s)://``."""

import re
from pathlib import Path

from podcast_core.errors import InvalidInput, NotFound, StorageUnavailable
from podcast_core.plain_files import read_regular
from podcast_core.remote.access import Remote, is_url

MAX_BYTES = 64_000_000  # of a playlist or a segment, as `Remote.read` has it


class ArchiveUnavailable(StorageUnavailable):
    """The archive (not our own store) did not answer."""


class Reader:
    """Reads archives, wherever they are."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def read(self, url: str) -> bytes:
        """Read one object.

        Raises
        ------
        NotFound
            When it is not there.
        InvalidInput
            When it may not be read, or is far too large for a playlist or segment.
        ArchiveUnavailable
            When it did not come within the time and number of tries that the settings allow.
        """
        try:
            return self._remote.read(url) if is_url(url) else _read_file(url)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotFound(f"There is no {url}.") from error
        except PermissionError as error:
            raise InvalidInput(f"No permission to read {url}.") from error
        except (StorageUnavailable, OSError) as error:
            raise ArchiveUnavailable(str(error)) from error

    def list_names(self, url: str) -> list[str]:
        """List the folders in a folder; empty when there is none, or when a web server does not list.

        Raises
        ------
        ArchiveUnavailable
            When nobody answers.
        """
        try:
            if not is_url(url):
                return [each.name for each in Path(url).iterdir() if each.is_dir()]
            if url.startswith("s3://"):
                return self._remote.list_folders(url)
            page = self.read(f"{url}/").decode(errors="replace")
        except (NotFound, FileNotFoundError, NotADirectoryError):
            return []
        except StorageUnavailable as error:
            raise ArchiveUnavailable(str(error)) from error
        except InvalidInput:
            if url.startswith("s3://"):
                raise
            return []  # many web servers forbid lists
        return [each.rstrip("/").rpartition("/")[2] for each in re.findall(r'href="([^"?#]+)"', page)]


def _read_file(path: str) -> bytes:
    data = read_regular(path, MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InvalidInput(f"{path} is far too large for a playlist or a segment ({MAX_BYTES / 1e6:,.0f} MB).")
    return data
