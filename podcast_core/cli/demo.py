"""The command that adds the demo rounds."""

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from podcast_core.services.intake import demo as service
from podcast_core.workspace import open_workspace


def demo(
    real: Annotated[bool, typer.Option("--real", help="Add real recordings from the internet too.")] = False,
    if_empty: Annotated[bool, typer.Option("--if-empty", help="Do nothing if there are other rounds.")] = False,
) -> None:
    """Add the demo round: twelve minutes of a synthetic sea, with predictions to judge."""
    workspace = open_workspace()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Making the demo audio", total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        add = service.add_demo_round_if_empty if if_empty else service.add_demo_round
        added = add(workspace, on_progress=show)
        if added is not None:
            bar.console.print(f"Round {added.id} is there: {added.name}.")
        if real:
            bar.update(task, description="Fetching recordings")
            added = service.add_real_demo_round(workspace, on_progress=show)
            bar.console.print(f"Round {added.id} is there: {added.name}.")
