from concurrent.futures import ThreadPoolExecutor

import pytest

from podcast_core.domain.model import ENERGY, ModelVersion
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.ml.energy.detector import EnergyDetector
from podcast_core.ml.registry.promotion import add_promotion, find_in_use
from podcast_core.ml.registry.versions import add_version, get_version
from podcast_core.services.models import promotions
from podcast_core.services.store import rebuild
from podcast_core.workspace import Workspace


@pytest.fixture
def whales(workspace: Workspace) -> Workspace:
    """A model of three versions, whose labels tell them apart."""
    for label in ("one", "two", "three"):
        detector = EnergyDetector(label)
        version = ModelVersion("whales", 1, "energy", (label,), utc_now(), parameters=detector.parameters())
        add_version(workspace.files, version)
    return workspace


def test_the_newest_is_in_use_until_one_is_promoted(whales: Workspace) -> None:
    assert promotions.list_in_use(whales) == {ENERGY: 0, "whales": 3}
    assert promotions.promote(whales, name="whales", version=1, who="Eve").id == "whales/1"
    assert promotions.list_in_use(whales)["whales"] == 1
    assert whales.models.load_detector("whales").labels == ("one",)
    assert get_version(whales.files, "whales", 3).labels == ("three",)  # old ones stay usable
    promotions.promote(whales, name="whales", version=2)
    promotions.promote(whales, name="whales", version=2)
    history = promotions.list_history(whales, name="whales")
    assert [(each.version, each.who) for each in history] == [(1, "Eve"), (2, "Ann")]
    rebuild.rebuild(whales, replace=True)
    assert promotions.list_in_use(whales)["whales"] == 2


def test_what_is_not_there_cannot_be_promoted(whales: Workspace) -> None:
    for name, version in (("whales", 4), ("none", 1)):
        with pytest.raises(NotFound):
            promotions.promote(whales, name=name, version=version)
    assert promotions.promote(whales, name=ENERGY, version=0).is_built_in  # and leaves nothing behind
    assert whales.files.list(f"models/{ENERGY}") == []


def test_promotions_at_the_same_moment_are_all_kept(whales: Workspace) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: add_promotion(whales.files, "whales", number % 3 + 1, "Eve"), range(12)))
    history = promotions.list_history(whales, name="whales")
    assert sorted(each.version for each in history) == sorted([1, 2, 3] * 4)
    assert find_in_use(whales.files, "whales") == history[-1].version


def test_a_broken_promotion_is_told(whales: Workspace) -> None:
    whales.files.add("models/whales/promotions/20260101T000000000000Z.json", b"{}")
    with pytest.raises(InvalidInput, match="20260101T000000000000Z"):
        get_version(whales.files, "whales")
