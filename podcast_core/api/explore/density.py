"""How many clips have a call: clips are drawn for it, people say what they hear in them, and the rest is estimated."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from podcast_core.api.dependencies import Asking, Opened
from podcast_core.api.explore.bulk import choose_who
from podcast_core.api.explore.search import Number
from podcast_core.api.paging import Shown
from podcast_core.api.wire import Person, Wire
from podcast_core.domain.draw import Heard
from podcast_core.ml.agile.density import HEARD_PER_BIN, MAX_PER_BIN
from podcast_core.services.explore import density
from podcast_core.services.explore.density import Counted

router = APIRouter(prefix="/api/v1/collections/{collection_id}", tags=["explore"])

SaidIn = bool | Literal["yes", "no", "unsure", ""]


class DensityIn(Wire):
    """What somebody has heard in drawn clips, by number: true and false are yes and no, empty takes a verdict back.

    ``per_bin`` clips of each bin of scores are wanted.
    """

    label: str
    heard: Annotated[dict[Number, SaidIn], Field(max_length=4 * MAX_PER_BIN)] = {}
    per_bin: Annotated[int, Field(ge=1, le=MAX_PER_BIN)] = HEARD_PER_BIN
    annotator: Person | None = None


class BinOut(Shown):
    """Clips of a range of scores (log odds). Of those that were ``unsure``, others are heard in their place."""

    low: float
    high: float
    clips: int
    heard: int
    calls: int
    unsure: int


class _Estimate(Shown):
    """The share of all clips that have the call, with its interval of 90 %.

    ``to_hear`` are the drawn clips that are still to be heard, in their order; with none of them there is enough.
    """

    share: float
    low: float
    high: float
    clips: int
    heard: int
    bins: list[BinOut]
    auc: float | None
    has_enough: bool
    to_hear: list[int]


class DensityOut(_Estimate):
    """A draw of a classifier and label, what was said of its clips, and what follows from it."""

    draw_id: str
    classifier_id: str
    label: str
    who: str
    drawn_at: datetime
    verdicts: dict[int, Heard]


class DensitiesOut(BaseModel):
    """What calls were counted of, the newest first."""

    items: list[DensityOut]


@router.post("/classifiers/{classifier_id}/density")
def estimate_call_density(
    workspace: Opened, caller: Asking, collection_id: str, classifier_id: str, body: DensityIn
) -> DensityOut:
    """Estimate how many clips have a call; the first time, clips of each bin of scores are drawn to be heard."""
    found = density.estimate(
        workspace,
        collection_id=collection_id,
        classifier_id=classifier_id,
        label=body.label,
        heard={number: _read(said) for number, said in body.heard.items()},
        per_bin=body.per_bin,
        who=choose_who(workspace, caller, body.annotator),
    )
    return _show(found)


@router.get("/densities")
def list_call_densities(workspace: Opened, collection_id: str) -> DensitiesOut:
    """List what calls were counted of."""
    return DensitiesOut(items=[_show(each) for each in density.list_counted(workspace, collection_id=collection_id)])


def _read(said: SaidIn) -> Heard:
    if isinstance(said, bool):
        return Heard.YES if said else Heard.NO
    return Heard(said)


def _show(found: Counted) -> DensityOut:
    figures = _Estimate.model_validate(found.density).model_dump()
    draw = found.draw
    return DensityOut(
        **figures,
        draw_id=draw.id,
        classifier_id=draw.classifier_id,
        label=draw.label,
        who=draw.who,
        drawn_at=draw.drawn_at,
        verdicts=dict(found.heard),
    )
