"""Links by which somebody without a token, such as a sponsor, sees the progress of one round until a day.

A link ends with ``?share=ID_SECRET``. As of tokens, the id finds its row, the secret is random (256 bits), is shown
once, and only its digest is kept. It opens *Progress* of its round and nothing else: no route of the API asks for
links, and whoever has no login is shown nothing but what their link opens, whatever page they ask for.
"""

import hashlib
import hmac
import re
import secrets
from datetime import UTC, datetime, timedelta

from podcast_core.domain.limits import MAX_SHARE_DAYS, SHARE_DAYS
from podcast_core.domain.share_link import ShareLink
from podcast_core.errors import InvalidInput, NotFound, Unauthenticated
from podcast_core.services.access import needs
from podcast_core.storage import rounds, share_links
from podcast_core.workspace import Workspace

COOKIE = (
    "podcast_share"  # of a browser that came by a link: its page asks for its parts, and talks, without the address
)
PARAMETER = "share"
_PATTERN = re.compile(r"([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


@needs("admin")
def add_link(
    workspace: Workspace,
    *,
    round_id: str,
    note: str = "",
    days: int = SHARE_DAYS,
    with_names: bool = False,
    who: str = "",
) -> tuple[ShareLink, str]:
    """Make a link to a round's progress.

    Parameters
    ----------
    note
        For whom it is, at most 120 characters.
    days
        How long it is valid, 1 to 366.
    with_names
        Whether annotators are named.

    Returns
    -------
    ShareLink
        What is kept.
    str
        What stands behind ``?share=``, which nobody can show again.

    Raises
    ------
    NotFound
        When there is no such round.
    InvalidInput
        When the note or the number of days cannot be.
    """
    if not 1 <= days <= MAX_SHARE_DAYS:
        raise InvalidInput(f"A link can be valid for 1 to {MAX_SHARE_DAYS} days; found {days}.")
    now, secret = datetime.now(UTC), secrets.token_urlsafe(32)
    link = ShareLink(
        id=secrets.token_hex(6),
        round_id=round_id,
        note=note.strip(),
        with_names=with_names,
        digest=_digest(secret),
        who=who,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    with workspace.database.writing() as connection:
        rounds.get_round(connection, round_id)
        share_links.add_link(connection, link)
    return link, f"{link.id}_{secret}"


def list_links(workspace: Workspace, *, round_id: str) -> list[ShareLink]:
    """List the links to a round's progress, the newest first."""
    with workspace.database.reading() as connection:
        return share_links.list_links(connection, round_id)


@needs("admin")
def revoke_link(workspace: Workspace, *, link_id: str) -> ShareLink:
    """Make a link useless from now on, and return it; NotFound when there is none."""
    with workspace.database.writing() as connection:
        share_links.revoke_link(connection, link_id, datetime.now(UTC))
        link = share_links.find_link(connection, link_id)
    if link is None:
        raise NotFound(f"There is no link {link_id[:40]!r}.")
    return link


def open_link(workspace: Workspace, text: str) -> ShareLink:
    """Get what a link opens now.

    Raises
    ------
    Unauthenticated
        When it is none of ours, has expired or was revoked.
    """
    parts = _PATTERN.fullmatch(text)
    link = None
    if parts is not None:
        with workspace.database.reading() as connection:
            link = share_links.find_link(connection, parts[1])
    is_ours = hmac.compare_digest(_digest(parts[2] if parts else ""), link.digest if link else _digest("none"))
    if link is None or not is_ours:
        raise Unauthenticated("This link is not valid here.")
    if not link.is_valid(datetime.now(UTC)):
        state = "was revoked" if link.revoked_at else f"expired on {link.expires_at:%Y-%m-%d}"
        raise Unauthenticated(f"This link {state}; ask whoever sent it to you for a new one.")
    return link


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
