"""Rules over the clips of a collection."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from podcast_core.client.connection import Connection
from podcast_core.wire.rules import KeptRule, KeptRules, Rules


class RuleCalls(Connection):
    """Calls about expressions that give clips a label. What each clip gets comes in files, as the server packs it."""

    def list_rules(self, collection_id: str) -> KeptRules:
        """List the rules that are kept with a collection."""
        return self._get(KeptRules, "collections", collection_id, "rules")

    def keep_rule(
        self, collection_id: str, rule_id: str, expression: str, label: str, *, annotator: str | None = None
    ) -> KeptRule:
        """Keep a rule with a collection, or change the one of this id; no clip is labelled."""
        body = {"expression": expression, "label": label, "annotator": annotator}
        return self._send(KeptRule, "PUT", ("collections", collection_id, "rules", rule_id), body)

    def remove_rule(self, collection_id: str, rule_id: str) -> None:
        """Remove a rule; labels that it gave stay."""
        self._tell("DELETE", ("collections", collection_id, "rules", rule_id), {})

    def mark_clips(self, collection_id: str, expression: str, label: str, out: str | Path) -> Path:
        """Write for each clip whether a rule is correct, incorrect or has missed it, or hits it, to a file."""
        body = {"expression": expression, "label": label}
        return self._download(("collections", collection_id, "rules", "marks"), {}, out, body=body)

    def measure_rules(self, collection_id: str, rules: Sequence[Mapping[str, str]]) -> Rules:
        """Say what rules (``expression``, ``label``) would do; nothing is changed."""
        body = {"rules": [dict(each) for each in rules]}
        return self._send(Rules, "POST", ("collections", collection_id, "rules"), body)

    def find_fitting_clips(self, collection_id: str, expression: str, out: str | Path) -> Path:
        """Write a 1 for each clip for which an expression is true, else a 0, to a file."""
        parts = ("collections", collection_id, "rules", "clips")
        return self._download(parts, {}, out, body={"expression": expression})
