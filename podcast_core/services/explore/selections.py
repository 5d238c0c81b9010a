"""Selections: each person has one in each collection. It survives reloads, and nobody changes another one's."""

from collections.abc import Sequence

import numpy as np

from podcast_core.domain.checks import check_text
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput
from podcast_core.services.access import needs
from podcast_core.services.labels import independence
from podcast_core.storage import selections
from podcast_core.storage.database import lock
from podcast_core.workspace import Workspace


@needs("label")
def keep_selection(workspace: Workspace, *, collection_id: str, who: str, numbers: Sequence[int]) -> int:
    """Keep what somebody has selected, and say how many clips that is.

    Raises
    ------
    NotFound
        When there is no such collection.
    InvalidInput
        When it has no such clip.
    """
    check_text(who, "The person's name", 80)
    with workspace.database.writing() as connection:
        count = independence.get_collection(connection, collection_id).clip_count
        wanted = np.unique(np.asarray(numbers, np.int64))
        if len(wanted) and not 0 <= wanted[0] <= wanted[-1] < count:
            odd = int(wanted[0] if wanted[0] < 0 else wanted[-1])
            raise InvalidInput(f"Collection {collection_id!r} has clips 0 to {count - 1}; found {odd}.")
        lock(connection, f"selection/{collection_id}/{who}")
        selections.put_selection(connection, collection_id, who, wanted.astype(np.uint32), utc_now())
    return len(wanted)


def get_selection(workspace: Workspace, *, collection_id: str, who: str) -> list[int]:
    """Get what somebody has selected, by number; NotFound when there is no such collection."""
    with workspace.database.reading() as connection:
        independence.get_collection(connection, collection_id)
        found: list[int] = selections.get_selection(connection, collection_id, who).tolist()
    return found
