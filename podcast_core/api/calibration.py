"""Calibration: which sessions have a known answer, how people compare with it, and what one of them is told at once."""

from typing import Annotated

from fastapi import APIRouter, Query

from podcast_core.api.dependencies import Asking, Opened, choose_who
from podcast_core.domain import calibration as domain
from podcast_core.services.labels import calibration
from podcast_core.wire import calibration as wire

router = APIRouter(tags=["rounds"], prefix="/api/v1/rounds/{round_id}")


@router.get("/calibration")
def get_calibration(workspace: Opened, round_id: str) -> wire.Calibration:
    """Get which sessions of a round calibrate, and when they come."""
    return wire.Calibration.model_validate(calibration.get_calibration(workspace, round_id=round_id))


@router.put("/calibration")
def set_calibration(workspace: Opened, round_id: str, body: wire.CalibrationIn) -> wire.Calibration:
    """Say which sessions of a round calibrate: those that are named, or drawn from its gold."""
    ids = tuple(body.session_ids)
    if body.draw_per_label is not None:
        drawn = calibration.draw_sessions(workspace, round_id=round_id, per_label=body.draw_per_label, seed=body.seed)
        ids = tuple(dict.fromkeys((*ids, *drawn)))
    told = body.model_dump(exclude={"session_ids", "draw_per_label", "seed"})
    wanted = domain.Calibration(session_ids=ids, **told)
    return wire.Calibration.model_validate(
        calibration.set_calibration(workspace, round_id=round_id, calibration=wanted)
    )


@router.get("/calibration/people")
def list_calibrated(workspace: Opened, round_id: str) -> list[wire.PersonCalibrated]:
    """List how far people agree with the gold of calibration sessions."""
    found = calibration.list_people(workspace, round_id=round_id)
    return [wire.PersonCalibrated.model_validate(each) for each in found]


@router.get("/sessions/{session_id}/calibration")
def get_feedback(
    workspace: Opened,
    caller: Asking,
    round_id: str,
    session_id: str,
    annotator: Annotated[str, Query(description="whose answer; by default of who asks")] = "",
) -> wire.Feedback:
    """Compare somebody's answer to a calibration session with its gold; 403 before they have answered."""
    person = annotator or choose_who(workspace, caller)
    found = calibration.get_feedback(workspace, round_id=round_id, session_id=session_id, person=person)
    boxes = [
        wire.CalibratedBox.model_validate({"change": each.change, "gold": each.before, "mine": each.after})
        for each in found.differences.boxes
    ]
    told = {name: getattr(found, name) for name in wire.Feedback.model_fields if hasattr(found, name)}
    outcomes = {"outcome": found.mine.outcome, "gold_outcome": found.gold.outcome}
    return wire.Feedback.model_validate({"session_id": session_id, "boxes": boxes, **outcomes, **told})
