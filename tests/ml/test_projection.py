"""Maps: at once, by neighbourhoods, without what is held out, and laid over an older map."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from podcast_core import sandbox
from podcast_core.errors import InvalidInput
from podcast_core.ml.embedding.directions import to_directions
from podcast_core.ml.projection import drawing, fitting
from podcast_core.ml.projection.alignment import align
from podcast_core.ml.projection.drawing import draw_evenly, draw_map
from podcast_core.ml.projection.pca import find_axes
from podcast_core.ml.projection.process import answer


def make_sounds(count: int, kinds: int = 4, width: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """Make vectors of some kinds of sound, and say of which kind each is."""
    chance = np.random.default_rng(0)
    kind = chance.integers(0, kinds, count)
    return (3 * chance.normal(size=(kinds, width)))[kind] + chance.normal(size=(count, width)), kind


def measure_purity(places: np.ndarray, kind: np.ndarray) -> float:
    """Measure how many of the five nearest on the map are of the same kind."""
    distances = np.linalg.norm(places[:, None] - places[None], axis=2)
    nearest = np.argsort(distances, axis=1)[:, 1:6]
    return float((kind[nearest] == kind[:, None]).mean())


def test_pca_finds_the_axes_that_numpy_finds_and_their_signs_stay() -> None:
    """Row 16 of the checklist: the map that is there at once."""
    vectors = to_directions(make_sounds(300)[0])
    axes = find_axes(vectors, 3)
    _, _, right = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)
    assert np.allclose(np.abs(axes.directions.T), np.abs(right[:3]), atol=1e-3)
    assert np.array_equal(axes.directions, find_axes(vectors.copy(), 3).directions)
    assert np.allclose(axes.place(vectors).mean(axis=0), 0, atol=1e-5)


@pytest.mark.parametrize("vectors", [np.zeros((0, 4)), np.ones((1, 4)), np.ones((5, 1)), np.ones((7, 2))])
def test_pca_of_next_to_nothing_has_places_all_the_same(vectors: np.ndarray) -> None:
    drawn = draw_map(vectors, np.zeros(len(vectors), bool), method="pca")
    assert drawn.places.shape == (len(vectors), 2)
    assert np.allclose(drawn.places, 0, atol=1e-6)


def test_clips_without_vectors_have_no_place_and_disturb_nobody() -> None:
    vectors, _ = make_sounds(40)
    whole = draw_map(vectors, np.zeros(40, bool), method="pca").places
    damaged = np.vstack([vectors, np.full((1, 24), np.nan), np.zeros((1, 24)), np.full((1, 24), np.inf)])
    places = draw_map(damaged, np.zeros(43, bool), method="pca").places
    assert np.isnan(places[40:]).all()
    assert np.allclose(places[:40], whole, atol=1e-5)


def test_huge_and_tiny_vectors_have_directions_too() -> None:
    directions = to_directions(np.array([[3e300, 4e300], [3e-300, 4e-300], [3, 4]]))
    assert np.allclose(directions, [[0.6, 0.8]] * 3)


@pytest.mark.parametrize("method", ["umap", "pacmap", "tsne"])
def test_nothing_is_fitted_on_what_is_held_out(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 15: clips of the test subset are not among those that a fit is given."""
    vectors, _ = make_sounds(60)
    is_held_out = np.arange(60) % 3 == 0
    seen: list[np.ndarray] = []

    def spy(vectors: np.ndarray, start: np.ndarray, seed: int, tell: Any, *, is_again: bool = False) -> np.ndarray:
        assert not is_again
        seen.append(vectors)
        tell(seed)
        return start

    def fit_here(asked: Any, fitted: np.ndarray, rest: np.ndarray, start: np.ndarray, _tell: Any) -> Any:
        return answer(asked, fitted, rest, start, {})[1]

    monkeypatch.setitem(fitting.FITS, method, spy)
    monkeypatch.setattr(drawing, "_fit", fit_here)
    drawn = draw_map(vectors, is_held_out, method=method)
    assert np.array_equal(seen[0], to_directions(vectors)[~is_held_out])
    assert np.array_equal(drawn.is_fitted, ~is_held_out)
    assert np.isfinite(drawn.places).all()


def test_what_is_held_out_does_not_move_the_axes() -> None:
    """Row 15, for PCA: other held-out clips, the same map of the rest."""
    vectors, _ = make_sounds(60)
    is_held_out = np.arange(60) % 3 == 0
    one = draw_map(vectors, is_held_out, method="pca").places
    vectors[is_held_out] *= -7
    other = draw_map(vectors, is_held_out, method="pca").places
    assert np.array_equal(one[~is_held_out], other[~is_held_out])


