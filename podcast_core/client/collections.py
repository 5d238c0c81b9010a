"""Collections: clips that are explored together, and what is known about each."""

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from podcast_core.client.connection import Connection
from podcast_core.wire.collections import ClipColumns, Clips, Collection, CollectionAdded, CollectionVersion, Embedders

_CODES = {"uint16": "H", "uint32": "I", "float32": "f"}


class CollectionCalls(Connection):
    """Calls about collections."""

    def list_embedders(self) -> Embedders:
        """List what can describe sounds on the server."""
        return self._get(Embedders, "embedders")

    def list_collections(self, round_id: str) -> Iterator[Collection]:
        """List the collections of a round, the newest first."""
        return self._list(Collection, ("rounds", round_id, "collections"), {})

    def add_collection(self, round_id: str, *, name: str, unit: str = "window", **options: Any) -> CollectionAdded:
        """Describe the sounds of a round, as a job.

        ``options`` are ``window_s``, ``hop_s``, ``embedder``, ``model`` (of predictions).
        """
        body = {"name": name, "unit": unit, **options}
        return self._send(CollectionAdded, "POST", ("rounds", round_id, "collections"), body)

    def add_table(
        self, round_id: str, *, name: str, rows: Sequence[Mapping[str, Any]], **options: Any
    ) -> CollectionAdded:
        """Add the audio that rows name to a round and describe it, as a job.

        Rows have ``audio``, ``label`` and ``SUBSET``, such as those of ``frame.to_dict("records")``; other names are
        told by the options ``audio_column``, ``label_column`` and ``subset_column``. The token is an administrator's: a
        table adds recordings and labels.
        """
        body = {"name": name, "rows": [dict(row) for row in rows], **options}
        return self._send(CollectionAdded, "POST", ("rounds", round_id, "collections", "table"), body)

    def get_collection(self, collection_id: str) -> Collection:
        """Get a collection."""
        return self._get(Collection, "collections", collection_id)

    def get_collection_version(self, collection_id: str) -> CollectionVersion:
        """Tell whether anything about a collection has changed since another version."""
        return self._get(CollectionVersion, "collections", collection_id, "version")

    def list_clips(self, collection_id: str, numbers: Sequence[int]) -> Clips:
        """List clips by their numbers."""
        query = {"numbers": ",".join(map(str, numbers))}
        return self._get(Clips, "collections", collection_id, "clips", query=query)

    def list_columns(self, collection_id: str) -> ClipColumns:
        """List what is known of every clip."""
        return self._get(ClipColumns, "collections", collection_id, "columns")

    def get_column(self, collection_id: str, name: str, out: str | Path) -> Path:
        """Write the values of all clips to a file, as the server packs them; `read_column` reads them."""
        return self._download(("collections", collection_id, "columns", name), {}, out)

    def read_column(self, collection_id: str, name: str) -> list[str | float]:
        """Read a value for each clip, in the order of numbers: text, empty where there is none, or a number or NaN."""
        data = self._get_bytes("collections", collection_id, "columns", name)
        (length,) = struct.unpack_from("<I", data)
        header = json.loads(data[4 : 4 + length])
        values = struct.unpack_from(f"<{header['count']}{_CODES[header['dtype']]}", data, 4 + length)
        return [header["categories"][value] for value in values] if "categories" in header else list(values)
