"""Each dialect is removed in turn: the folder is not there, and everything else starts and answers as before."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from podcast_core.plugging import FOLDER
from tests.dialects.stock import REQUESTS

ROOT = Path(__file__).parents[2]
CORE = ROOT / "podcast_core"
DIALECTS = sorted(each.name for each in FOLDER.iterdir() if (each / "__init__.py").is_file())
BESIDE = {"hls": ("services/hls",)}  # what goes with a folder: its service, which nobody else calls
# What a dialect has besides routes.
HAS: dict[str, dict[str, set[str]]] = {
    "bats_ai": {},
    "hls": {"commands": {"ingest hls"}, "kinds": {"ingest_hls"}, "runners": {"ingest_hls"}, "ways": {"HLS archive"}},
    "orcahello": {"formats": {"orcahello"}},
    "podcast": {
        "commands": {"migrate-podcast in", "migrate-podcast out"},
        "kinds": {"migrate"},
        "runners": {"migrate"},
        "ways": {"Pod.Cast deployment"},
    },
    "whisperseg": {"kinds": {"finetune"}, "runners": {"finetune"}},
}

Stock = dict[str, list[str]]


def link_without(source: Path, target: Path, removed: set[Path]) -> None:
    """Link what is in a folder into a new one, except what is removed."""
    target.mkdir()
    for each in source.iterdir():
        if any(each in path.parents for path in removed):
            link_without(each, target / each.name, removed)
        elif each not in removed:
            (target / each.name).symlink_to(each)


@pytest.fixture(scope="module")
def stocks(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> dict[str, Stock]:
    """What there is without each dialect, and (without "") with all of them."""
    trees = {name: tmp_path_factory.mktemp(f"without-{name}") for name in ("", *DIALECTS)}
    for name, tree in trees.items():
        gone = {CORE / "dialects" / name, *(CORE / each for each in BESIDE.get(name, ()))} if name else set()
        link_without(CORE, tree / "podcast_core", gone)
        (tree / "pages").symlink_to(ROOT / "pages")
        (tree / "data").mkdir()
        shutil.copy(migrated, tree / "data" / "podcast.sqlite")
    command = [sys.executable, "-m", "tests.dialects.stock", *map(str, trees.values())]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=250)
    found = {name: tree / "stock.json" for name, tree in trees.items()}
    assert all(path.is_file() for path in found.values()), done.stderr[-3000:]
    return {name: json.loads(path.read_text()) for name, path in found.items()}


def test_each_is_known_here() -> None:
    assert sorted(HAS) == DIALECTS


def test_what_a_dialect_has_goes_with_it_and_nothing_else(stocks: dict[str, Stock]) -> None:
    whole = stocks[""]
    assert whole["undeclared"] == []
    assert whole["answers"] == ["ours 200", "bats_ai 200", "podcast 400", "whisperseg 201"]
    for dialect in DIALECTS:
        left = stocks[dialect]
        assert left["undeclared"] == []
        for part in ("commands", "formats", "kinds", "runners", "ways"):
            assert set(whole[part]) - set(left[part]) == HAS[dialect].get(part, set()), (dialect, part)
        assert (set(left["routes"]) == set(whole["routes"])) == (dialect not in REQUESTS)
        expected = [f"{dialect} 404" if each.startswith(dialect) else each for each in whole["answers"]]
        assert left["answers"] == expected


def test_a_route_goes_with_one_dialect_only(stocks: dict[str, Stock]) -> None:
    gone = [route for dialect in DIALECTS for route in set(stocks[""]["routes"]) - set(stocks[dialect]["routes"])]
    assert len(gone) == len(set(gone)) > 20
    assert {route.split("/")[3] for route in gone if "/api/v1/" in route} == {"recording", "species"}
