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

from podcast_core.domain.box import Stretch
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.session import Session
from podcast_core.formats.contents import FileBox

MIN_S = 1.5  # of a region on the original's page
CLOSE_S = 1e-3  # what JavaScript's arithmetic and two roundings may change
UNTOUCHED, END_MOVED, MOVED = range(3)


@dataclass(frozen=True, slots=True)
class Match(Stretch):
    """A box in seconds from the start of the session, with the prediction that it is; None: a new box."""

    label: str
    prediction: Prediction | None = None


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
    own = {each.id: Stretch(each.start_s, each.end_s).shifted(-session.start_s) for each in predictions}
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
        span = own[prediction_id] if level == UNTOUCHED else Stretch(box.start_s, min(box.end_s, session.duration_s))
        found.append(Match(span.start_s, span.end_s, box.label, by_id.get(prediction_id)))
    return found


def _fits(
    boxes: Sequence[FileBox], session: Session, predictions: Sequence[Prediction], own: dict[str, Stretch]
) -> Iterator[tuple[int, tuple[bool, float, float], int, str]]:
    """Name all pairs that fit, as they are to be sorted: how surely, other label, least overlap, low score."""
    for index, box in enumerate(boxes):
        for prediction in predictions:
            level = _compare(box, own[prediction.id], session.duration_s)
            if level is not None:
                is_other = bool(box.label) and box.label != prediction.label
                doubt = (is_other, -box.measure_iou(own[prediction.id]), -(prediction.score or 0.0))
                yield level, doubt, index, prediction.id


def _compare(drawn: Stretch, own: Stretch, duration_s: float) -> int | None:
    shown_s = max(MIN_S, min(own.end_s, duration_s) - own.start_s)  # as long as the page draws it
    is_as_shown = any(_close(drawn.duration_s, length_s) for length_s in (shown_s, own.duration_s))
    is_same_start = _close(drawn.start_s, own.start_s)
    if is_as_shown and (is_same_start or _close(_centre_s(drawn), _centre_s(own))):
        return UNTOUCHED
    if is_same_start:
        return END_MOVED
    if not drawn.overlaps(own):
        return None
    is_fit = _close(drawn.end_s, own.end_s) or is_as_shown
    return MOVED if is_fit or _holds(drawn, own) or _holds(own, drawn) else None


def _close(one_s: float, other_s: float) -> bool:
    return abs(one_s - other_s) <= CLOSE_S


def _centre_s(stretch: Stretch) -> float:
    return (stretch.start_s + stretch.end_s) / 2


def _holds(one: Stretch, other: Stretch) -> bool:
    """Tell whether one has the middle of the other in it."""
    return one.start_s <= _centre_s(other) <= one.end_s
