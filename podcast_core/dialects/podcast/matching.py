"""Which prediction each box of an original Pod.Cast document is.

The original's page lengthens every region below 1.5 s as soon as it is drawn, loaded predictions too: it moves the end,
and never the start. So a prediction that nobody touched comes back with its own start and another end. Where a box
fits several predictions, the surest fit wins; each prediction is one box at most:

1. the start (or the centre) is the prediction's and the length what the page makes of it: untouched;
2. the start is the prediction's: its end was moved;
3. they overlap, and the end, the length or a centre fits: moved;
4. none of these: a new box.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from podcast_core.domain.prediction import Prediction
from podcast_core.domain.session import Session
from podcast_core.formats.contents import FileBox

MIN_S = 1.5  # of a region on the original's page
CLOSE_S = 1e-3  # what JavaScript's arithmetic and two roundings may change
UNTOUCHED, END_MOVED, MOVED = range(3)


@dataclass(frozen=True, slots=True)
class Match:
    """A box in seconds from the start of the session, with the prediction that it is; None: a new box."""

    start_s: float
    end_s: float
    label: str
    prediction: Prediction | None = None


@dataclass(frozen=True, slots=True)
class _Span:
    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s

    @property
    def centre_s(self) -> float:
        return (self.start_s + self.end_s) / 2

    def holds(self, moment_s: float) -> bool:
        return self.start_s <= moment_s <= self.end_s


def match(boxes: Sequence[FileBox], session: Session, predictions: Sequence[Prediction]) -> list[Match]:
    """Find out which prediction each box is.

    Parameters
    ----------
    boxes
        In seconds from the start of the session. The page can push them past the end of the sound; they stop there.
    predictions
        Those of the session.

    Returns
    -------
    list of Match
        One for each box, in their order. An untouched prediction has its own start and end again.
    """
    own = {each.id: _to_span(each, session) for each in predictions}
    by_id = {each.id: each for each in predictions}
    chosen: dict[int, tuple[int, str]] = {}
    taken: set[str] = set()
    for level, _, index, prediction_id in sorted(_fits(boxes, session, predictions, own)):
        if index not in chosen and prediction_id not in taken:
            chosen[index] = (level, prediction_id)
            taken.add(prediction_id)
    found = []
    for index, box in enumerate(boxes):
        level, prediction_id = chosen.get(index, (MOVED, ""))
        span = own[prediction_id] if level == UNTOUCHED else _Span(box.start_s, min(box.end_s, session.duration_s))
        found.append(Match(span.start_s, span.end_s, box.label, by_id.get(prediction_id)))
    return found


def _to_span(prediction: Prediction, session: Session) -> _Span:
    return _Span(session.to_session_s(prediction.start_s), session.to_session_s(prediction.end_s))


def _fits(
    boxes: Sequence[FileBox], session: Session, predictions: Sequence[Prediction], own: dict[str, _Span]
) -> Iterator[tuple[int, tuple[bool, float, float], int, str]]:
    """Name all pairs that fit, as they are to be sorted: how surely, other label, least overlap, low score."""
    for index, box in enumerate(boxes):
        drawn = _Span(box.start_s, box.end_s)
        for prediction in predictions:
            level = _compare(drawn, own[prediction.id], session.duration_s)
            if level is not None:
                is_other = bool(box.label) and box.label != prediction.label
                doubt = (is_other, -_overlap(drawn, own[prediction.id]), -(prediction.score or 0.0))
                yield level, doubt, index, prediction.id


def _compare(drawn: _Span, own: _Span, duration_s: float) -> int | None:
    shown_s = max(MIN_S, min(own.end_s, duration_s) - own.start_s)  # as long as the page draws it
    is_as_shown = any(_close(drawn.length_s, length_s) for length_s in (shown_s, own.length_s))
    is_same_start = _close(drawn.start_s, own.start_s)
    if is_as_shown and (is_same_start or _close(drawn.centre_s, own.centre_s)):
        return UNTOUCHED
    if is_same_start:
        return END_MOVED
    if _overlap(drawn, own) <= 0:
        return None
    is_fit = _close(drawn.end_s, own.end_s) or is_as_shown
    return MOVED if is_fit or drawn.holds(own.centre_s) or own.holds(drawn.centre_s) else None


def _close(one_s: float, other_s: float) -> bool:
    return abs(one_s - other_s) <= CLOSE_S


def _overlap(one: _Span, other: _Span) -> float:
    """Intersection over union; 0 where they do not touch."""
    both_s = min(one.end_s, other.end_s) - max(one.start_s, other.start_s)
    return max(both_s, 0.0) / (max(one.end_s, other.end_s) - min(one.start_s, other.start_s))
