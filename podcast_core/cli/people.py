"""Commands about people, and the links by which they come in."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from podcast_core.domain.person import Person
from podcast_core.domain.role import ROLES, with_article
from podcast_core.errors import NotFound, count_of
from podcast_core.services.people import invitations, people
from podcast_core.workspace import Workspace, open_workspace

group = typer.Typer(help="People: who is here, as what, and links by which they come in.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The name that they have, or had.")]
Role = Annotated[str, typer.Option("--role", help="viewer, annotator, reviewer or administrator.")]

Insist = Annotated[bool, typer.Option("--insist", help="Have a name that looks like somebody else's all the same.")]


@group.command(name="list")
def list_() -> None:
    """List the people, those who have left, too."""
    for known in people.list_people(open_workspace()):
        person = known.person
        state = f"left {person.left_at:%Y-%m-%d}" if person.left_at else ROLES[person.scope]
        seen = f"last seen {known.seen_at:%Y-%m-%d %H:%M} UTC" if known.seen_at else "never seen"
        earlier = f", earlier {', '.join(person.names)}" if person.names else ""
        typer.echo(
            f"{state:15}  {person.name}  {person.email or '-'}  {count_of(known.answers, 'answer')}, {seen}{earlier}"
        )


@group.command()
def add(
    name: Annotated[str, typer.Argument(help="Answers are recorded under this name.")],
    role: Role = "annotator",
    email: Annotated[str, typer.Option(help="With it they can log in by OpenID Connect.")] = "",
    insist: Insist = False,
) -> None:
    """Add somebody."""
    workspace = open_workspace()
    who = workspace.settings.annotator
    made = people.add_person(workspace, name=name, scope=role, email=email, who=who, insist=insist)
    typer.echo(f"{made.name} is {with_article(made.scope)}.")


@group.command()
def rename(
    name: Name, new: Annotated[str, typer.Argument(help="The name from now on.")], insist: Insist = False
) -> None:
    """Give somebody another name, in all that they said."""
    before, now = _change(name, people.rename_person, name=new, insist=insist)
    typer.echo(f"{before.name} is called {now.name} now.")


@group.command()
def role(name: Name, new: Annotated[str, typer.Argument(help="viewer, annotator, reviewer or administrator.")]) -> None:
    """Give somebody another role, at once."""
    _, now = _change(name, people.set_role, scope=new)
    typer.echo(f"{now.name} is {with_article(now.scope)} now.")


@group.command()
def leave(name: Name) -> None:
    """Let somebody in no more; what they said stays."""
    _, now = _change(name, people.leave)
    typer.echo(f"{now.name} can come in no more.")


@group.command(name="return")
def return_(name: Name) -> None:
    """Let somebody in again who had left."""
    _, now = _change(name, people.bring_back)
    typer.echo(f"{now.name} can come in again.")


@group.command()
def invite(
    role: Role = "annotator",
    name: Annotated[str, typer.Option("--for", help="Somebody who is here, in another browser.")] = "",
    uses: Annotated[int, typer.Option(help="How many people it lets in.")] = 1,
    days: Annotated[int, typer.Option(help="How long it can be used.")] = 7,
) -> None:
    """Make an invitation, and show what stands after the server's address, this once."""
    workspace = open_workspace()
    person_id = _get(workspace, name).id if name else ""
    who = workspace.settings.annotator
    made, text = invitations.invite(workspace, scope=role, person_id=person_id, uses=uses, days=days, who=who)
    typer.echo(f"join#{text}")
    typer.echo(f"Until {made.expires_at:%Y-%m-%d}. It will not be shown again.", err=True)


def _change(whom: str, act: Callable[..., Person], **said: Any) -> tuple[Person, Person]:
    """Change something about somebody; returns who they were and are."""
    workspace = open_workspace()
    before = _get(workspace, whom)
    return before, act(workspace, person_id=before.id, who=workspace.settings.annotator, **said)


def _get(workspace: Workspace, name: str) -> Person:
    found = people.find_named([each.person for each in people.list_people(workspace)], name)
    if found is None:
        raise NotFound(f"There is nobody called {name[:80]!r}; `people list` shows who is here.")
    return found
