"""Review acts: one verdict on many answers in one go, and what takes such an act back.

Each answer gets an ordinary review, which follows from the act. Undoing it deletes none of them: they are *withdrawn*
and count nowhere, so that the verdict before counts again.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from podcast_core.domain.checks import check_comment, check_text, check_utc
from podcast_core.domain.ids import check_id
from podcast_core.domain.review import Review, Verdict
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput

NAMESPACE = uuid.UUID("5f0b0a52-5e0f-4a43-9d0c-2f8a8a7b3c11")
MAX_ANSWERS = 20_000  # of one act: an object of a megabyte


@dataclass(frozen=True, slots=True)
class ReviewAct:
    """One verdict of one person on many answers; or (``undoes``) what withdraws all of another act's.

    ``asked`` is a digest of what was asked for: a second try under the same id finds out whether it is the same.
    """

    id: str
    round_id: str
    who: str
    verdict: Verdict | None = None
    comment: str = ""
    submission_ids: tuple[str, ...] = ()
    undoes: str = ""
    asked: str = ""
    acted_at: datetime = field(default_factory=utc_now)

    def __post_init__(self) -> None:
        check_id(self.id, "Review act")
        check_text(self.who, "The reviewer's name", 80)
        check_comment(self.comment)
        check_utc(self.acted_at, "acted_at")
        if (self.verdict is None) != bool(self.undoes):
            raise InvalidInput("A review act has a verdict, or names the act that it undoes.")
        if self.verdict is Verdict.CORRECT:
            raise InvalidInput("Answers are accepted or rejected in bulk; each is corrected by itself.")
        if len(self.submission_ids) > MAX_ANSWERS or bool(self.submission_ids) == bool(self.undoes):
            count = len(self.submission_ids)
            raise InvalidInput(f"A review act judges 1 to {MAX_ANSWERS:,} answers, an undo none; found {count:,}.")

    def list_reviews(self) -> Iterator[Review]:
        """List the reviews that follow from it."""
        if self.verdict is None:
            return
        for each in self.submission_ids:
            review_id = str(uuid.uuid5(NAMESPACE, f"{self.id}/{each}"))
            yield Review(
                review_id, each, self.who, self.verdict, self.comment, created_at=self.acted_at, act_id=self.id
            )
