"""The command that measures annotations."""

from typing import Annotated

import typer

from podcast_core.cli.bar import show_bar
from podcast_core.cli.options import find_round
from podcast_core.errors import count_of
from podcast_core.services.jobs.running import InProcessJob
from podcast_core.services.measuring import measurements
from podcast_core.workspace import open_workspace


def measure(round_name: Annotated[str, typer.Option("--round", help="The round's id or name.")]) -> None:
    """Measure the annotations of a round that are not measured: frequencies, times, levels, signal-to-noise ratio."""
    workspace = open_workspace()
    with show_bar("Measuring") as progress:
        result = measurements.run(
            workspace, {"round_id": find_round(workspace, round_name)}, InProcessJob(progress, typer.echo)
        )
    typer.echo(f"{count_of(result['measured'], 'annotation')} measured.")
    if result["failed_count"]:
        raise typer.Exit(1)
