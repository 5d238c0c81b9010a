"""Commands that bring an original Pod.Cast deployment in, and write rounds back in its layout."""

from pathlib import Path
from typing import Annotated

import typer

from podcast_core.cli.bar import show_bar
from podcast_core.cli.options import AddLabelsOption, MapOption, find_rounds
from podcast_core.dialects.podcast import migration, migration_out
from podcast_core.dialects.podcast.deployment import ROUND_INFO, Layout
from podcast_core.errors import count_of
from podcast_core.services.labels.matching import parse_choice
from podcast_core.workspace import open_workspace

app = typer.Typer(
    name="migrate-podcast",
    help="Import an original Pod.Cast deployment, or write rounds back as one.",
    no_args_is_help=True,
)
RootArgument = Annotated[
    str, typer.Argument(help="Folder or URL that holds the containers: s3://bucket/prefix, abfs:// (needs adlfs), ...")
]
RoundsOption = Annotated[list[str] | None, typer.Option("--round", help="A round; can be given several times.")]
GetOption = Annotated[str, typer.Option("--getcontainer", help="Container of predictions, without -ROUND.")]
PostOption = Annotated[str, typer.Option("--postcontainer", help="Container of submitted documents, without -ROUND.")]
AudioOption = Annotated[str, typer.Option("--audiocontainer", help="Container of the wavs.")]
InfoOption = Annotated[str, typer.Option("--round-info", help="The rounds' YAML, as CONTAINER/FILENAME.")]


@app.command("in")
def bring(
    root: RootArgument,
    rounds: RoundsOption = None,
    label: Annotated[str, typer.Option(help="Name of Pod.Cast's single class.")] = "call",
    audio: Annotated[list[Path] | None, typer.Option(help="A folder with wavs that are not in the container.")] = None,
    get: GetOption = "",
    post: PostOption = "",
    audio_container: AudioOption = "",
    info: InfoOption = "",
    map_: MapOption = None,
    add_labels: AddLabelsOption = False,
) -> None:
    """Bring rounds, predictions, audio and submitted answers. Again: what is new. Names default to its CREDS.yaml."""
    names = {"getcontainer": get, "postcontainer": post, "audiocontainer": audio_container, "roundinfoconfig": info}
    with show_bar("Bringing") as on_progress:
        report = migration.migrate_in(
            open_workspace(),
            root=root,
            names=names,
            round_ids=rounds or (),
            label=label,
            audio_folders=audio or (),
            labels=parse_choice(map_ or (), add=add_labels),
            on_progress=on_progress,
        )
    typer.echo(report.summary)
    for each in report.rounds:
        typer.echo(
            f"{each.round_id}: {count_of(each.sessions, 'session')}, {count_of(each.predictions, 'prediction')}, "
            f"{count_of(each.submissions, 'answer')}"
        )
    for line in (*report.notes, *report.problems):
        typer.echo(line, err=True)


@app.command("out")
def write(
    root: RootArgument,
    rounds: Annotated[list[str], typer.Option("--round", help="A round's id or name; can be given several times.")],
    audio_url: Annotated[str, typer.Option(help="Where browsers reach the container of the wavs.")] = "",
    current_round: Annotated[str, typer.Option(help="The round shown first; default: the last.")] = "",
    replace: Annotated[bool, typer.Option(help="Replace existing files with different content.")] = False,
    get: GetOption = "predictions",
    post: PostOption = "annotations",
    audio_container: AudioOption = "audiosegments",
    info: InfoOption = ROUND_INFO,
) -> None:
    """Write rounds so that the original server can serve them: containers, documents, wavs and YAML."""
    workspace = open_workspace()
    round_ids = find_rounds(workspace, rounds)
    with show_bar("Writing") as on_progress:
        report = migration_out.migrate_out(
            workspace,
            root=root,
            round_ids=round_ids,
            layout=Layout(get, post, audio_container, info),
            audio_url=audio_url,
            current_round=current_round,
            replace=replace,
            on_progress=on_progress,
        )
    typer.echo(report.summary)
    for note in report.notes:
        typer.echo(note, err=True)
