"""What several people's boxes say together: boxes clustered across people, and votes weighted by reliability.

**Clusters.** Of each two people, boxes of one session are paired by the assignment with the best total overlap in time
(`overlaps`), where a pair of the same label comes before any pair of different ones. From the best pair on, pairs are
joined into clusters, unless a cluster would then have two boxes of one person.

**Votes.** In a cluster, everybody who answered the session says a label, or "no box". Who is right is estimated by
Dawid and Skene's model: each person has a table of how often they say what when the truth is what, and the truth of
each cluster has a probability that follows from these tables; both are estimated in turns (EM) until they agree.

    A. P. Dawid, A. M. Skene, Maximum likelihood estimation of observer error-rates using the EM algorithm, Journal of
    the Royal Statistical Society C 28 (1979), 20-28.

Tables are shrunk where there are few data, in two steps: how often a person misses a call, calls it right, and draws
none where there is none, over all labels, has `PRIOR_VOTES` votes of somebody who is right `PRIOR_RIGHT` of the time
added to it; each row of the table has `LABEL_VOTES` votes added that say the same as these rates (Dirichlet priors).
The edges of a proposed box are the weighted medians of those of the people who drew one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from podcast_core.ml.measuring.agreement import Answers, Marked
from podcast_core.ml.measuring.overlaps import Indices, Overlaps, find_overlaps

NO_BOX, NOT_ASKED = 0, -1  # votes; that for a label is its place, counted from 1
SAME_SOUND_IOU = 0.2  # chosen: far below what agreement asks for, else two drafts of one call would both be proposed
PRIOR_VOTES = 10.0  # chosen: after some ten boxes, what a person did weighs as much as what is expected of everybody
LABEL_VOTES = 10.0  # chosen: of 10, 30 and 100 it made the fewest errors in the worst of nine simulations
PRIOR_RIGHT = 0.8  # chosen: better than a guess, and below what trained annotators reach
MAX_STEPS, TOLERANCE = 200, 1e-6
Probabilities = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Clusters:
    """Boxes that are about the same sound. ``boxes``, shape (clusters, people), has their places, -1 for none.

    ``session``, shape (clusters,), is the session of each; clusters are sorted by session and start.
    """

    session: Indices
    boxes: Indices

    def list_votes(self, answers: Answers) -> Indices:
        """List what everybody says about each cluster, shape (clusters, people)."""
        said = np.where(self.boxes >= 0, answers.marked.label[self.boxes] + 1, NO_BOX)
        votes: Indices = np.where(answers.is_answered[self.session], said, NOT_ASKED)
        return votes


@dataclass(frozen=True, slots=True)
class Reliability:
    """How often people say what. ``shares``, shape (labels + 1,), is how often each is the truth; 0 is "no box".

    ``tables``, shape (people, labels + 1, labels + 1), says of each person, for each truth (rows), how often they say
    what (columns). ``counts``, shape (people,), is how many votes it was estimated from.
    """

    shares: Probabilities
    tables: Probabilities
    counts: Indices

    @property
    def right(self) -> Probabilities:
        """How often each person is right, shape (people,), over what the truth is."""
        found: Probabilities = np.einsum("pkk,k->p", self.tables, self.shares)
        return found

    def weigh(self, votes: Indices) -> Probabilities:
        """Say how probable each truth is, shape (clusters, labels + 1), from votes of shape (clusters, people)."""
        log = np.repeat(np.log(self.shares)[None], len(votes), axis=0)
        for person, table in enumerate(np.log(self.tables)):
            asked = votes[:, person] != NOT_ASKED
            log[asked] += table[:, votes[asked, person]].T
        log -= log.max(axis=1, keepdims=True, initial=-np.inf)
        likely = np.exp(log)
        found: Probabilities = likely / likely.sum(axis=1, keepdims=True)
        return found


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a cluster comes to: a box with its edges, and how probable its label is.

    ``label`` is a place in the list of labels, -1 for "no box"; ``support`` is its probability, 0 to 1. Times are those
    of the boxes that it is made of.
    """

    label: int
    support: float
    start_s: float
    end_s: float
    low_hz: float | None
    high_hz: float | None


def cluster_boxes(answers: Answers, *, min_iou: float = SAME_SOUND_IOU) -> Clusters:
    """Cluster the boxes of all people, session by session; a box that nobody shares is a cluster of its own."""
    marked, people = answers.marked, answers.is_answered.shape[1]
    joined = _join(marked, _list_pairs(marked, people, min_iou))
    roots, cluster = np.unique(joined, return_inverse=True)
    boxes = np.full((len(roots), people), -1, np.int64)
    boxes[cluster, marked.person] = np.arange(len(marked.label))
    begins = np.full(len(roots), np.inf)
    np.minimum.at(begins, cluster, marked.start_s)
    order = np.lexsort((roots, begins, marked.session[roots]))
    return Clusters(marked.session[roots][order], boxes[order])


