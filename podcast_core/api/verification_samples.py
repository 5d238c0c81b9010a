"""Verification samples: drawn once, judged by verdicts on predictions or by reviews, and what follows from these."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from podcast_core.api.dependencies import Asking, Opened, choose_who
from podcast_core.services.verifying import audits, judging, samples, thresholds
from podcast_core.services.verifying.judging import StratumState
from podcast_core.services.verifying.samples import AnswerDraw, PredictionDraw
from podcast_core.wire import verification_samples as wire
from podcast_core.wire.base import Finite

router = APIRouter(tags=["verification"], prefix="/api/v1/rounds/{round_id}")

Precision = Annotated[
    Finite | None, Query(ge=0, le=1, description="that thresholds are found for; default: the sample's")
]
Careful = Annotated[bool, Query(description="the lower end of the precision's interval reaches it, too")]


@router.post("/verification-samples", status_code=201)
def draw_predictions(
    workspace: Opened, caller: Asking, round_id: str, body: wire.PredictionDrawIn
) -> wire.VerificationSample:
    """Draw predictions to be verified; the same again gives the sample that is there."""
    draw = PredictionDraw(round_id, **{**body.model_dump(), "labels": tuple(body.labels)})
    drawn = samples.draw_predictions(workspace, draw, who=choose_who(workspace, caller))
    return wire.VerificationSample.model_validate(drawn)


@router.post("/audits", status_code=201)
def draw_audit(workspace: Opened, caller: Asking, round_id: str, body: wire.AnswerDrawIn) -> wire.VerificationSample:
    """Draw answers to be audited; the same again, of the same answers, gives the audit that is there."""
    draw = AnswerDraw(round_id, **body.model_dump())
    drawn = samples.draw_answers(workspace, draw, who=choose_who(workspace, caller))
    return wire.VerificationSample.model_validate(drawn)


@router.get("/verification-samples")
def list_samples(workspace: Opened, round_id: str) -> wire.Samples:
    """List the samples of a round, of predictions and of answers."""
    found = samples.list_samples(workspace, round_id=round_id)
    return wire.Samples(items=[wire.VerificationSample.model_validate(each) for each in found])


@router.get("/verification-samples/{sample_id}")
def get_sample(
    workspace: Opened, round_id: str, sample_id: str, precision: Precision = None, careful: Careful = False
) -> wire.SampleState:
    """Get what was judged of a sample of predictions, what is next, and thresholds by label."""
    state = judging.get_state(workspace, sample_id=sample_id, round_id=round_id)
    wanted = state.sample.wanted if precision is None else precision
    found = {each: judging.find_threshold(state, each, precision=wanted, careful=careful) for each in state.labels}
    return wire.SampleState(
        sample=wire.VerificationSample.model_validate(state.sample),
        judged=state.judged,
        strata=[_show_stratum(each) for each in state.strata],
        waiting=[wire.Waiting(session_id=session, prediction_id=each) for session, each in state.waiting],
        precision=wanted,
        thresholds=[
            wire.LabelThreshold(
                label=label,
                **{name: value for name, value in asdict(each).items() if name in wire.LabelThreshold.model_fields},
            )
            for label, each in found.items()
        ],
    )


@router.post("/verification-samples/{sample_id}/thresholds", status_code=201)
def keep_thresholds(
    workspace: Opened, caller: Asking, round_id: str, sample_id: str, body: wire.ThresholdsIn
) -> wire.LabelThresholds:
    """Keep thresholds with the version of the model whose run was drawn from."""
    state = judging.get_state(workspace, sample_id=sample_id, round_id=round_id)
    kept = thresholds.keep_thresholds(
        workspace,
        state,
        precision=body.precision,
        careful=body.careful,
        labels=tuple(body.labels),
        who=choose_who(workspace, caller),
    )
    return wire.LabelThresholds.model_validate(kept)


@router.get("/audits/{audit_id}")
def get_audit(workspace: Opened, round_id: str, audit_id: str) -> wire.Audit:
    """Get the error rate that an audit gives, in all, by annotator and by label."""
    return wire.Audit.model_validate(audits.get_audit(workspace, sample_id=audit_id, round_id=round_id))


def _show_stratum(each: StratumState) -> wire.Stratum:
    of_stratum = {name: getattr(each.stratum, name) for name in ("label", "low", "high", "site", "day", "size")}
    known = ("judged", "right", "unsure", "left_out", "precision", "why", "more")
    return wire.Stratum.model_validate({**of_stratum, **{name: getattr(each, name) for name in known}})
