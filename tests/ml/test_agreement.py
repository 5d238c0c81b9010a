"""Agreement of people, from cases by hand, other libraries and simulated people."""

import csv
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import cohen_kappa_score

from podcast_core.domain.box import Call
from podcast_core.ml.measuring.agreement import (
    Answers,
    Compared,
    Marked,
    Pooled,
    compare_all,
    estimate_differences,
    estimate_f1,
    estimate_precision,
    estimate_recall,
    list_shares,
    tabulate_presence,
)
from podcast_core.ml.measuring.intervals import Estimate
from podcast_core.ml.measuring.raters import estimate_cohen, estimate_krippendorff
from tests.conftest import SHARED_DATA

LABELS = ("a", "b", "c")
LENGTH_S = 10.0


def mark(*people: Sequence[Sequence[Call]], answered: Sequence[Sequence[bool]] | None = None) -> Answers:
    """Lay out what people marked, one list of calls per session each."""
    rows = [
        (session, person, LABELS.index(call.label), call)
        for person, sessions in enumerate(people)
        for session, calls in enumerate(sessions)
        for call in calls
    ]
    session, person, label = (np.array([row[place] for row in rows], np.int64) for place in range(3))
    times = np.array([(call.start_s, call.end_s) for *_, call in rows], float).reshape(-1, 2)
    bands = np.array([(call.low_hz, call.high_hz) for *_, call in rows], float).reshape(-1, 2)
    count = len(people[0])
    has = np.ones((count, len(people)), bool) if answered is None else np.array(answered)
    marked = Marked(session, person, label, times[:, 0], times[:, 1], bands)
    return Answers(has, np.full(count, LENGTH_S), len(LABELS), marked)


def draw(chance: np.random.Generator, sessions: int = 40) -> list[list[Call]]:
    """Calls that do not touch, none in some sessions."""
    return [
        [Call(at, at + chance.uniform(0.2, 0.8), str(chance.choice(LABELS))) for at in range(chance.integers(0, 8))]
        for _ in range(sessions)
    ]


def shift(sessions: Sequence[Sequence[Call]], by_s: float) -> list[list[Call]]:
    return [[call.shifted(by_s) for call in calls] for calls in sessions]


@pytest.fixture
def chance() -> np.random.Generator:
    return np.random.default_rng(16)


def test_the_same_answers_agree_wholly(chance: np.random.Generator) -> None:
    drawn = draw(chance)
    compared = Compared(mark(drawn, drawn), 0, 1)
    kappas = (estimate_cohen(each) for each in (compared.cross_presence(0), compared.cross_seconds(1)))
    for found in (estimate_f1(compared.count()), *kappas):
        assert found is not None
        assert (found.value, found.high) == pytest.approx((1, 1))
        assert 0.8 < found.low < 1
    assert list_shares(compared.count()).tolist() == [1.0] * 40
    assert (compared.confusions == np.diag(np.diag(compared.confusions))).all()
    onsets = estimate_differences(compared.measure_onsets())
    assert onsets is not None
    assert (onsets.mean.value, onsets.mean.low, onsets.mean.high, onsets.median) == (0, 0, 0, 0)


def test_answers_that_have_nothing_in_common_do_not_agree() -> None:
    one = [[Call(0, 1, "a")], [Call(2, 3, "a")], []]
    other = [[Call(5, 6, "a")], [Call(7, 8, "b")], [Call(0, 1, "a")]]
    compared = Compared(mark(one, other), 0, 1)
    found, kappa = estimate_f1(compared.count()), estimate_cohen(compared.cross_seconds(0))
    assert found is not None
    assert found.value == 0
    assert kappa is not None
    assert kappa.value < 0
    assert estimate_differences(compared.measure_onsets()) is None
    assert list_shares(compared.count()).tolist() == [0, 0, 0]
    assert compared.confusions.tolist() == [[0, 0, 0, 2], [0, 0, 0, 0], [0, 0, 0, 0], [2, 1, 0, 0]]


def test_a_known_shift_is_found_at_both_ends(chance: np.random.Generator) -> None:
    drawn = draw(chance)
    later = [[replace(call, start_s=call.start_s + 0.03, end_s=call.end_s - 0.02) for call in calls] for calls in drawn]
    compared = Compared(mark(drawn, later), 0, 1)
    onsets, offsets = estimate_differences(compared.measure_onsets()), estimate_differences(compared.measure_offsets())
    assert onsets is not None
    assert offsets is not None
    assert onsets.mean.value == pytest.approx(30)
    assert (onsets.low, onsets.median, onsets.high) == pytest.approx((30, 30, 30))
    assert (offsets.mean.value, offsets.mean_size.value) == pytest.approx((-20, 20))
    back = estimate_differences(Compared(mark(drawn, later), 1, 0).measure_onsets())
    assert back is not None
    assert back.mean.value == pytest.approx(-30)


