"""People with browsers: tabs of one headless Chromium that label in one round at the same time."""

import random
import time
from collections import Counter
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Page, Response, sync_playwright

from tests.browser.chromium import find_chromium
from tests.browser.conftest import ARGUMENTS
from tests.browser.editor_page import EditorPage


@dataclass
class Tab:
    """Somebody with a browser of their own."""

    editor: EditorPage
    next_at: float = 0.0
    answered: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def note_errors(self) -> None:
        """Write down what goes wrong from now on."""
        self.editor.page.on("pageerror", lambda error: self.errors.append(str(error)[:200]))
        self.editor.page.on("response", self._note)
        self.editor.page.on("requestfailed", lambda failed: self.errors.append(f"{failed.failure} {failed.url}"[:200]))

    def _note(self, response: Response) -> None:
        if (
            response.status >= 400 and "/_stcore/" not in response.url
        ):  # Streamlit looks for itself below the page first
            self.errors.append(f"{response.status} {response.url}"[:200])

    def go_on(self, now: float, think_s: float) -> None:
        """Answer the session on screen, if it was thought about for long enough."""
        if now < self.next_at:
            return
        if not self.editor.root.count():
            self.errors.append(f"no editor: {self.editor.page.inner_text('body')[:200]!r}")
            self.next_at = now + think_s
            return
        if self.editor.state != "ready":
            return
        session_id = self.editor.session_id
        if self.answered and self.answered[-1] == session_id:  # it is going
            return
        self.editor.press("Enter")
        self.answered.append(session_id)
        self.next_at = now + think_s * random.uniform(0.5, 1.5)


def label_in_browsers(url: str, round_id: str, count: int, think_s: float, minutes: float) -> None:
    """Let so many tabs label, and print how many sessions they answered, which of them twice, and errors."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        tabs = [Tab(EditorPage(_open(browser), url)) for _ in range(count)]
        for tab in tabs:
            tab.note_errors()
            tab.editor.open(round_id)
        for tab in tabs:
            try:
                tab.editor.wait_ready()
            except AssertionError as error:
                raise RuntimeError(f"A tab did not open; what went wrong in it: {tab.errors}") from error
        end = time.monotonic() + 60 * minutes
        while (now := time.monotonic()) < end:
            for tab in tabs:
                tab.go_on(now, think_s)
            tabs[0].editor.page.wait_for_timeout(50)
        for tab in tabs:
            tab.editor.wait_sent()
        browser.close()
    answered = Counter(each for tab in tabs for each in tab.answered)
    errors = [error for tab in tabs for error in tab.errors]
    twice = sum(answered.values()) - len(answered)
    print(f"{count} tabs, {think_s:g} s to think, {60 * minutes:.0f} s")
    print(f"{len(answered)} sessions answered, {twice} given twice, {len(errors)} errors {errors[:3]}")


def _open(browser: Browser) -> Page:
    return browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce").new_page()
