"""What several people's boxes say together: clusters, reliability, and proposals that beat every single person."""

import numpy as np
import pytest
from numpy.typing import NDArray

from podcast_core.ml.measuring.agreement import Answers, Marked
from podcast_core.ml.measuring.consensus import (
    NOT_ASKED,
    Proposal,
    cluster_boxes,
    learn_reliability,
    propose,
)

Row = tuple[int, int, int, float, float]  # session, person, label, start, end


def make_answers(rows: list[Row], *, sessions: int = 1, people: int = 3, labels: int = 3) -> Answers:
    """Answers of people who answered everything."""
    table = np.array(rows, np.float64).reshape(-1, 5)
    session, person, label = table[:, :3].T.astype(np.int64)
    bands = np.full((len(rows), 2), np.nan)
    marked = Marked(session, person, label, table[:, 3], table[:, 4], bands)
    return Answers(np.ones((sessions, people), bool), np.full(sessions, 60.0), labels, marked)


def reach(answers: Answers) -> list[Proposal]:
    """Propose from nothing but the answers."""
    clusters = cluster_boxes(answers)
    return propose(answers, clusters, learn_reliability(clusters.list_votes(answers), answers.label_count))


def simulate(
    chance: np.random.Generator, *, missed: list[float], wrong: list[float], extra: float = 0.05, sessions: int = 150
) -> tuple[Answers, NDArray[np.float64]]:
    """Simulate people who miss calls, name them wrongly, draw some that are not there, and all with a jitter of 20 ms.

    The second value is the truth: session, label, start and end of each call.
    """
    truth, rows = [], []
    for session in range(sessions):
        for at in range(8):  # places far enough apart for people to mean the same
            label, start = int(chance.integers(3)), 7.0 * at + chance.random()
            if at < 5:
                truth.append((session, label, start, start + 1.0))
            for person in range(len(missed)):
                if at < 5 and chance.random() < missed[person] or at >= 5 and chance.random() >= extra:
                    continue
                said = (label + int(chance.integers(1, 3))) % 3 if chance.random() < wrong[person] else label
                jitter = chance.normal(0, 0.02, 2)
                rows.append((session, person, said, start + jitter[0], start + 1 + jitter[1]))
    return make_answers(rows, sessions=sessions, people=len(missed)), np.array(truth)


def count_errors(truth: NDArray[np.float64], found: NDArray[np.float64]) -> int:
    """Count missed calls and found ones that are not there, or have another label."""
    key = [{(int(row[0]), int(row[1]), round(float(row[2] / 7))) for row in rows} for rows in (truth, found)]
    return len(key[0] ^ key[1])


def test_identical_answers_are_their_own_consensus() -> None:
    boxes = [(0, 1.0, 2.0), (1, 1.2, 2.5), (2, 8.0, 9.0)]  # two lie on one another, with different labels
    answers = make_answers([(0, person, *box) for person in range(3) for box in boxes])
    assert cluster_boxes(answers).boxes.tolist() == [[0, 3, 6], [1, 4, 7], [2, 5, 8]]
    found = reach(answers)
    assert [(each.label, each.start_s, each.end_s) for each in found] == boxes
    assert min(each.support for each in found) > 0.9


def test_disjoint_boxes_are_clusters_of_their_own_and_one_voice_is_outvoted() -> None:
    answers = make_answers([(0, person, 0, start, start + 1) for person, start in ((0, 1.0), (1, 4.0), (2, 7.0))])
    assert cluster_boxes(answers).boxes.tolist() == [[0, -1, -1], [-1, 1, -1], [-1, -1, 2]]
    assert [each.label for each in reach(answers)] == [-1, -1, -1]


def test_nobody_is_in_a_cluster_twice_and_the_best_pairs_come_first() -> None:
    rows = [(0, 0, 0, 1.0, 2.0), (0, 1, 0, 0.8, 1.8), (0, 1, 0, 1.05, 2.05), (0, 2, 0, 1.0, 2.0)]
    assert sorted(cluster_boxes(make_answers(rows)).boxes.tolist()) == [[-1, 1, -1], [0, 2, 3]]


