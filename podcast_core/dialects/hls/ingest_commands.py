"""The command that takes audio out of HLS archives, such as Orcasound's."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from podcast_core.cli.bar import show_bar
from podcast_core.errors import count_of
from podcast_core.services.hls import ingest as service
from podcast_core.services.hls.ingest import HlsReport, Source
from podcast_core.workspace import open_workspace

MAX_GAPS = 20
LOOK_S = 0.2  # how often a wish to end is looked for


def ingest_hls(  # noqa: PLR0913  # options of a command line have names
    url: Annotated[
        str,
        typer.Argument(
            help="A node (s3://audio-orcasound-net/rpi_orcasound_lab), one of its folders, or a playlist: "
            "s3://, https:// or a path."
        ),
    ],
    round_name: Annotated[str, typer.Option("--round", help="The round; created if it does not exist.")],
    from_text: Annotated[
        str, typer.Option("--from", help="Begin here: 2021-07-17T00:30:00Z, or with -07:00, or with --zone.")
    ] = "",
    to_text: Annotated[str, typer.Option("--to", help="End before this moment.")] = "",
    zone: Annotated[str | None, typer.Option(help="Time zone of --from and --to if they have none.")] = None,
    session_length: Annotated[float, typer.Option(help="Length of a session in seconds.")] = 60.0,
    labels: Annotated[str, typer.Option(help="Labels of a new round, separated by commas. Default: call")] = "",
    site: Annotated[str, typer.Option(help="Where the hydrophone is. Default: the node's name")] = "",
    offset: Annotated[
        float, typer.Option(help="Seconds from a folder's stamp to its first sample, where the playlist has no dates.")
    ] = service.OFFSET_S,
    started_at: Annotated[
        str, typer.Option(help="When the first segment began, for a folder that is not named by a time.")
    ] = "",
    follow: Annotated[
        bool, typer.Option("--follow", help="Follow a live stream until Ctrl+C, its end or --to.")
    ] = False,
) -> None:
    """Take a span of true time out of an HLS archive into a round. Running it again completes it."""
    moments = [service.parse_moment(text, zone=zone) if text else None for text in (from_text, to_text, started_at)]
    from_at, to_at, first_at = moments
    source = Source(url, site=site, offset_s=offset, started_at=first_at)
    names = [label for label in labels.split(",") if label.strip()]
    if follow:
        with Console(stderr=True).status("Following; Ctrl+C ends it") as status, _interrupts() as stop:
            report = service.follow_hls(
                open_workspace(),
                source=source,
                round_name=round_name,
                stop=stop,
                from_at=from_at,
                to_at=to_at,
                session_length_s=session_length,
                labels=names,
                on_progress=lambda seen, _, name: status.update(
                    f"Following; {count_of(seen, 'segment')}, the newest: {name}"
                ),
            )
    elif from_at is None or to_at is None:
        raise typer.BadParameter("Give --from and --to, or --follow.")
    else:
        with show_bar("Reading the archive") as on_progress:
            report = service.ingest_hls(
                open_workspace(),
                source=source,
                from_at=from_at,
                to_at=to_at,
                round_name=round_name,
                session_length_s=session_length,
                labels=names,
                on_progress=on_progress,
            )
    show(report)
    raise typer.Exit(1 if report.failed else 0)


class _Interrupt:
    """The wish to end; a `threading.Event` may not be set by a signal that comes while it is being waited for."""

    wanted = False

    def wait(self, timeout: float) -> bool:
        """Wait so many seconds, or until Ctrl+C; says whether it was pressed."""
        end = time.monotonic() + timeout
        while not self.wanted and (left_s := end - time.monotonic()) > 0:
            time.sleep(min(left_s, LOOK_S))
        return self.wanted


@contextmanager
def _interrupts() -> Iterator[_Interrupt]:
    """Take Ctrl+C as a wish, so that what was fetched is kept; a second one ends the program at once."""
    interrupt = _Interrupt()

    def handle(number: int, frame: FrameType | None) -> None:
        if interrupt.wanted:
            signal.default_int_handler(number, frame)
        interrupt.wanted = True

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)


def show(report: HlsReport) -> None:
    """Print what was added, and every gap with its reason."""
    sessions = sum(each.session_count for each in report.added)
    minutes = sum(each.duration_s for each in report.added) / 60
    typer.echo(
        f"Round {report.round_id}: {count_of(len(report.added), 'recording')} added ({count_of(sessions, 'session')}, "
        f"{minutes:.1f} minutes), {len(report.unchanged)} known already, {len(report.failed)} failed, "
        f"{count_of(len(report.gaps), 'gap')}."
    )
    for gap in report.gaps[:MAX_GAPS]:
        word = "overlap" if gap.is_overlap else "gap"
        typer.echo(f"  {word}: {gap.started_at.isoformat()} {gap.duration_s:.3f} s: {gap.reason}")
    if len(report.gaps) > MAX_GAPS:
        typer.echo(f"  and {len(report.gaps) - MAX_GAPS} more")
    for each in report.failed:
        typer.echo(f"  failed: {each.path}: {each.reason}", err=True)


COMMANDS = {"hls": ingest_hls}
