"""The commands that bring recordings in: files that are indexed where they lie, and HLS archives."""

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from typer.core import TyperGroup

from podcast_core.cli.hls import ingest_hls
from podcast_core.services.intake import ingest as service
from podcast_core.services.intake.indexing import Manner
from podcast_core.services.intake.ingest import IngestReport
from podcast_core.services.work import jobs
from podcast_core.workspace import open_workspace


def ingest(
    paths: Annotated[
        list[str], typer.Argument(help="Audio files, folders that are searched for them, https:// and s3:// URLs.")
    ],
    round_name: Annotated[str, typer.Option("--round", help="The round; made when there is none of that name.")],
    session_length: Annotated[float, typer.Option(help="Length of a session in seconds.")] = 60.0,
    labels: Annotated[str, typer.Option(help="Labels of a new round, separated by commas. Default: call")] = "",
    site: Annotated[str, typer.Option(help="Where the recorder was.")] = "",
    zone: Annotated[
        str | None,
        typer.Option(help="Time zone of start times without one: America/Los_Angeles, -07:00. Default: UTC"),
    ] = None,
    background: Annotated[
        bool, typer.Option("--background", help="Leave it to a worker; the Jobs page shows how it goes.")
    ] = False,
) -> None:
    """Index recordings where they lie, and cut them into sessions. Running it again adds what is new."""
    workspace = open_workspace()
    names = [label for label in labels.split(",") if label.strip()]
    if background:
        typer.echo(
            jobs.add_ingest(
                workspace,
                paths=paths,
                round_name=round_name,
                session_length_s=session_length,
                labels=names,
                site=site,
                manner=Manner(zone),
            )
        )
        return
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("Looking for audio", total=None)
        report = service.ingest(
            workspace,
            paths=paths,
            round_name=round_name,
            session_length_s=session_length,
            labels=names,
            site=site,
            manner=Manner(zone),
            on_progress=lambda done, total, name: bar.update(task, completed=done, total=total, description=name[-40:]),
        )
    show(report)
    raise typer.Exit(1 if report.failed else 0)


def show(report: IngestReport) -> None:
    """Print what became of the files, the failures by name."""
    sessions = sum(each.session_count for each in report.added)
    minutes = sum(each.duration_s for each in report.added) / 60
    typer.echo(
        f"Round {report.round_id}: {len(report.added)} recordings added ({sessions} sessions, {minutes:.1f} minutes), "
        f"{len(report.unchanged)} known already, {len(report.failed)} failed."
    )
    for each in report.failed:
        typer.echo(f"  failed: {each.path}: {each.reason}", err=True)


class PathsFirst(TyperGroup):
    """A group whose first command needs no name: ``ingest PATH...`` is ``ingest files PATH...``."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]  # typer's own context
        """Put the command's name in, unless one is given or help is asked for."""
        if args and args[0] not in (*self.commands, "--help"):
            args = ["files", *args]
        return super().parse_args(ctx, args)


group = typer.Typer(
    cls=PathsFirst,
    no_args_is_help=True,
    help="Bring recordings into a round: `ingest PATH... --round NAME`, or `ingest hls URL`.",
)
group.command("files")(ingest)
group.command("hls")(ingest_hls)
