"""How well people agree who answered the same sessions. Pure functions of their answers.

Compared are all pairs of annotators of a session, by the newest answer of each that says what is in the whole session
(labelled or empty) and was not rejected in review. Answers made in bulk are left out: what they add was hardly looked
at, and the rest is somebody else's. Two boxes match when they have the same label and their times
overlap with an IoU (intersection over union) of at least 0.5; each box is used once, the best overlaps first. Cohen's
kappa is computed for "the label is in the session", yes or no: 1 is full agreement, 0 what chance alone would give.
"""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.box import Call
from podcast_core.domain.standing import SEARCHED
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.ml.measuring.overlaps import Spans, find_overlaps


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """One label: boxes of both sides, those that matched (counted on both sides), and kappa of its presence."""

    label: str
    box_count: int
    matched_count: int
    both: int
    one: int
    neither: int
    kappa: float | None

    @property
    def matched_share(self) -> float | None:
        """Share of the boxes that have a partner; None without any box."""
        return self.matched_count / self.box_count if self.box_count else None


@dataclass(frozen=True, slots=True)
class Agreement:
    """All labels. ``independent_count`` counts pairs in which neither answer was made on top of another."""

    session_count: int
    pair_count: int
    independent_count: int
    labels: tuple[LabelAgreement, ...]

    @property
    def matched_share(self) -> float | None:
        """Share of all boxes that have a partner."""
        boxes = sum(each.box_count for each in self.labels)
        return sum(each.matched_count for each in self.labels) / boxes if boxes else None


def measure_agreement(answers: Iterable[Submission], labels: Sequence[str], rejected: Container[str] = ()) -> Agreement:
    """Compare the answers of different annotators for the same sessions.

    Parameters
    ----------
    answers
        Submissions of any sessions and rounds.
    labels
        The labels that were asked for; others that occur follow.
    rejected
        Ids of submissions that a review rejected: whoever gave one has no answer that counts.
    """
    pairs = [pair for each in _list_newest(answers, rejected).values() for pair in combinations(_by_name(each), 2)]
    boxes: Counter[str] = Counter()
    matched: Counter[str] = Counter()
    presence: dict[str, Counter[tuple[bool, bool]]] = defaultdict(Counter)
    occurring = {box.label for pair in pairs for answer in pair for box in answer.annotations}
    listed = (*labels, *sorted(occurring - set(labels)))
    for one, other in pairs:
        for label in listed:
            left = [box for box in one.annotations if box.label == label]
            right = [box for box in other.annotations if box.label == label]
            boxes[label] += len(left) + len(right)
            matched[label] += 2 * count_matches(left, right)
            presence[label][bool(left), bool(right)] += 1
    return Agreement(
        session_count=len({(one.round_id, one.session_id) for one, _ in pairs}),
        pair_count=len(pairs),
        independent_count=sum(one.base_revision == other.base_revision == 0 for one, other in pairs),
        labels=tuple(
            LabelAgreement(
                label,
                boxes[label],
                matched[label],
                both=presence[label][True, True],
                one=presence[label][True, False] + presence[label][False, True],
                neither=presence[label][False, False],
                kappa=compute_kappa(presence[label]),
            )
            for label in listed
            if pairs
        ),
    )


def measure_sessions(boxes: Mapping[str, Mapping[str, Sequence[Call]]]) -> dict[str, float]:
    """Measure which share of the boxes in each session has a partner, over all pairs of people; 1 where all found none.

    Parameters
    ----------
    boxes
        By session and annotator, of the answers that are compared; sessions of one annotator have nothing to compare.
    """
    sessions = [session_id for session_id, by_name in boxes.items() if len(by_name) > 1]
    people = [[boxes[session_id][name] for name in sorted(boxes[session_id])] for session_id in sessions]
    labels: dict[str, int] = {}
    for box in (box for each in people for theirs in each for box in theirs):
        labels.setdefault(box.label, len(labels))
    count, label_count = len(sessions), max(1, len(labels))
    totals, matched = np.zeros(count), np.zeros(count)
    for pair in combinations(range(max(map(len, people), default=0)), 2):
        having = [place for place, each in enumerate(people) if len(each) > pair[1]]
        one, other = (_lay_out(having, [people[place][who] for place in having], labels) for who in pair)
        for side in (one, other):
            totals += np.bincount(side.group // label_count, minlength=count)
        matched += 2 * np.bincount(one.group[find_overlaps(one, other).pair()[0]] // label_count, minlength=count)
    shares = np.divide(matched, totals, out=np.ones(count), where=totals > 0)
    return dict(zip(sessions, shares.tolist(), strict=True))


def _lay_out(places: Sequence[int], lists: Sequence[Sequence[Call]], labels: Mapping[str, int]) -> Spans:
    """Put the boxes of many sessions side by side; only those of one session and label may be a pair."""
    found = [
        (place * len(labels) + labels[box.label], box)
        for place, theirs in zip(places, lists, strict=True)
        for box in theirs
    ]
    return Spans.of([box for _, box in found], [group for group, _ in found])


def count_matches(left: Sequence[Annotation], right: Sequence[Annotation]) -> int:
    """Count the boxes of two lists that overlap enough, each used once, see `overlaps`."""
    return len(find_overlaps(Spans.of(left), Spans.of(right)).pair()[0])


def compute_kappa(counts: Mapping[tuple[bool, bool], int]) -> float | None:
    """Compute Cohen's kappa of two raters' yes or no; None where both always said the same one."""
    cells = {cell: count for cell, count in counts.items() if count}
    if len({said for cell in cells for said in cell}) < 2:
        return None
    from sklearn.metrics import cohen_kappa_score

    first, second = zip(*cells, strict=True)
    return float(cohen_kappa_score(first, second, sample_weight=list(cells.values())))


def _list_newest(
    answers: Iterable[Submission], rejected: Container[str]
) -> dict[tuple[str, str], dict[str, Submission]]:
    """Find each annotator's newest answer to each session; sessions with one annotator have nothing to compare."""

    def counts(answer: Submission) -> bool:
        return answer.outcome in SEARCHED and answer.id not in rejected

    newest: dict[tuple[str, str], dict[str, Submission]] = defaultdict(dict)
    for answer in sorted(answers, key=lambda each: (each.submitted_at, each.id)):
        if answer.outcome is not Outcome.SKIPPED and not answer.bulk_id and not answer.taken_back:
            newest[answer.round_id, answer.session_id][answer.annotator] = answer
    return {
        session: compared
        for session, by_name in newest.items()
        if len(compared := {name: each for name, each in by_name.items() if counts(each)}) > 1
    }


def _by_name(answers: Mapping[str, Submission]) -> list[Submission]:
    return [answers[name] for name in sorted(answers)]
