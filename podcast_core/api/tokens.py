"""Personal access tokens: listed, made, revoked; for admins."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import Field

from podcast_core.api.dependencies import Opened
from podcast_core.api.paging import Page, Part, Shown
from podcast_core.api.wire import Person, Wire
from podcast_core.services import access

router = APIRouter(tags=["tokens"], prefix="/api/v1/tokens")

Scope = Literal["read", "label", "admin"]


class TokenIn(Wire):
    """Whose token it is, what it may do, and for how long."""

    person: Person
    scope: Scope = "label"
    days: Annotated[int, Field(ge=1, le=access.MAX_DAYS)] = 90


class TokenOut(Shown):
    """A token without its secret, which nobody can show again."""

    id: str
    person: str
    scope: Scope
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewToken(TokenOut):
    """A token with its secret, shown this once."""

    token: str


@router.get("", response_model=Page[TokenOut])
def list_tokens(workspace: Opened, part: Part) -> Response:
    """List all tokens, the newest first."""
    found = access.list_tokens(workspace)
    return part.answer(found, TokenOut)


@router.post("", status_code=201)
def create_token(workspace: Opened, body: TokenIn, response: Response) -> NewToken:
    """Make a token."""
    made, text = access.create_token(workspace, person=body.person, scope=body.scope, days=body.days)
    response.headers["cache-control"] = "no-store"
    return NewToken(**TokenOut.model_validate(made).model_dump(), token=text)


@router.post("/{token_id}/revoke")
def revoke_token(workspace: Opened, token_id: str) -> TokenOut:
    """Make a token useless from now on."""
    return TokenOut.model_validate(access.revoke_token(workspace, token_id=token_id))
