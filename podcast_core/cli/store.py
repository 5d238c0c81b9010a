"""Commands about where data lies: make the database anew from the file store, and find and mend differences."""

from typing import Annotated

import typer

from podcast_core.cli.bar import show_bar
from podcast_core.errors import count_of
from podcast_core.services.store import doctor as doctor_service
from podcast_core.services.store import rebuild as rebuild_service
from podcast_core.services.store import room
from podcast_core.storage.space import measure_free_bytes, show_bytes
from podcast_core.workspace import open_workspace


def rebuild(
    replace: Annotated[bool, typer.Option(help="Replace the database's contents.")] = False,
    partial: Annotated[bool, typer.Option(help="Continue without answers that cannot be read or placed.")] = False,
) -> None:
    """Make the database anew from the file store. Until it is done, the old one stays as it is."""
    with show_bar("Reading the store") as show:
        report = rebuild_service.rebuild(open_workspace(), replace=replace, partial=partial, on_progress=show)
    typer.echo(f"The database was rebuilt: {_describe(report.counts)}.")
    for problem in report.problems:
        typer.echo(problem.reason, err=True)
    raise typer.Exit(1 if report.problems else 0)


def doctor(
    repair: Annotated[bool, typer.Option(help="Repair what is safe to repair; labels are never removed.")] = False,
    contents: Annotated[bool, typer.Option(help="Read every object of the store; slow.")] = False,
    checksums: Annotated[bool, typer.Option(help="Read every recording; very slow.")] = False,
) -> None:
    """Find differences between the database, the file store and the recordings. Exit status 1: something is left."""
    with show_bar("Looking") as show:
        diagnosis = doctor_service.examine(
            open_workspace(), repair=repair, contents=contents, checksums=checksums, on_progress=show
        )
    for finding in diagnosis.findings:
        typer.echo(finding.text)
    state = "All is well" if diagnosis.is_well else "Something needs attention"
    typer.echo(f"{state}. The database holds {_describe(diagnosis.counts)}.")
    raise typer.Exit(0 if diagnosis.is_well else 1)


def usage() -> None:
    """Show how much is used by what: by person and kind what was sent, and the pictures that are kept."""
    workspace = open_workspace()
    for each in room.list_sent(workspace):
        who = each.person or "without a token"
        typer.echo(f"{each.kind}, {who}: {show_bytes(each.byte_count)} in {count_of(each.file_count, 'file')}")
    settings, kept = workspace.settings, workspace.cache.measure_bytes()
    typer.echo(f"pictures: {show_bytes(kept)} of {show_bytes(settings.largest_cache_mb * 1e6)}")
    typer.echo(f"free in {settings.data_dir}: {show_bytes(measure_free_bytes(str(settings.data_dir)))}")


def _describe(counts: dict[str, int]) -> str:
    return ", ".join(count_of(count, name.removesuffix("s")) for name, count in counts.items())
