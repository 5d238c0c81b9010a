"""Personal access tokens: listed, made, revoked; for admins."""

from fastapi import APIRouter, Response

from podcast_core.api.dependencies import Asking, Opened, choose_who
from podcast_core.api.paging import Part, by
from podcast_core.services import access
from podcast_core.services.people import people
from podcast_core.wire import tokens as wire
from podcast_core.wire.base import Page

router = APIRouter(tags=["tokens"], prefix="/api/v1/tokens")


@router.get("", response_model=Page[wire.Token])
def list_tokens(workspace: Opened, part: Part) -> Response:
    """List all tokens, the newest first."""
    found = access.list_tokens(workspace)
    return part.answer(found, wire.Token, key=by("id"))


@router.post("", status_code=201)
def create_token(workspace: Opened, caller: Asking, body: wire.TokenIn, response: Response) -> wire.NewToken:
    """Make a token, and somebody of a new name."""
    who = choose_who(workspace, caller)
    made, text = people.give_token(workspace, person=body.person, scope=body.scope, days=body.days, who=who)
    response.headers["cache-control"] = "no-store"
    return wire.NewToken(**wire.Token.model_validate(made).model_dump(), token=text)


@router.post("/{token_id}/revoke")
def revoke_token(workspace: Opened, token_id: str) -> wire.Token:
    """Make a token useless from now on."""
    return wire.Token.model_validate(access.revoke_token(workspace, token_id=token_id))
