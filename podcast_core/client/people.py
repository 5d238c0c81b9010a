"""People, and the links by which they come in; for admins."""

from collections.abc import Iterator

from podcast_core.client.connection import Connection
from podcast_core.wire.people import Invitation, NewInvitation, Person


class PeopleCalls(Connection):
    """Calls about who is here."""

    def list_people(self) -> Iterator[Person]:
        """List all people by name, those who have left, too."""
        return self._list(Person, ("people",), {})

    def add_person(
        self, name: str, *, scope: str = "label", email: str = "", act_id: str = "", insist: bool = False
    ) -> Person:
        """Add somebody; with an address they can log in by OpenID Connect.

        A second try with the same ``act_id`` is harmless. ``insist``: have a name that looks like another one.
        """
        asked = {"name": name, "scope": scope, "email": email, "act_id": act_id, "insist": insist}
        return self._send(Person, "POST", ("people",), asked)

    def change_person(
        self,
        person_id: str,
        *,
        name: str | None = None,
        scope: str | None = None,
        email: str | None = None,
        has_left: bool | None = None,
        act_id: str = "",
        insist: bool = False,
    ) -> Person:
        """Rename somebody, change their role or address, let them in no more or again; what they said stays.

        A second try with the same ``act_id`` is harmless. ``insist``: have a name that looks like another one.
        """
        said = {"name": name, "scope": scope, "email": email, "has_left": has_left}
        changes: dict[str, object] = {key: value for key, value in said.items() if value is not None}
        changes |= {"act_id": act_id, "insist": insist}
        return self._send(Person, "PATCH", ("people", person_id), changes)

    def list_invitations(self) -> Iterator[Invitation]:
        """List all invitations, the newest first."""
        return self._list(Invitation, ("invitations",), {})

    def invite(
        self, *, scope: str = "label", person_id: str = "", uses: int = 1, days: int = 7, login_days: int = 90
    ) -> NewInvitation:
        """Make an invitation; its link is the server's address and ``path``, shown this once."""
        asked = {"scope": scope, "person_id": person_id, "uses": uses, "days": days, "login_days": login_days}
        return self._send(NewInvitation, "POST", ("invitations",), asked)

    def revoke_invitation(self, invitation_id: str) -> Invitation:
        """Make an invitation useless from now on; who came in by it stays."""
        return self._send(Invitation, "POST", ("invitations", invitation_id, "revoke"), {})
