"""Annotations of the answers that count, found across rounds; and what was found given another label."""

import uuid
from collections.abc import Iterator, Sequence

from podcast_core.client.connection import Connection
from podcast_core.wire.annotations import FoundAnnotation, SplitDone, SplitPreview


class AnnotationCalls(Connection):
    """Calls that search annotations."""

    def search_annotations(self, where: str = "", *, round_ids: Sequence[str] = ()) -> Iterator[FoundAnnotation]:
        """Search annotations by an expression such as ``label == "call" and near("noise", 2)``."""
        return self._list(FoundAnnotation, ("annotations",), {"where": where, "round_id": list(round_ids)})

    def preview_split(self, round_id: str, where: str) -> SplitPreview:
        """Count what `split_label` would change."""
        return self._get(SplitPreview, "rounds", round_id, "labels", "split", query={"where": where})

    def split_label(self, round_id: str, where: str, label: str) -> SplitDone:
        """Give what a search finds in a round another label (empty: take it away); `undo_bulk` undoes it."""
        body = {"id": str(uuid.uuid4()), "where": where, "label": label}
        return self._send(SplitDone, "POST", ("rounds", round_id, "labels", "split"), body)
