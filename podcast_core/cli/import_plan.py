"""What an import is going to do, printed before it does it."""

import typer

from podcast_core.cli.bar import show_bar
from podcast_core.services.exchange import imports
from podcast_core.services.exchange.imports import ImportPlan
from podcast_core.services.labels import matching
from podcast_core.workspace import Workspace

FIRST_BOXES = 5  # that are shown before they are stored; a dry run shows more
HEADER = ("session", "channel", "start_s", "end_s", "low_hz", "high_hz", "label", "score", "file")


def carry_out(workspace: Workspace, plan: ImportPlan, *, dry_run: bool) -> None:
    """Print a plan, then apply it unless nothing shall be stored. Results go to stdout, all else to stderr."""
    _tell(plan, len(plan.boxes) if dry_run else FIRST_BOXES)
    if plan.superseding and not plan.report.superseded:
        typer.echo("With --supersede, the imported answers count instead.", err=True)
    if not dry_run:
        with show_bar("Importing") as on_progress:
            report = imports.apply_plan(workspace, plan, on_progress=on_progress)
        typer.echo(report.summary)
        return
    typer.echo(plan.report.outlook)
    typer.echo("Nothing was stored (--dry-run).", err=True)
    matching.refuse_open(plan.open_labels, plan.round_id)


def _tell(plan: ImportPlan, most: int) -> None:
    report = plan.report
    if report.read_as:
        typer.echo(f"Read as: {report.read_as}.", err=True)
    for each in plan.guesses:
        why = f" ({each.why})" if each.why else ""
        typer.echo(f"{each.where}: {each.what}: {each.value}{why}", err=True)
    for sentence in report.warnings:
        typer.echo(sentence, err=True)
    for group in report.groups:
        typer.echo(group.sentence, err=True)
    if plan.boxes:
        _show_boxes(plan, most)


def _show_boxes(plan: ImportPlan, most: int) -> None:
    """Print the first boxes as a table."""
    rows = [HEADER]
    for box in plan.boxes[:most]:
        numbers = (f"{box.start_s:.3f}", f"{box.end_s:.3f}", _write(box.low_hz), _write(box.high_hz))
        rows.append((box.session_id, str(box.channel + 1), *numbers, box.label, _write(box.score), box.file_name))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    typer.echo("The first boxes as they will be stored (seconds from the start of the recording):", err=True)
    for row in rows:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip(), err=True)


def _write(number: float | None) -> str:
    return "-" if number is None else f"{number:g}"
