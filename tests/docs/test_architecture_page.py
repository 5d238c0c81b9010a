"""The map of the house is that of the house: folders, their order, and what each layer may import."""

import re
import tomllib

from tests.docs.pages import ROOT, Page

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
PAGE = Page(ROOT / "docs" / "architecture.md").text
PICTURE = (ROOT / "docs" / "images" / "architecture.svg").read_text(encoding="utf-8")


def list_layers(container: str) -> list[list[str]]:
    """List the layers of a package as import-linter enforces them, the highest first."""
    (contract,) = [each for each in CONTRACTS if each.get("containers") == [container]]
    return [re.findall(r"\w+", layer) for layer in contract["layers"]]


def test_every_room_is_on_the_map() -> None:
    rooms = {path.name for path in (ROOT / "podcast_core").iterdir() if (path / "__init__.py").exists()}
    named = set(re.findall(r"^\| `podcast_core/(\w+)/` \|", PAGE, re.MULTILINE))
    assert named == rooms
    assert [room for room in rooms if f"{room}/" not in PICTURE] == []


def test_every_dialect_is_on_the_map() -> None:
    dialects = sorted(path.parent.name for path in (ROOT / "podcast_core" / "dialects").glob("*/__init__.py"))
    assert ", ".join(f"`{name}`" for name in dialects) in PAGE
    assert [name for name in dialects if name not in PICTURE] == []


def test_services_stand_in_their_order() -> None:
    table = PAGE.partition("from low to high")[2].partition("\n## ")[0]
    order = [name for layer in reversed(list_layers("podcast_core.services")) for name in layer]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == order
    assert " · ".join(order) in PICTURE


def test_the_line_of_layers_is_that_of_the_contract() -> None:
    (block,) = [each.text for each in Page(ROOT / "CONTRIBUTING.md").blocks]
    line = [re.findall(r"\w+", layer) for layer in block.split(">")]
    height = {name: -place for place, layer in enumerate(list_layers("podcast_core")) for name in layer}
    height |= {"pages": height["dialects"]}
    heights = [{height[name] for name in layer} for layer in line]
    assert all(len(each) == 1 for each in heights)
    assert heights == sorted(heights, key=min, reverse=True)
