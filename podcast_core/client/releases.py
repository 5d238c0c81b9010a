"""Releases: looked at, checked, taken out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from podcast_core.client.connection import Connection

Json = dict[str, Any]


class ReleaseCalls(Connection):
    """Calls about releases."""

    def list_releases(self, **filters: str) -> Iterator[Json]:
        """List releases by name, the newest version first; the filter is ``name``."""
        return self._list(("releases",), filters)

    def get_release(self, name: str, version: str) -> Json:
        """Get a release with its files."""
        found: Json = self._get("releases", name, version)
        return found

    def check_release(self, name: str, version: str) -> list[str]:
        """Compare the files of a release with their checksums; returns what is wrong."""
        problems: list[str] = self._get("releases", name, version, "check")["problems"]
        return problems

    def download_release(self, name: str, version: str, out: str | Path) -> Path:
        """Write a release as a ZIP archive."""
        return self._download(("releases", name, version, "zip"), {}, out)

    def download_file(self, name: str, version: str, path: str, out: str | Path) -> Path:
        """Write one file of a release."""
        return self._download(("releases", name, version, "files", *path.split("/")), {}, out)
