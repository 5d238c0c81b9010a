from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from podcast_core.api.server import create_api
from podcast_core.services import access
from podcast_core.workspace import Workspace

HOME, LAN = "http://127.0.0.1:8501", "http://192.0.2.7:8501"


def bearer(workspace: Workspace, scope: str, person: str = "Ann") -> dict[str, str]:
    """Headers with a new token."""
    return {"authorization": f"Bearer {access.create_token(workspace, person=person, scope=scope)[1]}"}


@pytest.fixture
def client(workspace: Workspace) -> Iterator[TestClient]:
    with TestClient(create_api(lambda: workspace), base_url=HOME) as opened:
        yield opened


@pytest.fixture
def lan(workspace: Workspace) -> Iterator[TestClient]:
    """The same server for others in the network, who need a token."""
    with TestClient(create_api(lambda: workspace), base_url=LAN) as opened:
        yield opened
