"""Search in a collection."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import BaseModel, Field

from podcast_core.api.v1 import Opened
from podcast_core.api.wire import Finite, Wire
from podcast_core.ml.agile.search import Ranked
from podcast_core.services.explore import search
from podcast_core.services.explore.filters import ColumnFilter, Filter, TextFilter
from podcast_core.services.explore.search import MOST_FOUND, SearchRequest, SoundBox

router = APIRouter(prefix="/api/v1/collections/{collection_id}", tags=["explore"])

Number = Annotated[int, Field(ge=0, lt=2**31)]
Count = Annotated[int, Field(ge=1, le=MOST_FOUND)]


class FilterIn(Wire):
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


class BoxIn(Wire):
    """A stretch drawn on a spectrogram, in seconds of its session."""

    session_id: str
    start_s: Finite
    end_s: Finite


class SearchIn(Wire):
    """What is searched for: clips that are like it and unlike it, the clips of a label, a drawn stretch."""

    like: list[Number] = []
    unlike: list[Number] = []
    label: str = ""
    box: BoxIn | None = None
    filters: list[FilterIn] = []
    k: Count = 50
    threshold: Finite | None = None

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
        )


class HitOut(BaseModel):
    """A clip that was found; ``percentile`` is the share of 2,048 random clips that score less, 0 to 100."""

    number: int
    rank: int
    cosine: float
    percentile: float


class HistogramOut(BaseModel):
    """How many of the random clips score between each two edges."""

    edges: list[float]
    counts: list[int]


class FoundOut(BaseModel):
    """What was found, the best first, and what random clips score."""

    hits: list[HitOut]
    histogram: HistogramOut


@router.post("/search")
def search_collection(workspace: Opened, collection_id: str, body: SearchIn) -> FoundOut:
    """Rank clips by how alike they are to examples; filters hold before the first ``k`` are counted."""
    return show_found(search.search(workspace, collection_id=collection_id, request=body.to_request()))


@router.post("/search/sound")
def search_by_sound(
    workspace: Opened,
    collection_id: str,
    file: Annotated[UploadFile, File(description="audio of at most 60 s")],
    k: Annotated[int, Form(ge=1, le=MOST_FOUND)] = 50,
    threshold: Annotated[float | None, Form(allow_inf_nan=False)] = None,
) -> FoundOut:
    """Rank clips by how alike they are to sound that somebody brings."""
    request = SearchRequest(count=k, threshold=threshold)
    return show_found(search.search(workspace, collection_id=collection_id, request=request, sound=[file.file]))


def show_found(found: Ranked) -> FoundOut:
    """Write what was found."""
    rows: Any = zip(found.numbers.tolist(), found.scores.tolist(), found.percentiles.tolist(), strict=True)
    hits = [
        HitOut(number=number, rank=place, cosine=score, percentile=share)
        for place, (number, score, share) in enumerate(rows, 1)
    ]
    return FoundOut(hits=hits, histogram=HistogramOut(edges=found.edges.tolist(), counts=found.counts.tolist()))
