"""Commands about labels that were given in bulk: what was done, and taking it back."""

import uuid
from typing import Annotated

import typer

from podcast_core.cli.options import find_round
from podcast_core.domain.bulk_act import BulkAct
from podcast_core.errors import count_of
from podcast_core.services.labels import bulk, label_acts
from podcast_core.workspace import open_workspace

group = typer.Typer(help="Labels given to many clips in one go: list, undo.", no_args_is_help=True)


@group.command(name="list")
def list_(round_: Annotated[str, typer.Argument(metavar="ROUND", help="The round's id or name.")]) -> None:
    """List what was done in bulk, the newest first: id, when, who, what, and who took it back."""
    workspace = open_workspace()
    for each in bulk.list_acts(workspace, round_id=find_round(workspace, round_)):
        undone = f"\tundone by {each.undone_by.who}" if each.undone_by else ""
        typer.echo(f"{each.act.id}\t{each.act.acted_at:%Y-%m-%d %H:%M}\t{each.act.who}\t{_describe(each.act)}{undone}")


@group.command()
def undo(act: Annotated[str, typer.Argument(help="The id of an act, or of an undo; see `list`.")]) -> None:
    """Take an act back; what others have changed since stays."""
    workspace = open_workspace()
    done = label_acts.undo_deletion(workspace, act_id=str(uuid.uuid4()), undoes=act, who=workspace.settings.annotator)
    left = f"; {done.act.left} have changed since and were left" if done.act.left else ""
    typer.echo(f"{count_of(done.act.changed, 'clip')} restored{left}. To redo: bulk undo {done.act.id}")


def _describe(act: BulkAct) -> str:
    if act.undoes:
        return f"undo of {act.undoes}"
    return (
        f"{act.deed.value} {act.label}".strip()
        + f": {act.changed} of {count_of(act.clip_count, 'clip')} ({act.describe()})"
    )
