"""The command that writes spectrogram figures."""

import json
from pathlib import Path
from typing import Annotated

import typer

from podcast_core.cli.bar import show_bar
from podcast_core.cli.options import find_round
from podcast_core.domain.figure import check_format, read_look
from podcast_core.errors import InvalidInput
from podcast_core.services.pictures import figures
from podcast_core.workspace import open_workspace


def figure(
    out: Annotated[
        Path, typer.Argument(help="Where to write it; .png, .svg, .pdf, .mp4 or .webm. With --settings: what to read.")
    ],
    session: Annotated[str, typer.Option(help="A session of --round.")] = "",
    round_name: Annotated[str, typer.Option("--round", help="The round's id or name.")] = "",
    recording: Annotated[str, typer.Option(help="A recording's id, instead of a session.")] = "",
    part: Annotated[
        tuple[float, float] | None, typer.Option(help="Start and end in seconds of the session or recording.")
    ] = None,
    label: Annotated[
        list[str] | None, typer.Option(help="Without a session: only calls of this label; may be given several times.")
    ] = None,
    per_label: Annotated[int, typer.Option(help="Calls of each label, in a row.")] = 4,
    look: Annotated[
        list[str] | None,
        typer.Option(
            "--look",
            "-l",
            metavar="NAME=VALUE",
            help="width_mm, height_mm, dpi, font_pt, scale, low_hz, high_hz, floor_db, ceiling_db, color_map, "
            "background, title, waveform=false and others, as over HTTP.",
        ),
    ] = None,
    speed: Annotated[float, typer.Option(help="Of a video: 0.05 to 2; frequencies are multiplied by it.")] = 1.0,
    settings: Annotated[bool, typer.Option("--settings", help="Print what a figure's file was made with.")] = False,
) -> None:
    """Write a spectrogram figure: of a session, a recording, or a grid of calls per label of a round."""
    if settings:
        typer.echo(json.dumps(figures.read_settings(out.read_bytes()), indent=2, ensure_ascii=False))
        return
    kind = check_format(out.suffix.removeprefix(".").lower())
    wanted = {}
    for each in look or ():
        name, is_there, value = each.partition("=")
        if not is_there:
            raise InvalidInput(f"--look: expected NAME=VALUE, found {each[:80]!r}.")
        wanted[name.strip()] = value.strip()
    start_s, end_s = part or (None, None)
    workspace, shown = open_workspace(), read_look(wanted)
    if recording:
        drawn = figures.draw_recording(workspace, recording_id=recording, start_s=start_s, end_s=end_s, look=shown)
    elif not round_name:
        raise InvalidInput("What is to be drawn? Give --round, with --session or without, or --recording.")
    elif session:
        drawn = figures.draw_session(
            workspace,
            round_id=find_round(workspace, round_name),
            session_id=session,
            start_s=start_s,
            end_s=end_s,
            look=shown,
        )
    else:
        drawn = figures.draw_examples(
            workspace, round_id=find_round(workspace, round_name), labels=label or (), per_label=per_label, look=shown
        )
    with show_bar("Writing") as progress:
        data = figures.write(
            drawn, kind, speed=speed, on_progress=lambda done: progress(round(100 * done), 100, out.name)
        )
    out.write_bytes(data)
    typer.echo(f"{out} written.")
