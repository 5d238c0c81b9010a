"""Search in a collection."""

import base64
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, File, Form, Response, UploadFile
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError

from podcast_core.api.binary import BINARY, answer_bytes
from podcast_core.api.dependencies import Opened
from podcast_core.errors import InvalidInput
from podcast_core.ml.agile.search import Ranked
from podcast_core.services.explore import search
from podcast_core.services.explore.columns import pack
from podcast_core.services.explore.filters import ColumnFilter, Filter, TextFilter, find_allowed
from podcast_core.services.explore.search import MAX_FOUND, Found, SearchRequest, SoundBox
from podcast_core.wire import search as wire
from podcast_core.wire.base import Body, Finite, Number

router = APIRouter(prefix="/api/v1/collections/{collection_id}", tags=["explore"])

Count = Annotated[int, Field(ge=1, le=MAX_FOUND)]


class FilterIn(Body):
    """A filter: a column with its values or range (limits are inside), or a text, which may be a regular expression."""

    column: str = ""
    values: list[str] = []
    low: Finite | None = None
    high: Finite | None = None
    text: str = ""
    is_pattern: bool = False

    def to_filter(self) -> Filter:
        """Turn the body into what the service takes."""
        if self.text and not self.column:
            return TextFilter(self.text, self.is_pattern)
        return ColumnFilter(self.column, tuple(self.values), self.low, self.high)


class SearchIn(Body):
    """What is searched for: clips that are like it and unlike it, the clips of a label, a drawn stretch."""

    like: list[Number] = []
    unlike: list[Number] = []
    label: str = ""
    box: wire.BoxIn | None = None
    filters: list[FilterIn] = []
    k: Count = 50
    threshold: Finite | None = None
    include_examples: bool = Field(False, description="find clips of like, unlike and label again: one is its own best")
    within: str = Field(
        "", description="only these clips: base64 of a bit for each, the first is the lowest of its byte; empty: all"
    )

    def to_request(self) -> SearchRequest:
        """Turn the body into what the service takes."""
        return SearchRequest(
            like=tuple(self.like),
            unlike=tuple(self.unlike),
            label=self.label,
            box=None if self.box is None else SoundBox(self.box.session_id, self.box.start_s, self.box.end_s),
            filters=tuple(each.to_filter() for each in self.filters),
            count=self.k,
            threshold=self.threshold,
            include_examples=self.include_examples,
            within=_decode(self.within),
        )


class FiltersIn(Body):
    """Filters that hold all at once."""

    filters: list[FilterIn]


@router.post("/search")
def search_collection(workspace: Opened, collection_id: str, body: SearchIn) -> wire.Found:
    """Rank clips by how alike they are to examples; filters hold before the first ``k`` are counted."""
    return _show(search.search(workspace, collection_id=collection_id, request=body.to_request()))


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
        body = SearchIn.model_validate_json(search_).model_copy(update=told)
    except ValidationError as error:
        raise RequestValidationError(
            [{**each, "loc": ("body", "search", *each["loc"])} for each in error.errors()]
        ) from error
    request = body.to_request()
    return _show(search.search(workspace, collection_id=collection_id, request=request, sound=[file.file]))


@router.post("/search/clips", response_class=Response, responses=BINARY)
def find_clips(workspace: Opened, collection_id: str, body: FiltersIn) -> Response:
    """Send a 1 for each clip that all filters let through (uint8), else a 0: by columns, or by what is written."""
    filters = [each.to_filter() for each in body.filters]
    mask = find_allowed(workspace, collection_id=collection_id, filters=filters)
    return answer_bytes(pack({"kind": "mask", "count": len(mask)}, mask.astype(np.uint8)), None)


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
