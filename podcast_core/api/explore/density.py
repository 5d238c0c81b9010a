"""How many clips have a call: clips are drawn for it, people say what they hear in them, and the rest is estimated."""

from fastapi import APIRouter

from podcast_core.api.dependencies import Asking, Opened, choose_who
from podcast_core.domain.draw import Heard
from podcast_core.services.explore import density
from podcast_core.services.explore.density import Counted
from podcast_core.wire import density as wire

router = APIRouter(prefix="/api/v1/collections/{collection_id}", tags=["explore"])


@router.post("/classifiers/{classifier_id}/density")
def estimate_call_density(
    workspace: Opened, caller: Asking, collection_id: str, classifier_id: str, body: wire.DensityIn
) -> wire.Density:
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
def list_call_densities(workspace: Opened, collection_id: str) -> wire.Densities:
    """List what calls were counted of."""
    return wire.Densities(items=[_show(each) for each in density.list_counted(workspace, collection_id=collection_id)])


def _read(said: wire.SaidIn) -> Heard:
    if isinstance(said, bool):
        return Heard.YES if said else Heard.NO
    return Heard(said)


def _show(found: Counted) -> wire.Density:
    figures = wire.DensityFigures.model_validate(found.density).model_dump()
    draw = found.draw
    return wire.Density(
        **figures,
        draw_id=draw.id,
        classifier_id=draw.classifier_id,
        label=draw.label,
        who=draw.who,
        drawn_at=draw.drawn_at,
        verdicts=dict(found.heard),
    )
