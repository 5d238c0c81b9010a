"""The command that lets a model look at rounds or recordings."""

from typing import Annotated

import typer

from podcast_core.cli.bar import show_bar
from podcast_core.cli.options import AddLabelsOption, MapOption, find_rounds
from podcast_core.domain.limits import MIN_KEPT_SCORE
from podcast_core.errors import count_of
from podcast_core.services.jobs.running import InProcessJob
from podcast_core.services.labels import matching
from podcast_core.services.runs import applying, model_runs, run_job
from podcast_core.workspace import Workspace, open_workspace

DeviceOption = Annotated[
    str, typer.Option(metavar="DEVICE", help="cpu, cuda, cuda:1 or mps. Default: what PODCAST_DEVICE says.")
]


def run_model(  # options of a command line have names
    model: Annotated[str, typer.Argument(metavar="NAME[/VERSION]", help="The model. Default: its version in use.")],
    rounds: Annotated[
        list[str] | None, typer.Option("--round", help="A round's id or name; may be given again.")
    ] = None,
    recordings: Annotated[
        list[str] | None, typer.Option("--recording", help="A recording's id instead; may be given again.")
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(help="Lowest score to show and apply. Default: the model's own.")
    ] = None,
    floor: Annotated[float, typer.Option(help="Least score that is kept.")] = MIN_KEPT_SCORE,
    device: DeviceOption = "",
    apply: Annotated[
        bool, typer.Option("--apply", help="When done, make the calls predictions of the rounds.")
    ] = False,
    map_: MapOption = None,
    add_labels: AddLabelsOption = False,
    background: Annotated[
        bool, typer.Option("--background", help="Run it in a worker; see the Model runs page.")
    ] = False,
) -> None:
    """Let a model look for calls in rounds or recordings. Everything is kept with its score, whatever the threshold."""
    labels = matching.parse_choice(map_ or (), add=add_labels)
    if apply and background:
        raise typer.BadParameter("--apply needs the result: leave out --background, or apply it on the page.")
    name, _, number = model.partition("/")
    if number and not number.isdigit():
        raise typer.BadParameter(f"Expected NAME or NAME/VERSION, found {model!r}.")
    workspace = open_workspace()
    round_ids = find_rounds(workspace, rounds)
    plan = model_runs.plan_run(
        workspace,
        model=name,
        version=int(number) if number else None,
        round_ids=round_ids,
        recording_ids=recordings or (),
        threshold=threshold,
        floor=floor,
    )
    if background:
        typer.echo(model_runs.start_run(workspace, plan, device=device))
        return
    model_runs.add_run(workspace, plan)
    run_here(workspace, plan.run.id, device)
    for round_id in round_ids if apply else ():
        applied = applying.apply_run(workspace, run_id=plan.run.id, round_id=round_id, labels=labels)
        typer.echo(
            f"Round {round_id}: {count_of(applied.predictions, 'prediction')} in "
            f"{count_of(applied.sessions, 'session')}."
        )


def run_here(workspace: Workspace, run_id: str, device: str = "") -> None:
    """Do a run in this process, and print what came of it."""
    with show_bar("Looking") as on_progress:
        here = InProcessJob(on_progress, lambda line: typer.echo(line, err=True))
        result = run_job.run(workspace, {"run_id": run_id, "device": device}, here)
    typer.echo(
        f"Run {run_id}: {count_of(result['calls'], 'call')} in {count_of(result['pieces'], 'session')} "
        f"({result['audio_s'] / 60:.1f} min), {result['speed']:,.3g} times real time."
    )
    if result["failed_count"]:
        raise typer.Exit(1)
