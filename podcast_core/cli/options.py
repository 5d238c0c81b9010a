"""Options that several commands have."""

from typing import Annotated

import typer

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
