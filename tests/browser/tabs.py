"""Tabs that the tests of a process take turns with, and requests that a test holds up.

What Chromium has fetched and compiled stays with a tab: in one where the app was open before, a page takes less than
half of the processor time that it takes in a new browser.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page, Route, ViewportSize

DESKTOP: ViewportSize = {"width": 1440, "height": 900}
# What moves while a page is waited for is drawn 60 times a second by the processor that the page waits for.
STILL = {"viewport": DESKTOP, "color_scheme": "light", "reduced_motion": "reduce"}
NOBODY = "nothing-asks-for-this"
MAX_IDLE = 2  # of a kind: for tests with two browsers; each keeps the memory of a page
PATIENCE_MS = 60_000  # a busy machine is slow, not wrong; what is right at once is not waited for


def open_context(browser: Browser, **options: object) -> BrowserContext:
    """Open a browser of its own, in which nothing moves by itself."""
    context = browser.new_context(**{**STILL, **options})  # type: ignore[arg-type]  # of any kind
    context.set_default_timeout(PATIENCE_MS)
    return context


class Tabs:
    """Tabs of browsers that a test finds as if they were new, all with the same app.

    What `Page.add_init_script`, `Page.expose_function` or `Page.clock` put into a tab cannot be taken out: a test that
    uses them asks for a new browser (`new_context`).
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._idle: dict[bool, list[Page]] = {False: [], True: []}  # with a mouse, with a touch screen
        self._mistakes: list[str] = []

    @contextmanager
    def lending(self, has_failed: Callable[[], bool]) -> Iterator[Callable[[ViewportSize, bool], Page]]:
        """Give tabs to a test; a mistake of the page's own JavaScript fails it, and nobody gets its tabs."""
        lent: list[tuple[Page, list[Page]]] = []

        def lend(viewport: ViewportSize, has_touch: bool) -> Page:
            idle = self._idle[has_touch]
            page = idle.pop() if idle else self._open(has_touch=has_touch)
            lent.append((page, idle))
            if page.viewport_size != viewport:
                page.set_viewport_size(viewport)
            return page

        self._mistakes.clear()
        yield lend
        for page, idle in reversed(lent):  # the first is the next test's again
            if page.is_closed() or has_failed() or self._mistakes or len(idle) == MAX_IDLE:
                page.context.close()
            else:
                try:
                    self._clear(page)
                except Error:  # the page was on its way elsewhere by itself, which aborts ours
                    page.context.close()
                else:
                    idle.append(page)
        assert not self._mistakes

    def _open(self, *, has_touch: bool) -> Page:
        context = open_context(self._browser, has_touch=has_touch)
        context.on("weberror", lambda error: self._mistakes.append(str(error.error)))
        return context.new_page()

    def _clear(self, page: Page) -> None:
        """Leave nothing of a visit that a page could see."""
        context = page.context
        for each in context.pages:
            if each is not page:
                each.close()
        page.unroute_all(behavior="ignoreErrors")
        context.unroute_all(behavior="ignoreErrors")
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.mouse.move(0, 0)
        page.goto(f"{self._url}/_stcore/health")  # in the same process, with no script; the page before writes its last
        page.evaluate("sessionStorage.clear(); window.name = ''")
        session = context.new_cdp_session(page)
        session.send("Storage.clearDataForOrigin", {"origin": self._url, "storageTypes": "all"})
        session.detach()
        context.set_offline(False)
        context.clear_cookies()
        context.clear_permissions()


def intercept(page: Page, pattern: str | re.Pattern[str], handle: Callable[[Route], Any]) -> None:
    """Route requests of an open page from the next one on: Chromium takes a moment to hand them over."""
    page.route(pattern, handle)
    page.route(f"**/{NOBODY}", lambda route: route.abort())
    page.evaluate(
        "async (path) => { while (await fetch(path).then(() => true, () => false)); }",
        f"/{NOBODY}",
    )
