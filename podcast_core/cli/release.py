"""Commands that make data sets of rounds, look at them and take them out."""

from pathlib import Path
from typing import Annotated

import typer

from podcast_core.cli.bar import show_bar
from podcast_core.cli.options import find_rounds
from podcast_core.domain.release import Release
from podcast_core.domain.standing import LEAVE_OUT
from podcast_core.errors import count_of
from podcast_core.services.jobs import queue
from podcast_core.services.sets import release_compare, release_store, releases
from podcast_core.services.sets.release_plan import Plan, plan_release
from podcast_core.services.sets.release_request import ReleaseRequest
from podcast_core.services.sets.release_store import CARD
from podcast_core.workspace import open_workspace

app = typer.Typer(help="Make immutable, versioned data sets of rounds.", no_args_is_help=True)
NameArgument = Annotated[str, typer.Argument(help="NAME, or NAME/VERSION; the newest version if none is named.")]


@app.command()
def create(  # noqa: PLR0913  # each is an option with a name of its own
    name: Annotated[str, typer.Argument(help="Name of the data set.")],
    rounds: Annotated[list[str], typer.Option("--round", help="A round's id or name; can be given several times.")],
    licence: Annotated[str, typer.Option(help='Of audio and labels, such as "CC BY 4.0"; or "unknown".')],
    version: Annotated[str, typer.Option(help="Such as 2 or 1.2.0. Default: the next.")] = "",
    title: Annotated[str, typer.Option(help="Title of the data card.")] = "",
    description: Annotated[str, typer.Option(help="Text for the data card.")] = "",
    citation: Annotated[str, typer.Option(help="How to cite it.")] = "",
    audio: Annotated[
        str, typer.Option(help="sessions (one file each), clips (one per annotation) or none.")
    ] = "sessions",
    no_audio: Annotated[bool, typer.Option("--no-audio", help="The same as --audio none: references only.")] = False,
    container: Annotated[str, typer.Option("--audio-format", help="flac or wav.")] = "flac",
    padding: Annotated[float, typer.Option(help="Seconds before and after the annotation of a clip.")] = 0.5,
    layout: Annotated[str, typer.Option(help="folders; orcasound-a or orcasound-b: wav/ and three TSVs.")] = "folders",
    split_by: Annotated[str, typer.Option(help="What stays together: recording, encounter or site.")] = "recording",
    gap_hours: Annotated[float, typer.Option(help="A longer silence of a site's recorders ends an encounter.")] = 2.0,
    proportions: Annotated[str, typer.Option(help="Shares of train, dev and test.")] = "0.8,0.1,0.1",
    seed: Annotated[str, typer.Option(help="Another seed gives another split.")] = "1",
    based_on: Annotated[
        str, typer.Option(help="Keep the split of NAME/VERSION, of the latest version, or none.")
    ] = "latest",
    include: Annotated[
        list[str] | None, typer.Option(help="Sessions with this outcome as well: unsure, verified.")
    ] = None,
    rejected: Annotated[str, typer.Option(help="Answers that a review rejected: leave-out or keep.")] = LEAVE_OUT,
    hold_out: Annotated[str, typer.Option(help="What no model may be trained on: none, test or all.")] = "none",
    held_out_audio: Annotated[str, typer.Option(help="Held out elsewhere: refuse, test or leave-out.")] = "refuse",
    annotators: Annotated[str, typer.Option(help="names, or numbers in their place.")] = "names",
    formats: Annotated[str, typer.Option(help="Formats of annotations, separated by commas. Default: all.")] = "",
    background: Annotated[bool, typer.Option("--background", help="Run it in a worker; see the Jobs page.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what it would hold; write nothing.")] = False,
) -> None:
    """Make a release. The same again changes nothing; one that was cut off is completed."""
    shares = _read_proportions(proportions)
    workspace = open_workspace()
    request = ReleaseRequest(
        name=name,
        round_ids=find_rounds(workspace, rounds),
        licence=licence,
        version=version,
        title=title,
        description=description,
        citation=citation,
        audio="none" if no_audio else audio,
        container=container,
        padding_s=padding,
        layout=layout,
        group_by=split_by,
        gap_s=gap_hours * 3600,
        proportions=shares,
        seed=seed,
        based_on=based_on,
        outcomes=("labelled", "empty", *(include or ())),
        rejected=rejected,
        held_out=hold_out,
        held_out_audio=held_out_audio,
        annotators=annotators,
        formats=tuple(part.strip() for part in formats.split(",") if part.strip()),
    )
    if dry_run:
        _show_plan(plan_release(workspace, request=request))
        return
    if background:
        typer.echo(queue.add_job(workspace, kind="release", params=request.to_params()))
        return
    with show_bar("Making the release") as show:
        created = releases.create_release(workspace, request=request, on_progress=show)
    release = created.release
    typer.echo(f"Release {release.id} {'made' if created.is_new else 'unchanged: it was made from the same before'}.")
    _show_balance(release)
    for warning in release.document["warnings"]:
        typer.echo(warning, err=True)


