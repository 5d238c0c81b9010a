"""Commands about personal access tokens."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from podcast_core.domain.role import ROLES, with_article
from podcast_core.services import access
from podcast_core.services.people import people
from podcast_core.workspace import open_workspace

group = typer.Typer(help="Personal access tokens: who may do what, until when.", no_args_is_help=True)


@group.command()
def create(
    name: Annotated[str, typer.Argument(help="The person; answers are recorded under this name.")],
    role: Annotated[
        str,
        typer.Option("--role", "--scope", help="viewer, annotator, reviewer or administrator (or read ... admin)."),
    ] = "annotator",
    days: Annotated[int, typer.Option(help="How long it is valid.")] = 90,
) -> None:
    """Make a token and show it, this once."""
    workspace = open_workspace()
    who = workspace.settings.annotator
    token, text = people.give_token(workspace, person=name, scope=role, days=days, who=who)
    typer.echo(text)
    typer.echo(
        f"{token.person} is {with_article(token.scope)} with it until {token.expires_at:%Y-%m-%d}. "
        "It will not be shown again.",
        err=True,
    )


@group.command(name="list")
def list_() -> None:
    """List the tokens."""
    now = datetime.now(UTC)
    for token in access.list_tokens(open_workspace()):
        state = "revoked" if token.revoked_at else "valid" if token.is_valid(now) else "expired"
        used = f"last used {token.last_used_at:%Y-%m-%d %H:%M} UTC" if token.last_used_at else "never used"
        typer.echo(
            f"{token.id}  {ROLES[token.scope]:13}  {token.person}  {state}, until {token.expires_at:%Y-%m-%d}, {used}"
        )


@group.command()
def revoke(token_id: Annotated[str, typer.Argument(help="The id that `token list` shows.")]) -> None:
    """Make a token useless from now on."""
    access.revoke_token(open_workspace(), token_id=token_id)
    typer.echo(f"Token {token_id} is no longer valid.")
