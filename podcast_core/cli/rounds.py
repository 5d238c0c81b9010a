"""Commands about rounds: those that are here, what is archived, and names of labels."""

import csv
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl

import typer

from podcast_core.cli.options import find_round
from podcast_core.domain.limits import SHARE_DAYS
from podcast_core.domain.queue_link import read_params
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput, count_of, name_some
from podcast_core.services.labels import archive, assignments, label_acts, rounds, share_links
from podcast_core.services.labels.assignments import Meant
from podcast_core.workspace import open_workspace

group = typer.Typer(
    help="Rounds: list, archive, restore, rename labels, several answers, assignments.", no_args_is_help=True
)
RoundArgument = Annotated[str, typer.Argument(help="The round's id or name.")]
RecordingOption = Annotated[str, typer.Option(help="Only this recording of the round, by id; see `recordings`.")]


@group.command(name="list")
def list_(
    archived: Annotated[bool, typer.Option("--archived", help="Those that are archived instead.")] = False,
) -> None:
    """List rounds: id, name, sessions."""
    workspace = open_workspace()
    for each in rounds.list_rounds(workspace, is_archived=archived):
        sessions = sum(rounds.count_standings(workspace, round_id=each.id).values())
        typer.echo(f"{each.id}\t{each.name}\t{count_of(sessions, 'session')}")


@group.command()
def recordings(round_: RoundArgument) -> None:
    """List a round's recordings: id, file name, sessions, and who archived it when."""
    workspace = open_workspace()
    round_id = find_round(workspace, round_)
    for recording, count, act in archive.list_recordings(workspace, round_id=round_id):
        told = f"\tarchived by {act.who} on {act.acted_at:%Y-%m-%d}" if act else ""
        typer.echo(f"{recording.id}\t{recording.file_name}\t{count_of(count, 'session')}{told}")


@group.command()
def answers(
    round_: RoundArgument,
    wanted: Annotated[int, typer.Argument(help="How many different people answer a session: 1 to 5.")],
    share: Annotated[float, typer.Option(help="Share of the sessions that want so many, drawn at random.")] = 1.0,
) -> None:
    """Ask for several independent answers per session; open sessions follow."""
    workspace = open_workspace()
    known = rounds.get_round(workspace, round_id=find_round(workspace, round_))
    rounds.change_round(workspace, replace(known, answers_wanted=wanted, double_share=share))
    left = rounds.count_open(workspace, round_id=known.id)
    typer.echo(f"{known.id}: {count_of(wanted, 'answer')} per session, {count_of(left, 'session')} to do")


@group.command()
def assign(
    round_: RoundArgument,
    table: Annotated[Path, typer.Argument(help="A CSV (columns site, person), in place of what was assigned.")],
    only: Annotated[bool, typer.Option("--only", help="Who has sites gets no others.")] = False,
) -> None:
    """Assign sites of a round to people: nobody else gets their sessions."""
    workspace = open_workspace()
    known = rounds.get_round(workspace, round_id=find_round(workspace, round_))
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assigned = rounds.read_assignments(rows, known=known, who=workspace.settings.annotator)
    rounds.change_round(workspace, replace(known, assignments=assigned, assigned_only=only))
    people = sorted({each.person for each in assigned})
    typer.echo(f"{known.id}: {count_of(len(assigned), 'assignment')} to {name_some(people) if people else 'nobody'}")