def test_swapped_labels_are_seen_in_the_confusions_and_not_as_missed_boxes() -> None:
    one = [[Call(0, 1, "a"), Call(2, 3, "b"), Call(4, 5, "c")]] * 2
    other = [[Call(0, 1, "b"), Call(2, 3, "a"), Call(4, 5, "c")]] * 2
    compared = Compared(mark(one, other), 0, 1)
    assert compared.confusions.tolist() == [[0, 2, 0, 0], [2, 0, 0, 0], [0, 0, 2, 0], [0, 0, 0, 0]]
    found = estimate_f1(compared.count())
    assert found is not None
    assert found.value == pytest.approx(1 / 3)


def test_precision_and_recall_take_the_first_one_for_the_truth() -> None:
    one = [[Call(0, 1, "a"), Call(2, 3, "a"), Call(4, 5, "a"), Call(6, 7, "a")]]
    other = [[Call(0, 1, "a"), Call(8, 9, "a")]]
    compared = Compared(mark(one, other), 0, 1)
    precision, recall, f1 = (
        estimate_precision(compared.count(0)),
        estimate_recall(compared.count(0)),
        estimate_f1(compared.count(0)),
    )
    assert precision is not None
    assert recall is not None
    assert f1 is not None
    assert (precision.value, recall.value, f1.value) == pytest.approx((1 / 2, 1 / 4, 2 / 6))


def test_kappa_in_time_is_scikit_learns_of_short_frames(chance: np.random.Generator) -> None:
    drawn = draw(chance, 12)
    moved = shift(drawn, 0.11)
    kappa = estimate_cohen(Compared(mark(drawn, moved), 0, 1).cross_seconds(0))
    frame_s = 0.001
    painted = np.zeros((2, 12, round(LENGTH_S / frame_s)), int)
    for person, sessions in enumerate((drawn, moved)):
        for session, calls in enumerate(sessions):
            for call in calls:
                if call.label == "a":
                    painted[person, session, round(call.start_s / frame_s) : round(call.end_s / frame_s)] = 1
    assert kappa is not None
    assert kappa.value == pytest.approx(cohen_kappa_score(painted[0].ravel(), painted[1].ravel()), abs=2e-3)


def test_boxes_that_lie_on_one_another_count_once_in_time() -> None:
    one = [[Call(0, 2, "a"), Call(1, 3, "a"), Call(1, 2, "b")]]
    other = [[Call(1, 4, "a")]]
    assert Compared(mark(one, other), 0, 1).cross_seconds(0).tolist() == [[6, 1, 1, 2]]


def test_sessions_are_counted_as_one_by_one(chance: np.random.Generator) -> None:
    """Boxes that lie on one another: against the best pairs of each session and label, and time painted in steps."""

    def scatter() -> list[list[Call]]:
        times = [chance.integers(0, [800, 200], (chance.integers(0, 12), 2)) / 100 for _ in range(60)]
        return [[Call(at, at + 0.01 + lasts, str(chance.choice(LABELS))) for at, lasts in each] for each in times]

    def paint(calls: Sequence[Call]) -> np.ndarray:
        steps = np.arange(0.005, LENGTH_S, 0.01)
        return np.array([any(call.start_s < step < call.end_s for call in calls) for step in steps])

    sides = (scatter(), scatter())
    compared = Compared(mark(*sides), 0, 1)
    for number, label in enumerate(LABELS):
        counts, seconds = compared.count(number), compared.cross_seconds(number)
        for at, both in enumerate(zip(*sides, strict=True)):
            one, other = ([call for call in calls if call.label == label] for calls in both)
            share = np.array([[_overlap(a, b) for b in other] for a in one]).reshape(len(one), len(other))
            pairs = linear_sum_assignment(np.where(share >= 0.5, share, 0), maximize=True)
            assert counts[at].tolist() == [(share[pairs] >= 0.5).sum(), len(one), len(other)]
            left, right = paint(one), paint(other)
            cells = [(~left & ~right).sum(), (~left & right).sum(), (left & ~right).sum(), (left & right).sum()]
            assert seconds[at] == pytest.approx(np.array(cells) / 100, abs=1e-6)


def _overlap(one: Call, other: Call) -> float:
    common = min(one.end_s, other.end_s) - max(one.start_s, other.start_s)
    return max(common, 0) / (max(one.end_s, other.end_s) - min(one.start_s, other.start_s))


