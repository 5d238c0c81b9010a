"""A shell for the lines of the documentation: our commands run in this process, on a workspace of the test's own.

A line whose comment says that it needs the internet, takes minutes or does not end by itself is not run; its command,
options and values are checked all the same.
"""

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from podcast_core import cli
from podcast_core.settings import Settings
from tests.docs.pages import ROOT

NOT_RUN = ("needs the internet", "takes minutes", "runs until Ctrl+C")
PYTHONS = ("python", ".venv/bin/python")
COMMANDS = typer.main.get_command(cli.app)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
VARIABLES = set(re.findall(r"\$\((?:or \$\()?([A-Z]+)\)", (ROOT / "Makefile").read_text(encoding="utf-8")))
FOREIGN_VARIABLES = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
URL = "http://127.0.0.1:8501"


class Shell:
    """Runs lines in a folder; ``serve`` starts a server when the first line asks it something."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, serve: Callable[[], tuple[str, str]]) -> None:
        self.folder, self.monkeypatch, self.serve = folder, monkeypatch, serve
        self.kinds: dict[str, Callable[[list[str]], None]] = {
            "make": check_make,
            "export": check_settings,
            "curl": self._curl,
            ".venv\\Scripts\\activate": lambda _: None,  # of Windows; the comment has that of other systems
        }

    def run(self, line: str) -> None:
        """Run a line, or check what can be checked of it."""
        command, _, comment = line.partition(" #")
        name, *words = shlex.split(command) if "\\" not in command else [command.strip()]
        if name in PYTHONS:
            self._python(words, is_run=not any(each in comment for each in NOT_RUN))
        elif name in self.kinds:
            self.kinds[name](words)
        else:
            pytest.fail(f"nothing here runs or checks: {line}")

    def _python(self, words: list[str], *, is_run: bool) -> None:
        if words[:2] == ["-m", "podcast_core"]:
            arguments = [re.sub(r"^~", str(self.folder), each) for each in words[2:]]
            run_command(arguments, self.monkeypatch) if is_run else check_command(COMMANDS, arguments)
        elif words[:2] == ["-m", "streamlit"]:
            assert words[2] == "run"
            assert (ROOT / words[3]).exists()
        elif words[0] == "locks/install.py":
            assert (ROOT / words[0]).exists()
            assert (ROOT / f"locks/{words[1]}.txt").exists()
        else:
            assert words == ["-m", "venv", ".venv"]

    def _curl(self, words: list[str]) -> None:
        curl = shutil.which("curl")
        if curl is None:
            pytest.skip("curl is not installed")
        url, token = self.serve()
        asked = [each.replace(URL, url).replace("$TOKEN", token) for each in words]
        subprocess.run(
            [curl, "--fail-with-body", "--no-progress-meter", *asked], cwd=self.folder, check=True, timeout=60
        )


def run_command(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Run one of our commands as a shell would; it has to succeed."""
    monkeypatch.setattr("sys.argv", ["podcast_core", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code, f"podcast_core {shlex.join(arguments)}"


def check_command(command: Any, arguments: list[str]) -> None:
    """Check that a command takes these arguments, without running it."""
    with command.make_context(command.name, list(arguments)) as context:
        if hasattr(command, "commands"):
            _, inner, rest = command.resolve_command(context, [*context._protected_args, *context.args])
            check_command(inner, rest)


def check_make(words: list[str]) -> None:
    """Check that there is such a target, and that it reads these variables."""
    for word in words:
        name, is_set, _ = word.partition("=")
        assert name in (VARIABLES if is_set else TARGETS), word


def check_settings(words: list[str]) -> None:
    """Check that settings can be read."""
    for word in words:
        name, _, value = word.partition("=")
        field = name.removeprefix("PODCAST_").lower()
        assert name in FOREIGN_VARIABLES or field in Settings.model_fields, name
        if name not in FOREIGN_VARIABLES:
            Settings.model_validate({field: value})
