"""The boxes of a round one by one, as Review shows them as thumbnails: of the answers that a queue finds."""

from collections.abc import Sequence
from typing import Any

from podcast_core.domain.summary import BOX_ORDERS, Selection
from podcast_core.errors import InvalidInput
from podcast_core.services.labels import independence
from podcast_core.storage import box_lists
from podcast_core.storage.box_lists import ListedBox as ListedBox  # what callers are given
from podcast_core.storage.summaries import EVERYTHING
from podcast_core.workspace import Workspace


def list_boxes(
    workspace: Workspace,
    *,
    round_id: str,
    selection: Selection = EVERYTHING,
    order: str = BOX_ORDERS[0],
    limit: int,
    after: Sequence[Any] | None = None,
) -> list[ListedBox]:
    """List the boxes of the answers that count, ``limit`` of them after the one with a key (`ListedBox.key`).

    A selection's label, origin and scores are asked of each box, all else of its session.

    Raises
    ------
    NotFound
        When there is no such round.
    Forbidden
        When who asks may see their own answers only.
    InvalidInput
        When there is no such order (see `BOX_ORDERS`), or no box can have such a key.
    """
    if order not in BOX_ORDERS:
        raise InvalidInput(f"Boxes are sorted by {', '.join(BOX_ORDERS)}; found {order[:80]!r}.")
    with workspace.database.reading() as connection:
        independence.get_round(connection, round_id)
        return box_lists.list_boxes(connection, round_id, selection, order, limit=limit, after=after)


def count_boxes(workspace: Workspace, *, round_id: str, selection: Selection = EVERYTHING) -> int:
    """Count what `list_boxes` lists; raises as that does."""
    with workspace.database.reading() as connection:
        independence.get_round(connection, round_id)
        return box_lists.count_boxes(connection, round_id, selection)
