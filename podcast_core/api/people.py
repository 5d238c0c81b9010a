"""People, for admins; and the links by which people come in, for whoever has one."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request, Response

from podcast_core.api.dependencies import Asking, Opened, choose_who
from podcast_core.api.login import keep_login
from podcast_core.api.paging import Part, by
from podcast_core.domain.invitation import Invitation
from podcast_core.services.people import invitations, people
from podcast_core.wire import people as wire
from podcast_core.wire.base import Page
from podcast_core.workspace import Workspace

router = APIRouter(tags=["people"], prefix="/api/v1")


@router.get("/people", response_model=Page[wire.Person])
def list_people(workspace: Opened, part: Part) -> Response:
    """List all people by name, those who have left, too."""
    return part.answer([_show(each) for each in people.list_people(workspace)], wire.Person, key=by("id"))


@router.post("/people", status_code=201)
def add_person(workspace: Opened, caller: Asking, body: wire.PersonIn) -> wire.Person:
    """Add somebody."""
    made = people.add_person(workspace, **body.model_dump(), who=choose_who(workspace, caller))
    return _get(workspace, made.id)


@router.patch("/people/{person_id}")
def change_person(workspace: Opened, caller: Asking, person_id: str, body: wire.PersonChange) -> wire.Person:
    """Rename somebody, change their role or address, let them in no more or again; what they said stays."""
    who = choose_who(workspace, caller)
    people.get_person(workspace, person_id=person_id)

    def name_act(what: str) -> dict[str, str]:
        return {"person_id": person_id, "who": who, "act_id": f"{body.act_id}-{what}" if body.act_id else ""}

    if body.name is not None:
        people.rename_person(workspace, name=body.name, insist=body.insist, **name_act("name"))
    if body.email is not None:
        people.set_email(workspace, email=body.email, **name_act("email"))
    if body.scope is not None:
        people.set_role(workspace, scope=body.scope, **name_act("role"))
    if body.has_left is not None:
        (people.leave if body.has_left else people.bring_back)(workspace, **name_act("here"))
    return _get(workspace, person_id)


@router.get("/invitations", response_model=Page[wire.Invitation])
def list_invitations(workspace: Opened, part: Part) -> Response:
    """List all invitations, the newest first."""
    return part.answer(invitations.list_invitations(workspace), wire.Invitation, key=by("id"))


@router.post("/invitations", status_code=201)
def invite(workspace: Opened, caller: Asking, body: wire.InvitationIn, response: Response) -> wire.NewInvitation:
    """Make an invitation."""
    made, text = invitations.invite(workspace, **body.model_dump(), who=choose_who(workspace, caller))
    response.headers["cache-control"] = "no-store"
    return wire.NewInvitation(**_offer(made), path=f"join#{text}")


@router.post("/invitations/{invitation_id}/revoke")
def revoke_invitation(workspace: Opened, invitation_id: str) -> wire.Invitation:
    """Make an invitation useless from now on; who came in by it stays."""
    return wire.Invitation.model_validate(invitations.revoke_invitation(workspace, invitation_id=invitation_id))


@router.post("/invitations/look", tags=["access"])
def look_at_invitation(workspace: Opened, body: wire.InvitationText) -> wire.Offer:
    """Say what an invitation offers to whoever has it."""
    return wire.Offer.model_validate(invitations.get_invitation(workspace, text=body.invitation))


@router.post("/invitations/accept", tags=["access"])
def accept_invitation(workspace: Opened, request: Request, body: wire.Acceptance, response: Response) -> wire.Welcome:
    """Let this browser in by an invitation."""
    entered = invitations.accept(workspace, text=body.invitation, name=body.name)
    keep_login(request, response, entered.secret, entered.expires_at)
    return wire.Welcome(name=entered.person.name, scope=entered.person.scope)  # type: ignore[arg-type]  # pydantic checks it


def _get(workspace: Workspace, person_id: str) -> wire.Person:
    return next(_show(each) for each in people.list_people(workspace) if each.person.id == person_id)


def _show(known: people.Known) -> wire.Person:
    of_person: dict[str, Any] = asdict(known.person)
    del of_person["login"]
    return wire.Person(**of_person, answers=known.answers, seen_at=known.seen_at)


def _offer(made: Invitation) -> dict[str, Any]:
    return wire.Invitation.model_validate(made).model_dump()
