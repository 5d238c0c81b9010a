"""Labels for many clips of a collection in one go, selections and the quick check."""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from podcast_core.client.connection import Connection
from podcast_core.wire.bulk import BulkDone, Kept, ListedBulkAct, Purity, QuickCheck, Selection


class BulkCalls(Connection):
    """Calls about many clips at once; each act has an id, so that a second try changes nothing."""

    def act_in_bulk(
        self,
        collection_id: str,
        numbers: Sequence[int],
        label: str = "",
        *,
        deed: str = "label",
        how: str = "table",
        **told: Any,
    ) -> BulkDone:
        """Give clips a label (``deed`` *label*), or take theirs off (*remove*; only ``label``, if one is given).

        ``how`` the clips were selected is kept: lasso, box, search, rule, click, table or classifier. Also told may be
        how many were ``heard`` before, how many of those ``agreed``, and the ``annotator``.
        """
        body = {"id": str(uuid.uuid4()), "numbers": plain(numbers), "label": label, "deed": deed, "how": how, **told}
        return self._send(BulkDone, "POST", ("collections", collection_id, "bulk"), body)

    def undo_bulk(self, act_id: str, *, annotator: str | None = None) -> BulkDone:
        """Take a bulk act back; an undo, too."""
        body = {"id": str(uuid.uuid4()), "annotator": annotator}
        return self._send(BulkDone, "POST", ("bulk", act_id, "undo"), body)

    def list_bulk_acts(self, round_id: str) -> Iterator[ListedBulkAct]:
        """List what was done in bulk in a round, the newest first."""
        return self._list(ListedBulkAct, ("rounds", round_id, "bulk"), {})

    def get_selection(self, collection_id: str) -> Selection:
        """Get what you have selected on a map."""
        return self._get(Selection, "collections", collection_id, "selection")

    def keep_selection(self, collection_id: str, numbers: Sequence[int]) -> Kept:
        """Keep a selection, which a map that is opened shows."""
        return self._send(Kept, "PUT", ("collections", collection_id, "selection"), {"numbers": plain(numbers)})

    def check_selection(
        self, collection_id: str, numbers: Sequence[int], *, count: int = 5, farthest: int = 8, seed: int = 0
    ) -> QuickCheck:
        """Choose which clips of a selection are to be heard before it is labelled."""
        body = {"numbers": plain(numbers), "count": count, "farthest": farthest, "seed": seed}
        return self._send(QuickCheck, "POST", ("collections", collection_id, "quick-check"), body)

    def get_purity(self, collection_id: str, *, heard: int, agreed: int) -> Purity:
        """Estimate which share of a selection fits, when so many of those that were heard did."""
        query = {"heard": heard, "agreed": agreed}
        return self._get(Purity, "collections", collection_id, "quick-check", "purity", query=query)


def plain(numbers: Sequence[int]) -> list[int]:
    """Make a list of what may be an array or a column of a table."""
    return [int(each) for each in numbers]