def test_the_same_label_comes_before_a_larger_overlap() -> None:
    rows = [(0, 0, 0, 1.0, 2.0), (0, 1, 0, 1.2, 2.2), (0, 1, 1, 1.0, 2.0)]
    assert sorted(cluster_boxes(make_answers(rows)).boxes.tolist()) == [[-1, 2, -1], [0, 1, -1]]


def test_who_did_not_answer_a_session_says_nothing_about_it() -> None:
    answers = make_answers([(0, person, 0, 1.0, 2.0) for person in (0, 1)])
    answers.is_answered[0, 2] = False
    assert cluster_boxes(answers).list_votes(answers).tolist() == [[1, 1, NOT_ASKED]]
    assert [each.label for each in reach(answers)] == [0]


def test_edges_are_medians() -> None:
    rows = [(0, person, 0, start, end) for person, start, end in ((0, 1.0, 2.0), (1, 1.1, 2.1), (2, 1.3, 2.05))]
    found = reach(make_answers(rows))
    assert [(each.start_s, each.end_s, each.low_hz) for each in found] == [(1.1, 2.05, None)]
    two = reach(make_answers(rows[:2], people=2))
    assert [two[0].start_s, two[0].end_s] == pytest.approx([1.05, 2.05])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("missed", "wrong"), [([0.10, 0.15, 0.20], [0.05, 0.10, 0.15]), ([0.1, 0.1, 0.1], [0.1, 0.1, 0.1])]
)
def test_the_consensus_beats_every_single_person(missed: list[float], wrong: list[float], seed: int) -> None:
    answers, truth = simulate(np.random.default_rng(seed), missed=missed, wrong=wrong)
    found = np.array(
        [
            (session, each.label, each.start_s, each.end_s)
            for session, each in zip(cluster_boxes(answers).session, reach(answers), strict=True)
            if each.label >= 0
        ]
    )
    marked = answers.marked
    alone = [
        count_errors(truth, np.column_stack([each.session, each.label, each.start_s]))
        for each in (marked.among(marked.person == person) for person in range(3))
    ]
    assert count_errors(truth, found) < 0.75 * min(alone)
    learned = learn_reliability(cluster_boxes(answers).list_votes(answers), 3)
    true = (1 - np.array(missed)) * (1 - np.array(wrong))  # how often each calls a call what it is
    assert np.abs(learned.tables[:, 1:, 1:].diagonal(axis1=1, axis2=2).mean(axis=1) - true).max() < 0.06


def test_few_answers_say_little_about_a_person() -> None:
    answers = make_answers([(0, 0, 0, 1.0, 2.0), (0, 1, 0, 1.0, 2.0), (0, 2, 1, 1.0, 2.0)])
    learned = learn_reliability(cluster_boxes(answers).list_votes(answers), 3)
    assert np.all(np.abs(learned.right - 0.75) < 0.1)
    assert learned.counts.tolist() == [1, 1, 1]


def test_the_order_of_people_and_boxes_does_not_matter() -> None:
    answers, _ = simulate(np.random.default_rng(5), missed=[0.1, 0.2, 0.2], wrong=[0.1, 0.1, 0.2], sessions=20)
    marked, mixed = answers.marked, np.random.default_rng(6).permutation(len(answers.marked.label))
    turned = np.array([2, 0, 1])
    other = Marked(
        marked.session[mixed],
        turned[marked.person[mixed]],
        marked.label[mixed],
        marked.start_s[mixed],
        marked.end_s[mixed],
        marked.band_hz[mixed],
    )
    told = [reach(answers), reach(Answers(answers.is_answered, answers.duration_s, 3, other))]
    one, two = (sorted((each.start_s, each.end_s, each.label, each.support) for each in found) for found in told)
    assert np.allclose(one, two)


def test_nothing_is_found_in_nothing() -> None:
    assert reach(make_answers([])) == []
