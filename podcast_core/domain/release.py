"""Releases: what the manifest of one says, how one is split, and what is kept together."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Release:
    """A complete release: its manifest, with names for what is asked most."""

    document: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The data set's name."""
        return str(self.document["name"])

    @property
    def version(self) -> str:
        """The version, as text."""
        return str(self.document["version"])

    @property
    def id(self) -> str:
        """``NAME/VERSION``."""
        return f"{self.name}/{self.version}"

    @property
    def title(self) -> str:
        """The data set's title."""
        return str(self.document["title"])

    @property
    def held_out(self) -> tuple[str, ...]:
        """The splits that models must not be trained on."""
        return tuple(self.document["held_out"])

    @property
    def sessions(self) -> list[dict[str, Any]]:
        """One entry per session that is in it, see `release_files.describe_item`."""
        return list(self.document["sessions"])

    @property
    def splits(self) -> Mapping[str, dict[str, Any]]:
        """The balance table: split -> the fields of `release_plan.Balance`, train first."""
        found = self.document["splits"]  # a manifest is sorted by name
        return {split: found[split] for split in SPLITS if split in found}

    @property
    def files(self) -> Mapping[str, dict[str, Any]]:
        """Path -> ``bytes`` and ``sha256`` of all files but the manifest itself."""
        return {each["path"]: each for each in self.document["files"]}

    @property
    def size_bytes(self) -> int:
        """The size of all files."""
        return sum(int(each["bytes"]) for each in self.document["files"])

    @property
    def digest(self) -> str:
        """The digest of all that it was made of."""
        return str(self.document["inputs"]["digest"])


SPLITS = ("train", "dev", "test")


class GroupBy(StrEnum):
    """What is kept together."""

    RECORDING = "recording"
    ENCOUNTER = "encounter"
    SITE = "site"
