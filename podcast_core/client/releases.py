"""Releases: previewed, looked at, compared, checked, taken out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from podcast_core.client.connection import Connection
from podcast_core.wire.releases import Check, Comparison, Release, ReleaseDetails, ReleasePlan


class ReleaseCalls(Connection):
    """Calls about releases."""

    def list_releases(self, **filters: str) -> Iterator[Release]:
        """List releases by name, the newest version first; the filter is ``name``."""
        return self._list(Release, ("releases",), filters)

    def get_release(self, name: str, version: str) -> ReleaseDetails:
        """Get a release with its files."""
        return self._get(ReleaseDetails, "releases", name, version)

    def check_release(self, name: str, version: str) -> list[str]:
        """Compare the files of a release with their checksums; returns what is wrong."""
        return self._get(Check, "releases", name, version, "check").problems

    def download_release(self, name: str, version: str, out: str | Path) -> Path:
        """Write a release as a ZIP archive."""
        return self._download(("releases", name, version, "zip"), {}, out)

    def download_file(self, name: str, version: str, path: str, out: str | Path) -> Path:
        """Write one file of a release."""
        return self._download(("releases", name, version, "files", *path.split("/")), {}, out)

    def preview_release(self, **params: Any) -> ReleasePlan:
        """Tell what a release would hold; ``name``, ``round_ids`` and ``licence`` are needed."""
        return self._send(ReleasePlan, "POST", ("releases", "preview"), params)

    def compare_releases(self, older: str, newer: str) -> Comparison:
        """Compare two releases, each ``NAME/VERSION``."""
        return self._get(Comparison, "releases", "compare", query={"older": older, "newer": newer})
