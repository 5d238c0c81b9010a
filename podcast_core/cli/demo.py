"""The command that adds the demo rounds."""

from typing import Annotated

import typer

from podcast_core.cli.bar import show_bar
from podcast_core.services.intake import demo as service
from podcast_core.workspace import open_workspace


def demo(
    real: Annotated[bool, typer.Option("--real", help="Add real recordings from the internet too.")] = False,
    if_empty: Annotated[bool, typer.Option("--if-empty", help="Do nothing if there are other rounds.")] = False,
) -> None:
    """Add the demo round: twelve minutes of a synthetic sea, with predictions to judge."""
    workspace = open_workspace()
    with show_bar("Making the demo audio") as on_progress:
        add = service.add_demo_round_if_empty if if_empty else service.add_demo_round
        added = add(workspace, on_progress=on_progress)
    if added is not None:
        typer.echo(f"Round {added.id} is there: {added.name}.", err=True)
    if real:
        with show_bar("Fetching recordings") as on_progress:
            added = service.add_real_demo_round(workspace, on_progress=on_progress)
        typer.echo(f"Round {added.id} is there: {added.name}.", err=True)
