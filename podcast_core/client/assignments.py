"""Assignments of single sessions to people."""

import uuid
from typing import Any

from podcast_core.client.connection import Connection
from podcast_core.wire.assignments import AssignmentAct, Assignments


class AssignmentCalls(Connection):
    """Calls about whose single sessions of a round are whose."""

    def list_assignments(self, round_id: str) -> Assignments:
        """List whose single sessions of a round are whose, and the acts that said so."""
        return self._get(Assignments, "rounds", round_id, "assignments")

    def add_assignment(self, round_id: str, **fields: Any) -> AssignmentAct:
        """Assign sessions to people, or take them back.

        ``people`` are names, ``session_ids`` the sessions; or ``query`` has filters as in the address of the sessions,
        with ``limit`` the first so many that are open and nobody's. ``only``: nobody else gets them. ``takes_back``:
        they are these people's no more, or (without names) nobody's.
        """
        body = {"act_id": str(uuid.uuid4()), **fields}
        return self._send(AssignmentAct, "POST", ("rounds", round_id, "assignments"), body)

    def undo_assignment(self, round_id: str, act_id: str) -> None:
        """Undo an assignment."""
        self._tell("POST", ("rounds", round_id, "assignments", act_id, "undo"), {"act_id": str(uuid.uuid4())})
