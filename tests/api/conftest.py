from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from podcast_core.api.server import create_api
from podcast_core.workspace import Workspace


@pytest.fixture
def client(workspace: Workspace) -> Iterator[TestClient]:
    with TestClient(create_api(lambda: workspace), base_url="http://127.0.0.1:8501") as opened:
        yield opened
