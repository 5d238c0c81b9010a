"""Search in a collection."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from podcast_core.client.connection import Connection
from podcast_core.wire.search import Found


class SearchCalls(Connection):
    """Calls that look for clips."""

    def search_collection(self, collection_id: str, like: Sequence[int] = (), **options: Any) -> Found:
        """Rank clips by how alike they are to examples.

        ``options`` are ``unlike``, ``label``, ``box`` (``session_id``, ``start_s``, ``end_s``), ``filters``, ``k``,
        ``threshold``, ``within`` (base64 of a bit for each clip) and ``include_examples``: without it the examples are
        not found again.
        """
        body = {"like": [int(each) for each in like], **options}
        return self._send(Found, "POST", ("collections", collection_id, "search"), body)

    def search_by_sound(self, collection_id: str, path: str | Path, *, k: int = 50, **options: Any) -> Found:
        """Rank clips by how alike they are to an audio file of at most 60 s; options as of `search_collection`."""
        parts = ("collections", collection_id, "search", "sound")
        fields = {"search": json.dumps({**options, "k": k})}
        return self._upload(Found, parts, [path], fields, field="file")

    def find_clips(self, collection_id: str, filters: Sequence[Mapping[str, Any]], out: str | Path) -> Path:
        """Write to a file which clips all filters let through, as `get_column` does: a 1 or a 0 for each (uint8).

        A filter has ``column`` with ``values``, or with ``low`` and ``high``; or ``text``, which may be a regular
        expression (``is_pattern``).
        """
        parts = ("collections", collection_id, "search", "clips")
        return self._download(parts, {}, out, body={"filters": [dict(each) for each in filters]})
