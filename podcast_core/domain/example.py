"""Reference examples: sounds of a round that show what a label means, to whoever labels."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from podcast_core.domain.box import Box
from podcast_core.domain.checks import check_box, check_text, check_utc
from podcast_core.domain.ids import check_id
from podcast_core.domain.times import utc_now

MAX_EXAMPLES = 12  # of a label; chosen: what somebody looks through before they label


@dataclass(frozen=True, slots=True, kw_only=True)
class Example(Box):
    """A sound in a session of the round that is an example of a label. Times are recording times.

    ``label`` is the name that it had then (see `Round.name_now`).
    """

    id: str
    label: str
    session_id: str
    who: str
    added_at: datetime = field(default_factory=utc_now)

    def __post_init__(self) -> None:
        check_id(self.id, "Example")
        check_box(self.start_s, self.end_s, self.low_hz, self.high_hz)
        check_text(self.label, "A label", 80)
        check_text(self.who, "The name of whoever chose an example", 80)
        check_utc(self.added_at, "added_at")


def read_example(fields: dict[str, Any]) -> Example:
    """Make an example of its fields in JSON."""
    return Example(**{**fields, "added_at": datetime.fromisoformat(fields["added_at"])})