def test_a_map_is_turned_mirrored_scaled_and_moved_onto_the_old_one() -> None:
    """Row 17."""
    old = np.random.default_rng(1).normal(size=(50, 2))
    angle = np.array([[np.cos(2), -np.sin(2)], [np.sin(2), np.cos(2)]])
    new = old @ angle * [3, -3] + [100, -7]
    aligned, disparity = align(new, old)
    assert np.allclose(aligned, old, atol=1e-4)
    assert disparity < 1e-9
    from scipy.spatial import procrustes

    noisy = new + np.random.default_rng(2).normal(size=new.shape)
    assert align(noisy, old)[1] == pytest.approx(procrustes(old, noisy)[2])


def test_clips_that_one_of_the_maps_lacks_come_along() -> None:
    old = np.random.default_rng(1).normal(size=(10, 2))
    new = -2 * old
    old[:3] = np.nan
    new[9] = np.nan
    aligned, disparity = align(new, old)
    assert np.allclose(aligned[3:9], old[3:9], atol=1e-5)
    assert np.isfinite(aligned[:9]).all()
    assert disparity < 1e-9
    assert align(new, np.full((10, 2), np.nan))[1] == 1
    assert align(np.zeros((10, 2)), new)[1] == 1


def test_of_too_many_clips_each_recording_has_its_share() -> None:
    groups = np.repeat(["a", "b", "c"], [700, 200, 100])
    drawn = draw_evenly(np.arange(1000), groups, 100, seed=3)
    assert np.unique(groups[drawn], return_counts=True)[1].tolist() == [70, 20, 10]
    assert np.array_equal(drawn, draw_evenly(np.arange(1000), groups, 100, seed=3))
    assert len(set(drawn)) == 100


def test_twins_are_not_taken_for_the_sound_itself() -> None:
    vectors = to_directions(np.repeat(make_sounds(5)[0], 4, axis=0))
    numbers, _ = fitting.find_neighbours(vectors, vectors, 4)
    assert np.array_equal(numbers[:, 0], np.arange(20))
    assert np.array_equal(np.sort(numbers, axis=1), np.arange(20).reshape(5, 4)[np.arange(20) // 4])


@pytest.mark.parametrize(
    ("method", "dimensions", "expected"),
    [("ivis", 2, "no map by 'ivis'"), ("umap", 4, "2 or 3 dimensions"), ("pacmap", 2, "at least 16 clips")],
)
def test_what_cannot_be_drawn_is_refused(method: str, dimensions: int, expected: str) -> None:
    with pytest.raises(InvalidInput, match=expected):
        draw_map(make_sounds(20)[0], np.arange(20) < 10, method=method, dimensions=dimensions)


def test_pacmap_keeps_neighbours_together() -> None:
    """Row 16."""
    vectors, kind = make_sounds(200)
    shares: list[float] = []
    drawn = draw_map(vectors, np.arange(200) % 5 == 0, method="pacmap", tell=lambda share, _stage: shares.append(share))
    assert measure_purity(drawn.places, kind) > 0.97
    assert drawn.is_fitted.sum() == 160
    assert shares == sorted(shares)


@pytest.mark.slow  # each compiles itself for long
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("method", "dimensions"), [("pacmap", 2), ("pacmap", 3), ("umap", 2), ("umap", 3), ("tsne", 2), ("tsne", 3)]
)
def test_a_new_fit_leaves_groups_where_they_were(method: str, dimensions: int) -> None:
    """Rows 15 to 17: others are held out, and chance is another one."""
    vectors, kind = make_sounds(500)
    first = draw_map(vectors, np.arange(500) % 5 == 0, method=method, dimensions=dimensions)
    assert first.places.shape == (500, dimensions)
    assert measure_purity(first.places, kind) > 0.97
    again = draw_map(vectors, np.arange(500) % 5 == 1, method=method, dimensions=dimensions, seed=1, old=first.places)
    assert again.disparity is not None
    assert again.disparity < 0.1


def test_a_map_that_is_not_wanted_any_more_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 16: cancelled, however long its libraries would go on."""
    processes: list[Any] = []
    spawn: Callable[..., Any] = sandbox.spawn

    def spy(*arguments: str) -> Any:
        processes.append(spawn(*arguments))
        return processes[-1]

    class Unwanted(Exception):
        pass

    def refuse(_share: float, _stage: str) -> None:
        raise Unwanted

    monkeypatch.setattr(drawing, "spawn", spy)
    with pytest.raises(Unwanted):
        draw_map(make_sounds(400)[0], np.zeros(400, bool), method="pacmap", tell=refuse)
    assert processes[0].returncode is not None
