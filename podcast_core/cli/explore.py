"""Commands about collections: sounds described by vectors, to be explored many at once."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from podcast_core.cli import explore_loop
from podcast_core.cli.bar import show_bar
from podcast_core.domain.clip import Clip
from podcast_core.domain.collection import Collection, Unit
from podcast_core.domain.limits import DEFAULT_EMBEDDER
from podcast_core.errors import InvalidInput, count_of
from podcast_core.services.explore import collections as service
from podcast_core.services.explore import embedders, notebooks, table_intake
from podcast_core.services.explore import search as search_service
from podcast_core.services.explore.filters import TextFilter, find_allowed
from podcast_core.services.explore.search import SearchRequest
from podcast_core.services.explore.table_intake import Columns
from podcast_core.services.jobs import queue
from podcast_core.workspace import Workspace, open_workspace

group = typer.Typer(help="Explore: describe sounds by vectors, from rounds or tables.", no_args_is_help=True)
group.add_typer(explore_loop.group)
RoundArgument = Annotated[str, typer.Argument(metavar="ROUND", help="A round's id.")]
CollectionArgument = Annotated[str, typer.Argument(metavar="COLLECTION", help="A collection's id, as `list` says it.")]
NameOption = Annotated[str, typer.Option(help="Name of the collection.")]
EmbedderOption = Annotated[str, typer.Option(help="The embedder; `embedders` lists them.")]
BackgroundOption = Annotated[bool, typer.Option("--background", help="Run it in a worker; see the Jobs page.")]


@group.command()
def add(
    round_id: RoundArgument,
    name: NameOption,
    unit: Annotated[Unit, typer.Option(help="What a clip is.")] = Unit.WINDOW,
    window: Annotated[float | None, typer.Option(help="Length of a window in seconds; default: 1.")] = None,
    hop: Annotated[float | None, typer.Option(help="Hop between windows in seconds; default: their length.")] = None,
    embedder: EmbedderOption = DEFAULT_EMBEDDER,
    model: Annotated[str, typer.Option(help="Of predictions: of this model only.")] = "",
    background: BackgroundOption = False,
) -> None:
    """Describe the sounds of a round."""
    embedders.check_for_job(embedder)
    workspace = open_workspace()
    made = service.add_collection(
        workspace, round_id=round_id, name=name, unit=unit, window_s=window, hop_s=hop, embedder=embedder, model=model
    )
    _describe(workspace, made, background)


@group.command()
def table(
    path: Annotated[Path, typer.Argument(help="CSV, TSV, Parquet or JSON with a row per sound.")],
    round_name: Annotated[str, typer.Option("--round", help="Round to add the audio to.")],
    name: NameOption,
    audio: Annotated[str, typer.Option(help="The column of paths (from the table's folder) and addresses.")] = "audio",
    label: Annotated[str, typer.Option(help="The column of labels.")] = "label",
    subset: Annotated[str, typer.Option(help="The column of raw, train, dev and test.")] = "SUBSET",
    embedder: EmbedderOption = DEFAULT_EMBEDDER,
    background: BackgroundOption = False,
) -> None:
    """Add the audio that a table names to a round, and describe it."""
    embedders.check_for_job(embedder)
    columns = Columns(audio, label, subset)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}.") from error
    entries = table_intake.read_entries(path.name, data, columns, folder=path.parent)
    workspace = open_workspace()
    made = table_intake.add_table(
        workspace, round_name=round_name, name=name, entries=entries, columns=columns, embedder=embedder
    )
    _describe(workspace, made, background)


@group.command()
def describe(collection_id: CollectionArgument, background: BackgroundOption = False) -> None:
    """Describe what is missing of a collection; what is there is kept."""
    workspace = open_workspace()
    made = service.get_collection(workspace, collection_id=collection_id)
    embedders.check_for_job(made.embedder)
    _describe(workspace, made, background)


@group.command(name="list")
def list_(round_id: RoundArgument) -> None:
    """List the collections of a round, the newest first."""
    for each in service.list_collections(open_workspace(), round_id=round_id):
        state = count_of(each.clip_count, "clip") if each.finished_at else "not ready"
        typer.echo(f"{each.id}\t{each.name}\t{each.unit.value}\t{each.embedder}\t{state}")


@group.command(name="embedders")
def list_embedders() -> None:
    """List what can describe sounds here."""
    for name, title in embedders.list_embedders(open_workspace()).items():
        typer.echo(f"{name}\t{title}")


@group.command()
def export(
    collection_id: CollectionArgument,
    out: Annotated[Path, typer.Option(help="The file to write: .csv or .json.")],
) -> None:
    """Write a collection as a table with labels and subsets, which `table` takes again."""
    if out.suffix not in (".csv", ".json"):
        raise InvalidInput(f"Expected a file that ends in .csv or .json, found {out.name!r}.")
    data = table_intake.export_table(open_workspace(), collection_id=collection_id, as_json=out.suffix == ".json")
    try:
        with out.open("xb") as file:
            file.write(data)
    except OSError as error:
        raise InvalidInput(f"{out} cannot be written: {error.strerror}.") from error
    typer.echo(f"{out}: {len(data):,} bytes")


@group.command()
def search(
    collection_id: CollectionArgument,
    like: Annotated[list[int] | None, typer.Option(help="A clip to search for, by number; repeatable.")] = None,
    unlike: Annotated[list[int] | None, typer.Option(help="A clip to avoid; repeatable.")] = None,
    label: Annotated[str, typer.Option(help="Search for clips with this label.")] = "",
    sound: Annotated[list[Path] | None, typer.Option(help="A sound file of up to a minute to search for.")] = None,
    text: Annotated[list[str] | None, typer.Option(help="Only clips with this text in names, notes, comments.")] = None,
    pattern: Annotated[list[str] | None, typer.Option(help="The same, as a regular expression.")] = None,
    count: Annotated[int, typer.Option(help="Maximum number of results.")] = 50,
    include_examples: Annotated[
        bool, typer.Option("--include-examples", help="Include the examples in the results.")
    ] = False,
) -> None:
    """Find clips that sound like examples, or (without any) all that have a text: the best first.

    Written are rank, number, cosine, session, start and end in seconds of the recording, and label.
    """
    filters = (*map(TextFilter, text or ()), *(TextFilter(each, is_pattern=True) for each in pattern or ()))
    request = SearchRequest(
        like=tuple(like or ()),
        unlike=tuple(unlike or ()),
        label=label,
        filters=filters,
        count=count,
        include_examples=include_examples,
    )
    workspace = open_workspace()
    if filters and not (like or label or sound):
        numbers = find_allowed(workspace, collection_id=collection_id, filters=filters).nonzero()[0][:count].tolist()
        cosines: list[float | None] = [None] * len(numbers)
    else:
        with ExitStack() as stack:
            files = [stack.enter_context(_open(path)) for path in sound or ()]
            found = search_service.search(workspace, collection_id=collection_id, request=request, sound=files).hits
        numbers, cosines = found.numbers.tolist(), found.scores.tolist()
    clips = _list(workspace, collection_id, numbers)
    for rank, (clip, cosine) in enumerate(zip(clips, cosines, strict=True), 1):
        alike = "" if cosine is None else f"{cosine:.3f}"
        place = f"{clip.session_id}\t{clip.start_s:.3f}\t{clip.end_s:.3f}"
        typer.echo(f"{rank}\t{clip.number}\t{alike}\t{place}\t{clip.label}")


def _list(workspace: Workspace, collection_id: str, numbers: Sequence[int]) -> Iterator[Clip]:
    for start in range(0, len(numbers), service.MAX_CLIPS_SHOWN):
        some = numbers[start : start + service.MAX_CLIPS_SHOWN]
        yield from service.list_clips(workspace, collection_id=collection_id, numbers=some)


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}.") from error


def _describe(workspace: Workspace, made: Collection, background: bool) -> None:
    typer.echo(made.id)
    if background:
        queue.add_job(workspace, kind=service.KIND, params={"collection_id": made.id, "name": made.name})
        return
    with show_bar("Describing") as on_progress:
        result = notebooks.describe(
            workspace,
            collection_id=made.id,
            on_progress=on_progress,
            on_line=lambda line: typer.echo(line, err=True),
        )
    typer.echo(
        f"{count_of(result['clips'], 'clip')}: {result['described']} described, {result['copied']} known already, "
        f"{result['failed_count']} failed."
    )
