"""Links to the progress of rounds, in the database; never their secrets."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, select, update

from podcast_core.domain.share_link import ShareLink
from podcast_core.storage import people
from podcast_core.storage.schema import share_links


def add_link(connection: Connection, link: ShareLink) -> None:
    """Add a link."""
    people.add_named(connection, share_links, [asdict(link)])


def find_link(connection: Connection, link_id: str) -> ShareLink | None:
    """Find a link by its id."""
    row = connection.execute(select(share_links).where(share_links.c.id == link_id)).one_or_none()
    return None if row is None else ShareLink(**row._mapping)


def list_links(connection: Connection, round_id: str) -> list[ShareLink]:
    """List the links to a round's progress, the newest first."""
    newest_first = (share_links.c.created_at.desc(), share_links.c.id)
    query = select(share_links).where(share_links.c.round_id == round_id).order_by(*newest_first)
    return [ShareLink(**row._mapping) for row in connection.execute(query)]


def revoke_link(connection: Connection, link_id: str, now: datetime) -> None:
    """Revoke a link; one that was revoked keeps its first time."""
    this = (share_links.c.id == link_id) & share_links.c.revoked_at.is_(None)
    connection.execute(update(share_links).where(this).values(revoked_at=now))
