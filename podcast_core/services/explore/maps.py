"""Maps of a collection: PCA at once, the others as jobs. All are kept, and a new one is laid over the one before it."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.domain.clip import Subset
from podcast_core.domain.collection import Collection
from podcast_core.domain.map import Map
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.ml.projection.drawing import DIMENSIONS, METHODS, PCA, Drawn, draw_map
from podcast_core.services.access import needs
from podcast_core.services.explore.vectors import read_array, read_vectors, write_array
from podcast_core.services.jobs.running import Params, Result, RunningJob
from podcast_core.services.labels import independence
from podcast_core.services.store import map_records
from podcast_core.storage import clips, maps
from podcast_core.workspace import Workspace

KIND = "map"
AT_ONCE = {PCA: 2, "pca-3": 3}
"""Maps that each collection has: their ids to their dimensions."""


@dataclass(frozen=True, slots=True)
class MapRequest:
    """A map that somebody wants of a collection."""

    method: str
    dimensions: int = 2
    seed: int = 0

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise InvalidInput(f"There is no map by {self.method[:40]!r}: expected one of {', '.join(METHODS)}.")
        if self.dimensions not in DIMENSIONS:
            raise InvalidInput(f"A map has 2 or 3 dimensions, found {self.dimensions}.")


def list_maps(workspace: Workspace, *, collection_id: str) -> list[Map]:
    """List the maps of a collection that is ready: those that are there at once, then the others, the oldest first."""
    known = _get_ready(workspace, collection_id)
    with workspace.database.reading() as connection:
        return [*(_describe(known, name) for name in AT_ONCE), *maps.list_maps(connection, collection_id)]


def get_map(workspace: Workspace, *, collection_id: str, map_id: str) -> Map:
    """Get a map that is drawn.

    Raises
    ------
    NotFound
        When there is no such collection or map, or it is not ready yet.
    """
    known = _get_ready(workspace, collection_id)
    if map_id in AT_ONCE:
        return _describe(known, map_id)
    with workspace.database.reading() as connection:
        found = maps.find_map(connection, map_id)
    if found is None or found.collection_id != collection_id:
        raise NotFound(f"Collection {known.name!r} has no map {map_id[:80]!r}.")
    return found


def get_places(workspace: Workspace, *, collection_id: str, map_id: str) -> NDArray[np.float32]:
    """Get where clips are on a map: shape (clips, dimensions), NaN where a clip has no vector; raises as `get_map`."""
    found = get_map(workspace, collection_id=collection_id, map_id=map_id)
    key = map_records.places_key(collection_id, map_id)
    try:
        return read_array(workspace.files, key)
    except (NotFound, InvalidInput):
        if map_id not in AT_ONCE:
            raise
    places = _draw(workspace, collection_id, MapRequest(PCA, found.dimensions)).places
    write_array(workspace.files, key, places)
    return places


@needs("label")
def prepare(workspace: Workspace, *, collection_id: str, request: MapRequest, who: str = "") -> dict[str, Any]:
    """Write down which map a job is to draw; returns its parameters, with the ``map_id`` among them."""
    _get_ready(workspace, collection_id)
    return {
        "collection_id": collection_id,
        "map_id": f"{request.method}-{uuid.uuid4().hex[:12]}",
        "method": request.method,
        "dimensions": request.dimensions,
        "seed": request.seed,
        "who": who or workspace.settings.annotator,
    }


def run(workspace: Workspace, params: Params, run: RunningJob) -> Result:
    """Draw a map; when the job is done again, the map is there, or is drawn from the start."""
    collection_id, map_id = params["collection_id"], params["map_id"]
    request = MapRequest(params["method"], params["dimensions"], params["seed"])
    run(0, 100, "reading vectors")

    def tell(share: float, stage: str) -> None:
        run(min(99, round(100 * share)), 100, stage)

    with workspace.database.reading() as connection:
        known = maps.find_map(connection, map_id)
    if known is None:
        drawn = _draw(workspace, collection_id, request, tell)
        known = _keep(workspace, collection_id, map_id, request, drawn, params["who"])
    run(100, 100, "")
    return {"map_id": map_id, "method": METHODS[request.method], **known.is_fitted_on}


def _get_ready(workspace: Workspace, collection_id: str) -> Collection:
    with workspace.database.reading() as connection:
        known = independence.get_collection(connection, collection_id)
    if known.finished_at is None:
        raise NotFound(f"Collection {known.name!r} is not ready yet: its clips are still being described.")
    return known


def _describe(known: Collection, map_id: str) -> Map:
    """Describe a map that is there at once: made with its collection, and no fact of its own."""
    ready_at = known.finished_at
    return Map(
        map_id, known.id, PCA, AT_ONCE[map_id], known.who, created_at=ready_at or utc_now(), finished_at=ready_at
    )


def _draw(
    workspace: Workspace, collection_id: str, request: MapRequest, tell: Any = lambda _share, _stage: None
) -> Drawn:
    vectors = read_vectors(workspace, collection_id)
    with workspace.database.reading() as connection:
        columns = clips.read_columns(connection, collection_id, ("subset", "evicted", "recording_id"))
        older = [each for each in maps.list_maps(connection, collection_id) if _is_like(each, request)]
    old = None
    if older and request.method != PCA:
        try:
            old = read_array(workspace.files, map_records.places_key(collection_id, older[-1].id))
        except (NotFound, InvalidInput):
            old = None  # the doctor names it
    return draw_map(
        vectors,
        (columns["subset"] == Subset.TEST.value) | columns["evicted"],
        method=request.method,
        dimensions=request.dimensions,
        seed=request.seed,
        groups=columns["recording_id"].astype(str),
        old=old,
        tell=tell,
    )


def _is_like(drawn: Map, request: MapRequest) -> bool:
    return drawn.method == request.method and drawn.dimensions == request.dimensions


def _keep(workspace: Workspace, collection_id: str, map_id: str, request: MapRequest, drawn: Drawn, who: str) -> Map:
    """Keep a map: first where clips are, then that it is there, then its row."""
    fitted = int(drawn.is_fitted.sum())
    placed = int(np.isfinite(drawn.places).all(axis=1).sum()) - fitted
    told: Mapping[str, Any] = {
        "fitted": fitted,
        "placed": placed,
        "clips_sha256": hashlib.sha256(np.packbits(drawn.is_fitted).tobytes()).hexdigest(),
        **({} if drawn.disparity is None else {"disparity": round(drawn.disparity, 6)}),
    }
    now = utc_now()
    new = Map(map_id, collection_id, request.method, request.dimensions, who, {"seed": request.seed}, now, now, told)
    write_array(workspace.files, map_records.places_key(collection_id, map_id), drawn.places)
    kept = map_records.save(workspace.files, new)
    with workspace.database.writing() as connection:
        if maps.find_map(connection, kept.id) is None:
            maps.add_map(connection, kept)
    return kept
