"""Links by which somebody without a token sees the progress of one round, for admins: listed, made, revoked."""

from fastapi import APIRouter, Response

from podcast_core.api.dependencies import Asking, Opened, choose_who
from podcast_core.api.paging import Part, by
from podcast_core.services.labels import rounds, share_links
from podcast_core.wire import share_links as wire
from podcast_core.wire.base import Page

router = APIRouter(tags=["access"], prefix="/api/v1")


@router.get("/rounds/{round_id}/share-links", response_model=Page[wire.ShareLink])
def list_share_links(workspace: Opened, round_id: str, part: Part) -> Response:
    """List the links to a round's progress, the newest first."""
    rounds.get_round(workspace, round_id=round_id)
    return part.answer(share_links.list_links(workspace, round_id=round_id), wire.ShareLink, key=by("id"))


@router.post("/rounds/{round_id}/share-links", status_code=201)
def add_share_link(
    workspace: Opened, caller: Asking, round_id: str, body: wire.ShareLinkIn, response: Response
) -> wire.NewShareLink:
    """Make a link to a round's progress."""
    who = choose_who(workspace, caller)
    made, text = share_links.add_link(workspace, round_id=round_id, who=who, **body.model_dump())
    response.headers["cache-control"] = "no-store"
    path = f"progress?{share_links.PARAMETER}={text}"
    return wire.NewShareLink(**wire.ShareLink.model_validate(made).model_dump(), path=path)


@router.post("/share-links/{link_id}/revoke")
def revoke_share_link(workspace: Opened, link_id: str) -> wire.ShareLink:
    """Make a link useless from now on."""
    return wire.ShareLink.model_validate(share_links.revoke_link(workspace, link_id=link_id))