@app.command("list")
def list_() -> None:
    """List all releases, the newest version of each first."""
    workspace = open_workspace()
    found = release_store.list_releases(workspace)
    for release in found:
        held = f", held out: {', '.join(release.held_out)}" if release.held_out else ""
        typer.echo(
            f"{release.id}\t{count_of(len(release.sessions), 'session')}\t{release.size_bytes / 1e6:.1f} MB\t"
            f"{release.document['created_at'][:10]}\t{release.document['licence']}{held}"
        )
    for unfinished in release_store.list_unfinished(workspace):
        typer.echo(f"{unfinished}\tnot complete: being made, or cut off (create it again)", err=True)
    if not found:
        typer.echo('There is no release yet: python -m podcast_core release create NAME --round ROUND --licence "..."')


@app.command()
def show(name: NameArgument) -> None:
    """Print the data card of a release."""
    workspace = open_workspace()
    release = release_store.get_release(workspace, name=name)
    typer.echo(release_store.read_file(workspace, release, CARD).decode(), nl=False)


@app.command()
def compare(
    older: Annotated[str, typer.Argument(help="NAME/VERSION")],
    newer: Annotated[str, typer.Argument(help="NAME/VERSION")],
) -> None:
    """Say what is different between two releases. Exit status 1 when anything is."""
    workspace = open_workspace()
    found = release_compare.compare_releases(
        release_store.get_release(workspace, name=older), release_store.get_release(workspace, name=newer)
    )
    for what, names in (
        ("recordings added", found.recordings_added),
        ("recordings removed", found.recordings_removed),
        ("sessions added", found.sessions_added),
        ("sessions removed", found.sessions_removed),
        ("sessions answered anew", found.sessions_changed),
        ("sessions moved", tuple(f"{name} ({before} to {now})" for name, before, now in found.moved)),
    ):
        typer.echo(f"{what}: {len(names)}" + "".join(f"\n  {name}" for name in names))
    for label, (before, now) in found.labels.items():
        typer.echo(f"annotations of {label}: {before} -> {now} ({now - before:+d})")
    for parameter, (was, is_) in found.parameters.items():
        typer.echo(f"parameter {parameter}: {was} -> {is_}")
    raise typer.Exit(0 if found.is_same else 1)


@app.command()
def verify(name: NameArgument) -> None:
    """Read a release again and compare every file with its checksum. Exit status 1 when anything is wrong."""
    workspace = open_workspace()
    with show_bar("Reading") as on_progress:
        problems = release_store.verify_release(workspace, name=name, on_progress=on_progress)
    for problem in problems:
        typer.echo(problem, err=True)
    release = release_store.get_release(workspace, name=name)
    typer.echo(f"Release {release.id}: {count_of(len(release.files), 'file')}, {len(problems) or 'nothing'} wrong.")
    raise typer.Exit(1 if problems else 0)


@app.command()
def export(
    name: NameArgument, out: Annotated[Path, typer.Option(help="A new folder, or a file that ends in .zip.")]
) -> None:
    """Write a release to a folder or a ZIP archive."""
    with show_bar("Writing") as on_progress:
        written = release_store.export_release(open_workspace(), name=name, out=out, on_progress=on_progress)
    typer.echo(f"Written to {written}.")


def _read_proportions(text: str) -> tuple[float, float, float]:
    parts = text.split(",")
    try:
        train, dev, test = (float(part) for part in parts)
    except ValueError:
        raise typer.BadParameter(f"expected three numbers such as 0.8,0.1,0.1, found {text!r}") from None
    return train, dev, test


def _show_balance(release: Release) -> None:
    for split, each in release.splits.items():
        labels = ", ".join(f"{count} {label}" for label, count in each["labels"].items())
        typer.echo(
            f"  {split}: {count_of(each['sessions'], 'session')}, {each['duration_s'] / 60:.1f} minutes, {labels}"
        )


def _show_plan(plan: Plan) -> None:
    for split, each in plan.balance.items():
        labels = ", ".join(f"{count} {label}" for label, count in each.labels.items())
        typer.echo(f"{split}: {count_of(each.sessions, 'session')}, {each.duration_s / 60:.1f} minutes, {labels}")
    for reason, count in plan.left_out.items():
        typer.echo(f"left out: {count} {reason}")
    for problem in (*plan.problems, *plan.warnings):
        typer.echo(problem, err=True)
    raise typer.Exit(1 if plan.problems else 0)