def test_sides_and_order_do_not_matter(chance: np.random.Generator) -> None:
    drawn = draw(chance)
    moved = shift(draw(chance), 0.1)
    order = chance.permutation(40)
    ways = [
        Compared(mark(drawn, moved), 0, 1),
        Compared(mark(moved, drawn), 0, 1),
        Compared(mark([drawn[at][::-1] for at in order], [moved[at] for at in order]), 0, 1),
    ]

    def figure(way: Compared) -> list[Estimate | None]:
        kappas = (estimate_cohen(each) for each in (way.cross_presence(0), way.cross_seconds(1)))
        return [estimate_f1(way.count()), *kappas]

    for values in zip(*map(figure, ways), strict=True):
        assert all(each is not None for each in values)
        assert len({round(each.value, 9) for each in values if each is not None}) == 1
    assert (ways[0].confusions == ways[1].confusions.T).all()


def test_only_sessions_that_both_have_answered_are_compared() -> None:
    one, other, third = [[Call(0, 1, "a")]] * 3, [[], [Call(0, 1, "a")], []], [[], [], [Call(0, 1, "b")]]
    answers = mark(one, other, third, answered=[[True, False, False], [True, True, False], [True, False, True]])
    compared = compare_all(answers)
    assert {people: each.sessions.tolist() for people, each in compared.items()} == {(0, 1): [1], (0, 2): [2]}
    assert compared[0, 1].count(0).tolist() == [[1, 1, 1]]
    assert estimate_krippendorff(tabulate_presence(answers, 0)) is not None


def test_simulated_people_with_known_mistakes_are_told_apart_from_better_ones(chance: np.random.Generator) -> None:
    """One misses 5 % of the calls and another 30 %; the interval of the recall holds what is true."""
    truth = draw(chance, 400)
    people = [[[call for call in calls if chance.random() > miss] for calls in truth] for miss in (0.0, 0.05, 0.3)]
    compared = compare_all(mark(*people))
    for other, recall in ((1, 0.95), (2, 0.7)):
        found = estimate_recall(compared[0, other].count())
        assert found is not None
        assert found.low < recall < found.high
        assert found.high - found.low < 0.06


def test_pairs_of_people_are_added_up_by_session(chance: np.random.Generator) -> None:
    answers = mark(
        draw(chance, 6), draw(chance, 6), draw(chance, 6), answered=[[True] * 3] * 4 + [[True, False, True]] * 2
    )
    compared = compare_all(answers)
    pooled = Pooled(compared)
    assert pooled.sessions.tolist() == [0, 1, 2, 3, 4, 5]
    assert (pooled.count()[4:] == compared[0, 2].count()[4:]).all()
    assert (pooled.count().sum(axis=0) == sum(each.count().sum(axis=0) for each in compared.values())).all()
    assert pooled.cross_presence(0).sum(axis=1).tolist() == [3, 3, 3, 3, 1, 1], "pairs of people"
    assert pooled.cross_seconds(0).sum() == pytest.approx(14 * LENGTH_S)
    assert len(pooled.measure_onsets()) == pooled.count()[:, 0].sum()
    assert Pooled({}).count().tolist() == []


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="the folder of real recordings is not there")
def test_a_model_and_a_person_are_two_annotators() -> None:
    """The annotations of WhisperSeg's example, and what its model found in the same songs."""
    sides: list[dict[str, list[Call]]] = []
    for name in ("annotations.csv", "pred_annotations.csv"):
        with (SHARED_DATA / "whisperseg" / name).open() as file:
            rows = list(csv.DictReader(file))
        calls: dict[str, list[Call]] = {}
        for row in rows:
            calls.setdefault(row["filename"], []).append(Call(float(row["onset"]), float(row["offset"]), "a"))
        sides.append(calls)
    files = sorted(set(sides[0]) | set(sides[1]))
    answers = mark(*([side.get(each, []) for each in files] for side in sides))
    whole = replace(
        answers, duration_s=np.full(len(files), max(c.end_s for side in sides for cs in side.values() for c in cs))
    )
    compared = Compared(whole, 0, 1)
    assert compared.confusions[[0, 0, 3], [0, 3, 0]].tolist() == [406, 2, 12]
    found, kappa = estimate_f1(compared.count()), estimate_cohen(compared.cross_seconds(0))
    onsets = estimate_differences(compared.measure_onsets())
    assert found is not None
    assert found.value == pytest.approx(2 * 406 / (408 + 418))
    assert found.low < 0.5, "one song proves little"
    assert onsets is not None
    assert onsets.median == 0
    assert kappa is not None
    assert 0.9 < kappa.value < 1