def learn_reliability(votes: Indices, label_count: int) -> Reliability:
    """Learn how reliable people are from their votes, shape (clusters, people); see the module."""
    size, people = label_count + 1, votes.shape[1]
    patterns, counts = np.unique(votes, axis=0, return_counts=True)  # few, whatever the number of clusters
    said = [np.eye(size)[np.maximum(patterns[:, each], 0)] for each in range(people)]
    said = [each * (patterns[:, [at]] != NOT_ASKED) for at, each in enumerate(said)]
    truth = np.sum(said, axis=0) if people else np.zeros((len(patterns), size))
    truth = truth / np.maximum(truth.sum(axis=1, keepdims=True), 1)  # the share of the votes, to begin with
    for _ in range(MAX_STEPS):
        weighted = truth * counts[:, None]
        shares = weighted.sum(axis=0) + 1.0
        tables = np.array([_shrink(weighted.T @ each, people) for each in said]).reshape(people, size, size)
        found = Reliability(shares / shares.sum(), tables, (votes != NOT_ASKED).sum(axis=0))
        before, truth = truth, found.weigh(patterns)
        if np.abs(truth - before).max(initial=0.0) < TOLERANCE:
            break
    return found


def propose(answers: Answers, clusters: Clusters, reliability: Reliability) -> list[Proposal]:
    """Propose a box, or none, for each cluster."""
    votes, marked = clusters.list_votes(answers), answers.marked
    likely = reliability.weigh(votes)
    best = likely.argmax(axis=1)
    made = []
    for at, (truth, row) in enumerate(zip(best.tolist(), clusters.boxes, strict=True)):
        drawn = np.flatnonzero(row >= 0)
        weights = reliability.tables[drawn, truth, votes[at, drawn]]
        boxes = row[drawn]
        low, high = (_find_median(band, weights) for band in marked.band_hz[boxes].T)
        is_banded = np.isfinite(low) and np.isfinite(high) and high > low
        made.append(
            Proposal(
                truth - 1,
                float(likely[at, truth]),
                _find_median(marked.start_s[boxes], weights),
                _find_median(marked.end_s[boxes], weights),
                low if is_banded else None,
                high if is_banded else None,
            )
        )
    return made


def _shrink(counts: Probabilities, people: int) -> Probabilities:
    """Make a person's table of how often they said what (columns) for each truth (rows); see the module."""
    size = len(counts)
    calls, right = counts[1:].sum(), np.trace(counts[1:, 1:])
    missed, wrong = counts[1:, 0].sum(), calls - right - counts[1:, 0].sum()
    total = calls + PRIOR_VOTES
    share = (1 - PRIOR_RIGHT) / 2
    is_right, is_missed, is_wrong = (
        (each + PRIOR_VOTES * expected) / total
        for each, expected in ((right, PRIOR_RIGHT), (missed, share), (wrong, share))
    )
    quiet = 1 - 1 / max(people, 2)  # where nothing is, a cluster comes of somebody who drew a box all the same
    is_quiet = (counts[0, 0] + PRIOR_VOTES * quiet) / (counts[0].sum() + PRIOR_VOTES)
    expected = np.full((size, size), is_wrong / max(size - 2, 1))
    expected[:, 0] = is_missed
    np.fill_diagonal(expected, is_right)
    expected[0] = (1 - is_quiet) / max(size - 1, 1)
    expected[0, 0] = is_quiet
    table = counts + LABEL_VOTES * expected / expected.sum(axis=1, keepdims=True)
    found: Probabilities = table / table.sum(axis=1, keepdims=True)
    return found


def _list_pairs(marked: Marked, people: int, min_iou: float) -> list[tuple[float, int, int]]:
    """List the pairs of boxes that each two people make, best first: overlap, and the places of the boxes."""
    pairs: list[tuple[float, int, int]] = []
    of_person = [np.flatnonzero(marked.person == each) for each in range(people)]
    for one, other in combinations(of_person, 2):
        sides = [marked.among(np.isin(np.arange(len(marked.label)), each)) for each in (one, other)]
        found = find_overlaps(*(each.spans(each.session, with_bands=False) for each in sides), min_iou=min_iou)
        share = found.share + (sides[0].label[found.known] == sides[1].label[found.found])
        best = np.lexsort((found.found, found.known, -share))
        chosen = Overlaps(found.known[best], found.found[best], share[best]).choose()
        pairs += zip(chosen.share.tolist(), one[chosen.known].tolist(), other[chosen.found].tolist(), strict=True)
    return sorted(pairs, key=lambda each: (-each[0], marked.start_s[each[1]], marked.start_s[each[2]]))


def _join(marked: Marked, pairs: Sequence[tuple[float, int, int]]) -> Indices:
    """Join boxes into clusters, best pairs first; says for each box the first one of its cluster."""
    root = list(range(len(marked.label)))
    has = [1 << each for each in marked.person.tolist()]  # the people of a cluster, as bits

    def find(box: int) -> int:
        while root[box] != box:
            root[box] = root[root[box]]
            box = root[box]
        return box

    for _, one, other in pairs:
        first, second = sorted((find(one), find(other)))
        if first != second and not has[first] & has[second]:
            root[second] = first
            has[first] |= has[second]
    return np.array([find(box) for box in range(len(root))], np.int64)


def _find_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Find the weighted median, between two values where it lies there; NaN has no place and no weight.

    Each value stands at the middle of its weight among all weights, sorted; the median is read off at half.
    """
    is_there = ~np.isnan(values)
    values, weights = values[is_there], weights[is_there]
    if not len(values):
        return float("nan")
    order = np.argsort(values, kind="stable")
    values, weights = values[order], weights[order]
    return float(np.interp(0.5, (np.cumsum(weights) - weights / 2) / weights.sum(), values))
