"""Collections: made, listed and looked at. The clips are described by a job (`embedding`)."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from podcast_core.domain.clip import Clip
from podcast_core.domain.collection import Collection, Unit
from podcast_core.domain.limits import DEFAULT_EMBEDDER
from podcast_core.errors import InvalidInput
from podcast_core.services.access import needs
from podcast_core.services.explore import embedders
from podcast_core.services.labels import independence
from podcast_core.services.store import collection_records
from podcast_core.storage import clips, collections, recordings
from podcast_core.workspace import Workspace

KIND = "embed"
MAX_CLIPS_SHOWN = 1000


@needs("label")
def add_collection(
    workspace: Workspace,
    *,
    round_id: str,
    name: str,
    unit: Unit = Unit.WINDOW,
    embedder: str = DEFAULT_EMBEDDER,
    window_s: float | None = None,
    hop_s: float | None = None,
    model: str = "",
    who: str = "",
    collection_id: str = "",
) -> Collection:
    """Make a collection; a job of the kind `KIND` with its id (``collection_id``) finds and describes its clips.

    Parameters
    ----------
    embedder
        As `embedders` has it: ``three-views``, ``mean-mfcc``, ``model:NAME/VERSION``.
    window_s, hop_s
        Of windows; 1 s by default, and as far apart as they are long.
    model
        Of predictions: whose; all models' by default.
    collection_id
        Chosen by the caller, to make a repeated call harmless; random when empty.

    Raises
    ------
    NotFound
        When there is no such round or model.
    InvalidInput
        When name, unit, windows or embedder cannot be used.
    """
    if unit is Unit.WINDOW:
        window_s = 1.0 if window_s is None else window_s
        hop_s = window_s if hop_s is None else hop_s
    if model and unit is not Unit.PREDICTION:
        raise InvalidInput(f"Only predictions are of a model, found the model {model[:80]!r} for {unit.value}s.")
    with workspace.database.reading() as connection:
        independence.get_round(connection, round_id)
        known = collections.find_collection(connection, collection_id) if collection_id else None
        rates = recordings.list_sample_rates(connection, round_id)
    if known is not None:
        return known
    found, parameters = embedders.choose_embedder(workspace, embedder, rates)
    made = Collection(
        id=collection_id or str(uuid.uuid4()),
        round_id=round_id,
        name=name.strip(),
        unit=unit,
        embedder=found,
        who=who or workspace.settings.annotator,
        window_s=window_s,
        hop_s=hop_s,
        parameters={**parameters, **({"model": model} if model else {})},
    )
    made = collection_records.save(workspace.files, made)
    with workspace.database.writing() as connection:
        collections.add_collection(connection, made)
    return made


def list_collections(workspace: Workspace, *, round_id: str) -> list[Collection]:
    """List the collections of a round, the newest first; NotFound when there is no such round."""
    with workspace.database.reading() as connection:
        independence.get_round(connection, round_id)
        return collections.list_collections(connection, round_id=round_id)


def get_collection(workspace: Workspace, *, collection_id: str) -> Collection:
    """Get a collection; NotFound when there is none."""
    with workspace.database.reading() as connection:
        return independence.get_collection(connection, collection_id)


def get_version(workspace: Workspace, *, collection_id: str) -> str:
    """Get a short text that is another one once somebody has changed something about a collection's clips or maps."""
    with workspace.database.reading() as connection:
        known = independence.get_collection(connection, collection_id)
        return collections.find_version(connection, collection_id, known.round_id)


@dataclass(frozen=True, slots=True)
class ShownClip:
    """A clip, and what people call its recording."""

    clip: Clip
    recording_name: str


def list_clips(workspace: Workspace, *, collection_id: str, numbers: Sequence[int]) -> list[Clip]:
    """List clips of a collection by their numbers; those that are not there are left out.

    Raises
    ------
    InvalidInput
        For too many at once.
    """
    if len(numbers) > MAX_CLIPS_SHOWN:
        raise InvalidInput(f"At most {MAX_CLIPS_SHOWN:,} clips are shown at once, found {len(numbers):,}.")
    with workspace.database.reading() as connection:
        independence.get_collection(connection, collection_id)
        return clips.list_clips(connection, collection_id, numbers)


def show_clips(workspace: Workspace, *, collection_id: str, numbers: Sequence[int]) -> list[ShownClip]:
    """List clips as `list_clips` does, with the names of their recordings."""
    found = list_clips(workspace, collection_id=collection_id, numbers=numbers)
    ids = {each.recording_id for each in found} - {""}
    with workspace.database.reading() as connection:
        names = {each.id: each.file_name for each in recordings.list_recordings(connection, ids)} if ids else {}
    return [ShownClip(each, names.get(each.recording_id, "")) for each in found]
