"""Options that several commands have."""

from collections.abc import Iterable
from typing import Annotated

import typer

from podcast_core.services.labels import rounds
from podcast_core.workspace import Workspace

MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="OLD=NEW",
        help="Take label OLD for the round's label NEW; OLD= leaves its boxes out, OLD=OLD adds it to the round. "
        "May be given several times.",
    ),
]
AddLabelsOption = Annotated[bool, typer.Option("--add-labels", help="Add labels that the round lacks to it.")]


def find_round(workspace: Workspace, name: str) -> str:
    """Find the id of a round that a command names by its id or by its name; NotFound when there is none."""
    return rounds.get_named(workspace, name=name).id


def find_rounds(workspace: Workspace, names: Iterable[str] | None) -> tuple[str, ...]:
    """Find the ids of rounds that a command names by id or name."""
    return tuple(find_round(workspace, each) for each in names or ())
