"""Commands about models: those that are here, and those that are brought from elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from podcast_core.errors import InvalidInput
from podcast_core.services.models import catalogue as service
from podcast_core.services.models import model_archive, promotions, trials
from podcast_core.workspace import open_workspace

group = typer.Typer(help="Models: list, bring in, take out, try out.", no_args_is_help=True)
WholeArgument = Annotated[str, typer.Argument(help="NAME for all of it, or NAME/VERSION.")]
NameArgument = Annotated[str, typer.Argument(help="NAME, or NAME/VERSION; the version in use if none is named.")]


@group.command(name="list")
def list_(
    archived: Annotated[bool, typer.Option("--archived", help="Those that are archived instead.")] = False,
) -> None:
    """List all versions of all models.

    The version of each model that is in use is marked.
    """
    workspace = open_workspace()
    in_use = promotions.list_in_use(workspace)
    for each in service.list_versions(workspace, is_archived=archived):
        labels = ", ".join(each.labels[:5]) + (f" and {len(each.labels) - 5} more" if len(each.labels) > 5 else "")
        mark = "\tin use" if in_use.get(each.name) == each.version and not archived else ""
        typer.echo(f"{each.id}\t{each.kind}\t{each.created_at:%Y-%m-%d}\t{labels}{mark}")


@group.command(name="import")
def import_(
    path: Annotated[
        Path,
        typer.Argument(
            help="A folder with model.yaml (docs/models.md) or with a WhisperSeg checkpoint, or a file of `export`."
        ),
    ],
    name: Annotated[str, typer.Option(help="The model's name here: small letters, digits, '.', '_', '-'.")],
    new_version: Annotated[
        bool, typer.Option("--new-version", help="Of the model of that name, which is there already.")
    ] = False,
) -> None:
    """Add a model, after it was loaded and tried out."""
    added = trials.import_path(open_workspace(), path=path, name=name, is_new=not new_version)
    typer.echo(f"{added.id} ({added.kind}) finds: {', '.join(added.labels[:20])}")


@group.command()
def convert(
    path: Annotated[Path, typer.Argument(help="A folder with model.yaml of the format torchscript, or that card.")],
    out: Annotated[Path, typer.Option(help="The ONNX file to write.")],
) -> None:
    """Write a TorchScript file that you trust as ONNX: it is run for that, and can do anything on this machine."""
    trials.convert_script(path=path, out=out)
    typer.echo(f"{out} answers as the TorchScript file does. In the card, say: format: onnx, weights: {out.name}")


@group.command()
def fetch(
    hub_id: Annotated[str, typer.Argument(help="OWNER/NAME of a WhisperSeg checkpoint on the Hugging Face hub.")],
    name: Annotated[str, typer.Option(help="The model's name here; default: NAME.")] = "",
) -> None:
    """Bring a WhisperSeg checkpoint from the internet, once; it runs without it afterwards."""
    added = trials.fetch_whisperseg(open_workspace(), hub_id=hub_id, name=name)
    typer.echo(f"{added.id} ({added.kind}) finds: {', '.join(added.labels[:20])}")


@group.command()
def export(name: NameArgument, out: Annotated[Path, typer.Option(help="The file to write.")]) -> None:
    """Write a version as one file, which another Pod.Cast can import."""
    known, version = _split(name)
    data = service.export_file(open_workspace(), name=known, version=version)
    try:
        with out.open("xb") as file:
            file.write(data)
    except OSError as error:
        raise InvalidInput(f"{out} cannot be written: {error.strerror}.") from error
    typer.echo(f"{out}: {len(data):,} bytes")


@group.command()
def archive(name: WholeArgument) -> None:
    """Archive a model, or a version that is not in use: no list or form shows it, and nothing is deleted."""
    _set_archived(name, is_archived=True)


@group.command()
def restore(name: WholeArgument) -> None:
    """Bring an archived model or version back."""
    _set_archived(name, is_archived=False)


def _set_archived(name: str, *, is_archived: bool) -> None:
    workspace = open_workspace()
    known, version = _split(name)
    who = workspace.settings.annotator
    model_archive.archive_model(workspace, name=known, version=version, who=who, is_archived=is_archived)
    typer.echo(f"{name} is {'archived' if is_archived else 'back'}.")


@group.command(name="try")
def try_(
    name: NameArgument,
    audio: Annotated[str, typer.Argument(help="An audio file.")],
    channel: Annotated[int, typer.Option(help="Counted from 0.")] = 0,
    threshold: Annotated[
        float | None, typer.Option(min=0, max=1, help="Least score; default: the model's own.")
    ] = None,
) -> None:
    """Print what a model finds in a recording, as a table; keep nothing."""
    known, version = _split(name)
    trial = trials.try_model(
        open_workspace(), name=known, version=version, path=audio, channel=channel, threshold=threshold
    )
    typer.echo("start_s\tend_s\tlabel\tscore")
    for call in trial.found:
        score = "" if call.score is None else f"{call.score:.3f}"
        typer.echo(f"{call.start_s:.3f}\t{call.end_s:.3f}\t{call.label}\t{score}")
    for each in trial.verdicts:
        verdict = each.verdict
        typer.echo(
            f"{each.start_s:.0f}-{each.end_s:.0f} s: {'' if verdict.is_positive else 'not '}{each.label}, "
            f"{verdict.positive_s:.1f} s positive, confidence {verdict.confidence:.3f}",
            err=True,
        )


def _split(name: str) -> tuple[str, int | None]:
    known, slash, number = name.partition("/")
    if slash and not number.isdigit():
        raise InvalidInput(f"Expected NAME or NAME/VERSION with a number, found {name[:100]!r}.")
    return known, int(number) if slash else None
