"""Subsets of a collection."""

import uuid
from collections.abc import Sequence
from typing import Any

from podcast_core.client.bulk import plain
from podcast_core.client.connection import Connection
from podcast_core.wire.subsets import ClipActDone, Subsets


class SubsetCalls(Connection):
    """Calls that move clips; each act has an id, so that a second try changes nothing."""

    def count_subsets(self, collection_id: str) -> Subsets:
        """Count clips by label and subset."""
        return self._get(Subsets, "collections", collection_id, "subsets")

    def act_on_clips(self, collection_id: str, deed: str, numbers: Sequence[int] = (), **told: Any) -> ClipActDone:
        """Move clips between subsets, or put them out of sight and back.

        ``deed`` is *subset* (``subset``, ``only_labelled``), *evict*, *restore*, *deduplicate*, *balance* (``subset``,
        ``per_label``, ``seed``) or *undo* (``undoes``: the id of such an act).
        """
        body = {"id": str(uuid.uuid4()), "deed": deed, "numbers": plain(numbers), **told}
        return self._send(ClipActDone, "POST", ("collections", collection_id, "acts"), body)
