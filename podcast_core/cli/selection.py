"""The command that chooses, of many hours with predictions, what a person should see."""

from typing import Annotated

import typer

from podcast_core.cli.options import AddLabelsOption, MapOption, find_round
from podcast_core.errors import count_of
from podcast_core.services.labels import matching
from podcast_core.services.runs import selection as service
from podcast_core.services.runs.pools import HIGH, LOW
from podcast_core.services.runs.selection import Criteria, Sampling
from podcast_core.workspace import open_workspace


def select(  # noqa: PLR0913  # options of a command line have names
    source: Annotated[str, typer.Argument(help="The round with the hours and a model's predictions.")],
    round_name: Annotated[str, typer.Option("--round", help="The round to label; created if it does not exist.")],
    model: Annotated[str, typer.Option(help="Model of the predictions. Default: the newest set.")] = "",
    run_id: Annotated[
        str, typer.Option("--run", help="A model run whose scores count, instead of predictions; see run-model.")
    ] = "",
    high: Annotated[float, typer.Option(help="Sessions with a score of at least this are candidates.")] = HIGH,
    low: Annotated[float, typer.Option(help="Sessions whose scores are all below this are negatives.")] = LOW,
    negatives: Annotated[float, typer.Option(help="Share of the negatives to add, in percent.")] = 5.0,
    unreviewed: Annotated[float, typer.Option(help="Share of all other sessions to add, in percent.")] = 10.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same sample.")] = 0,
    quiet_is_negative: Annotated[
        bool,
        typer.Option("--quiet-is-negative", help="The model processed everything: no prediction means no call."),
    ] = False,
    from_text: Annotated[str, typer.Option("--from", help="Only sessions starting at this time or later.")] = "",
    to_text: Annotated[str, typer.Option("--to", help="Only sessions starting before this time.")] = "",
    map_: MapOption = None,
    add_labels: AddLabelsOption = False,
    zone: Annotated[str | None, typer.Option(help="Time zone of --from and --to if they have none.")] = None,
) -> None:
    """Add all candidates of a round, and random samples of the rest, to a round for labelling."""
    from_at, to_at = (service.parse_moment(text, zone=zone) if text else None for text in (from_text, to_text))
    workspace = open_workspace()
    report = service.select_sessions(
        workspace,
        round_id=find_round(workspace, source),
        target_name=round_name,
        model=model,
        run_id=run_id,
        criteria=Criteria(high, low, quiet_is_negative, from_at, to_at),
        sampling=Sampling(negatives / 100, unreviewed / 100, seed),
        labels=matching.parse_choice(map_ or (), add=add_labels),
    )
    for pool, totals in report.totals.items():
        typer.echo(
            f"{pool}: {count_of(totals.sessions, 'session')} ({totals.seconds / 60:.1f} min), "
            f"{totals.chosen_sessions} chosen"
        )
    typer.echo(
        f"Round {report.round_id}: {count_of(report.added, 'session')} added, {report.known} were already there."
    )
    if report.without_time:
        typer.echo(
            f"Left out, outside the time span or without a known time: {count_of(report.without_time, 'session')}.",
            err=True,
        )
