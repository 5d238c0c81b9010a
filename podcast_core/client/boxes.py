"""Boxes of the answers that count, one by one; and corrections of many."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from podcast_core.client.connection import Connection
from podcast_core.wire.box_lists import Correcting, ListedBox


class BoxCalls(Connection):
    """Calls that list boxes and correct them."""

    def list_boxes(self, round_id: str, *, order: str = "queue", **filters: Any) -> Iterator[ListedBox]:
        """List the boxes of a queue's answers: ``filters`` are those of `list_sessions`."""
        return self._list(ListedBox, ("rounds", round_id, "boxes"), {"order": order, **filters})

    def preview_box_corrections(self, round_id: str, boxes: Sequence[Mapping[str, Any]], label: str = "") -> Correcting:
        """Say what `correct_boxes` would do."""
        body = {"boxes": list(boxes), "label": label}
        return self._send(Correcting, "POST", ("rounds", round_id, "boxes", "corrections", "preview"), body)

    def correct_boxes(
        self,
        round_id: str,
        boxes: Sequence[Mapping[str, Any]],
        label: str = "",
        *,
        reviewer: str | None = None,
        act_id: str | None = None,
    ) -> Correcting:
        """Give boxes (``session_id``, ``submission_id``, ``number``) another label, or remove them.

        Each answer gets a correction in the reviewer's name. `undo_bulk` takes all of it back.
        """
        body = {"act_id": act_id or str(uuid.uuid4()), "boxes": list(boxes), "label": label, "reviewer": reviewer}
        return self._send(Correcting, "POST", ("rounds", round_id, "boxes", "corrections"), body)
