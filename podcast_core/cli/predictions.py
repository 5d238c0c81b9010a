"""A command that looks at a table of predictions with its recordings: nothing is kept, and no server is needed."""

from pathlib import Path
from typing import Annotated

import typer

from podcast_core.cli.exchange import (
    ColumnOption,
    EncodingOption,
    LeastScoreOption,
    ReadFormatOption,
    SkipOption,
)
from podcast_core.domain.sheet import Role
from podcast_core.errors import count_of, name_some
from podcast_core.services.access import OPEN
from podcast_core.services.exchange import import_files
from podcast_core.services.sheets import comparing, opening, rows
from podcast_core.services.sheets.comparing import RULE, LabelFigures
from podcast_core.services.sheets.sheet import Sheet
from podcast_core.workspace import Workspace, open_workspace

NAMED = 10


def predictions(  # noqa: PLR0913  # options of a command line have names
    table: Annotated[Path, typer.Argument(help="Table of predictions, in any format.", exists=True, readable=True)],
    recordings: Annotated[list[str], typer.Argument(metavar="RECORDINGS...", help="Folders, files, http or s3 URLs.")],
    truth: Annotated[
        Path | None, typer.Option(help="Table of all calls that there are.", exists=True, readable=True)
    ] = None,
    other: Annotated[
        Path | None, typer.Option(help="Another table to compare with.", exists=True, readable=True)
    ] = None,
    threshold: Annotated[float, typer.Option(help="Predictions with a lower score are left out.", min=0, max=1)] = 0.0,
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="Recordings missing from the ground truth have no calls.")
    ] = False,
    label: Annotated[str, typer.Option(help="Label of boxes that have none; default: call.")] = "",
    format_name: ReadFormatOption = import_files.AUTO,
    column: ColumnOption = None,
    encoding: EncodingOption = "",
    least_score: LeastScoreOption = None,
    leave_out_unreadable: SkipOption = False,
) -> None:
    """Look at predictions with their recordings: what is found where and, beside a truth, precision and recall."""
    reading = import_files.make_reading(
        format_name,
        column,
        None,
        encoding=encoding,
        leave_out_unreadable=leave_out_unreadable,
        least_score=least_score,
    )
    workspace = open_workspace()
    request = opening.SheetRequest(
        import_files.read_files([table]),
        import_files.read_files([other]) if other else (),
        import_files.read_files([truth]) if truth else (),
        reading,
        label,
        addresses=recordings,
    )
    sheet = opening.open_sheet(workspace, request, caller=OPEN)
    _describe(sheet, threshold)
    if truth is not None:
        _measure(workspace, sheet, threshold, everywhere=everywhere)
    if other is not None:
        _compare(workspace, sheet, threshold)


def _describe(sheet: Sheet, threshold: float) -> None:
    table = sheet.tables[Role.PREDICTIONS]
    counts = rows.count_labels(sheet, Role.PREDICTIONS, threshold)
    from_score = f" with a score from {threshold:g} on" if threshold else ""
    typer.echo(
        f"{count_of(sum(counts.values()), 'prediction')}{from_score} in "
        f"{count_of(sum(map(bool, sheet.count_boxes().tolist())), 'recording')} of {len(sheet.recordings):,}."
    )
    for name, count in sorted(counts.items(), key=lambda item: -item[1]):
        typer.echo(f"  {name}: {count:,}")
    for role, each in sheet.tables.items():
        for note in each.notes:
            typer.echo(f"{role.value}: {note}", err=True)
        for group in each.left_out:
            names = f" ({name_some(group.names)})" if group.names else ""
            why = opening.say_why(group.why)
            typer.echo(f"{role.value}: left out, {why}: {count_of(group.count, 'row')}{names}.", err=True)
    for guess in table.guesses:
        typer.echo(f"{guess.where}: {guess.what} is {guess.value} (guessed).", err=True)
    for name, reason in list(sheet.unreadable.items())[:NAMED]:
        typer.echo(f"{name}: {reason}", err=True)
    without = rows.list_recordings(sheet, without=True)
    if without:
        named = name_some([each.file_name for each in without], most=NAMED)
        typer.echo(f"Without a prediction: {count_of(len(without), 'recording')} ({named}).")


def _measure(workspace: Workspace, sheet: Sheet, threshold: float, *, everywhere: bool) -> None:
    compared = comparing.compare(workspace, sheet, Role.TRUTH, everywhere=everywhere)
    measured = compared.measure(threshold)
    outside = compared.relate(0.0).count()["not_compared"]
    typer.echo(f"\n{RULE}")
    if outside:
        typer.echo(f"{count_of(outside, 'prediction')} where the truth says nothing: not counted (--everywhere).")
    typer.echo(
        f"{'label':24} {'known':>7} {'found':>7} {'right':>7} {'precision':>9} {'recall':>7} {'F1':>6}  best from"
    )
    total = comparing.add_up(measured)
    for each in [*measured, *([total] if total and len(measured) > 1 else [])]:
        typer.echo(_write(each))


def _write(each: LabelFigures) -> str:
    told, best = each.agreement, each.suggested
    suggested = "" if best is None else f"{best.value:.3g} ({best.low:.3g} to {best.high:.3g})"
    counts = f"{told.known:7,} {told.found:7,} {told.right:7,}"
    shares = f"{told.precision:9.3f} {told.recall:7.3f} {told.f1:6.3f}"
    return f"{each.label or 'all labels':24} {counts} {shares}  {suggested}".rstrip()


def _compare(workspace: Workspace, sheet: Sheet, threshold: float) -> None:
    counts = comparing.compare(workspace, sheet, Role.OTHER).relate(threshold, threshold).count()
    typer.echo(
        f"\nAgainst {sheet.tables[Role.OTHER].name}: {counts['matched']:,} matched, "
        f"{counts['only_predictions']:,} only in {sheet.name}, {counts['only_other']:,} only in the other, "
        f"{counts['label_differs']:,} with another label."
    )
