"""Rules over the clips of a collection: looked at before they are applied, and used as a filter."""

import numpy as np
from fastapi import APIRouter, Response
from pydantic import BaseModel

from podcast_core.api.binary import BINARY, answer_bytes
from podcast_core.api.v1 import Opened
from podcast_core.api.wire import Wire
from podcast_core.services.explore import rules
from podcast_core.services.explore.columns import pack
from podcast_core.services.explore.rules import Rule

router = APIRouter(prefix="/api/v1/collections/{collection_id}/rules", tags=["explore"])


class RuleIn(Wire):
    """An expression over columns, such as ``duration > 0.1 and prediction == "call"``, and the label that it gives."""

    expression: str
    label: str


class RulesIn(Wire):
    """Rules to look at together."""

    rules: list[RuleIn]


class ExpressionIn(Wire):
    """An expression that is true for some clips."""

    expression: str


class RuleOut(BaseModel):
    """What a rule does to clips; see `podcast_core.services.explore.rules.RuleFigures`."""

    expression: str
    label: str
    covered: int
    conflicts: int
    correct: int
    incorrect: int
    missed: int
    hits: int
    accuracy: float | None


class RulesOut(BaseModel):
    """What each rule does, in the order of the question."""

    items: list[RuleOut]


@router.post("")
def measure_rules(workspace: Opened, collection_id: str, body: RulesIn) -> RulesOut:
    """Say what rules would do, with coverage, conflicts and what is right of it; nothing is changed."""
    asked = [Rule(each.expression, each.label) for each in body.rules]
    found = rules.measure_rules(workspace, collection_id=collection_id, rules=asked)
    names = ("covered", "conflicts", "correct", "incorrect", "missed", "hits", "accuracy")
    return RulesOut(
        items=[
            RuleOut(
                expression=each.rule.expression,
                label=each.rule.label,
                **{name: getattr(each, name) for name in names},
            )
            for each in found
        ]
    )


@router.post("/clips", response_class=Response, responses=BINARY)
def find_fitting_clips(workspace: Opened, collection_id: str, body: ExpressionIn) -> Response:
    """Send a 1 for each clip for which an expression is true (uint8), else a 0: a filter of the selection."""
    mask = rules.find_fitting(workspace, collection_id=collection_id, expression=body.expression)
    return answer_bytes(pack({"kind": "mask", "count": len(mask)}, mask.astype(np.uint8)), None)