@group.command()
def assign_sessions(
    round_: RoundArgument,
    people: Annotated[
        list[str] | None, typer.Argument(help="Who gets them; with --take-back, nobody: everybody.")
    ] = None,
    sessions: Annotated[list[str] | None, typer.Option("--session", help="A session's id; may be given often.")] = None,
    ids: Annotated[Path | None, typer.Option(help="A text file with a session's id in each line.")] = None,
    following: Annotated[
        int | None, typer.Option("--next", help="The next so many that are open and nobody's.")
    ] = None,
    query: Annotated[str, typer.Option(help="A filter as in the address of Review: site=bay&label=call.")] = "",
    only: Annotated[bool, typer.Option("--only", help="Nobody else gets these sessions.")] = False,
    back: Annotated[bool, typer.Option("--take-back", help="They are these people's no more.")] = False,
) -> None:
    """Assign single sessions to people, or take them back; `undo-assignment` undoes it."""
    workspace = open_workspace()
    round_id, who = find_round(workspace, round_), workspace.settings.annotator
    named = [*(sessions or ()), *(ids.read_text(encoding="utf-8-sig").split() if ids else ())]
    meant = Meant(tuple(named))
    if not named:
        if following is None and not query:
            raise InvalidInput("Expected sessions: --session, --ids, --next or --query.")
        meant = Meant(selection=read_params(dict(parse_qsl(query, keep_blank_values=True))), limit=following)
    asked: dict[str, Any] = {
        "act_id": str(uuid.uuid4()),
        "round_id": round_id,
        "meant": meant,
        "people": people or (),
        "who": who,
    }
    act = assignments.take_back(workspace, **asked) if back else assignments.assign(workspace, **asked, only=only)
    typer.echo(f"{round_id}: {act.describe(count_of(len(act.session_ids), 'session'))}")
    typer.echo(f"To undo: rounds undo-assignment {round_id} {act.id}")


@group.command(name="assigned")
def assigned_(round_: RoundArgument) -> None:
    """List who has single sessions of a round: name, sessions, how many are left; then what was assigned when."""
    workspace = open_workspace()
    round_id = find_round(workspace, round_)
    for each in assignments.count_people(workspace, round_id=round_id):
        typer.echo(f"{each.person}\t{count_of(each.sessions, 'session')}\t{each.left:,} left")
    for shown in assignments.list_acts(workspace, round_id=round_id):
        what = shown.act.describe(count_of(len(shown.act.session_ids), "session"))
        undone = f"\tundone by {shown.undone_by}" if shown.undone_by else ""
        typer.echo(f"{shown.act.id}\t{shown.act.acted_at:%Y-%m-%d %H:%M}\t{shown.act.who}\t{what}{undone}")


@group.command()
def undo_assignment(
    round_: RoundArgument, act: Annotated[str, typer.Argument(help="The id of an assignment; see `assigned`.")]
) -> None:
    """Undo an assignment of single sessions: whose these were before, they are again."""
    workspace = open_workspace()
    round_id, who = find_round(workspace, round_), workspace.settings.annotator
    assignments.undo(workspace, act_id=str(uuid.uuid4()), round_id=round_id, undoes=act, who=who)
    typer.echo(f"{round_id}: the assignment {act} is undone.")


@group.command()
def share(
    round_: RoundArgument,
    note: Annotated[str, typer.Option("--for", help="For whom the link is; for the list only.")] = "",
    days: Annotated[int, typer.Option(help="How long it is valid, 1 to 366.")] = SHARE_DAYS,
    with_names: Annotated[bool, typer.Option("--with-names", help="Name the annotators.")] = False,
    revoke: Annotated[str, typer.Option(help="Revoke the link of this id instead.")] = "",
) -> None:
    """Make a link to a round's progress for somebody without a token, and show what stands after the server's address.

    It is shown this once.
    """
    workspace = open_workspace()
    round_id = find_round(workspace, round_)
    if revoke:
        link = share_links.revoke_link(workspace, link_id=revoke)
        typer.echo(f"{link.id} opens nothing any more.")
        return
    who = workspace.settings.annotator
    link, text = share_links.add_link(
        workspace, round_id=round_id, note=note, days=days, with_names=with_names, who=who
    )
    typer.echo(f"progress?{share_links.PARAMETER}={text}")
    typer.echo(f"{link.id}, until {link.expires_at:%Y-%m-%d}. It will not be shown again.", err=True)


@group.command(name="share-links")
def share_links_(round_: RoundArgument) -> None:
    """List the links to a round's progress: id, state, end, for whom."""
    workspace, now = open_workspace(), utc_now()
    for each in share_links.list_links(workspace, round_id=find_round(workspace, round_)):
        standing = "revoked" if each.revoked_at else "valid" if each.is_valid(now) else "expired"
        names = "with names" if each.with_names else "without names"
        typer.echo(f"{each.id}\t{standing}\tuntil {each.expires_at:%Y-%m-%d}\t{names}\t{each.note}")


