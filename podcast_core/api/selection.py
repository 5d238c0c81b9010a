"""Candidates: which sessions a selection would choose, before a job does it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from podcast_core.api.dependencies import Opened
from podcast_core.api.paging import Part, answer
from podcast_core.domain.pool import Pool
from podcast_core.services.runs import kept_pools, selection
from podcast_core.services.runs.pools import HIGH, LOW, Criteria, Sampling, Sorted
from podcast_core.wire import selection as wire
from podcast_core.wire.base import Finite

router = APIRouter(tags=["candidates"], prefix="/api/v1/rounds/{round_id}")


Choice = tuple[Criteria, Sampling]


def ask_choice(
    high: Annotated[Finite, Query(description="candidates have a best score of at least this")] = HIGH,
    low: Annotated[Finite, Query(description="negatives have no score at or above this")] = LOW,
    quiet_is_negative: Annotated[bool, Query(description="sessions without predictions were processed, too")] = False,
    from_text: Annotated[str, Query(alias="from", description="starting then or later; with a zone")] = "",
    to_text: Annotated[str, Query(alias="to", description="starting before then; with a zone")] = "",
    negatives: Annotated[Finite, Query(description="share of the negatives that is chosen, 0 to 1")] = 0.05,
    unreviewed: Annotated[Finite, Query(description="share of the rest that is chosen, 0 to 1")] = 0.10,
    seed: int = 0,
) -> Choice:
    """Read thresholds and shares; those of the page *Candidates* by default."""
    limits = {"high": high, "low": low, "quiet_is_negative": quiet_is_negative, "from": from_text, "to": to_text}
    return selection.read_choice({**limits, "negatives": negatives, "unreviewed": unreviewed, "seed": seed})


@router.get("/candidates", response_model=wire.SelectionPreview)
def preview_selection(
    workspace: Opened,
    part: Part,
    choice: Annotated[Choice, Depends(ask_choice)],
    round_id: str,
    model: Annotated[str, Query(description="whose predictions; empty: those of the newest set")] = "",
    run_id: Annotated[str, Query(description="a model run whose scores count instead of predictions")] = "",
    pool: Annotated[Pool | None, Query(description="list sessions of this pool only")] = None,
    chosen: Annotated[bool | None, Query(description="list those that are chosen, or are not")] = None,
) -> Response:
    """Tell which sessions a job ``select`` would choose; nothing is made."""
    criteria, sampling = choice
    asked = kept_pools.Asked(round_id, model, run_id, criteria, sampling)
    found = kept_pools.list_part(workspace, asked, pool=pool, chosen=chosen, **part.window)
    page = part.make_page(
        found.sessions,
        wire.SelectedSession,
        found.count,
        key=lambda each: each[0],
        show=lambda each: _write(each[1]),
    )
    pools = {pool: wire.PoolTotals.model_validate(totals) for pool, totals in found.totals.items()}
    told = wire.SelectionPreview(
        **page.model_dump(),
        model=found.model,
        pools=pools,
        without_time=found.without_time,
        computed_at=found.computed_at,
    )
    return answer(told, part.if_none_match)


def _write(each: Sorted) -> wire.SelectedSession:
    scored, session = each.scored, each.scored.session
    return wire.SelectedSession(
        session_id=session.id,
        recording_id=session.recording_id,
        file_name=scored.file_name,
        site=scored.site,
        channel=session.channel,
        start_s=session.start_s,
        end_s=session.end_s,
        started_at=scored.started_at,
        score=scored.score,
        prediction_count=scored.prediction_count,
        outcome=scored.standing,
        pool=each.pool,
        chosen=each.chosen,
        why=each.why,
    )
