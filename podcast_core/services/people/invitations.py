"""Links by which people come in: for one browser or several, with a role, until a day.

A link is ``.../join#invitation_ID_SECRET``. What stands after the ``#`` stays in the browser, so that it is in no log
and in no other site's hands; the page sends it only when somebody gives their name. Of the secret (256 random bits)
only a SHA-256 is kept.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from podcast_core.domain.invitation import Invitation
from podcast_core.domain.limits import MAX_TOKEN_DAYS
from podcast_core.domain.person import Person
from podcast_core.domain.role import to_scope
from podcast_core.domain.token import Login
from podcast_core.errors import Conflict, InvalidInput, NotFound, Unauthenticated, count_of
from podcast_core.services import access
from podcast_core.services.access import needs
from podcast_core.services.people import people
from podcast_core.storage import invitations
from podcast_core.storage import people as stored
from podcast_core.workspace import Workspace

MAX_USES = 1_000
_PATTERN = re.compile(r"invitation_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Who came in, the secret that the browser keeps, and until when."""

    person: Person
    secret: str
    expires_at: datetime


@needs("admin")
def invite(
    workspace: Workspace,
    *,
    scope: str = "label",
    person_id: str = "",
    uses: int = 1,
    days: int = 7,
    login_days: int = 90,
    who: str,
) -> tuple[Invitation, str]:
    """Make an invitation.

    Parameters
    ----------
    scope
        The role of whoever comes in by it; somebody who is here already keeps theirs.
    person_id
        Whom it is for: somebody who is here, in another browser. Empty: whoever has it, under a new name.
    uses
        How many browsers it lets in, 1 to 1000; 1 for somebody who is here.
    days
        How long it can be used, 1 to 3660.
    login_days
        How long such a browser stays logged in, 1 to 3660.

    Returns
    -------
    Invitation
        What is kept.
    str
        What stands after ``join#`` in the link, which nobody can show again.

    Raises
    ------
    NotFound
        When there is nobody of this id.
    Conflict
        When they have left.
    InvalidInput
        When a number or the role cannot be.
    """
    scope, name = to_scope(scope), ""
    if person_id:
        person = people.get_person(workspace, person_id=person_id)
        name, scope = person.name, person.scope
        if person.left_at is not None:
            raise Conflict(f"{person.name} has left; let them in again first.")
    most = 1 if person_id else MAX_USES
    if not 1 <= uses <= most:
        raise InvalidInput(f"This invitation can let in 1 to {count_of(most, 'browser')}; found {uses}.")
    for each in (days, login_days):
        if not 1 <= each <= MAX_TOKEN_DAYS:
            raise InvalidInput(f"An invitation and its logins can last 1 to {MAX_TOKEN_DAYS} days; found {each}.")
    now, secret = datetime.now(UTC), secrets.token_urlsafe(32)
    ends = now + timedelta(days=days)
    made = Invitation(secrets.token_hex(6), _digest(secret), scope, name, uses, login_days, who, now, ends)
    with workspace.database.writing() as connection:
        invitations.add_invitation(connection, made)
    return made, f"invitation_{made.id}_{secret}"


def list_invitations(workspace: Workspace) -> list[Invitation]:
    """List all invitations, the newest first."""
    with workspace.database.reading() as connection:
        return invitations.list_invitations(connection)


@needs("admin")
def revoke_invitation(workspace: Workspace, *, invitation_id: str) -> Invitation:
    """Make an invitation useless from now on; who came in by it stays. NotFound when there is none."""
    with workspace.database.writing() as connection:
        invitations.revoke_invitation(connection, invitation_id, datetime.now(UTC))
        found = invitations.find_invitation(connection, invitation_id)
    if found is None:
        raise NotFound(f"There is no invitation {invitation_id[:40]!r}.")
    return found


def get_invitation(workspace: Workspace, *, text: str) -> Invitation:
    """Get an invitation that is valid now, by what stands in its link.

    Raises
    ------
    Unauthenticated
        When it is none of ours, was used, has expired or was revoked.
    """
    parts = _PATTERN.fullmatch(text.strip())
    found = None
    if parts is not None:
        with workspace.database.reading() as connection:
            found = invitations.find_invitation(connection, parts[1])
    is_ours = hmac.compare_digest(_digest(parts[2] if parts else ""), found.digest if found else _digest("-"))
    if found is None or not is_ours:
        raise Unauthenticated("This invitation is not valid here. Ask for a new link, and open the whole of it.")
    if not found.is_valid(datetime.now(UTC)):
        state = "revoked" if found.revoked_at else "used" if found.uses_left < 1 else "valid for too long ago"
        raise Unauthenticated(f"This invitation was {state}; ask the person who sent it for a new one.")
    return found


def accept(workspace: Workspace, *, text: str, name: str = "") -> LoggedIn:
    """Let a browser in by an invitation, and whoever sits there under a new name, unless it is for somebody.

    Raises
    ------
    Unauthenticated
        As `get_invitation`; also when somebody else took the last use at the same moment.
    InvalidInput
        When the name cannot be one.
    Conflict
        When the name is somebody's.
    """
    found = get_invitation(workspace, text=text)
    with workspace.database.holding(people.LOCK):
        found, now = get_invitation(workspace, text=text), datetime.now(UTC)
        if found.person:
            with workspace.database.reading() as connection:
                person = stored.find_person(connection, found.person)
            if person is None or person.left_at is not None:
                raise Unauthenticated("Whom this invitation is for is not here any more.")
        else:
            person = people.register(workspace, name=name, scope=found.scope, who=found.made_by, is_new=True)
        ends = now + timedelta(days=found.login_days)
        with workspace.database.writing() as connection:
            if not invitations.take_use(connection, found.id, now):
                raise Unauthenticated("This invitation was used, or its time is over.")
            return LoggedIn(person, access.add_login(connection, Login("", ends, person=person.name)), ends)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
