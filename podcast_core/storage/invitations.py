"""Links by which people come in, in the database; never their secrets."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, select, update

from podcast_core.domain.invitation import Invitation
from podcast_core.storage import people
from podcast_core.storage.schema import invitations


def add_invitation(connection: Connection, invitation: Invitation) -> None:
    """Add an invitation."""
    people.add_named(connection, invitations, [asdict(invitation)])


def find_invitation(connection: Connection, invitation_id: str) -> Invitation | None:
    """Find an invitation by its id."""
    row = connection.execute(select(invitations).where(invitations.c.id == invitation_id)).one_or_none()
    return None if row is None else Invitation(**row._mapping)


def list_invitations(connection: Connection) -> list[Invitation]:
    """List all invitations, the newest first."""
    query = select(invitations).order_by(invitations.c.created_at.desc(), invitations.c.id)
    return [Invitation(**row._mapping) for row in connection.execute(query)]


def take_use(connection: Connection, invitation_id: str, now: datetime) -> bool:
    """Take one use of an invitation; False where there is none left, whoever was faster."""
    is_usable = (
        invitations.c.id == invitation_id,
        invitations.c.uses_left > 0,
        invitations.c.revoked_at.is_(None),
        invitations.c.expires_at > now,
    )
    taken = connection.execute(update(invitations).where(*is_usable).values(uses_left=invitations.c.uses_left - 1))
    return taken.rowcount == 1


def revoke_invitation(connection: Connection, invitation_id: str, now: datetime) -> None:
    """Revoke an invitation; one that was revoked keeps its first time."""
    this = (invitations.c.id == invitation_id) & invitations.c.revoked_at.is_(None)
    connection.execute(update(invitations).where(this).values(revoked_at=now))
