"""The pages in Streamlit's test harness, on the test's own workspace."""

import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.submission import Outcome
from podcast_core.workspace import Workspace
from tests.building import submit

FRAME = Path(__file__).resolve().parents[2] / "pages" / "frame.py"

OpenPage = Callable[..., AppTest]
SubmitAnswer = Callable[..., str]


@pytest.fixture(scope="session", autouse=True)
def _scan_once() -> Iterator[None]:
    """Let the harness look once, not at every page, through all installed packages for Streamlit components."""
    with pytest.MonkeyPatch.context() as patch:
        once = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", once)
        yield


@pytest.fixture
def open_page(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> OpenPage:
    """Open a page of the app by its file name, as a link with this query would."""
    monkeypatch.setattr("pages.shared.state.get_workspace", lambda: workspace)
    monkeypatch.setattr("pages.shared.state.read_cookie", lambda _name: "")  # the harness has no browser

    def open_(name: str, **query: str) -> AppTest:
        app = AppTest.from_file(str(FRAME), default_timeout=30)
        app.run()
        for key, value in query.items():
            app.query_params[key] = value
        app.switch_page(name).run()
        assert not app.exception
        return app

    return open_


@pytest.fixture
def submit_answer(workspace: Workspace) -> SubmitAnswer:
    """Answer a session of round ``ten`` with one call, and return the submission's id."""

    def answer(session_id: str, *, annotator: str = "Ann", outcome: Outcome = Outcome.LABELLED) -> str:
        boxes = (AnswerBox(0.25, 0.5, "call"),) if outcome is Outcome.LABELLED else ()
        return submit(workspace, "ten", session_id, *boxes, who=annotator, outcome=outcome).submission.id

    return answer
