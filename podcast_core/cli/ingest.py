"""The commands that bring recordings in: files that are indexed where they lie, and HLS archives."""

import shlex
from typing import Annotated

import typer
from typer.core import TyperGroup

from podcast_core.cli.bar import show_bar
from podcast_core.errors import count_of
from podcast_core.plugging import load_parts
from podcast_core.services.intake import ingest as service
from podcast_core.services.intake import ingest_job
from podcast_core.services.intake.indexing import Manner, parse_seconds
from podcast_core.services.intake.ingest import IngestReport
from podcast_core.services.intake.preview import Preview, preview_sources
from podcast_core.services.store.source_names import show_source
from podcast_core.workspace import open_workspace

MAX_NOTES = 20


def ingest(  # noqa: PLR0913  # options of a command line have names
    paths: Annotated[
        list[str], typer.Argument(help="Audio files, folders to search for them, https:// and s3:// URLs.")
    ],
    round_name: Annotated[
        str, typer.Option("--round", help="The round; created if it does not exist. Not needed with --dry-run.")
    ] = "",
    session_length: Annotated[float, typer.Option(help="Length of a session in seconds.")] = 60.0,
    labels: Annotated[str, typer.Option(help="Labels of a new round, separated by commas. Default: call")] = "",
    site: Annotated[str, typer.Option(help="Where the recorder was.")] = "",
    zone: Annotated[
        str | None,
        typer.Option(help="Time zone of start times without one: America/Los_Angeles, -07:00. Default: UTC"),
    ] = None,
    time_pattern: Annotated[
        str,
        typer.Option(
            help="Pattern of times in file names: YYYYMMDD_HHMMSS, DDMMYY-HHMM, UNIX, HEX. Also MON, DDD (day of "
            "the year), "
            "FFF (milliseconds), Z (zone), * (anything)."
        ),
    ] = "",
    time_offset: Annotated[
        str, typer.Option(help="Correct the clock: add this to every start time. Seconds, or -1:00:00")
    ] = "0",
    take_cut: Annotated[
        bool, typer.Option("--take-cut", help="Accept the intact part of truncated files; otherwise they are refused.")
    ] = False,
    background: Annotated[bool, typer.Option("--background", help="Run it in a worker; see the Jobs page.")] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Show the files with their times and how those were found, without adding anything."
        ),
    ] = False,
) -> None:
    """Index recordings where they lie, and cut them into sessions. Running it again adds what is new."""
    workspace = open_workspace()
    manner = Manner(zone, time_pattern, parse_seconds(time_offset), take_cut)
    if dry_run:
        preview = preview_sources(workspace, paths, manner=manner, most=None)
        show_preview(preview)
        raise typer.Exit(1 if preview.failed or len(preview.good) < len(preview.seen) else 0)
    if not round_name:
        raise typer.BadParameter("name the round for the recordings", param_hint="--round")
    names = [label for label in labels.split(",") if label.strip()]
    if background:
        typer.echo(
            ingest_job.add_ingest(
                workspace,
                paths=paths,
                round_name=round_name,
                session_length_s=session_length,
                labels=names,
                site=site,
                manner=manner,
            )
        )
        return
    with show_bar("Looking for audio") as on_progress:
        report = service.ingest(
            workspace,
            paths=paths,
            round_name=round_name,
            session_length_s=session_length,
            labels=names,
            site=site,
            manner=manner,
            on_progress=on_progress,
        )
    show(report)
    raise typer.Exit(1 if report.failed else 0)


def show(report: IngestReport) -> None:
    """Print what became of the files, the failures by name."""
    sessions = sum(each.session_count for each in report.added)
    minutes = sum(each.duration_s for each in report.added) / 60
    typer.echo(
        f"Round {report.round_id}: {count_of(len(report.added), 'recording')} added ({count_of(sessions, 'session')}, "
        f"{minutes:.1f} minutes), {len(report.unchanged)} known already, {len(report.failed)} failed."
    )
    for each in report.failed:
        typer.echo(f"  failed: {each.path}: {each.reason}", err=True)
    noted = [(each.path, note) for each in (*report.added, *report.unchanged) for note in each.notes]
    for path, note in noted[:MAX_NOTES]:
        typer.echo(f"  note: {show_source(path)}: {note}", err=True)
    if len(noted) > MAX_NOTES:
        typer.echo(f"  ... and {len(noted) - MAX_NOTES:,} more notes, kept with each recording.", err=True)


def show_preview(preview: Preview) -> None:
    """Print what would be added, as a table, with counts and what is odd."""
    rows = [("START (UTC)", "FOUND IN", "ZONE", "LENGTH", "RATE", "CHANNELS", "FILE")]
    for each in preview.good:
        start = "unknown" if each.started_at is None else f"{each.started_at:%Y-%m-%d %H:%M:%S.%f}"[:-3]
        length = "unknown" if each.duration_s is None else f"{each.duration_s:,.2f} s"
        rate = f"{each.sample_rate_hz:,} Hz"
        rows.append((start, each.source, each.zone_text, length, rate, str(each.channel_count), each.name))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    typer.echo(
        f"\n{len(preview.good)} of {count_of(preview.file_count + len(preview.failed), 'file')} would be added. Times:"
    )
    for source, count in preview.sources.items():
        typer.echo(f"  {count:>6,}  {source}")
    if preview.known_count:
        typer.echo(f"  already known: {preview.known_count:,}")
    for pattern, (count, name, read) in preview.candidates.items():
        typer.echo(f"  --time-pattern {shlex.quote(pattern)} gives {count:,} of them a time: {name} is {read}")
    for warning in preview.warnings:
        typer.echo(f"  note: {warning}")
    for name, reason in [
        *((each.path, each.reason) for each in preview.failed),
        *((each.name, each.reason) for each in preview.seen if each.reason),
    ]:
        typer.echo(f"  refused: {name}: {reason}", err=True)


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
for part in load_parts("ingest_commands"):
    for name, command in part.COMMANDS.items():
        group.command(name)(command)
