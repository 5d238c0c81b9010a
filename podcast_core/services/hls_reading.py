"""Bytes and names of an HLS archive by address: a path, ``s3://`` and its like, or ``http(s)://``."""

import http.client
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import fsspec

from podcast_core.errors import InvalidInput, NotFound, StorageUnavailable
from podcast_core.settings import Settings

LARGEST_BYTES = 64 * 10**6  # of a playlist or segment
FIRST_WAIT_S = 0.2
# Anybody may read these at Amazon without an account.
PUBLIC_BUCKETS = ("audio-orcasound-net", "streaming-orcasound-net", "archive-orcasound-net")

_Result = TypeVar("_Result")


class ArchiveUnavailable(StorageUnavailable):
    """The archive (not our own store) did not answer."""


def read_bytes(url: str, settings: Settings) -> bytes:
    """Read one object.

    Raises
    ------
    NotFound
        When it is not there, or may not be read: S3 answers "forbidden" for what it does not have.
    ArchiveUnavailable
        When it did not answer within the time and number of tries that the settings allow.
    """
    if url.startswith(("http://", "https://")):
        return _try_again(url, settings, lambda: _read_web(url, settings))
    if "://" not in url:
        return _try_again(url, settings, lambda: Path(url).read_bytes())
    return _try_again(url, settings, lambda: _read_store(url, settings))


def list_names(url: str, settings: Settings) -> list[str]:
    """List the names in a folder; empty when there is none, or when a web server does not list."""
    try:
        if url.startswith(("http://", "https://")):
            page = read_bytes(f"{url}/", settings).decode(errors="replace")
            return [each.strip("/") for each in re.findall(r'href="([^"?#]+)"', page)]
        if "://" not in url:
            return [each.name for each in Path(url).iterdir() if each.is_dir()]
        names = _try_again(url, settings, lambda: _list_store(url, settings))
    except (NotFound, FileNotFoundError, NotADirectoryError):
        return []
    return [each.rstrip("/").rpartition("/")[2] for each in names]


def _try_again(url: str, settings: Settings, read: Callable[[], _Result]) -> _Result:
    """Try as often as the settings say, with growing waits; what is not there is not asked for again."""
    for attempt in range(settings.storage_attempts):
        if attempt:
            time.sleep(FIRST_WAIT_S * 2 ** (attempt - 1))
        try:
            return read()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise NotFound(f"There is no {url}.") from error
        except PermissionError as error:
            raise NotFound(f"{url} may not be read, or is not there.") from error
        except OSError as error:  # timeouts, connections that broke, "slow down"
            cause = error
    tries = settings.storage_attempts
    raise ArchiveUnavailable(f"{url} could not be read, tried {tries} times: {type(cause).__name__}: {cause}")


def _read_web(url: str, settings: Settings) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=settings.storage_timeout_s) as answer:
            data: bytes = answer.read(LARGEST_BYTES + 1)
    except urllib.error.HTTPError as error:
        with error:
            if error.code in (403, 404, 410):
                raise FileNotFoundError(url) from error
            raise
    except http.client.HTTPException as error:  # the answer broke off
        raise OSError(f"{type(error).__name__}: {error}") from error
    if len(data) > LARGEST_BYTES:
        raise InvalidInput(f"{url} is larger than {LARGEST_BYTES // 10**6} MB: not a playlist or a segment.")
    return data


def _open_store(url: str, settings: Settings) -> tuple[Any, str]:
    options: dict[str, Any] = {}
    if url.startswith("s3://"):
        bucket = url.removeprefix("s3://").partition("/")[0]
        is_public = bucket in PUBLIC_BUCKETS
        options["anon"] = is_public or settings.storage_anonymous
        if settings.storage_endpoint_url and not is_public:
            options["client_kwargs"] = {"endpoint_url": settings.storage_endpoint_url}
        seconds = settings.storage_timeout_s
        options["config_kwargs"] = {"connect_timeout": seconds, "read_timeout": seconds}
    try:
        return fsspec.core.url_to_fs(url, **options)  # type: ignore[no-any-return]
    except (ValueError, ImportError) as error:
        raise InvalidInput(f"The address {url!r} cannot be opened: {error}") from error


def _read_store(url: str, settings: Settings) -> bytes:
    files, path = _open_store(url, settings)
    data: bytes = files.cat_file(path)
    return data


def _list_store(url: str, settings: Settings) -> list[str]:
    files, path = _open_store(url, settings)
    names: list[str] = files.ls(path, detail=False, refresh=True)
    return names
