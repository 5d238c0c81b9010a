"""Rules of a collection: expressions that give clips a label."""

from dataclasses import dataclass, field
from datetime import datetime

from podcast_core.domain.checks import check_optional_text, check_text, check_utc
from podcast_core.domain.ids import check_id
from podcast_core.domain.times import utc_now

MAX_RULE_LENGTH = 500


@dataclass(frozen=True, slots=True)
class RuleState:
    """A rule of a collection as somebody wrote it: clips for which the expression is true get the label.

    A rule that is changed has another state of the same ``rule_id``; the newest counts. One without an expression says
    that the rule was removed.
    """

    id: str
    collection_id: str
    rule_id: str
    expression: str
    label: str
    who: str
    kept_at: datetime = field(default_factory=utc_now)

    def __post_init__(self) -> None:
        check_id(self.id, "State of a rule")
        check_id(self.rule_id, "Rule")
        check_optional_text(self.expression, "A rule", MAX_RULE_LENGTH)
        check_text(self.label, "A label", 80)
        check_text(self.who, "The person's name", 80)
        check_utc(self.kept_at, "kept_at")
