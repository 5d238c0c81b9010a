"""Commands that take a round out to other programs, and predictions and annotations of others in."""

from pathlib import Path
from typing import Annotated

import typer

from podcast_core.cli import import_plan
from podcast_core.cli.bar import show_bar
from podcast_core.cli.options import AddLabelsOption, MapOption, find_round
from podcast_core.domain.standing import LEAVE_OUT
from podcast_core.errors import count_of
from podcast_core.services.exchange import chosen_answers, datasets, import_files, imports
from podcast_core.services.labels import matching
from podcast_core.workspace import open_workspace

RoundOption = Annotated[str, typer.Option("--round", help="The round's id or name.")]
FormatOption = Annotated[str, typer.Option("--format", help=f"One of {', '.join(datasets.list_formats())}.")]
ReadFormatOption = Annotated[str, typer.Option("--format", help=f"One of {', '.join(import_files.list_formats())}.")]
ColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="NAME=COLUMN",
        help="What a table's column holds, e.g. start='Begin Time'; unit=ms, unit=samples, frequency_unit=kHz and "
        "first_channel=1 say how to read it. Repeatable.",
    ),
]
WindowOption = Annotated[
    float | None,
    typer.Option("--window-s", help="OrcaHello: length of the model's windows (2.45); corrects start times."),
]
EncodingOption = Annotated[
    str,
    typer.Option("--encoding", help="Encoding of text that is not UTF-8, e.g. windows-1252; otherwise it is refused."),
]
TierOption = Annotated[
    list[str] | None, typer.Option("--tier", help="Praat TextGrid: a tier with labels; default: all. Repeatable.")
]
LeastScoreOption = Annotated[
    float | None, typer.Option("--least-score", help="Table with a score per class: lowest score to keep.")
]
SkipOption = Annotated[bool, typer.Option("--leave-out-unreadable", help="Skip and report rows that cannot be read.")]
LabelOption = Annotated[str, typer.Option(help="Label for boxes without one, if the round has several.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show what would be stored without storing it.")]
Paths = Annotated[list[Path], typer.Argument(help="Files or folders.", exists=True, readable=True)]


def export(
    round_id: RoundOption,
    format_name: FormatOption,
    out: Annotated[Path, typer.Option(help="The folder to write; new or empty.")],
    negatives: Annotated[bool, typer.Option(help="Pod.Cast TSV: a row 0.0 0.0 for each empty session.")] = False,
    rejected: Annotated[
        str, typer.Option(help="Answers that a review rejected: leave-out, or keep them as they are.")
    ] = LEAVE_OUT,
    answers: Annotated[
        str, typer.Option(help="Whose answers: counting, gold, all, or annotator:NAME.")
    ] = chosen_answers.COUNTING,
    replace: Annotated[bool, typer.Option(help="Replace the folder if it holds an earlier export.")] = False,
) -> None:
    """Write the annotations of a round to a folder, with the outcome of every session."""
    workspace = open_workspace()
    round_id = find_round(workspace, round_id)
    made = datasets.export_round(
        workspace, round_id=round_id, format_name=format_name, negatives=negatives, rejected=rejected, answers=answers
    )
    datasets.write_export(made, out, replace=replace)
    typer.echo(f"{count_of(len(made.files), 'file')} written to {out}: {made.summary or 'no sessions'}.")
    for note in made.notes:
        typer.echo(note, err=True)


def import_predictions(  # noqa: PLR0913  # options of a command line have names
    round_id: RoundOption,
    paths: Paths,
    model: Annotated[str, typer.Option(help="The model's name; default: as the files say.")] = "",
    label: LabelOption = "",
    format_name: ReadFormatOption = import_files.AUTO,
    column: ColumnOption = None,
    window_s: WindowOption = None,
    encoding: EncodingOption = "",
    tier: TierOption = None,
    least_score: LeastScoreOption = None,
    leave_out_unreadable: SkipOption = False,
    map_: MapOption = None,
    add_labels: AddLabelsOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Import a model's predictions: Pod.Cast's load documents, tables, and every format with boxes."""
    reading = import_files.make_reading(
        format_name,
        column,
        window_s,
        encoding=encoding,
        leave_out_unreadable=leave_out_unreadable,
        tiers=tier or (),
        least_score=least_score,
    )
    workspace = open_workspace()
    with show_bar("Reading") as on_progress:
        plan = imports.plan_predictions(
            workspace,
            round_id=find_round(workspace, round_id),
            files=import_files.read_files(paths),
            model=model,
            label=label,
            reading=reading,
            labels=matching.parse_choice(map_ or (), add=add_labels),
            on_progress=on_progress,
        )
    import_plan.carry_out(workspace, plan, dry_run=dry_run)


def import_annotations(  # noqa: PLR0913  # options of a command line have names
    round_id: RoundOption,
    paths: Paths,
    annotator: Annotated[str, typer.Option(help="Annotator, if the files name none.")],
    format_name: ReadFormatOption = import_files.AUTO,
    label: LabelOption = "",
    column: ColumnOption = None,
    window_s: WindowOption = None,
    encoding: EncodingOption = "",
    tier: TierOption = None,
    least_score: LeastScoreOption = None,
    leave_out_unreadable: SkipOption = False,
    map_: MapOption = None,
    add_labels: AddLabelsOption = False,
    supersede: Annotated[
        bool,
        typer.Option(
            "--supersede", help="Replace the answers that count now; otherwise the imported ones are kept beside them."
        ),
    ] = False,
    dry_run: DryRunOption = False,
) -> None:
    """Import people's annotations as answers for the sessions of a round."""
    reading = import_files.make_reading(
        format_name,
        column,
        window_s,
        encoding=encoding,
        leave_out_unreadable=leave_out_unreadable,
        tiers=tier or (),
        least_score=least_score,
    )
    workspace = open_workspace()
    with show_bar("Reading") as on_progress:
        plan = imports.plan_annotations(
            workspace,
            round_id=find_round(workspace, round_id),
            files=import_files.read_files(paths, import_files.list_suffixes(reading)),
            reading=reading,
            annotator=annotator,
            label=label,
            labels=matching.parse_choice(map_ or (), add=add_labels),
            supersede=supersede,
            on_progress=on_progress,
        )
    import_plan.carry_out(workspace, plan, dry_run=dry_run)
