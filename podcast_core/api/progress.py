"""What the figures of the page *Progress* show, for scripts."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from podcast_core.api.dependencies import IfNoneMatch, Opened
from podcast_core.api.paging import answer
from podcast_core.domain.progress_filter import ProgressFilter
from podcast_core.services.labels import accumulation, activity, rounds, work
from podcast_core.services.labels.work import By
from podcast_core.services.learning import model_progress
from podcast_core.wire import progress as wire

router = APIRouter(tags=["statistics"], prefix="/api/v1/rounds/{round_id}/progress")
Names = Annotated[list[str] | None, Query()]


def read_filter(
    workspace: Opened,
    round_id: str,
    date_from: Annotated[date | None, Query(description="first day, UTC")] = None,
    date_to: Annotated[date | None, Query(description="last day, UTC")] = None,
    annotator: Names = None,
    site: Names = None,
    label: Names = None,
) -> ProgressFilter:
    """Read what is to be counted; NotFound when there is no such round."""
    rounds.get_round(workspace, round_id=round_id)
    return ProgressFilter((round_id,), date_from, date_to, *(tuple(each or ()) for each in (annotator, site, label)))


Wanted = Annotated[ProgressFilter, Depends(read_filter)]


@router.get("/burn-up", response_model=wire.BurnUp)
def get_burn_up(workspace: Opened, wanted: Wanted, if_none_match: IfNoneMatch = None) -> Response:
    """Get what was answered by day, of how much, and when the rest is expected."""
    return answer(wire.BurnUp.model_validate(work.get_burn_up(workspace, wanted)), if_none_match)


@router.get("/work", response_model=wire.Work)
def list_work(workspace: Opened, wanted: Wanted, by: By = By.DAY, if_none_match: IfNoneMatch = None) -> Response:
    """List what was done by day, annotator, site or hour of the day."""
    return _list(wire.Work, if_none_match, rows=work.list_work(workspace, wanted, by))


@router.get("/activity", response_model=wire.Activity)
def get_activity(
    workspace: Opened,
    wanted: Wanted,
    offset_h: Annotated[
        int | None, Query(description="how far the clock is ahead of UTC; default: by the site's longitude, or 0")
    ] = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Get calls by date and hour of the day, with sunrise and sunset where coordinates are known."""
    found = activity.get_activity(workspace, wanted, offset_h=offset_h)
    sun = found.daylight
    told = {"hours": found.hours, "offset_h": found.offset_h, "untimed": found.untimed}
    return _list(
        wire.Activity, if_none_match, **told, site=sun.place.site if sun else None, sun=sun.days if sun else ()
    )


@router.get("/coverage", response_model=wire.Coverage)
def list_coverage(workspace: Opened, wanted: Wanted, if_none_match: IfNoneMatch = None) -> Response:
    """List which days of which sites have sound, and how much of it has an answer."""
    days, untimed = activity.list_coverage(workspace, wanted)
    return _list(wire.Coverage, if_none_match, days=days, untimed=untimed)


@router.get("/accumulation", response_model=wire.Accumulation)
def get_accumulation(
    workspace: Opened,
    wanted: Wanted,
    individuals: Annotated[bool, Query(description="individuals instead of labels")] = False,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Get how many different labels or individuals were found in how many sessions."""
    found = accumulation.get_accumulation(workspace, wanted, of_individuals=individuals)
    return answer(wire.Accumulation.model_validate(found), if_none_match)


@router.get("/speed", response_model=wire.Speed)
def list_speed(workspace: Opened, wanted: Wanted, if_none_match: IfNoneMatch = None) -> Response:
    """List medians of seconds and edits per session, by person and day or week."""
    return _list(wire.Speed, if_none_match, steps=work.list_pace(workspace, wanted))


@router.get("/quality", response_model=wire.Quality)
def list_judged(workspace: Opened, wanted: Wanted, if_none_match: IfNoneMatch = None) -> Response:
    """List how much reviewers found wrong, by day or week; how far people agree over time is in their agreement."""
    return _list(wire.Quality, if_none_match, judged=work.list_judged(workspace, wanted))


@router.get("/models", response_model=wire.Models)
def list_model_progress(workspace: Opened, wanted: Wanted, if_none_match: IfNoneMatch = None) -> Response:
    """List how good models were on the round's sessions, and what became of their predictions; not filtered."""
    measured = model_progress.list_measured(workspace, wanted.round_ids)
    return _list(
        wire.Models, if_none_match, measured=measured, kept=model_progress.list_kept_shares(workspace, wanted.round_ids)
    )


def _list(shape: type[Any], if_none_match: str | None, **fields: Any) -> Response:
    return answer(shape.model_validate(fields), if_none_match)
