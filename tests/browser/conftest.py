"""The real app in a process of its own, and Chromium in front of it; nothing but this machine can be reached."""

import fcntl
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from pages.shared.assets import asset_url
from podcast_core.domain.round import Round
from podcast_core.domain.submission import Submission
from podcast_core.services.intake import demo
from podcast_core.services.labels import rounds
from podcast_core.settings import Settings
from podcast_core.workspace import Workspace
from tests.browser.chromium import find_chromium
from tests.browser.editor_page import EditorPage
from tests.browser.tabs import DESKTOP, PATIENCE_MS, Tabs, open_context
from tests.building import (
    add_prediction_set,
    add_recording,
    add_sessions,
    list_answers,
    list_predictions,
    list_sessions,
    make_sessions,
    opened,
    write_recording,
)
from tests.serving import Server, serve

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--autoplay-policy=no-user-gesture-required",
]

expect.set_options(timeout=PATIENCE_MS)

OpenEditor = Callable[..., EditorPage]
Answers = Callable[..., list[Submission]]
NewRound = Callable[..., Round]
NewPage = Callable[..., Page]
Evaluate = Callable[..., Any]

# A small generator with a seed (mulberry32), so that a failure can be repeated.
RANDOM = """const random = (seed => () => {
  seed = (seed + 0x6d2b79f5) | 0; let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t; return ((t ^ (t >>> 14)) >>> 0) / 4294967296; })(argument);"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The workspace behind the running app, with the demo round, which one of the processes of the tests makes."""
    own = tmp_path_factory.getbasetemp()
    first = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "demo"
    folder = tmp_path_factory.mktemp("browser") / "data"
    with first.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with opened(Settings(data_dir=first)) as workspace:
            demo.add_demo_round(workspace)  # or what is missing of it: nothing
        shutil.copytree(first, folder)
    with opened(Settings(data_dir=folder)) as workspace:
        yield workspace


@pytest.fixture(scope="session")
def server(served: Workspace) -> Iterator[Server]:
    with serve(served.settings.data_dir) as running:
        yield running


@pytest.fixture(scope="session")
def guarded(served: Workspace) -> Iterator[Server]:
    """The same workspace behind a server that wants tokens."""
    with serve(served.settings.data_dir, PODCAST_ACCESS="tokens", PODCAST_PICTURES_PER_MINUTE="20") as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_chromium()
    if path is None:
        pytest.fail("no Chromium: run make test, which installs one, or set PODCAST_TEST_CHROMIUM")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Make browsers that share nothing; a mistake of the page's own JavaScript fails the test."""
    opened: list[BrowserContext] = []
    mistakes: list[str] = []

    def make(**options: object) -> BrowserContext:
        context = open_context(browser, **options)
        context.on("weberror", lambda error: mistakes.append(str(error.error)))
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()
    assert not mistakes


@pytest.fixture(scope="session")
def tabs(browser: Browser, server: Server) -> Tabs:
    return Tabs(browser, server.url)


@pytest.fixture
def new_page(
    tabs: Tabs, new_context: Callable[..., BrowserContext], request: pytest.FixtureRequest
) -> Iterator[NewPage]:
    """Open a tab as of a browser of its own in front of `server`: one that other tests had, unless it has options."""
    failed_before = request.session.testsfailed
    with tabs.lending(lambda: request.session.testsfailed > failed_before) as lend:

        def make(*, viewport: ViewportSize = DESKTOP, has_touch: bool = False, **options: object) -> Page:
            if options:
                return new_context(viewport=viewport, has_touch=has_touch, **options).new_page()
            return lend(viewport, has_touch)

        yield make


@pytest.fixture
def editors() -> list[EditorPage]:
    """The tabs that the test has opened."""
    return []


@pytest.fixture
def open_editor(server: Server, new_page: NewPage, editors: list[EditorPage]) -> OpenEditor:
    """Open the label page of a round, or another with the editor, in a browser of its own."""

    def start(round_id: str, session_id: str = "", *, where: str = "label", **options: object) -> EditorPage:
        page = new_page(**options)
        editors.append(EditorPage(page, server.url))
        return editors[-1].open(round_id, session_id, where)

    return start


@pytest.fixture
def new_round(served: Workspace, request: pytest.FixtureRequest) -> NewRound:
    """Add a round with the demo's first sessions, predictions and labels, named after the test."""

    def make(count: int = 3, suffix: str = "") -> Round:
        round_id = f"{request.node.name[:80]}{suffix}".replace("[", "-").replace("]", "")
        model = rounds.get_round(served, round_id="demo")
        round_ = rounds.add_round(served, round_id=round_id, name=round_id, labels=model.labels)
        chosen = list_sessions(served, "demo")[:count]
        add_sessions(served, *(replace(each, round_id=round_id) for each in chosen))
        boxes = [
            replace(each, id=f"{uuid.uuid4()}-{index}")
            for index, each in enumerate(list_predictions(served, "demo"))
            if each.session_id in {session.id for session in chosen}
        ]
        add_prediction_set(served, round_id, *boxes, set_id=round_id, model="demo")
        return round_

    return make


@pytest.fixture
def answers(served: Workspace, editors: list[EditorPage]) -> Answers:
    """All answers of a round as they are stored, oldest first, with those on their way; ``at_once`` does not wait."""

    def read(round_id: str, *, at_once: bool = False) -> list[Submission]:
        for editor in editors:
            if not at_once and not editor.page.is_closed():
                editor.wait_sent()
        return list_answers(served, round_id)

    return read


@pytest.fixture
def evaluate(server: Server, new_page: NewPage) -> Evaluate:
    """Run a function of (module, argument) on one of the editor's modules."""
    page = new_page()
    page.goto(f"{server.url}/{asset_url('web/axes.js')}")

    def run(module: str, function: str, argument: object = None) -> Any:
        source = function.replace("SEEDED;", RANDOM)
        return page.evaluate(
            f"async (argument) => ({source})(await import('/{asset_url(module)}'), argument)", argument
        )

    return run


@pytest.fixture
def ultrasonic_round(served: Workspace, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Two sessions of 4 s at 500 kHz: a tone at 45 kHz."""
    round_id: str = request.node.name[:80].replace("[", "-").replace("]", "")
    samples = 0.3 * np.sin(2 * np.pi * 45_000 * np.arange(8 * 500_000) / 500_000)
    rounds.add_round(served, round_id=round_id, name=round_id, labels=["bat"])
    digits = round_id.encode().hex()[:64].ljust(64, "0")
    recording = write_recording(tmp_path / "bat.wav", samples, 500_000, digits=digits)
    add_recording(served, recording, make_sessions(recording, round_id, round_id + "_{}", 2))
    return round_id
