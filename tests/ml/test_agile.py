"""Classifiers from a few labels, what to hear next, and how many calls there are."""

import json
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from podcast_core.domain.draw import Heard
from podcast_core.errors import InvalidInput
from podcast_core.ml.agile.classifier import (
    list_labels,
    read_classifier,
    train,
    weigh_weak,
    write_classifier,
)
from podcast_core.ml.agile.density import draw, estimate_density, sort_into_bins
from podcast_core.ml.agile.held_out import measure_apart, measure_held_out
from podcast_core.ml.agile.strategies import Strategy, choose, find_honest, select_each
from podcast_core.ml.embedding.directions import to_directions
from podcast_core.ml.measuring.thresholds import suggest_threshold


def make_calls(count: int = 400, kinds: int = 3, width: int = 24, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Make directions of calls of some kinds, and their names."""
    chance = np.random.default_rng(seed)
    middles = np.random.default_rng(99).normal(size=(kinds, width))
    kind = chance.integers(0, kinds, count)
    directions = to_directions(middles[kind] + 0.7 * chance.normal(size=(count, width)))
    return directions, np.array([f"kind {each}" for each in kind], object)


def test_a_classifier_learns_and_a_new_label_is_one_output_more() -> None:
    """Row 31."""
    directions, names = make_calls()
    is_old = names[:60] != "kind 2"
    two = train(directions[:60][is_old], list(names[:60][is_old]), embedder="three-views/1")
    three = train(directions[:60], list(names[:60]), embedder="three-views/1")
    assert (two.labels, three.labels) == (("kind 0", "kind 1"), ("kind 0", "kind 1", "kind 2"))
    assert three.compute_logits(directions).shape == (400, 3)
    guessed = np.array(three.labels)[three.compute_scores(directions[60:]).argmax(axis=1)]
    assert (guessed == names[60:]).mean() > 0.95


def test_a_classifier_that_is_read_again_gives_the_same_logits(tmp_path: Any) -> None:
    """Row 42: JSON and npz, and only for vectors of its embedder."""
    directions, names = make_calls(80)
    made = train(directions, list(names), embedder="three-views/1")
    description, numbers = write_classifier(made)
    assert json.loads(description)["labels"] == list(made.labels)
    (tmp_path / "c.npz").write_bytes(numbers)
    again = read_classifier(description, (tmp_path / "c.npz").read_bytes(), embedder="three-views/1")
    assert np.array_equal(again.compute_logits(directions), made.compute_logits(directions))
    with pytest.raises(InvalidInput, match="for vectors of three-views/1, these are of mfcc/1"):
        read_classifier(description, numbers, embedder="mfcc/1")
    with pytest.raises(InvalidInput, match="takes 24 numbers for each clip"):
        made.compute_logits(np.ones((2, 3), np.float32))


@pytest.mark.parametrize(
    ("description", "numbers"),
    [(b"", b""), (b"{}", b""), (b"[1]", b"x"), (b'{"format": 1, "labels": 3}', b"PK"), (b'{"format": 2}', b"")],
)
def test_what_is_no_classifier_is_refused(description: bytes, numbers: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_classifier(description, numbers, embedder="three-views/1")


def test_some_labels_have_the_same_scores_alone_as_among_all() -> None:
    """Row 44: in OpenSoundscape the first of those that are asked for gets the scores of the first of all."""
    directions, names = make_calls()
    made = train(directions[:100], list(names[:100]), embedder="e/1")
    everything = made.compute_scores(directions)
    assert np.allclose(made.compute_scores(directions, ["kind 2"])[:, 0], everything[:, 2], atol=1e-6)
    assert np.allclose(made.compute_scores(directions, ["kind 2", "kind 0"]), everything[:, [2, 0]], atol=1e-6)
    with pytest.raises(InvalidInput, match="no label 'kind 9'"):
        made.compute_scores(directions, ["kind 9"])


def test_clips_without_vectors_have_no_score_and_teach_nothing() -> None:
    directions, names = make_calls(60)
    damaged = np.vstack([directions, np.zeros((1, 24), np.float32)])
    made = train(damaged, [*names, "kind 0"], embedder="e/1")
    assert np.isnan(made.compute_scores(damaged)[60]).all()
    assert np.array_equal(made.weights, train(directions, list(names), embedder="e/1").weights)


def test_one_example_is_enough_with_weak_negatives_and_not_without() -> None:
    directions, names = make_calls()
    first = int(np.flatnonzero(names == "kind 0")[0])
    made = train(directions[[first]], ["kind 0"], embedder="e/1", others=directions)
    scores = made.compute_logits(directions)[:, 0]
    assert roc_auc_score(names == "kind 0", scores) > 0.9
    with pytest.raises(InvalidInput, match="All clips are labelled 'kind 0'"):
        train(directions[[first]], ["kind 0"], embedder="e/1")
    with pytest.raises(InvalidInput, match="No clip has been labelled"):
        train(directions[[first]], [""], embedder="e/1", others=directions)


def test_weak_negatives_fade_as_true_ones_come() -> None:
    weights = [weigh_weak(10, negatives) for negatives in (0, 15, 30, 300)]
    assert weights == pytest.approx([0.05, 0.025, 0, 0])


def test_held_out_figures_are_those_of_sklearn_and_no_recording_is_on_both_sides() -> None:
    """Row 32."""
    directions, names = make_calls(300)
    groups = np.arange(300) // 10
    found = measure_held_out(directions, list(names), groups, embedder="e/1")
    assert [each.label for each in found] == ["kind 0", "kind 1", "kind 2"]
    for each in found:
        is_label = names[each.numbers] == each.label
        assert each.average_precision == pytest.approx(average_precision_score(is_label, each.scores))
        assert each.auc == pytest.approx(roc_auc_score(is_label, each.scores))
        assert each.f1 == pytest.approx(f1_score(is_label, each.scores >= each.threshold.value))
        for fold in np.unique(each.folds):
            assert not set(groups[each.numbers[each.folds == fold]]) & set(groups[each.numbers[each.folds != fold]])


def test_figures_of_one_recording_are_not_given() -> None:
    """Row 32: hover shows the training accuracy, hoplite lets neighbours of one recording leak."""
    directions, names = make_calls(60)
    assert measure_held_out(directions, list(names), np.zeros(60), embedder="e/1") == []
    two = np.where(names == "kind 0", 0, np.arange(60))
    assert "kind 0" not in [each.label for each in measure_held_out(directions, list(names), two, embedder="e/1")]


def test_what_is_kept_apart_is_measured_without_its_recordings() -> None:
    """Row 32: a clip of a recording that has test clips teaches nothing that is measured on them."""
    directions, names = make_calls(300)
    groups = np.arange(300) // 10
    is_test = groups >= 24
    (found, *_) = measure_apart(directions, list(names), groups, is_test, embedder="e/1")
    is_label = names[is_test] == found.label
    assert found.auc == pytest.approx(roc_auc_score(is_label, found.scores))
    names[240:] = names[239::-1][:60]  # whatever the test clips are called, they are scored the same
    (again, *_) = measure_apart(directions, list(names), groups, is_test, embedder="e/1")
    assert np.array_equal(again.scores, found.scores)
    one_of_each = np.arange(300) % 10 == 0
    assert measure_apart(directions, list(names), groups, one_of_each, embedder="e/1") == []


def test_a_threshold_comes_with_its_interval() -> None:
    chance = np.random.default_rng(0)
    is_label = chance.random(400) < 0.4
    scores = np.clip(0.5 + np.where(is_label, 0.2, -0.2) + 0.1 * chance.normal(size=400), 0, 1)
    found = suggest_threshold(scores, is_label, np.arange(400) // 10)
    assert found.low <= found.value <= found.high
    assert 0.4 < found.value < 0.6
    assert found == suggest_threshold(scores, is_label, np.arange(400) // 10)


@pytest.mark.parametrize("strategy", list(Strategy))
def test_every_strategy_is_the_same_with_the_same_seed_and_one_in_ten_is_random(strategy: Strategy) -> None:
    """Row 43."""
    directions, _ = make_calls()
    logits = directions[:, 0] * 8
    is_open = np.arange(400) % 4 > 0
    asked = choose(strategy, logits, directions, is_open, 20, seed=5, is_labelled=~is_open)
    assert asked == choose(strategy, logits, directions, is_open, 20, seed=5, is_labelled=~is_open)
    numbers = [each.number for each in asked]
    assert len(set(numbers)) == 20
    assert all(is_open[numbers])
    random = [each.number for each in asked if each.strategy is Strategy.RANDOM]
    assert len(random) == (20 if strategy is Strategy.RANDOM else 2)
    other = choose(Strategy.TOP, -logits, directions, is_open, 20, seed=5)
    assert {each.number for each in other if each.strategy is Strategy.RANDOM} == set(random[:2])


def test_strategies_do_what_their_names_say() -> None:
    """Row 43."""
    directions, _ = make_calls()
    logits = directions[:, 0] * 8
    everything = np.ones(400, bool)

    def ask(strategy: Strategy, count: int = 10, **more: Any) -> list[int]:
        found = choose(strategy, logits, directions, everything, count, seed=1, **more)
        return [each.number for each in found if each.strategy is strategy]

    random = [each.number for each in choose(Strategy.RANDOM, logits, directions, everything, 1, seed=1)]
    rest = np.setdiff1d(np.arange(400), random)
    assert ask(Strategy.TOP) == rest[np.argsort(-logits[rest], kind="stable")][:9].tolist()
    assert ask(Strategy.MARGIN) == rest[np.argsort(np.abs(logits[rest]), kind="stable")][:9].tolist()
    ranks = logits.argsort().argsort()[ask(Strategy.QUANTILE)]
    assert np.array_equal(np.sort(ranks * 9 // 400), np.arange(9)[: len(ranks)]) or len(set(ranks * 9 // 400)) >= 8
    badge = ask(Strategy.BADGE, 30)
    assert np.abs(logits[badge]).mean() < np.abs(logits).mean()
    close = directions[badge] @ directions[badge].T - np.eye(len(badge))
    margin = ask(Strategy.MARGIN, 30)
    assert close.max(axis=1).mean() < (directions[margin] @ directions[margin].T - np.eye(27)).max(axis=1).mean() + 0.05
    known = np.zeros(400, bool)
    known[:5] = True
    far = ask(Strategy.FAR, is_labelled=known)[0]
    left = np.setdiff1d(rest, np.arange(5))
    assert (directions[far] @ directions[:5].T).max() == pytest.approx(
        (directions[left] @ directions[:5].T).max(axis=1).min(), abs=1e-6
    )


def test_few_clips_are_all_asked_about_and_strange_wishes_are_refused() -> None:
    directions, _ = make_calls(6)
    logits = np.array([0.1, np.nan, 3, -2, 0, 1], np.float32)
    for strategy in Strategy:
        asked = choose(strategy, logits, directions, np.array([1, 1, 1, 0, 1, 1], bool), 50, seed=1)
        assert sorted(each.number for each in asked) == [0, 2, 4, 5]
    with pytest.raises(InvalidInput, match="At least 1 clip"):
        choose(Strategy.TOP, logits, directions, np.ones(6, bool), 0)
    assert choose(Strategy.BADGE, logits, directions, np.zeros(6, bool), 5) == []


def test_the_honest_sample_ends_where_the_first_answer_is_missing() -> None:
    is_answered = np.zeros(50, bool)
    order = np.random.default_rng(3).permutation(50)
    is_answered[order[[0, 1, 2, 4, 5]]] = True
    usable = np.ones(50, bool)
    assert find_honest(is_answered, usable, 3).tolist() == order[:3].tolist()
    usable[order[3]] = False  # evicted: nobody is asked about it
    assert find_honest(is_answered, usable, 3).tolist() == order[[0, 1, 2, 4, 5]].tolist()


def test_of_each_group_come_as_many_as_are_wanted() -> None:
    """Row 46: by deployment, day or recording."""
    groups = np.array(["a", "b", "a", "c", "a", "b", "a"], object)
    scores = np.array([0.1, 0.5, 0.9, 0.2, 0.8, np.nan, 0.3])
    assert select_each(groups, 2, scores=scores).tolist() == [2, 4, 1, 3]
    chosen = select_each(groups, 1, seed=2)
    assert sorted(groups[chosen]) == ["a", "b", "c"]
    assert chosen.tolist() == select_each(groups, 1, seed=2).tolist()
    assert select_each(groups, 1, is_allowed=groups == "c").tolist() == [3]
    assert not len(select_each(groups, 1, is_allowed=np.zeros(7, bool)))


def hear(numbers: Iterable[int], has_call: NDArray[np.bool_]) -> dict[int, Heard]:
    """Say of clips what a person hears."""
    return {int(number): Heard.YES if has_call[number] else Heard.NO for number in numbers}


def simulate_density(share: float, seed: int, *, chosen: int = 0) -> tuple[Any, float, float]:
    """Hear clips of a set as a person would: estimate, true share and true area under the ROC curve.

    ``chosen`` clips with a call and the highest scores were heard before, because they are likely; then half of what
    is asked for is heard.
    """
    chance = np.random.default_rng(seed)
    has_call = chance.random(3000) < share
    scores = chance.normal(size=3000) + 1.5 * has_call
    strata = draw(scores, seed=seed)
    drawn = {number for each in strata for number in each.numbers}
    best = [number for number in np.argsort(-scores) if has_call[number] and number in drawn][:chosen]
    heard = hear(best, has_call)
    asked = estimate_density(strata, heard, seed=seed).to_hear
    heard |= hear(asked[: len(asked) // 2] if chosen else asked, has_call)
    return estimate_density(strata, heard, seed=seed), has_call.mean(), roc_auc_score(has_call, scores)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.4])
def test_the_density_interval_holds_the_truth_as_often_as_it_says(share: float) -> None:
    """Row 45: a 90 % interval, at least 80 % of 60 simulations, for rare calls and for common ones."""
    found = [simulate_density(share, seed) for seed in range(60)]
    assert np.mean([each.low <= true <= each.high for each, true, _ in found]) >= 0.8
    assert np.mean([each.share for each, _, _ in found]) == pytest.approx(share, rel=0.15)
    areas = [each.auc - true for each, _, true in found if each.auc is not None]
    assert abs(np.mean(areas)) < 0.05
    assert all(each.has_enough for each, _, _ in found)


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_what_was_heard_because_it_is_likely_makes_calls_no_more_frequent(share: float) -> None:
    """Row 45: clips with high scores were labelled first; the interval holds the truth all the same."""
    found = [simulate_density(share, seed, chosen=60) for seed in range(60)]
    assert np.mean([each.low <= true <= each.high for each, true, _ in found]) >= 0.8
    assert np.mean([each.share for each, _, _ in found]) == pytest.approx(share, rel=0.2)
    assert not any(each.has_enough for each, _, _ in found)


def test_density_counts_only_what_was_drawn_and_knows_what_was_heard_to_the_end() -> None:
    """Row 45."""
    scores = np.linspace(0, 1, 80)
    has_call = scores > 0.7
    everything = hear(range(80), has_call)
    strata = draw(scores, seed=4)
    exact = estimate_density(strata, everything, per_bin=100)
    assert exact.low == exact.high == exact.share == has_call.mean()
    assert exact.auc == 1
    to_hear = estimate_density(strata, {}, per_bin=5).to_hear
    assert np.unique(sort_into_bins(scores)[list(to_hear)], return_counts=True)[1].tolist() == [5, 5, 5, 5]
    assert len(set(sort_into_bins(scores)[list(to_hear[:4])])) == 4  # one of each after the other
    late = {each.numbers[-1]: Heard.YES for each in strata}  # before their turn has come
    assert estimate_density(strata, late, per_bin=5).heard == 0
    nothing = estimate_density(strata, {})
    assert (nothing.heard, nothing.auc, nothing.has_enough) == (0, None, False)
    assert nothing.high > 0.8
    empty = estimate_density(draw(np.full(3, np.nan)), {})
    assert (empty.clips, empty.share, empty.has_enough) == (0, 0, False)


def test_in_the_place_of_clips_where_it_cannot_be_told_others_are_heard() -> None:
    strata = draw(np.linspace(0, 1, 80), seed=4)
    (first, *_), (second, *_) = strata[0].numbers, strata[1].numbers
    found = estimate_density(strata, {first: Heard.UNSURE, second: Heard.NO}, per_bin=5)
    assert [(each.heard, each.unsure) for each in found.bins] == [(0, 1), (1, 0), (0, 0), (0, 0)]
    assert len(found.to_hear) == 19
    assert first not in found.to_hear
    back = estimate_density(strata, {first: Heard.TAKEN_BACK}, per_bin=5)
    assert first in back.to_hear
    with pytest.raises(InvalidInput, match="1 to 200 clips"):
        estimate_density(strata, {}, per_bin=0)


def test_labels_are_listed_once_and_nothing_is_no_label() -> None:
    assert list_labels(["b", "", "a", "b"]) == ("a", "b")
