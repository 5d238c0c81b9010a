"""What docs/security.md says about limits is what the code does."""

import re
from pathlib import Path

import pytest

from podcast_core.api.front.guard import MAX_JSON
from podcast_core.dialects.whisperseg.annotations import MAX_COLLECTION, MAX_POST
from podcast_core.formats.documents import MAX_VALUES
from podcast_core.formats.encodings import MAX_TEXT_BYTES
from podcast_core.formats.tables import MAX_CELLS, MAX_ROWS
from podcast_core.services.labels.claiming import MAX_HELD
from podcast_core.settings import Settings
from podcast_core.yaml_files import MAX_BYTES as MAX_YAML_BYTES
from podcast_core.zips import FREE_BYTES, MAX_SHRUNK

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = [line.split("|")[1:3] for line in TEXT.splitlines() if line.startswith("| `PODCAST_")]
LIMITS = [
    (name.removeprefix("PODCAST_").lower(), value)
    for names, values in ROWS
    for name, value in zip(re.findall(r"`(\w+)`", names), re.findall(r"`([\d.]+)`", values), strict=True)
]


@pytest.mark.parametrize(("name", "value"), LIMITS)
def test_a_limit_has_the_default_that_is_written_down(name: str, value: str) -> None:
    assert float(Settings.model_fields[name].default) == float(value)


def test_every_limit_is_written_down() -> None:
    limiting = re.compile(
        r"(largest|longest|most|least|lowest|highest|decode|network)_|_(per_minute|minutes|timeout_s)$"
    )
    assert {name for name in Settings.model_fields if limiting.search(name)} == {name for name, _ in LIMITS}


def test_the_other_numbers_are_those_of_the_code() -> None:
    assert f"JSON {MAX_JSON // 1_000_000} MB" in TEXT
    assert f"{MAX_POST // 1_000_000} MB a post, {MAX_COLLECTION // 1_000_000} MB a collection" in TEXT
    assert f"one token holds at most {MAX_HELD} at a time" in TEXT
    assert f"{MAX_ROWS:,} rows and {MAX_CELLS:,} cells, a JSON document {MAX_VALUES:,} values" in TEXT
    assert f"a file of text {MAX_TEXT_BYTES >> 20} MB, YAML {MAX_YAML_BYTES >> 20} MB\n" in TEXT
    assert f"{MAX_SHRUNK} times their size, and to {FREE_BYTES >> 20} MB" in TEXT


def test_what_it_points_to_is_there() -> None:
    for path in re.findall(r"`((?:api|ml|remote|formats)/[\w.]*|sandbox.py)`", TEXT):
        assert (ROOT / "podcast_core" / path).exists(), path
    for path in re.findall(r"\]\(([^)]+)\)", TEXT):
        assert (ROOT / "docs" / path).exists(), path
