"""Collections: clips that are explored together, and what is known about each."""

import json
import struct
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from podcast_core.client.connection import Connection
from podcast_core.errors import StorageUnavailable

_CODES = {"uint16": "H", "uint32": "I", "float32": "f"}


class Collection(TypedDict):
    """A collection; ``finished_at`` is None until all its clips are described."""

    id: str
    round_id: str
    name: str
    unit: str
    embedder: str
    window_s: float | None
    hop_s: float | None
    dimension: int
    clip_count: int
    created_at: str
    finished_at: str | None
    who: str


class CollectionAdded(TypedDict):
    """The id of a new collection, and that of the job that describes its clips."""

    collection_id: str
    job_id: str


@dataclass(frozen=True, slots=True)
class Column:
    """A value for each clip, in the order of numbers; of a category, places in ``categories`` (the last one: none)."""

    values: Sequence[float]
    categories: tuple[str, ...] = ()

    def tell(self) -> list[str | float]:
        """List the values as people read them."""
        return [self.categories[int(value)] for value in self.values] if self.categories else list(self.values)


class CollectionCalls(Connection):
    """Calls about collections."""

    def list_embedders(self) -> dict[str, str]:
        """List what can describe sounds, with a title each; the default comes first."""
        return {each["id"]: each["title"] for each in self._get("embedders")["items"]}

    def list_collections(self, round_id: str) -> list[Collection]:
        """List the collections of a round, the newest first."""
        found: list[Collection] = self._get("rounds", round_id, "collections")["items"]
        return found

    def add_collection(self, round_id: str, *, name: str, unit: str = "window", **options: Any) -> CollectionAdded:
        """Describe the sounds of a round, as a job.

        ``options`` are ``window_s``, ``hop_s``, ``embedder``, ``model`` (of predictions).
        """
        body = {"name": name, "unit": unit, **options}
        added: CollectionAdded = self._send("POST", ("rounds", round_id, "collections"), body)
        return added

    def add_table(
        self, round_id: str, *, name: str, rows: Sequence[Mapping[str, Any]], **options: Any
    ) -> CollectionAdded:
        """Add the audio that rows name (``audio``, ``label``, ``SUBSET``) to a round and describe it, as a job."""
        body = {"name": name, "rows": [dict(row) for row in rows], **options}
        added: CollectionAdded = self._send("POST", ("rounds", round_id, "collections", "table"), body)
        return added

    def get_collection(self, collection_id: str) -> Collection:
        """Get a collection."""
        found: Collection = self._get("collections", collection_id)
        return found

    def list_clips(self, collection_id: str, numbers: Sequence[int]) -> list[dict[str, Any]]:
        """List clips by their numbers."""
        query = {"numbers": ",".join(map(str, numbers))}
        found: list[dict[str, Any]] = self._get("collections", collection_id, "clips", query=query)["items"]
        return found

    def list_columns(self, collection_id: str) -> dict[str, str]:
        """List the columns of a collection, with what each holds: ``category`` or ``number``."""
        return {each["name"]: each["kind"] for each in self._get("collections", collection_id, "columns")["items"]}

    def get_column(self, collection_id: str, name: str) -> Column:
        """Get the values of all clips."""
        data = self._get_bytes("collections", collection_id, "columns", name)
        (length,) = struct.unpack_from("<I", data)
        header = json.loads(data[4 : 4 + length])
        values = array(_CODES[header["dtype"]], data[4 + length :])
        if len(values) != header["count"]:
            raise StorageUnavailable(f"Expected {header['count']} values of column {name}, found {len(values)}.")
        return Column(values, tuple(header.get("categories", ())))
