"""Submissions: one annotator's answer for one session, and which of several counts."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from podcast_core.domain.annotation import Annotation, Origin
from podcast_core.domain.checks import check_between, check_comment, check_score, check_text, check_utc
from podcast_core.domain.ids import check_id
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput


class Outcome(StrEnum):
    """What an annotator says about a whole session. A session without a submission is unreviewed.

    Verified: the predictions were judged one by one; the rest of the session was not searched.
    """

    LABELLED = "labelled"
    EMPTY = "empty"
    VERIFIED = "verified"
    UNSURE = "unsure"
    SKIPPED = "skipped"


UNREVIEWED = "unreviewed"
MAX_WORK_S = 7 * 24 * 3600.0  # on one session
MAX_DECIDED = 50  # chosen: far more people than ever answer one session
DECIDED = (Outcome.LABELLED, Outcome.EMPTY, Outcome.UNSURE)  # what an adjudicator may say
MAX_ACTIONS = 1_000_000  # chosen: more than one a second for a week


@dataclass(frozen=True, slots=True)
class Submission:
    """One annotator's answer for one session: outcome and annotations. Never changed, only followed by another.

    ``id`` is chosen by the one who submits and makes a repeated submit harmless. ``base_revision`` is the
    revision that was on screen (0: none). ``revision`` counts a session's submissions from 1 in the order of
    ``(submitted_at, id)``; it is derived from the stored facts, 0 where it is not known yet. ``rejected`` are
    the predictions that the annotator removed, ``unreviewed`` those that nobody looked at: they were hidden below
    ``score_threshold``, or not judged. ``active_s`` and ``action_count`` say how much work it was: seconds that
    somebody really worked on it, and edits. ``beside`` marks an imported answer to a session that had one: it is kept
    beside that one and does not count in its place, however new it is (see `find_counting`). ``bulk_id`` names the bulk
    act that made it; ``partial`` says that it speaks of some stretches only, so that the session stays open.
    ``taken_back`` says that the act was undone, and follows from the acts: such an answer counts nowhere. ``decides``
    names the answers between which an adjudicator decided: such an answer is *gold* and counts before all others.
    ``restores`` names the earlier answer that this one says again, in the name of who wanted it back. ``calibrates``:
    given to a calibration session, to be compared with its gold; it stands ``beside``, and never counts.
    """

    id: str
    round_id: str
    session_id: str
    annotator: str
    outcome: Outcome
    annotations: tuple[Annotation, ...] = ()
    rejected: tuple[Prediction, ...] = ()
    comment: str = ""
    base_revision: int = 0
    started_at: datetime | None = None
    submitted_at: datetime = field(default_factory=utc_now)
    revision: int = 0
    unreviewed: tuple[Prediction, ...] = ()
    score_threshold: float | None = None
    active_s: float | None = None
    action_count: int | None = None
    beside: bool = False
    bulk_id: str = ""
    partial: bool = False
    taken_back: bool = False
    decides: tuple[str, ...] = ()
    restores: str = ""
    calibrates: bool = False

    def __post_init__(self) -> None:
        check_id(self.id, "Submission")
        check_text(self.annotator, "The annotator's name", 80)
        check_utc(self.started_at, "started_at")
        check_utc(self.submitted_at, "submitted_at")
        check_comment(self.comment)
        if self.outcome is Outcome.LABELLED and not self.annotations:
            raise InvalidInput("Outcome 'labelled' needs at least one annotation; use 'empty' for no call.")
        if self.outcome in (Outcome.EMPTY, Outcome.SKIPPED) and self.annotations:
            raise InvalidInput(f"Outcome {self.outcome.value!r} has no annotations, found {len(self.annotations)}.")
        check_score(self.score_threshold, "The score threshold")
        check_between(self.active_s, "The time worked on a session", 0, MAX_WORK_S, " s")
        check_between(self.base_revision, "The revision that was on screen", 0, MAX_ACTIONS)
        check_between(self.action_count, "The number of edits", 0, MAX_ACTIONS)
        if self.decides:
            self._check_gold()

    @property
    def is_gold(self) -> bool:
        """Whether an adjudicator decided between answers with it."""
        return bool(self.decides)

    @property
    def is_in_bulk(self) -> bool:
        """Whether some of its labels were given in bulk."""
        return any(box.origin is Origin.BULK for box in self.annotations)

    @property
    def closes(self) -> bool:
        """Tell whether the session needs no further answer: no skip, and no verification that left something over."""
        if self.outcome is Outcome.SKIPPED or self.taken_back:
            return False
        return self.outcome is not Outcome.VERIFIED or not (self.unreviewed or self.partial)

    def _check_gold(self) -> None:
        if self.outcome not in DECIDED:
            raise InvalidInput(
                f"A decision between answers is about the whole session: expected {', '.join(DECIDED)}, found "
                f"{self.outcome.value!r}."
            )
        if self.beside:
            raise InvalidInput("A decision between answers counts before them: it cannot stand beside another answer.")
        for each in self.decides:
            check_id(each, "Decided answer")
        if len(set(self.decides)) != len(self.decides) or len(self.decides) > MAX_DECIDED or self.id in self.decides:
            raise InvalidInput(
                f"A decision names each of at most {MAX_DECIDED} other answers once; found {len(self.decides)} names."
            )


def find_gold(history: Iterable[Submission], rejected: Container[str] = ()) -> Submission | None:
    """Find the gold that stands among all answers of a session, the oldest first: the newest, unless it was rejected.

    Gold that a review rejected is as any other rejected answer, and older gold does not come back in its place.
    """
    newest = next(reversed([each for each in history if each.is_gold and not each.taken_back]), None)
    return None if newest is None or newest.id in rejected else newest


def find_counting(history: Iterable[Submission], rejected: Container[str] = ()) -> Submission | None:
    """Find the answer that counts among all of a session, the oldest first: gold, else the newest more than a skip.

    One that was imported beside another counts only where there is none else, and one that was taken back never. The
    database says the same (`podcast_core.storage.counting_answers.rank_submissions`); a session with nothing but
    skips has no such answer.

    Parameters
    ----------
    rejected
        Ids of answers whose newest review rejected them: only gold cares.
    """
    history = list(history)
    gold = find_gold(history, rejected)
    if gold is not None:
        return gold
    real = [each for each in history if each.outcome is not Outcome.SKIPPED and not each.taken_back]
    return next(reversed([each for each in real if not each.beside] or real), None)
