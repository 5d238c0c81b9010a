"""Model runs: started, looked at, gone on with, applied. Times are seconds from the start of the *recording*."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from podcast_core.api.dependencies import Asking, IfNoneMatch, Opened
from podcast_core.api.paging import Part, answer
from podcast_core.services.labels.matching import LabelChoice
from podcast_core.services.runs import applying, findings, model_runs
from podcast_core.services.runs.findings import FoundCall, FoundSession
from podcast_core.services.runs.model_runs import RunStatus
from podcast_core.services.verifying import thresholds
from podcast_core.wire import runs as wire
from podcast_core.wire.base import Finite, Page

router = APIRouter(tags=["runs"], prefix="/api/v1/runs")

Threshold = Annotated[Finite, Query(ge=0, le=1, description="least score")]


def _show(status: RunStatus) -> dict[str, Any]:
    run, totals, job = status.run, status.totals, status.job
    of_run = ("id", "model", "version", "kind", "threshold", "floor", "who", "created_at", "finished_at")
    of_totals = ("pieces", "done", "failed", "audio_s", "done_s", "speed", "device")
    return {
        **{name: getattr(run, name) for name in of_run},
        **{name: getattr(totals, name) for name in of_totals},
        "round_ids": list(run.round_ids),
        "state": status.state.value,
        "left_s": status.left_s,
        "job_id": "" if job is None else job.id,
        "error": status.error,
    }


@router.get("", response_model=Page[wire.Run])
def list_runs(workspace: Opened, part: Part) -> Response:
    """List model runs, the newest first."""
    found = model_runs.list_status(workspace)
    return part.answer(found, wire.Run, key=lambda each: (each.run.id,), show=_show)


@router.post("", status_code=202)
def start_run(workspace: Opened, caller: Asking, body: wire.RunIn) -> wire.RunAdded:
    """Start a model run; a worker does it, session by session."""
    plan = model_runs.plan_run(workspace, **body.model_dump(exclude={"device"}), who=caller.person or "")
    run_id = model_runs.start_run(workspace, plan, device=body.device)
    return wire.RunAdded(run_id=run_id, job_id=model_runs.name_first_job(run_id))


@router.get("/{run_id}", response_model=wire.RunDetails)
def get_run(workspace: Opened, run_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """Get a run with how far it is and how it came about."""
    status = model_runs.get_status(workspace, run_id=run_id)
    run = status.run
    origin: dict[str, Any] = {
        "weights_sha256": run.weights_sha256,
        "parameters": dict(run.parameters),
        "labels": list(run.labels),
    }
    return answer(wire.RunDetails(**_show(status), **origin, recordings=dict(run.recordings)), if_none_match)


@router.post("/{run_id}/continue", status_code=202)
def continue_run(workspace: Opened, caller: Asking, run_id: str) -> wire.RunAdded:
    """Let a run that failed, was cancelled or was cut off go on where it stopped; 409 when it is ready or at work."""
    job_id = model_runs.continue_run(workspace, run_id=run_id, who=caller.person or "")
    return wire.RunAdded(run_id=run_id, job_id=job_id)


@router.get("/{run_id}/sessions", response_model=Page[wire.RunSession])
def list_run_sessions(workspace: Opened, part: Part, run_id: str, threshold: Threshold = 0.0) -> Response:
    """List what a run looks at with what was found in each, also while it is at work."""
    total = model_runs.get_status(workspace, run_id=run_id).totals.pieces
    found = findings.list_sessions(workspace, run_id=run_id, threshold=threshold, **part.window)
    return part.answer(found, wire.RunSession, total, key=lambda each: (each.scored.position,), show=_show_session)


def _show_session(each: FoundSession) -> wire.RunSession:
    piece, session = each.scored.piece, each.session
    return wire.RunSession(
        recording_id=piece.recording_id,
        channel=piece.channel,
        start_s=piece.start_s,
        end_s=piece.end_s,
        round_id=session.round_id if session else "",
        session_id=session.id if session else "",
        done=each.scored.is_done,
        error=each.scored.error,
        score=each.scored.score,
        calls=each.scored.count,
    )


@router.get("/{run_id}/boxes", response_model=Page[wire.RunCall])
def list_run_boxes(workspace: Opened, part: Part, run_id: str, threshold: Threshold = 0.0) -> Response:
    """List the calls that a run found, by session and time, also while it is at work."""
    found, total = findings.list_calls(workspace, run_id=run_id, threshold=threshold, **part.window)
    return part.answer(found, wire.RunCall, total, key=lambda each: each.keys, show=_show_call)


def _show_call(each: FoundCall) -> wire.RunCall:
    box = each.box
    return wire.RunCall(
        recording_id=each.piece.recording_id,
        channel=each.piece.channel,
        start_s=box.start_s,
        end_s=box.end_s,
        low_hz=box.low_hz,
        high_hz=box.high_hz,
        label=box.label,
        score=box.score,
    )


@router.post("/{run_id}/apply")
def apply_run(workspace: Opened, run_id: str, body: wire.ApplyIn) -> wire.Applied:
    """Make a run's calls the predictions of a round; they take the place of what this model said before."""
    applied = applying.apply_run(
        workspace,
        run_id=run_id,
        round_id=body.round_id,
        threshold=body.threshold,
        labels=LabelChoice(body.labels, body.add_labels),
        label_thresholds=thresholds.get_of_run(workspace, run_id=run_id) if body.verified else None,
    )
    return wire.Applied.model_validate(applied)
