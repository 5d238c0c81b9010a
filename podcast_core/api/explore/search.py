"""Search in a collection."""

import base64
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, File, Form, Response, UploadFile
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from podcast_core.api.binary import BINARY, answer_bytes
from podcast_core.api.dependencies import Opened
from podcast_core.domain.limits import MAX_FOUND
from podcast_core.errors import InvalidInput
from podcast_core.ml.agile.search import Ranked
from podcast_core.services.explore import search
from podcast_core.services.explore.columns import pack
from podcast_core.services.explore.filters import ColumnFilter, Filter, TextFilter, find_allowed
from podcast_core.services.explore.search import Found, SearchRequest, SoundBox
from podcast_core.wire import search as wire

router = APIRouter(prefix="/api/v1/collections/{collection_id}", tags=["explore"])


@router.post("/search")
def search_collection(workspace: Opened, collection_id: str, body: wire.SearchIn) -> wire.Found:
    """Rank clips by how alike they are to examples; filters hold before the first ``k`` are counted."""
    return _show(search.search(workspace, collection_id=collection_id, request=_read_request(body)))


@router.post("/search/sound")
def search_by_sound(
    workspace: Opened,
    collection_id: str,
    file: Annotated[UploadFile, File(description="audio of at most 60 s")],
    k: Annotated[int | None, Form(ge=1, le=MAX_FOUND)] = None,
    threshold: Annotated[float | None, Form(allow_inf_nan=False)] = None,
    search_: Annotated[str, Form(alias="search", description="the rest, as JSON of a search without sound")] = "{}",
) -> wire.Found:
    """Rank clips by how alike they are to sound that somebody brings, and to what else ``search`` has."""
    told = {name: value for name, value in {"k": k, "threshold": threshold}.items() if value is not None}
    try:
        body = wire.SearchIn.model_validate_json(search_).model_copy(update=told)
    except ValidationError as error:
        raise RequestValidationError(
            [{**each, "loc": ("body", "search", *each["loc"])} for each in error.errors()]
        ) from error
    request = _read_request(body)
    return _show(search.search(workspace, collection_id=collection_id, request=request, sound=[file.file]))


@router.post("/search/clips", response_class=Response, responses=BINARY)
def find_clips(workspace: Opened, collection_id: str, body: wire.FiltersIn) -> Response:
    """Send a 1 for each clip that all filters let through (uint8), else a 0: by columns, or by what is written."""
    filters = [read_filter(each) for each in body.filters]
    mask = find_allowed(workspace, collection_id=collection_id, filters=filters)
    return answer_bytes(pack({"kind": "mask", "count": len(mask)}, mask.astype(np.uint8)), None)


def read_filter(body: wire.FilterIn) -> Filter:
    """Turn a filter that was sent into what the service takes."""
    if body.text and not body.column:
        return TextFilter(body.text, body.is_pattern)
    return ColumnFilter(body.column, tuple(body.values), body.low, body.high)


def _read_request(body: wire.SearchIn) -> SearchRequest:
    return SearchRequest(
        like=tuple(body.like),
        unlike=tuple(body.unlike),
        label=body.label,
        box=None if body.box is None else SoundBox(body.box.start_s, body.box.end_s, body.box.session_id),
        filters=tuple(read_filter(each) for each in body.filters),
        count=body.k,
        threshold=body.threshold,
        include_examples=body.include_examples,
        within=_decode(body.within),
    )


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise InvalidInput(f"within: expected base64, found {text[:40]!r}.") from error


def _show(found: Found) -> wire.Found:
    return wire.Found(
        hits=_list_hits(found.hits),
        examples=_list_hits(found.examples),
        histogram=wire.Histogram(edges=found.hits.edges.tolist(), counts=found.hits.counts.tolist()),
    )


def _list_hits(found: Ranked) -> list[wire.Hit]:
    rows: Any = zip(found.numbers.tolist(), found.scores.tolist(), found.percentiles.tolist(), strict=True)
    return [
        wire.Hit(number=number, rank=place, cosine=score, percentile=share)
        for place, (number, score, share) in enumerate(rows, 1)
    ]
