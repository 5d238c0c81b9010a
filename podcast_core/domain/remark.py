"""Remarks on answers: comments of several people over time, and tags, which are free words of a round."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from podcast_core.domain.checks import check_comment, check_text, check_utc
from podcast_core.domain.ids import check_id
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput

MAX_TAG_LENGTH = 40  # chosen: it is read in a list


class RemarkKind(StrEnum):
    """What a remark does."""

    COMMENT = "comment"
    TAG = "tag"
    UNTAG = "untag"


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody remarks on a session, looking at one of its answers: a comment, or a tag that is put on or off.

    Tags are those of the session: they stay when it gets another answer.
    """

    id: str
    round_id: str
    session_id: str
    submission_id: str
    author: str
    kind: RemarkKind
    text: str
    created_at: datetime = field(default_factory=utc_now)

    def __post_init__(self) -> None:
        check_id(self.id, "Remark")
        check_text(self.author, "The author's name", 80)
        check_utc(self.created_at, "created_at")
        check_comment(self.text)
        if not self.text.strip():
            raise InvalidInput("A remark has some text; found none.")
        if self.kind is not RemarkKind.COMMENT:
            check_text(self.text, "A tag", MAX_TAG_LENGTH)


def find_tags(remarks: Iterable[Remark]) -> list[str]:
    """Find which tags a session has, by what was put on or off last."""
    found: dict[str, bool] = {}
    for each in sorted(remarks, key=lambda each: (each.created_at, each.id)):
        if each.kind is not RemarkKind.COMMENT:
            found[each.text] = each.kind is RemarkKind.TAG
    return sorted(tag for tag, is_on in found.items() if is_on)
