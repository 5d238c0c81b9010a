"""Commands about verification samples: draw, show, thresholds, audit."""

from typing import Annotated

import typer

from podcast_core.cli.options import find_round
from podcast_core.ml.measuring.intervals import Estimate
from podcast_core.services.verifying import audits, judging, samples, thresholds
from podcast_core.services.verifying.samples import AnswerDraw, PredictionDraw
from podcast_core.workspace import open_workspace

group = typer.Typer(
    help="Verification samples: draw predictions or answers at random, and see what the verdicts say.",
    no_args_is_help=True,
)
RoundArgument = Annotated[str, typer.Argument(help="The round's id or name.")]
SampleArgument = Annotated[str, typer.Argument(help="The sample's id.")]
SeedOption = Annotated[int, typer.Option(help="Another seed draws another sample.", min=0)]


@group.command()
def draw(  # options of a command line have names
    round_: RoundArgument,
    model: Annotated[str, typer.Option(help="Default: the one with the newest predictions.")] = "",
    label: Annotated[list[str] | None, typer.Option(help="Only this label; may be given again.")] = None,
    each: Annotated[int, typer.Option(help="How many of each stratum.")] = 20,
    band_width: Annotated[float, typer.Option(help="Width of a band of scores.")] = 0.1,
    by_site: Annotated[bool, typer.Option("--by-site", help="A stratum is of one site.")] = False,
    by_day: Annotated[bool, typer.Option("--by-day", help="A stratum is of one day (UTC).")] = False,
    precision: Annotated[float, typer.Option(help="The precision that is wanted.", min=0, max=1)] = 0.9,
    half_width: Annotated[float, typer.Option(help="Half width of an interval that is narrow enough.")] = 0.1,
    seed: SeedOption = 0,
) -> None:
    """Draw predictions of a model, some of each label and band of scores; prints the sample's id."""
    workspace = open_workspace()
    asked = PredictionDraw(
        find_round(workspace, round_),
        model=model,
        labels=tuple(label or ()),
        per_stratum=each,
        band_width=band_width,
        by_site=by_site,
        by_day=by_day,
        wanted=precision,
        half_width=half_width,
        seed=seed,
    )
    typer.echo(samples.draw_predictions(workspace, asked).id)


@group.command()
def show(sample: SampleArgument) -> None:
    """Show what is known of each stratum of a sample of predictions."""
    state = judging.get_state(open_workspace(), sample_id=sample)
    for each in state.strata:
        of = each.stratum
        place = " ".join(name for name in (of.site, of.day) if name)
        standing = f"enough: {each.why}" if each.is_enough else f"{each.more:,} more"
        typer.echo(
            f"{of.label}\t{of.low:.2f}-{of.high:.2f}\t{place}\t{each.judged:,} of {of.size:,}\t"
            f"{_write(each.precision)}\t{standing}"
        )
    typer.echo(f"{state.judged:,} judged, {len(state.waiting):,} left to judge.")


@group.command(name="thresholds")
def thresholds_(
    sample: SampleArgument,
    precision: Annotated[float | None, typer.Option(help="Default: the sample's.", min=0, max=1)] = None,
    careful: Annotated[
        bool, typer.Option("--careful", help="The lower end of the precision's interval reaches it, too.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep them with the version of the model.")] = False,
) -> None:
    """Show from which score on each label is as precise as wanted."""
    workspace = open_workspace()
    state = judging.get_state(workspace, sample_id=sample)
    wanted = state.sample.wanted if precision is None else precision
    for label in state.labels:
        found = judging.find_threshold(state, label, precision=wanted, careful=careful)
        told = found.problem or f"{_write(found.threshold, 2)}\tprecision {_write(found.precision)}"
        typer.echo(f"{label}\t{told}\t{found.note}".rstrip())
    if keep:
        kept = thresholds.keep_thresholds(workspace, state, precision=wanted, careful=careful)
        typer.echo(f"Kept with {kept.name}/{kept.version}.")


@group.command()
def audit(
    round_: RoundArgument,
    annotator: Annotated[str, typer.Option(help="Only answers of this annotator.")] = "",
    label: Annotated[str, typer.Option(help="Only answers with this label.")] = "",
    count: Annotated[int, typer.Option(help="How many answers are drawn.")] = 100,
    half_width: Annotated[float, typer.Option(help="Half width of an interval that is narrow enough.")] = 0.05,
    seed: SeedOption = 0,
) -> None:
    """Draw answers to be reviewed, or show what the same draw has given so far."""
    workspace = open_workspace()
    asked = AnswerDraw(find_round(workspace, round_), annotator, label, count, half_width, seed)
    state = audits.get_audit(workspace, sample_id=samples.draw_answers(workspace, asked).id)
    rate = "nothing judged yet" if state.share is None else f"error rate {_write(state.share.wilson)}"
    typer.echo(
        f"{state.sample.id}: {rate}, {state.judged:,} judged, {len(state.waiting):,} left to judge, {state.more:,} "
        "more needed."
    )


def _write(found: Estimate | None, digits: int | None = None) -> str:
    if found is None:
        return "-"
    if digits is None:
        return f"{found.value:.1%} ({found.low:.1%} to {found.high:.1%})"
    return f"{found.value:.{digits}f} ({found.low:.{digits}f} to {found.high:.{digits}f})"
