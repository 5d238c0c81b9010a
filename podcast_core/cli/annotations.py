"""The command that searches over annotations."""

import sys
from typing import Annotated

import typer

from podcast_core.cli.options import find_rounds
from podcast_core.services.labels import searching
from podcast_core.workspace import open_workspace


def annotations(
    where: Annotated[str, typer.Argument(help='An expression, e.g. \'label == "call" and near("noise", 2)\'.')] = "",
    round_: Annotated[
        list[str] | None, typer.Option("--round", help="Only in this round, by id or name; may be given several times.")
    ] = None,
) -> None:
    """Search the annotations that count, and print them as CSV; times are seconds of the recording."""
    workspace = open_workspace()
    for line in searching.write_csv(workspace, where=where, round_ids=find_rounds(workspace, round_)):
        sys.stdout.write(line)
