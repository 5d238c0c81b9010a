"""Reference examples: sounds of a round that show what a label means, to whoever labels."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from podcast_core.domain.box import Box
from podcast_core.domain.checks import check_box, check_optional_text, check_text, check_utc
from podcast_core.domain.ids import check_id
from podcast_core.domain.times import utc_now

MAX_CLIP_S = 60.0  # of sound that is uploaded; chosen: longer ones are recordings, not examples
MAX_CLIP_BYTES = 50_000_000  # chosen: a minute of ultrasound at 384 kHz, 16 bits
MAX_EXAMPLES = 12  # of a label; chosen: what somebody looks through before they label


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedClip:
    """A short sound that somebody uploaded as an example: where its file lies, and under which licence it is shown."""

    sha256: str
    uri: str
    file_name: str
    sample_rate_hz: int
    frame_count: int
    licence: str
    source: str = ""

    def __post_init__(self) -> None:
        check_text(self.licence, "The licence of an uploaded example", 200)
        check_optional_text(self.source, "The source of an uploaded example", 500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example(Box):
    """A sound in a session of the round, or uploaded, that is an example of a label. Times are recording times.

    ``label`` is the name that it had then (see `Round.name_now`). An uploaded ``clip`` is of no session, and its times
    count from its start.
    """

    id: str
    label: str
    session_id: str
    who: str
    added_at: datetime = field(default_factory=utc_now)
    clip: UploadedClip | None = None

    def __post_init__(self) -> None:
        check_id(self.id, "Example")
        check_box(self.start_s, self.end_s, self.low_hz, self.high_hz)
        check_text(self.label, "A label", 80)
        check_text(self.who, "The name of whoever chose an example", 80)
        check_utc(self.added_at, "added_at")


def read_example(fields: dict[str, Any]) -> Example:
    """Make an example of its fields in JSON."""
    clip = fields.get("clip")
    added_at = datetime.fromisoformat(fields["added_at"])
    return Example(**{**fields, "added_at": added_at, "clip": None if clip is None else UploadedClip(**clip)})
