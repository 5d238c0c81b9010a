"""The same workspace in two sizes, made once."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from benchmarks.parts.big_workspace import Maker, Size
from pages.shared import working_out
from podcast_core.services.labels import adjudication, agreement
from podcast_core.services.runs import kept_pools
from podcast_core.settings import Settings
from podcast_core.workspace import Workspace
from tests.building import opened

# Lists, hours and histograms of the small one are full already: only what grows without end is more in the large one.
SMALL, LARGE = Size(3, 600, 1800, 600, 600), Size(12, 2400, 7200, 2400, 2400)


@pytest.fixture(autouse=True)
def both_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let only what a tiny round would give be worked out at once: both workspaces stand for large ones."""
    monkeypatch.setattr(working_out, "QUICK", SMALL.sessions // 10)
    monkeypatch.setattr(kept_pools, "FEW", SMALL.sessions // 10)
    monkeypatch.setattr(agreement, "FEW", 1)
    monkeypatch.setattr(adjudication, "FEW", 1)


@contextmanager
def made(folder: Path, size: Size, database_url: str = "") -> Iterator[Workspace]:
    """Make a workspace of a size."""
    with opened(Settings(data_dir=folder, database_url=database_url, annotator="Ann")) as workspace:
        Maker(workspace, size, rows_only=True).make(tell=lambda _text: None)
        yield workspace


@pytest.fixture(scope="session")
def two_sizes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, Workspace]]:
    """A workspace with a round of 600 sessions, and one with four times as much of everything."""
    with ExitStack() as stack:
        small, large = (stack.enter_context(made(tmp_path_factory.mktemp("scale"), size)) for size in (SMALL, LARGE))
        yield small, large
