"""Summaries: a session with its answer in one line, and a model's predictions as judged."""

from dataclasses import dataclass
from datetime import date, datetime

from podcast_core.domain.annotation import Origin
from podcast_core.domain.checks import check_between, check_score
from podcast_core.domain.review import Verdict
from podcast_core.domain.standing import find_standing
from podcast_core.domain.submission import UNREVIEWED
from podcast_core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Tally:
    """How many annotations of one label and origin an answer has, how many are unsure, and their lowest score."""

    label: str
    origin: Origin
    count: int
    lowest_score: float | None = None
    unsure_count: int = 0


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A session with the answer that counts and the newest verdict on it.

    ``outcome`` is an `Outcome` value or ``unreviewed``. ``verdict`` is that of the newest review of this answer;
    `Verdict.CORRECT` says that the answer itself is a reviewer's correction; ``review_state`` says where the review
    stands (see `REVIEW_STATES`; empty: there is nothing to judge). ``rejected_count`` and
    ``unreviewed_count`` are predictions; ``active_s`` and ``action_count`` say how much work the answer was;
    ``is_open``: it needs an answer still.
    """

    session_id: str
    position: int
    duration_s: float
    outcome: str = UNREVIEWED
    submission_id: str | None = None
    annotator: str = ""
    submitted_at: datetime | None = None
    tallies: tuple[Tally, ...] = ()
    verdict: Verdict | None = None
    reviewer: str = ""
    rejected_count: int = 0
    unreviewed_count: int = 0
    active_s: float | None = None
    action_count: int | None = None
    is_open: bool = True
    review_state: str = ""
    site: str = ""
    starts_at: datetime | None = None

    @property
    def standing(self) -> str:
        """What the session counts for, see `podcast_core.domain.standing`."""
        return find_standing(self.outcome, self.verdict)

    @property
    def annotation_count(self) -> int:
        """Number of annotations in the answer."""
        return sum(tally.count for tally in self.tallies)

    @property
    def unsure_count(self) -> int:
        """Number of annotations that are marked as unsure."""
        return sum(tally.unsure_count for tally in self.tallies)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that occur in the answer, sorted."""
        return tuple(sorted({tally.label for tally in self.tallies}))

    @property
    def lowest_score(self) -> float | None:
        """The lowest score among the annotations that came from a model; None when none did."""
        return min((tally.lowest_score for tally in self.tallies if tally.lowest_score is not None), default=None)


WAITING, DISPUTED = "waiting", "disputed"
REVIEW_STATES = (WAITING, DISPUTED, *(each.value for each in Verdict))
"""Where the review of an answer stands: the newest verdict on it; before the first one *disputed* where people disagree
(who searched all of the session, saw other labels in it, and nobody has judged that) or where its annotator had an
answer rejected before; *waiting* else."""
BOX_ORDERS = ("queue", "lowest score", "highest score", "shortest", "longest")
"""How the boxes of a selection's answers are sorted: as their sessions in the queue and by time, or by the box itself.
Boxes without a score come after those with one."""
SORTS = ("position", "newest", "oldest", "lowest score", "unsure boxes", "annotator")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which sessions of a round are listed, and in which order. None stands for all.

    ``verdict`` is one of `REVIEW_STATES`; ``sort`` is one of `SORTS`. Sessions that lack what is sorted by come last,
    and equal ones come in the order of the queue. Days and hours are those in which sessions start (UTC); the last one
    is included, and hours may go over midnight (22 to 3). A session's score is the lowest one of its boxes that came
    from a model. ``label`` and ``origin`` are those of one box. ``text`` is a part of a comment, in any case: of the
    answer, its boxes and its reviews, and of what people wrote about the session.
    ``audit`` names a sample of answers: the sessions that were drawn for it. ``by_author``: whether only people who
    gave an answer themselves have accepted the one that counts, or made it by deciding.
    """

    outcome: str | None = None
    annotator: str | None = None
    verdict: str | None = None
    label: str | None = None
    sort: str = "position"
    recording_id: str | None = None
    is_open: bool | None = None
    site: str | None = None
    date_from: date | None = None
    date_to: date | None = None
    hour_from: int | None = None
    hour_to: int | None = None
    score_from: float | None = None
    score_to: float | None = None
    origin: str | None = None
    text: str | None = None
    audit: str | None = None
    tag: str | None = None
    by_author: bool | None = None

    def __post_init__(self) -> None:
        if self.sort not in SORTS:
            raise InvalidInput(f"Sessions are sorted by {', '.join(SORTS)}; found {self.sort[:80]!r}.")
        for hour in (self.hour_from, self.hour_to):
            check_between(hour, "An hour of the day", 0, 23)
        if (self.hour_from is None) != (self.hour_to is None):
            raise InvalidInput("Hours of the day have a first and a last one: 22 and 3 are those from 22:00 to 4:00.")
        check_score(self.score_from)
        check_score(self.score_to)
        if self.origin is not None and self.origin not in tuple(Origin):
            raise InvalidInput(f"A box is {', '.join(Origin)}; found {self.origin[:80]!r}.")

    @property
    def is_tallied(self) -> bool:
        """Whether the number of sessions follows from sums that are kept: by outcome, annotator, verdict and label."""
        kept = Selection(self.outcome, self.annotator, self.verdict, self.label, self.sort)
        return self == kept


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the answers that count say about one model's predictions of one label.

    ``confirmed`` predictions were kept under their label, with the box unchanged or edited; ``relabelled`` ones
    were kept under another label; ``rejected`` ones were removed. ``unreviewed`` ones were hidden or not judged: they
    decide nothing, and neither does a box that is marked as unsure. Those labelled in bulk (``in_bulk``) decide nothing
    about the model either: few of them were looked at.
    """

    model: str
    label: str
    confirmed: int = 0
    relabelled: int = 0
    rejected: int = 0
    unreviewed: int = 0
    in_bulk: int = 0

    @property
    def judged(self) -> int:
        """Number of predictions somebody decided about."""
        return self.confirmed + self.relabelled + self.rejected

    @property
    def precision(self) -> float | None:
        """Share of the judged predictions that were confirmed; None before the first."""
        return self.confirmed / self.judged if self.judged else None
