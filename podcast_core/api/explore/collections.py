"""Collections of clips: made, looked at, and what is known of every clip, column by column.

Times are seconds from the start of the *recording*. A column comes as binary: four bytes with the length of a JSON
header (little-endian), the header, and the values from a multiple of four bytes on.
"""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Response

from podcast_core.api.binary import BINARY
from podcast_core.api.dependencies import Asking, IfNoneMatch, Opened
from podcast_core.api.paging import Part, answer, by
from podcast_core.domain.collection import Collection
from podcast_core.errors import InvalidInput
from podcast_core.remote.redaction import redact
from podcast_core.services.access import Caller
from podcast_core.services.explore import collections, columns, embedders, table_intake
from podcast_core.services.explore.collections import ShownClip
from podcast_core.services.intake.folders import check_paths
from podcast_core.services.jobs import queue
from podcast_core.services.labels import rounds
from podcast_core.wire import collections as wire
from podcast_core.wire.base import Page
from podcast_core.workspace import Workspace

router = APIRouter(tags=["explore"], prefix="/api/v1")


@router.get("/embedders")
def list_embedders(workspace: Opened) -> wire.Embedders:
    """List what can describe sounds here."""
    found = embedders.list_embedders(workspace)
    return wire.Embedders(items=[wire.Embedder(id=name, title=title) for name, title in found.items()])


@router.get("/rounds/{round_id}/collections", response_model=Page[wire.Collection])
def list_collections(workspace: Opened, part: Part, round_id: str) -> Response:
    """List the collections of a round, the newest first."""
    return part.answer(collections.list_collections(workspace, round_id=round_id), wire.Collection, key=by("id"))


@router.post("/rounds/{round_id}/collections", status_code=202)
def add_collection(workspace: Opened, caller: Asking, round_id: str, body: wire.CollectionIn) -> wire.CollectionAdded:
    """Make a collection, and have a job describe its clips."""
    who = _name(caller, body.who)
    embedders.check_for_job(body.embedder)
    queue.check_room(workspace)
    made = collections.add_collection(workspace, round_id=round_id, who=who, **body.model_dump(exclude={"who"}))
    return _describe(workspace, made, who)


@router.post("/rounds/{round_id}/collections/table", status_code=202)
def add_table(workspace: Opened, caller: Asking, round_id: str, body: wire.TableIn) -> wire.CollectionAdded:
    """Make a collection of a table of sounds; each file is added to the round, a session per file."""
    who = _name(caller, body.who)
    embedders.check_for_job(body.embedder)
    queue.check_room(workspace)
    known = rounds.get_round(workspace, round_id=round_id)
    entries = _read_entries(body)
    check_paths(workspace, caller, [each.audio for each in entries if each.audio])
    made = table_intake.add_table(
        workspace,
        round_name=known.id,
        name=body.name,
        entries=entries,
        columns=_read_columns(body),
        embedder=body.embedder,
        who=who,
    )
    return _describe(workspace, made, who)


@router.get("/collections/{collection_id}", response_model=wire.Collection)
def get_collection(workspace: Opened, collection_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """Get a collection."""
    found = collections.get_collection(workspace, collection_id=collection_id)
    return answer(wire.Collection.model_validate(found), if_none_match)


@router.get("/collections/{collection_id}/version")
def get_collection_version(workspace: Opened, collection_id: str) -> wire.CollectionVersion:
    """Tell whether anything has changed; cheap, for whoever shows a collection and asks every few seconds."""
    return wire.CollectionVersion(version=collections.get_version(workspace, collection_id=collection_id))


@router.get("/collections/{collection_id}/columns")
def list_columns(workspace: Opened, collection_id: str) -> wire.ClipColumns:
    """List what is known of every clip."""
    found = columns.list_columns(workspace, collection_id=collection_id)
    return wire.ClipColumns(items=[wire.ClipColumn(name=name, kind=kind) for name, kind in found.items()])


@router.get("/collections/{collection_id}/columns/{name}", response_class=Response, responses=BINARY)
def get_column(workspace: Opened, collection_id: str, name: str) -> Response:
    """Send a column: a value for each clip, in the order of their numbers."""
    found = columns.read_column(workspace, collection_id=collection_id, name=name)
    headers = {"cache-control": "private, no-cache"}
    return Response(found.to_bytes(), media_type="application/octet-stream", headers=headers)


@router.get("/collections/{collection_id}/clips")
def list_clips(
    workspace: Opened, collection_id: str, numbers: Annotated[str, Query(description="such as 1,2,3")]
) -> wire.Clips:
    """List clips by their numbers; those that are not there are left out."""
    found = collections.show_clips(workspace, collection_id=collection_id, numbers=_read_numbers(numbers))
    return wire.Clips(items=[_write_clip(each) for each in found])


def _read_entries(body: wire.TableIn) -> list[table_intake.Entry]:
    if (body.rows is None) == (body.csv is None):
        raise InvalidInput("A table is sent either as `rows` or as `csv`.")
    if body.csv is not None:
        return table_intake.read_entries("csv", body.csv.encode(), _read_columns(body))
    return table_intake.make_entries(body.rows or [], _read_columns(body))


def _read_columns(body: wire.TableIn) -> table_intake.Columns:
    return table_intake.Columns(body.audio_column, body.label_column, body.subset_column)


def _write_clip(shown: ShownClip) -> wire.Clip:
    fields = asdict(shown.clip)
    del fields["collection_id"]
    fields |= {name: redact(fields[name]) for name in ("url", "error")}
    return wire.Clip(**fields, recording_name=shown.recording_name)


def _read_numbers(text: str) -> list[int]:
    try:
        return [int(each) for each in text.split(",")]
    except ValueError:
        raise InvalidInput(f"numbers: expected whole numbers with commas between them, found {text[:80]!r}.") from None


def _name(caller: Caller, who: str) -> str:
    """Name who wants it: what was sent, if that may be, or the token's person."""
    if who:
        caller.check_name(who)
    return who or caller.person or ""


def _describe(workspace: Workspace, made: Collection, who: str) -> wire.CollectionAdded:
    params = {"collection_id": made.id, "name": made.name}
    return wire.CollectionAdded(
        collection_id=made.id, job_id=queue.add_job(workspace, kind=collections.KIND, params=params, who=who)
    )
