"""Maps of a collection: where its clips are, and new ones, which a job draws."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response

from podcast_core.api.binary import BINARY, answer_bytes
from podcast_core.api.dependencies import Asking, IfNoneMatch, Opened
from podcast_core.services.explore import maps
from podcast_core.services.explore.columns import pack
from podcast_core.services.explore.maps import MapRequest
from podcast_core.services.jobs import queue
from podcast_core.wire import maps as wire

router = APIRouter(prefix="/api/v1/collections/{collection_id}/maps", tags=["explore"])


@router.get("")
def list_maps(workspace: Opened, collection_id: str) -> wire.MapList:
    """List a collection's maps; ``pca`` and ``pca-3`` are there from the start."""
    drawn = maps.list_maps(workspace, collection_id=collection_id)
    items = [_show(each.id, each.method, each.dimensions, each.created_at, each) for each in drawn]
    known = {each.id for each in drawn}
    for job in queue.list_open_jobs(workspace):
        of = queue.get_job(workspace, job_id=job.id).params if job.kind == maps.KIND else {}
        if of.get("collection_id") == collection_id and of["map_id"] not in known:
            items.append(_show(of["map_id"], of["method"], of["dimensions"], job.created_at, job_id=job.id))
    return wire.MapList(items=items)


@router.post("", status_code=202)
def add_map(workspace: Opened, caller: Asking, collection_id: str, body: wire.MapIn) -> wire.MapAdded:
    """Put the drawing of a map into the queue of jobs."""
    who = caller.person or ""
    request = MapRequest(body.method, body.dimensions, body.seed)
    params = maps.prepare(workspace, collection_id=collection_id, request=request, who=who)
    return wire.MapAdded(
        job_id=queue.add_job(workspace, kind=maps.KIND, params=params, who=who), map_id=params["map_id"]
    )


@router.get("/{map_id}/points", response_class=Response, responses=BINARY)
def get_map_points(workspace: Opened, collection_id: str, map_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """Send where all clips are: float32, ``shape`` of the header is (clips, dimensions); NaN where one has no place."""
    places = maps.get_places(workspace, collection_id=collection_id, map_id=map_id)
    about = {"kind": "points", "count": len(places), "shape": places.shape}
    return answer_bytes(pack(about, places), if_none_match)


def _show(
    map_id: str, method: str, dimensions: int, created_at: datetime, drawn: Any = None, *, job_id: str | None = None
) -> wire.Map:
    told = {} if drawn is None else {"finished_at": drawn.finished_at, **drawn.is_fitted_on}
    names = ("finished_at", "fitted", "placed", "disparity")
    return wire.Map(
        id=map_id,
        method=method,
        dimensions=dimensions,
        created_at=created_at,
        job_id=job_id,
        **{name: told[name] for name in names if name in told},
    )
