"""The commands that train models and measure them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from podcast_core.cli.bar import show_bar
from podcast_core.cli.options import find_rounds
from podcast_core.cli.runs import DeviceOption
from podcast_core.errors import count_of
from podcast_core.figures.models import BASELINE
from podcast_core.services.jobs.running import InProcessJob
from podcast_core.services.learning import comparison, evaluation, training, training_run
from podcast_core.services.learning.comparison import EvaluationRequest
from podcast_core.services.learning.pieces import TEST, TRAIN
from podcast_core.services.learning.training_data import TrainingPlan
from podcast_core.services.learning.training_request import KINDS, TrainingRequest
from podcast_core.services.models import promotions
from podcast_core.services.models.lineage import find_version
from podcast_core.workspace import open_workspace

EXPLAINED = ("frame F1", "AU-PRC 1 s", "false alarms/h")  # below a table of figures

RoundsOption = Annotated[
    list[str] | None, typer.Option("--round", help="A round's id or name; may be given several times.")
]
ReleaseOption = Annotated[str, typer.Option(help="A release (NAME/VERSION) instead of rounds.")]
LabelOption = Annotated[
    list[str] | None,
    typer.Option("--label", metavar="LABEL=NAME", help="Train on a label under another name; LABEL= leaves it out."),
]


@contextmanager
def _show_bar() -> Iterator[InProcessJob]:
    with show_bar("Working") as on_progress:
        yield InProcessJob(on_progress, lambda line: typer.echo(line, err=True))


def train(  # noqa: PLR0913  # options of a command line have names
    name: Annotated[str, typer.Argument(help="The model's name; an existing model gets its next version.")],
    rounds: RoundsOption = None,
    release: ReleaseOption = "",
    label: LabelOption = None,
    kind: Annotated[str, typer.Option(help=f"{', '.join(KINDS)}.")] = "tcn",
    base: Annotated[str, typer.Option(help="Start from this version (NAME/VERSION).")] = "",
    seconds: Annotated[float | None, typer.Option(help="CPU seconds. Default: 60.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the data, instead of seconds.")] = None,
    seed: Annotated[int, typer.Option(help="A different seed gives a different split and model.")] = 0,
    hold_out_by: Annotated[str, typer.Option(help="recording, encounter, site or session.")] = "recording",
    test_share: Annotated[float, typer.Option(help="Share of the audio used for testing.")] = 0.2,
    device: DeviceOption = "",
    without_bulk: Annotated[bool, typer.Option("--without-bulk", help="Leave out sessions with bulk labels.")] = False,
    with_bulk: Annotated[
        bool,
        typer.Option(
            "--with-bulk", help="Also train on stretches labelled in bulk in sessions that were not fully searched."
        ),
    ] = False,
    promote: Annotated[bool, typer.Option("--promote", help="Promote the version once trained.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what it would train on; write nothing.")] = False,
    background: Annotated[bool, typer.Option("--background", help="Run it in a worker.")] = False,
) -> None:
    """Train a model from labelled rounds or a release, and measure it on sessions that were held out."""
    workspace = open_workspace()
    request = TrainingRequest(
        name=name,
        round_ids=find_rounds(workspace, rounds),
        release=release,
        labels=_read_labels(label) or {},
        kind=kind,
        base=base,
        budget_s=seconds,
        epochs=epochs,
        seed=seed,
        group_by=hold_out_by,
        test_share=test_share,
        device=device,
        without_bulk=without_bulk,
        with_bulk=with_bulk,
    )
    plan = training.preview(workspace, request=request)
    _show_plan(plan)
    if dry_run:
        return
    if background:
        typer.echo(training.add_training(workspace, request=request))
        return
    with _show_bar() as shown:
        result = training_run.run(workspace, training.prepare(workspace, request=request), shown)
    version = find_version(workspace.files, result["model"])
    typer.echo(
        f"{version.id} is ready, learned from {count_of(result['calls'], 'call')} in "
        f"{count_of(plan.count(TRAIN), 'session')}."
    )
    names = {"test": version.id, "base": version.parent, "floor": BASELINE}
    _show_figures({names[key]: version.metrics[key] for key in names if key in version.metrics})
    for warning in version.metrics["warnings"]:
        typer.echo(warning, err=True)
    if promote:
        promotions.promote(workspace, name=version.name, version=version.version)
        typer.echo(f"{version.id} is now in use.")


def evaluate(
    models: Annotated[list[str], typer.Argument(help="Versions: NAME/VERSION, or NAME for the one in use.")],
    rounds: RoundsOption = None,
    release: ReleaseOption = "",
    label: LabelOption = None,
    count_own: Annotated[
        bool, typer.Option("--count-own", help="Include sessions in which a model's own predictions were judged.")
    ] = False,
) -> None:
    """Measure models on the very same answered sessions, none of which any of them has learnt from."""
    workspace = open_workspace()
    request = EvaluationRequest(tuple(models), find_rounds(workspace, rounds), release, _read_labels(label), count_own)
    evaluation_id = comparison.prepare(workspace, request=request)
    with _show_bar() as shown:
        comparison.run(workspace, {"evaluation_id": evaluation_id}, shown)
    found = comparison.get_evaluation(workspace, evaluation_id=evaluation_id)
    typer.echo(
        f"Evaluation {found.id}: {count_of(found.sessions, 'session')}, {found.seconds / 60:.1f} minutes of "
        f"{found.source}."
    )
    for reason, count in found.left_out.items():
        typer.echo(f"left out: {count} {reason}", err=True)
    for name, names in found.shared.items():
        typer.echo(f"{name} was trained on other parts of {len(names)} of the recordings.", err=True)
    for sentence in found.told:
        typer.echo(sentence, err=True)
    _show_figures(found.models)


def _show_plan(plan: TrainingPlan) -> None:
    for split in (TRAIN, TEST):
        labels = ", ".join(f"{count} {label}" for label, count in plan.counts[split].items()) or "no calls"
        typer.echo(
            f"{split}: {count_of(plan.count(split), 'session')}, {plan.seconds(split) / 60:.1f} minutes, {labels}"
        )
    for reason, count in plan.left_out.items():
        typer.echo(f"left out: {count} {reason}")
    for warning in plan.warnings:
        typer.echo(warning, err=True)


def _show_figures(figures: Mapping[str, Mapping[str, Any]]) -> None:
    rows = evaluation.make_rows(figures)
    columns = list(rows[0])
    widths = [max(len(column), *(len(_write(row[column])) for row in rows)) for column in columns]
    for line in ({column: column for column in columns}, *rows):
        cells = [_write(line[column]).ljust(width) for column, width in zip(columns, widths, strict=True)]
        typer.echo("  ".join(cells).rstrip())
    for figure in EXPLAINED:
        typer.echo(f"{figure}: {evaluation.explain(figure)}", err=True)


def _write(value: Any) -> str:
    return "-" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)


def _read_labels(texts: list[str] | None) -> dict[str, str] | None:
    if texts is None:
        return None
    for text in texts:
        if "=" not in text:
            raise typer.BadParameter(f"expected LABEL=NAME, found {text!r}")
    return {label: name for label, _, name in (text.partition("=") for text in texts)}
