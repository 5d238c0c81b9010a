"""What is archived and brought back, and labels that get another name."""

import uuid
from collections.abc import Iterator

from podcast_core.client.connection import Connection
from podcast_core.wire.acts import Act, LabelDeleted, LabelUse, RoundRecording
from podcast_core.wire.rounds import Round


class ActCalls(Connection):
    """Calls that take something out of sight or bring it back; nothing is deleted."""

    def list_acts(self, round_id: str) -> Iterator[Act]:
        """List what was archived, brought back or renamed in a round, the oldest first."""
        return self._list(Act, ("rounds", round_id, "acts"), {})

    def archive_round(self, round_id: str) -> Round:
        """Archive a round: it hands out no sessions and is in no list unless asked for."""
        return self._send(Round, "POST", ("rounds", round_id, "archive"), {})

    def restore_round(self, round_id: str) -> Round:
        """Bring an archived round back."""
        return self._send(Round, "POST", ("rounds", round_id, "restore"), {})

    def list_round_recordings(self, round_id: str) -> Iterator[RoundRecording]:
        """List a round's recordings by file name, archived ones too."""
        return self._list(RoundRecording, ("rounds", round_id, "recordings"), {})

    def archive_recording(self, round_id: str, recording_id: str) -> None:
        """Archive a recording in one round."""
        self._tell("POST", ("rounds", round_id, "recordings", recording_id, "archive"), {})

    def restore_recording(self, round_id: str, recording_id: str) -> None:
        """Bring a recording back into a round."""
        self._tell("POST", ("rounds", round_id, "recordings", recording_id, "restore"), {})

    def rename_label(self, round_id: str, old: str, new: str) -> Round:
        """Give a label another name in all answers and predictions of a round."""
        return self._send(Round, "POST", ("rounds", round_id, "labels", "rename"), {"old": old, "new": new})

    def get_label_use(self, round_id: str, label: str) -> LabelUse:
        """Count what renaming, merging or deleting a label would change."""
        return self._get(LabelUse, "rounds", round_id, "labels", "use", query={"label": label})

    def merge_label(self, round_id: str, old: str, new: str) -> Round:
        """Make one label of two, in all answers and predictions of a round; it can be undone."""
        return self._send(Round, "POST", ("rounds", round_id, "labels", "merge"), {"old": old, "new": new})

    def delete_label(self, round_id: str, label: str) -> LabelDeleted:
        """Take a label's boxes out of the answers that count, and the label off the list; `undo_bulk` undoes it."""
        body = {"id": str(uuid.uuid4()), "label": label}
        return self._send(LabelDeleted, "POST", ("rounds", round_id, "labels", "delete"), body)

    def undo_act(self, round_id: str, act_id: str) -> Round:
        """Part labels that were merged, or give a label the name back that it had before."""
        return self._send(Round, "POST", ("rounds", round_id, "acts", act_id, "undo"), {})

    def list_model_acts(self, name: str) -> Iterator[Act]:
        """List when a model or versions of it were archived and brought back, the oldest first."""
        return self._list(Act, ("models", name, "acts"), {})

    def archive_model(self, name: str, *, version: int | None = None) -> None:
        """Archive a model, or a version that is not in use."""
        self._tell("POST", ("models", name, "archive"), {"version": version})

    def restore_model(self, name: str, *, version: int | None = None) -> None:
        """Bring a model or a version back."""
        self._tell("POST", ("models", name, "restore"), {"version": version})
