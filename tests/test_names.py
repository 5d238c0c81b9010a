"""Limits are called what the field calls them (glossary in CONTRIBUTING)."""

import re
from pathlib import Path

ODD = re.compile(r"^_?(?:MOST|LEAST)_[A-Z_]+\b.*=", re.MULTILINE)


def test_limits_are_called_max_and_min() -> None:
    top = Path(__file__).parents[1]
    files = [path for folder in ("pages", "podcast_core", "tests") for path in (top / folder).rglob("*.py")]
    odd = {path.name: ODD.findall(path.read_text(encoding="utf-8")) for path in files}
    assert not {name: found for name, found in odd.items() if found}
