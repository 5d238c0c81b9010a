"""What several looks at the same sound found, made one: windows are cut elsewhere in each trial.

Calls of one trial are tuples of start and end in seconds, class number and score from 0 to 1.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class TimedCall(NamedTuple):
    """A call of one trial."""

    start_s: float
    end_s: float
    cluster: int
    score: float


ROUNDING_S = 1e-6  # of times in binary


def join_at_edges(calls: Sequence[TimedCall], edges_s: Sequence[float]) -> list[TimedCall]:
    """Join two calls of one class where the first ends, and the second begins, at a window's edge."""
    edges = np.asarray(edges_s)
    joined: list[TimedCall] = []
    for call in sorted(calls):
        index = next((i for i, each in enumerate(joined[-8:], max(0, len(joined) - 8)) if _meet(each, call, edges)), -1)
        if index < 0:
            joined.append(call)
            continue
        before = joined[index]
        joined[index] = before._replace(end_s=call.end_s, score=max(before.score, call.score))
    return joined


def _meet(one: TimedCall, other: TimedCall, edges: "np.typing.NDArray[np.float64]") -> bool:
    return (
        one.cluster == other.cluster
        and abs(one.end_s - other.start_s) <= ROUNDING_S
        and bool(len(edges))
        and bool(np.abs(edges - one.end_s).min() <= ROUNDING_S)
    )


def cluster_trials(trials: Sequence[Sequence[TimedCall]], eps_s: float) -> list[TimedCall]:
    """Keep what at least half of the trials, and at least two, agree on; one trial is kept as it is.

    Calls are of one group when a chain of calls joins them whose starts and ends differ by at most ``eps_s`` on
    average (DBSCAN). A group's start and end are means, its class is the most frequent one, and its score the sum of
    its calls' scores over the number of trials.
    """
    if len(trials) == 1:
        return sorted(trials[0])
    calls = [call for trial in trials for call in trial]
    least = max(2, -(-len(trials) // 2))
    if len(calls) < least:
        return []
    from sklearn.cluster import DBSCAN

    times = np.array([call[:2] for call in calls])
    # The mean of two differences is half of their sum.
    groups = DBSCAN(eps=max(2 * eps_s, ROUNDING_S), min_samples=least, metric="manhattan").fit_predict(times)
    found = []
    for group in range(groups.max() + 1):
        members = [call for call, number in zip(calls, groups, strict=True) if number == group]
        start_s, end_s = times[groups == group].mean(axis=0)
        votes: dict[int, float] = defaultdict(float)
        for call in members:
            votes[call.cluster] += 1 + call.score / (1 + len(calls))  # scores decide between equals
        score = min(1.0, sum(call.score for call in members) / len(trials))
        found.append(TimedCall(float(start_s), float(end_s), max(sorted(votes), key=lambda each: votes[each]), score))
    return sorted(found)


def vote_trials(trials: Sequence[Sequence[TimedCall]]) -> list[TimedCall]:
    """Give every moment the class that most trials give it, "none" being one; equal votes: none, then the lowest.

    The score of a call is the mean over its moments of what the trials that voted for it were sure of, divided by the
    number of trials.
    """
    if len(trials) == 1:
        return sorted(trials[0])
    edges = np.unique([time for trial in trials for call in trial for time in call[:2]])
    pieces: list[TimedCall] = []
    starts = [sorted(trial) for trial in trials]
    positions = [0] * len(trials)
    for start_s, end_s in zip(edges, edges[1:], strict=False):
        votes: dict[int, int] = defaultdict(int)
        sure: dict[int, float] = defaultdict(float)
        for index, calls in enumerate(starts):
            while positions[index] < len(calls) and calls[positions[index]].end_s <= start_s:
                positions[index] += 1
            if positions[index] < len(calls) and calls[positions[index]].start_s <= start_s:
                call = calls[positions[index]]
                votes[call.cluster] += 1
                sure[call.cluster] += call.score
        winner = max(sorted(votes), key=lambda each: votes[each], default=None)
        if winner is None or votes[winner] <= len(trials) - sum(votes.values()):
            continue
        pieces.append(TimedCall(float(start_s), float(end_s), winner, sure[winner] / len(trials)))
    return _merge(pieces)


def _merge(pieces: Sequence[TimedCall]) -> list[TimedCall]:
    """Join pieces of one class that follow each other; scores become their mean over time."""
    merged: list[TimedCall] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if last is None or last.cluster != piece.cluster or piece.start_s > last.end_s:
            merged.append(piece)
            continue
        long, short = last.end_s - last.start_s, piece.end_s - piece.start_s
        score = (last.score * long + piece.score * short) / (long + short)
        merged[-1] = last._replace(end_s=piece.end_s, score=min(1.0, score))
    return merged