@group.command(name="archive")
def archive_(round_: RoundArgument, recording: RecordingOption = "") -> None:
    """Archive a round, or one of its recordings: it is out of sight, and nothing is deleted."""
    _set(round_, recording, is_archived=True)


@group.command()
def restore(round_: RoundArgument, recording: RecordingOption = "") -> None:
    """Bring back what was archived."""
    _set(round_, recording, is_archived=False)


@group.command()
def rename_label(
    round_: RoundArgument,
    old: Annotated[str, typer.Argument(help="The label's current name.")],
    new: Annotated[str, typer.Argument(help="The new name.")],
) -> None:
    """Give a label another name in all answers and predictions; the old name means the new one from now on."""
    workspace = open_workspace()
    round_id, who = find_round(workspace, round_), workspace.settings.annotator
    changed = archive.rename_label(workspace, round_id=round_id, old=old, new=new, who=who)
    typer.echo(f"{round_id}: {', '.join(changed.label_names)}")


@group.command()
def merge_label(
    round_: RoundArgument,
    old: Annotated[str, typer.Argument(help="The label that becomes the other one.")],
    new: Annotated[str, typer.Argument(help="The label that stays.")],
) -> None:
    """Make one label of two in all answers and predictions; `undo-label` parts them again."""
    workspace = open_workspace()
    round_id, who = find_round(workspace, round_), workspace.settings.annotator
    use = label_acts.preview(workspace, round_id=round_id, label=old)
    changed = label_acts.merge_label(workspace, round_id=round_id, old=old, new=new, who=who)
    typer.echo(f"{count_of(use.annotations, 'box', 'es')} and {count_of(use.predictions, 'prediction')} are {new} now.")
    typer.echo(f"{round_id}: {', '.join(changed.label_names)}")


@group.command()
def delete_label(round_: RoundArgument, label: Annotated[str, typer.Argument(help="The label.")]) -> None:
    """Take a label's boxes out of the answers that count, and the label off the list; `bulk undo` brings both back."""
    workspace = open_workspace()
    round_id, who = find_round(workspace, round_), workspace.settings.annotator
    act = label_acts.delete_label(workspace, act_id=str(uuid.uuid4()), round_id=round_id, label=label, who=who)
    undo = f" To undo: bulk undo {act.id}" if act else ""
    typer.echo(f"{label} is deleted: {count_of(act.changed if act else 0, 'box', 'es')}.{undo}")


@group.command(name="label-acts")
def label_acts_(round_: RoundArgument) -> None:
    """List what was done to labels of a round, the newest first: id, when, who, what, and whether it was undone."""
    workspace = open_workspace()
    for each in label_acts.list_records(workspace, round_id=find_round(workspace, round_)):
        undone = "\tundone" if each.undone else ""
        typer.echo(f"{each.id}\t{each.at:%Y-%m-%d %H:%M}\t{each.who}\t{each.what}{undone}")


@group.command()
def undo_label(
    round_: RoundArgument, act: Annotated[str, typer.Argument(help="The id of a merge or rename; see `label-acts`.")]
) -> None:
    """Part labels that were merged, or give a label the name back that it had before."""
    workspace = open_workspace()
    round_id, who = find_round(workspace, round_), workspace.settings.annotator
    changed = label_acts.undo_act(workspace, round_id=round_id, act_id=act, who=who)
    typer.echo(f"{round_id}: {', '.join(changed.label_names)}")


def _set(name: str, recording_id: str, *, is_archived: bool) -> None:
    workspace = open_workspace()
    round_id, who = find_round(workspace, name), workspace.settings.annotator
    if recording_id:
        archive.archive_recording(
            workspace, round_id=round_id, recording_id=recording_id, who=who, is_archived=is_archived
        )
    else:
        archive.archive_round(workspace, round_id=round_id, who=who, is_archived=is_archived)
    what = f"Recording {recording_id} of round {round_id}" if recording_id else f"Round {round_id}"
    typer.echo(f"{what} is {'archived' if is_archived else 'back'}.")
