"""Rules over the clips of a collection."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict

from podcast_core.client.connection import Connection


class Fault(TypedDict):
    """Why a rule cannot be used, and the place: from character ``start`` to before ``end``, counted from 0."""

    message: str
    start: int
    end: int


class Rule(TypedDict):
    """What a rule does to clips."""

    expression: str
    label: str
    covered: int
    conflicts: int
    correct: int
    incorrect: int
    missed: int
    hits: int
    accuracy: float | None
    fault: Fault | None


class KeptRule(TypedDict):
    """A rule that is kept with a collection, and who wrote it like this."""

    rule_id: str
    expression: str
    label: str
    who: str
    kept_at: str


class KeptRules(TypedDict):
    """The rules of a collection, the oldest first."""

    items: list[KeptRule]


class Rules(TypedDict):
    """What each rule does, in the order of the question."""

    items: list[Rule]


class RuleCalls(Connection):
    """Calls about expressions that give clips a label. What each clip gets comes in files, as the server packs it."""

    def list_rules(self, collection_id: str) -> KeptRules:
        """List the rules that are kept with a collection."""
        found: KeptRules = self._get("collections", collection_id, "rules")
        return found

    def keep_rule(
        self, collection_id: str, rule_id: str, expression: str, label: str, *, annotator: str | None = None
    ) -> KeptRule:
        """Keep a rule with a collection, or change the one of this id; no clip is labelled."""
        body = {"expression": expression, "label": label, "annotator": annotator}
        kept: KeptRule = self._send("PUT", ("collections", collection_id, "rules", rule_id), body)
        return kept

    def remove_rule(self, collection_id: str, rule_id: str) -> None:
        """Remove a rule; labels that it gave stay."""
        self._send("DELETE", ("collections", collection_id, "rules", rule_id), {})

    def mark_clips(self, collection_id: str, expression: str, label: str, out: str | Path) -> Path:
        """Write for each clip whether a rule is correct, incorrect or has missed it, or hits it, to a file."""
        body = {"expression": expression, "label": label}
        return self._download(("collections", collection_id, "rules", "marks"), {}, out, body=body)

    def measure_rules(self, collection_id: str, rules: Sequence[Mapping[str, str]]) -> Rules:
        """Say what rules (``expression``, ``label``) would do; nothing is changed."""
        body = {"rules": [dict(each) for each in rules]}
        found: Rules = self._send("POST", ("collections", collection_id, "rules"), body)
        return found

    def find_fitting_clips(self, collection_id: str, expression: str, out: str | Path) -> Path:
        """Write a 1 for each clip for which an expression is true, else a 0, to a file."""
        parts = ("collections", collection_id, "rules", "clips")
        return self._download(parts, {}, out, body={"expression": expression})
