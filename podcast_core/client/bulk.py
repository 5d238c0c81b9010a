"""Labels for many clips of a collection in one go, subsets, selections and the quick check."""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any, TypedDict

from podcast_core.client.connection import Connection


class BulkAct(TypedDict):
    """Something that was done in bulk. ``left`` were not changed though they were asked for."""

    id: str
    round_id: str
    collection_id: str
    deed: str
    label: str
    how: str
    who: str
    clip_count: int
    changed: int
    left: int
    heard: int
    agreed: int
    undoes: str
    acted_at: str


class ListedBulkAct(BulkAct):
    """An act, and the undo that took it back where somebody did."""

    undone_by: str | None
    undone_who: str | None


class BulkDone(TypedDict):
    """What became of an act: how many clips have another label now, and in how many sessions."""

    act: BulkAct
    changed: int
    left: int
    sessions: int
    repeated: bool


class LabelCounts(TypedDict):
    """Clips in sight with a label (empty: without one), by subset."""

    label: str
    raw: int
    train: int
    dev: int
    test: int


class Subsets(TypedDict):
    """How many clips have which label in which subset, and how many are out of sight."""

    items: list[LabelCounts]
    evicted: int
    duplicates: int


class QuickCheck(TypedDict):
    """Clips to hear: a few at random, and those farthest from the middle."""

    members: list[int]
    farthest: list[int]


class Purity(TypedDict):
    """Which share of a selection fits, with the 95 % interval."""

    share: float
    low: float
    high: float


class Selection(TypedDict):
    """What somebody has selected, by number."""

    numbers: list[int]


class Kept(TypedDict):
    """How many clips are selected now."""

    count: int


class ClipActDone(TypedDict):
    """How many clips were changed, and the act's id, to undo it."""

    id: str
    changed: int


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
        body = {"id": str(uuid.uuid4()), "numbers": _plain(numbers), "label": label, "deed": deed, "how": how, **told}
        done: BulkDone = self._send("POST", ("collections", collection_id, "bulk"), body)
        return done

    def undo_bulk(self, act_id: str, *, annotator: str | None = None) -> BulkDone:
        """Take a bulk act back; an undo, too."""
        body = {"id": str(uuid.uuid4()), "annotator": annotator}
        done: BulkDone = self._send("POST", ("bulk", act_id, "undo"), body)
        return done

    def list_bulk_acts(self, round_id: str) -> Iterator[ListedBulkAct]:
        """List what was done in bulk in a round, the newest first."""
        return self._list(("rounds", round_id, "bulk"), {})

    def count_subsets(self, collection_id: str) -> Subsets:
        """Count clips by label and subset."""
        found: Subsets = self._get("collections", collection_id, "subsets")
        return found

    def act_on_clips(self, collection_id: str, deed: str, numbers: Sequence[int] = (), **told: Any) -> ClipActDone:
        """Move clips between subsets, or put them out of sight and back.

        ``deed`` is *subset* (``subset``, ``only_labelled``), *evict*, *restore*, *deduplicate*, *balance* (``subset``,
        ``per_label``, ``seed``) or *undo* (``undoes``: the id of such an act).
        """
        body = {"id": str(uuid.uuid4()), "deed": deed, "numbers": _plain(numbers), **told}
        done: ClipActDone = self._send("POST", ("collections", collection_id, "acts"), body)
        return done

    def get_selection(self, collection_id: str) -> Selection:
        """Get what you have selected on a map."""
        found: Selection = self._get("collections", collection_id, "selection")
        return found

    def keep_selection(self, collection_id: str, numbers: Sequence[int]) -> Kept:
        """Keep a selection, which a map that is opened shows."""
        kept: Kept = self._send("PUT", ("collections", collection_id, "selection"), {"numbers": _plain(numbers)})
        return kept

    def check_selection(
        self, collection_id: str, numbers: Sequence[int], *, count: int = 5, farthest: int = 8, seed: int = 0
    ) -> QuickCheck:
        """Choose which clips of a selection are to be heard before it is labelled."""
        body = {"numbers": _plain(numbers), "count": count, "farthest": farthest, "seed": seed}
        found: QuickCheck = self._send("POST", ("collections", collection_id, "quick-check"), body)
        return found

    def get_purity(self, collection_id: str, *, heard: int, agreed: int) -> Purity:
        """Estimate which share of a selection fits, when so many of those that were heard did."""
        query = {"heard": heard, "agreed": agreed}
        found: Purity = self._get("collections", collection_id, "quick-check", "purity", query=query)
        return found


def _plain(numbers: Sequence[int]) -> list[int]:
    """Make a list of what may be an array or a column of a table."""
    return [int(each) for each in numbers]
