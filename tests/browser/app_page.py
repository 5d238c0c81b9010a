"""A page of the app as a test sees it: idle is when no script runs, none is about to, and nothing is faded."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, TimeoutError, WebSocket
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

IDLE = """() => document.querySelector("[data-testid=stApp][data-test-script-state=notRunning]")
    && !document.querySelector("[data-stale=true], [data-testid=stSkeleton]")"""


def card_of(page: Page, name: str) -> Locator:
    """The card of one round on the start page; a server has the rounds of other tests, too."""
    heading = page.get_by_role("heading", name=name, exact=True)
    return page.get_by_test_id("stVerticalBlock").filter(has=heading).last


def choose(field: Locator, option: str | re.Pattern[str], typed: str = "") -> None:
    """Choose from a list, and open it again where it closed: it does whenever the page moves below it.

    What is ``typed`` makes a long list short; a key would choose from a list that has closed, or is not there yet.
    """
    offered = field.page.get_by_role("option", name=option, exact=isinstance(option, str)).first
    for _ in range(4):
        field.click()
        if typed:
            field.fill(typed)
        try:
            offered.click(timeout=5_000)
        except TimeoutError:
            continue
        return
    raise AssertionError(f"{field} offers no {option}")


class AppPage:
    """One tab with a page of the app."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._socket: WebSocket | None = None

    def open(self, url: str) -> "AppPage":
        """Go to an address and wait until its page is there."""
        with self.page.expect_websocket() as waited:
            self.page.goto(url)
        self._socket = waited.value
        self.wait_idle()
        return self

    def wait_idle(self) -> None:
        """Wait for the run that has begun; one that a click has asked for may not have (see `rerunning`)."""
        self.page.wait_for_function(IDLE, polling=50)  # not at each frame: then Chromium draws frames

    @contextmanager
    def rerunning(self) -> Iterator[None]:
        """Do what makes the script run again, and wait until it has; the page tells neither from before."""
        assert self._socket is not None
        with self._socket.expect_event("framereceived", _ends_run):
            yield
        self.wait_idle()


def _ends_run(frame: str | bytes) -> bool:
    message = ForwardMsg.FromString(frame if isinstance(frame, bytes) else frame.encode())
    is_end = message.WhichOneof("type") == "script_finished"
    return is_end and bool(message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY)
