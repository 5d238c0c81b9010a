"""Releases: previewed, looked at, compared, checked, taken out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

from podcast_core.client.connection import Connection
from podcast_core.client.statistics import Agreement


class Split(TypedDict):
    """What one split holds."""

    sessions: int
    recordings: int
    groups: int
    duration_s: float
    labels: dict[str, int]
    label_sessions: dict[str, int]
    label_s: dict[str, float]
    outcomes: dict[str, int]


class Release(TypedDict):
    """A release, without the list of its sessions and files."""

    id: str
    name: str
    version: str
    title: str
    held_out: list[str]
    splits: dict[str, Split]
    size_bytes: int


class ReleaseFile(TypedDict):
    """A file of a release."""

    path: str
    bytes: int
    sha256: str


class ReleaseDetails(Release):
    """A release with its files."""

    files: list[ReleaseFile]


class ReleasePlan(TypedDict):
    """A release before it is made: ``problems`` forbid it, ``warnings`` do not."""

    splits: dict[str, Split]
    left_out: dict[str, int]
    based_on: str
    problems: list[str]
    warnings: list[str]
    agreement: Agreement


class Move(TypedDict):
    """A session that is in another split now."""

    session: str
    before: str
    now: str


class Change(TypedDict):
    """A number in the older and in the newer release."""

    before: int
    now: int


class ParameterChange(TypedDict):
    """What was asked of each release."""

    before: Any
    now: Any


class Comparison(TypedDict):
    """What is different in the newer of two releases."""

    older: str
    newer: str
    is_same: bool
    recordings_added: list[str]
    recordings_removed: list[str]
    sessions_added: list[str]
    sessions_removed: list[str]
    sessions_changed: list[str]
    moved: list[Move]
    labels: dict[str, Change]
    splits: dict[str, Change]
    parameters: dict[str, ParameterChange]


class ReleaseCalls(Connection):
    """Calls about releases."""

    def list_releases(self, **filters: str) -> Iterator[Release]:
        """List releases by name, the newest version first; the filter is ``name``."""
        return self._list(("releases",), filters)

    def get_release(self, name: str, version: str) -> ReleaseDetails:
        """Get a release with its files."""
        found: ReleaseDetails = self._get("releases", name, version)
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

    def preview_release(self, **params: Any) -> ReleasePlan:
        """Tell what a release would hold; ``name``, ``round_ids`` and ``licence`` are needed."""
        plan: ReleasePlan = self._send("POST", ("releases", "preview"), params)
        return plan

    def compare_releases(self, older: str, newer: str) -> Comparison:
        """Compare two releases, each ``NAME/VERSION``."""
        found: Comparison = self._get("releases", "compare", query={"older": older, "newer": newer})
        return found
