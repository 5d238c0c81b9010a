"""The README is the first page that a newcomer reads: it must name everything and show what is there."""

import re
from pathlib import Path

import pytest

from podcast_core.cli import app
from podcast_core.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_it_explains_every_setting(name: str) -> None:
    assert f"`PODCAST_{name.upper()}`" in README


@pytest.mark.parametrize("command", [each.callback.__name__ for each in app.registered_commands if each.callback])
def test_it_lists_every_command(command: str) -> None:
    assert f"python -m podcast_core {command.replace('_', '-')}" in README


def test_every_file_that_it_points_to_is_there() -> None:
    linked = [target for target in re.findall(r"\]\(([^)]+)\)", README) if not target.startswith("http")]
    assert linked
    assert [target for target in linked if not (ROOT / target).exists()] == []


def test_every_make_target_that_it_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"\bmake ([a-z-]+)", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
