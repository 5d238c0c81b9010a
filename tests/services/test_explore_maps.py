"""Maps of a collection: there at once, drawn by jobs, kept, and without what is held out."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from podcast_core.domain.clip import ClipAct, ClipDeed, Subset
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.ml.embedding.directions import to_directions
from podcast_core.ml.projection import drawing
from podcast_core.ml.projection.alignment import align
from podcast_core.services.explore import maps
from podcast_core.services.explore.maps import MapRequest
from podcast_core.services.explore.vectors import read_vectors
from podcast_core.services.jobs.running import InProcessJob
from podcast_core.services.store import map_records
from podcast_core.storage import collections
from podcast_core.workspace import Workspace
from tests.building import opened
from tests.services.exploring import add_windows, draw_pca


@pytest.fixture
def windows(workspace: Workspace, tmp_path: Path) -> str:
    """A collection of 24 windows of a recording; the last one has a vector, too."""
    return add_windows(workspace, tmp_path)


def hold_out(workspace: Workspace, collection_id: str, numbers: tuple[int, ...]) -> None:
    with workspace.database.writing() as connection:
        act = ClipAct("held-out", collection_id, ClipDeed.SUBSET, numbers, "Ann", Subset.TEST)
        collections.add_clip_acts(connection, [act])


def test_the_first_map_is_there_at_once_and_stays_as_it_was(workspace: Workspace, windows: str) -> None:
    """Rows 16 and 17: the same after a restart, also when clips have been held out since."""
    assert [each.id for each in maps.list_maps(workspace, collection_id=windows)] == ["pca", "pca-3"]
    places = maps.get_places(workspace, collection_id=windows, map_id="pca")
    assert places.shape == (24, 2)
    assert maps.get_places(workspace, collection_id=windows, map_id="pca-3").shape == (24, 3)
    hold_out(workspace, windows, (0, 1, 2))
    with opened(workspace.settings) as again:
        assert np.array_equal(maps.get_places(again, collection_id=windows, map_id="pca"), places)


def test_a_first_map_that_was_damaged_is_made_anew(workspace: Workspace, windows: str) -> None:
    places = maps.get_places(workspace, collection_id=windows, map_id="pca")
    workspace.files.write(map_records.places_key(windows, "pca"), b"damaged")
    assert np.array_equal(maps.get_places(workspace, collection_id=windows, map_id="pca"), places)


def test_a_map_is_drawn_kept_and_read_after_a_restart(workspace: Workspace, windows: str) -> None:
    """Row 17."""
    map_id = draw_pca(workspace, windows)
    with opened(workspace.settings) as again:
        drawn = maps.get_map(again, collection_id=windows, map_id=map_id)
        assert (drawn.method, drawn.dimensions, drawn.is_fitted_on["fitted"]) == ("pca", 2, 24)
        assert maps.list_maps(again, collection_id=windows)[-1] == drawn
        assert np.isfinite(maps.get_places(again, collection_id=windows, map_id=map_id)).all()


def test_a_map_learns_nothing_from_test_clips(
    workspace: Workspace, windows: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 15, from the subset in the database to the process that fits; and row 17: the old map is where it starts."""
    seen: list[tuple[np.ndarray, ...]] = []

    def fit(_asked: Any, *arrays: Any) -> tuple[np.ndarray, np.ndarray]:
        fitted, rest, start, tell = arrays
        seen.append((fitted, rest, start))
        tell(0.5, "drawing")
        return start @ np.array([[0, -2], [2, 0]], np.float32), np.zeros((len(rest), 2), np.float32)

    monkeypatch.setattr(drawing, "_fit", fit)
    hold_out(workspace, windows, (0, 5, 7))
    told: list[tuple[int, int, str]] = []
    here = InProcessJob(lambda *each: told.append(each), lambda _line: None)
    results = []
    for _ in range(2):
        params = maps.prepare(workspace, collection_id=windows, request=MapRequest("umap"))
        results.append(maps.run(workspace, params, here))
        assert maps.run(workspace, params, here) == results[-1]  # done again: it is there
    directions = to_directions(read_vectors(workspace, windows))
    assert len(seen) == 2
    assert np.array_equal(seen[0][0], np.delete(directions, (0, 5, 7), axis=0))
    assert np.array_equal(seen[0][1], directions[[0, 5, 7]])
    assert (results[0]["fitted"], results[0]["placed"]) == (21, 3)
    assert (50, 100, "drawing") in told
    first = maps.get_places(workspace, collection_id=windows, map_id=results[0]["map_id"])
    assert align(seen[1][2], np.delete(first, (0, 5, 7), axis=0))[1] < 1e-3
    second = maps.get_places(workspace, collection_id=windows, map_id=results[1]["map_id"])
    assert np.allclose(second[1:5], first[1:5], atol=0.05)
    assert results[1]["disparity"] < 0.1


def test_a_map_that_is_cancelled_leaves_nothing(workspace: Workspace, windows: str) -> None:
    """Row 16."""

    class Cancelled(Exception):
        pass

    def refuse(done: int, _total: int, _name: str) -> None:
        if done < 100 and _name != "reading vectors":
            raise Cancelled

    params = maps.prepare(workspace, collection_id=windows, request=MapRequest("pacmap"))
    with pytest.raises(Cancelled):
        maps.run(workspace, params, InProcessJob(refuse, lambda _line: None))
    assert len(maps.list_maps(workspace, collection_id=windows)) == 2


def test_what_is_not_there_is_said(workspace: Workspace, windows: str) -> None:
    with pytest.raises(NotFound, match="has no map 'nothing'"):
        maps.get_map(workspace, collection_id=windows, map_id="nothing")
    with pytest.raises(NotFound, match="no collection 'nothing'"):
        maps.list_maps(workspace, collection_id="nothing")
    with pytest.raises(InvalidInput, match="no map by 'ivis'"):
        MapRequest("ivis")
    with pytest.raises(InvalidInput, match="2 or 3"):
        MapRequest("pca", 1)
