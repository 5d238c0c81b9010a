"""Fixtures of several files here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from podcast_core.domain.round import Round
from podcast_core.settings import Settings
from podcast_core.workspace import Workspace
from tests.building import opened
from tests.conftest import MakeWav
from tests.services.hls_runs import archive as archive  # fixtures
from tests.services.hls_runs import server as server
from tests.services.releases import make_bay
from tests.services.sea import add_sea


@pytest.fixture
def sea(workspace: Workspace) -> Round:
    """Round ``sea``: two recordings, nothing in it."""
    return add_sea(workspace)


@pytest.fixture
def bay(workspace: Workspace, make_wav: MakeWav) -> Round:
    """Round ``bay``, for releases."""
    return make_bay(workspace, make_wav)


@pytest.fixture
def other_workspace(tmp_path: Path) -> Iterator[Workspace]:
    """An empty workspace beside the first."""
    with opened(Settings(data_dir=tmp_path / "other")) as workspace:
        yield workspace
