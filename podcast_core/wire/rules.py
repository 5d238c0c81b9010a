"""Rules over the clips of a collection: looked at before they are applied, used as a filter, and kept with it."""

from datetime import datetime

from podcast_core.wire.base import Body, PersonName, Shape


class RuleIn(Body):
    """An expression over columns, such as ``duration > 0.1 and prediction == "call"``, and the label that it gives."""

    expression: str
    label: str


class RulesIn(Body):
    """Rules to look at together."""

    rules: list[RuleIn]


class KeepRuleIn(RuleIn):
    """A rule to keep, and who has written it."""

    annotator: PersonName | None = None


class ExpressionIn(Body):
    """An expression that is true for some clips."""

    expression: str


class Fault(Shape):
    """Why a rule cannot be used, and the place: from character ``start`` to before ``end``, counted from 0."""

    message: str
    start: int
    end: int


class Rule(Shape):
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
    fault: Fault | None


class Rules(Shape):
    """What each rule does, in the order of the question."""

    items: list[Rule]


class KeptRule(Shape):
    """A rule that is kept with a collection, and who wrote it like this."""

    rule_id: str
    expression: str
    label: str
    who: str
    kept_at: datetime


class KeptRules(Shape):
    """The rules of a collection, the oldest first."""

    items: list[KeptRule]
