"""Reviews: a verdict on a submission."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from podcast_core.domain.checks import check_comment, check_text, check_utc
from podcast_core.domain.ids import check_id
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput


class Verdict(StrEnum):
    """What a reviewer says about a submission."""

    ACCEPT = "accept"
    CORRECT = "correct"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Review:
    """A reviewer's verdict on a submission; ``corrected_id`` names the new submission of a correction.

    ``act_id`` names the review act that it follows from; ``withdrawn``: that was undone, and it counts no more.
    """

    id: str
    submission_id: str
    reviewer: str
    verdict: Verdict
    comment: str = ""
    corrected_id: str | None = None
    created_at: datetime = field(default_factory=utc_now)
    act_id: str = ""
    withdrawn: bool = False

    def __post_init__(self) -> None:
        check_id(self.id, "Review")
        check_text(self.reviewer, "The reviewer's name", 80)
        check_comment(self.comment)
        check_utc(self.created_at, "created_at")
        if (self.verdict is Verdict.CORRECT) != (self.corrected_id is not None):
            raise InvalidInput("A correction, and only a correction, names the new submission.")
