"""Measurements: what there is, those of a box, and of all annotations of a round."""

from typing import Annotated

from fastapi import APIRouter, Query

from podcast_core.api.dependencies import Asking, Opened, choose_who
from podcast_core.domain.box import Box
from podcast_core.domain.checks import check_box
from podcast_core.domain.measurement import MEASUREMENTS
from podcast_core.services.measuring import measurements
from podcast_core.wire import measurements as wire
from podcast_core.wire.base import Finite
from podcast_core.wire.jobs import JobAdded

router = APIRouter(tags=["measurements"], prefix="/api/v1")


@router.get("/measurements")
def list_measurements() -> list[wire.Measurement]:
    """List what can be measured, with units and definitions."""
    return [
        wire.Measurement(name=name, title=each.title, unit=each.unit, definition=each.definition, raven=each.raven)
        for name, each in MEASUREMENTS.items()
    ]


@router.get("/rounds/{round_id}/sessions/{session_id}/measurements")
def measure_box(
    workspace: Opened,
    round_id: str,
    session_id: str,
    start_s: Annotated[Finite, Query(description="in seconds of the session")],
    end_s: Finite,
    low_hz: Annotated[Finite | None, Query(description="left out with high_hz: all frequencies")] = None,
    high_hz: Finite | None = None,
    window: Annotated[int | None, Query(description="window in samples; chosen for the box when left out")] = None,
) -> wire.Measured:
    """Measure a box of a session, drawn or not."""
    check_box(start_s, end_s, low_hz, high_hz)
    box = Box(start_s, end_s, low_hz=low_hz, high_hz=high_hz)
    (values,) = measurements.measure_boxes(
        workspace, round_id=round_id, session_id=session_id, boxes=[box], window_samples=window
    )
    return wire.Measured(values=values)


@router.post("/rounds/{round_id}/measurements", status_code=202)
def measure_annotations(workspace: Opened, caller: Asking, round_id: str) -> JobAdded:
    """Measure what is not measured of a round's annotations, as a job."""
    who = choose_who(workspace, caller)
    return JobAdded(job_id=measurements.add_job(workspace, round_id=round_id, who=who))
