"""Rules over the clips of a collection: looked at before they are applied, used as a filter, and kept with it."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Response

from podcast_core.api.binary import BINARY, answer_bytes
from podcast_core.api.dependencies import Asking, Opened, choose_who
from podcast_core.services.explore import rules
from podcast_core.services.explore.columns import pack
from podcast_core.services.explore.rules import Rule, RuleFigures
from podcast_core.wire import rules as wire

router = APIRouter(prefix="/api/v1/collections/{collection_id}/rules", tags=["explore"])


Who = Annotated[str, Query(max_length=80, description="who does it; by default the token's person")]


@router.get("")
def list_rules(workspace: Opened, collection_id: str) -> wire.KeptRules:
    """List the rules that are kept with a collection."""
    found = rules.list_rules(workspace, collection_id=collection_id)
    return wire.KeptRules(items=[wire.KeptRule.model_validate(each) for each in found])


@router.put("/{rule_id}")
def keep_rule(
    workspace: Opened, caller: Asking, collection_id: str, rule_id: str, body: wire.KeepRuleIn
) -> wire.KeptRule:
    """Keep a rule with a collection, or change it; no clip is labelled."""
    kept = rules.keep_rule(
        workspace,
        collection_id=collection_id,
        rule_id=rule_id,
        rule=Rule(body.expression, body.label),
        who=choose_who(workspace, caller, body.annotator),
    )
    return wire.KeptRule.model_validate(kept)


@router.delete("/{rule_id}", status_code=204)
def remove_rule(workspace: Opened, caller: Asking, collection_id: str, rule_id: str, annotator: Who = "") -> None:
    """Remove a rule; labels that it gave stay."""
    who = choose_who(workspace, caller, annotator)
    rules.remove_rule(workspace, collection_id=collection_id, rule_id=rule_id, who=who)


@router.post("")
def measure_rules(workspace: Opened, collection_id: str, body: wire.RulesIn) -> wire.Rules:
    """Say what rules would do, with coverage, conflicts and what is right of it; nothing is changed."""
    asked = [Rule(each.expression, each.label) for each in body.rules]
    found = rules.measure_rules(workspace, collection_id=collection_id, rules=asked)
    return wire.Rules(items=[_show(each) for each in found])


@router.post("/clips", response_class=Response, responses=BINARY)
def find_fitting_clips(workspace: Opened, collection_id: str, body: wire.ExpressionIn) -> Response:
    """Send a 1 for each clip for which an expression is true (uint8), else a 0: a filter of the selection."""
    mask = rules.find_fitting(workspace, collection_id=collection_id, expression=body.expression)
    return answer_bytes(pack({"kind": "mask", "count": len(mask)}, mask.astype(np.uint8)), None)


@router.post("/marks", response_class=Response, responses=BINARY)
def mark_clips(workspace: Opened, collection_id: str, body: wire.RuleIn) -> Response:
    """Send for each clip whether a rule is correct, incorrect or has missed it, or hits what has no label yet."""
    rule = Rule(body.expression, body.label)
    return answer_bytes(rules.mark_rule(workspace, collection_id=collection_id, rule=rule).to_bytes(), None)


def _show(found: RuleFigures) -> wire.Rule:
    fault = found.fault
    names = ("covered", "conflicts", "correct", "incorrect", "missed", "hits", "accuracy")
    return wire.Rule(
        expression=found.rule.expression,
        label=found.rule.label,
        **{name: getattr(found, name) for name in names},
        fault=None if fault is None else wire.Fault(message=str(fault), start=fault.start, end=fault.end),
    )
