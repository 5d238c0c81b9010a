"""People, and the links by which they come in; for admins."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from podcast_core.domain.limits import MAX_TOKEN_DAYS
from podcast_core.wire.base import Body, PersonName, Shape
from podcast_core.wire.tokens import Scope

Email = Annotated[str, Field(max_length=254)]
ActId = Annotated[str, Field(max_length=100, description="chosen by whoever asks: a second try with it is harmless")]
Insist = Annotated[bool, Field(description="have a name that looks like somebody else's all the same")]
Days = Annotated[int, Field(ge=1, le=MAX_TOKEN_DAYS)]


class Person(Shape):
    """Somebody; ``names`` are the earlier ones, ``answers`` counts skips, too."""

    id: str
    name: str
    scope: Scope
    email: str
    names: list[str]
    joined_at: datetime
    left_at: datetime | None
    answers: int
    seen_at: datetime | None


class PersonIn(Body):
    """Somebody to add; with an address they can log in by OpenID Connect."""

    name: PersonName
    scope: Scope = "label"
    email: Email = ""
    act_id: ActId = ""
    insist: Insist = False


class PersonChange(Body):
    """What changes about somebody; what is not named stays. An empty address takes the login away."""

    name: PersonName | None = None
    scope: Scope | None = None
    email: Email | None = None
    has_left: bool | None = None
    act_id: ActId = ""
    insist: Insist = False


class Invitation(Shape):
    """A link without its secret, which nobody can show again; ``person``: whom it is for, empty: somebody new."""

    id: str
    scope: Scope
    person: str
    uses_left: int
    login_days: int
    made_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class NewInvitation(Invitation):
    """A link with its address, relative to the app, shown this once."""

    path: str


class InvitationIn(Body):
    """For whom, with which role, for how many browsers, until when, and how many days a login lasts."""

    scope: Scope = "label"
    person_id: str = ""
    uses: Annotated[int, Field(ge=1, le=1000)] = 1
    days: Days = 7
    login_days: Days = 90


class InvitationText(Body):
    """What stands after ``join#`` in a link."""

    invitation: Annotated[str, Field(max_length=200)]


class Acceptance(InvitationText):
    """The same, and the name of who comes in."""

    name: Annotated[str, Field(max_length=200)] = ""


class Offer(Shape):
    """What an invitation offers: a role, and whom it is for; empty: somebody new."""

    scope: Scope
    person: str
    made_by: str


class Welcome(Shape):
    """Who came in."""

    name: str
    scope: Scope
