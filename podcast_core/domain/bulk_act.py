"""Bulk acts: one label given to (or taken from) many stretches of sound in one go, and what takes such an act back.

A bulk act makes ordinary answers, one for each session that it touches. Undoing it deletes none of them: they are
*taken back* and count nowhere, so that what counted before counts again. What is taken back now is worked out from all
acts, in the order in which they were done; so an undo can be undone.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from podcast_core.domain.checks import check_between, check_optional_text, check_text, check_utc
from podcast_core.domain.ids import check_id
from podcast_core.domain.review import Review, Verdict
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput

NAMESPACE = uuid.UUID("7c1f6d0e-2f0b-4c57-9d43-1c2a5e9b7a60")  # of reviews
MAX_QUERY = 4000  # characters; longer than a rule may be
MAX_CLIPS = 1_000_000  # as many as a collection is built for


class BulkDeed(StrEnum):
    """What a bulk act did."""

    LABEL = "label"
    REMOVE = "remove"
    UNDO = "undo"


class How(StrEnum):
    """How the clips of a bulk act were selected.

    Query: by a search over annotations; label: all of one label; review: one by one, by a reviewer who saw each.
    """

    LASSO = "lasso"
    BOX = "box"
    SEARCH = "search"
    RULE = "rule"
    CLICK = "click"
    TABLE = "table"
    CLASSIFIER = "classifier"
    QUERY = "query"
    LABEL = "label"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class BulkAct:
    """One bulk act of one person.

    ``clip_count`` clips were selected; ``changed`` of them have another label now. ``left`` were not changed though
    they were asked for: labels drawn one by one when labels are removed, and what others changed since when an act is
    undone. ``heard`` of the clips were heard in a quick check before, and ``agreed`` of those fitted the label.
    ``query`` is the search that found them, if one did. ``asked`` is a digest of what was asked for. ``undoes`` names
    the act that an undo takes back; ``takes_back`` and ``brings_back`` name the answers that count no more since, or
    again. ``corrects`` names the answers that a reviewer corrected with it: each has a review, which follows from it.
    """

    id: str
    round_id: str
    deed: BulkDeed
    who: str
    how: How = How.LASSO
    label: str = ""
    collection_id: str = ""
    clip_count: int = 0
    changed: int = 0
    left: int = 0
    heard: int = 0
    agreed: int = 0
    asked: str = ""
    undoes: str = ""
    takes_back: tuple[str, ...] = ()
    brings_back: tuple[str, ...] = ()
    acted_at: datetime = field(default_factory=utc_now)
    query: str = ""
    corrects: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_id(self.id, "Bulk act")
        check_text(self.who, "The name of who did it", 80)
        check_optional_text(self.label, "A label", 80)
        check_optional_text(self.query, "A search", MAX_QUERY)
        check_utc(self.acted_at, "acted_at")
        for what, count in (
            ("clips", self.clip_count),
            ("clips heard", self.heard),
            ("clips that agreed", self.agreed),
        ):
            check_between(count, f"The number of {what}", 0, MAX_CLIPS)
        if self.agreed > self.heard:
            raise InvalidInput(f"{self.agreed} clips cannot have agreed if {self.heard} were heard.")
        if self.heard > self.clip_count:
            raise InvalidInput(f"{self.heard} clips cannot have been heard out of {self.clip_count}.")
        if self.deed is BulkDeed.LABEL and not self.label:
            raise InvalidInput("A bulk act that labels clips needs a label.")
        if (self.deed is BulkDeed.UNDO) != bool(self.undoes):
            raise InvalidInput("An undo, and only an undo, names the act that it undoes.")
        if self.corrects and (self.how is not How.REVIEW or self.deed is BulkDeed.UNDO):
            raise InvalidInput("Only what a reviewer did to boxes corrects answers.")

    @property
    def is_deletion(self) -> bool:
        """Whether it took all boxes of a label away, and the label off its round's list."""
        return self.deed is BulkDeed.REMOVE and self.how is How.LABEL

    def list_reviews(self, made: Mapping[str, str]) -> Iterator[Review]:
        """List the reviews that follow from it; ``made`` says by which answer each one was corrected."""
        for each in self.corrects:
            if each not in made:  # of a round that was taken over in part
                continue
            review_id = str(uuid.uuid5(NAMESPACE, f"{self.id}/{each}"))
            yield Review(
                *(review_id, each, self.who, Verdict.CORRECT),
                corrected_id=made[each],
                created_at=self.acted_at,
                act_id=self.id,
            )

    def describe(self) -> str:
        """Say in words how its labels were given: ``lasso, 5 of 312 heard``."""
        heard = f"{self.heard} of {self.clip_count} heard" if self.heard else f"none of {self.clip_count} heard"
        return f"{self.how.value}, {heard}"


def find_taken_back(acts: Iterable[BulkAct]) -> set[str]:
    """Find the answers that were taken back: of several undos and redos the last one counts."""
    found: set[str] = set()
    for act in in_order(acts):
        found.update(act.takes_back)
        found.difference_update(act.brings_back)
    return found


def find_undo(acts: Iterable[BulkAct], act_id: str) -> BulkAct | None:
    """Find the undo that took an act back and still stands; None where the act stands."""
    known = in_order(acts)
    undos = [each for each in known if each.undoes == act_id]
    return next((each for each in reversed(undos) if find_undo(known, each.id) is None), None)


def in_order(acts: Iterable[BulkAct]) -> list[BulkAct]:
    """Sort acts by time; two at one moment have an order, too."""
    return sorted(acts, key=lambda act: (act.acted_at, act.id))
