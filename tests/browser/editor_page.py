"""The editor as a test sees it: what is on screen, and a hand on mouse and keyboard."""

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import FloatRect, Locator, Page, TimeoutError, expect


@dataclass(frozen=True)
class Box:
    """A box as the page's attributes tell it, in session time."""

    id: str
    start_s: float
    end_s: float
    low_hz: float | None
    high_hz: float | None
    label: str
    origin: str


class EditorPage:
    """One tab with the label page."""

    def __init__(self, page: Page, base_url: str) -> None:
        self.page = page
        self.base_url = base_url
        self.root = page.locator(".podcast-editor")
        self.plot = self.root.locator("svg.overlay")
        self._measured: tuple[float, float] | None = None

    def open(self, round_id: str, session_id: str = "", where: str = "label") -> "EditorPage":
        """Go to a page with the editor."""
        query = f"round={round_id}" + (f"&session={session_id}" if session_id else "")
        self.page.goto(f"{self.base_url}/{where}?{query}")
        return self

    def wait_ready(self, *, after: str = "") -> str:
        """Wait until a session (another one than ``after``) can be worked on; its id."""
        self._measured = None
        ready = f"[data-state=ready]:not([data-session-id='']):not([data-session-id='{after}'])"
        try:
            return self.page.locator(f".podcast-editor[data-session-id]{ready}").get_attribute("data-session-id") or ""
        except TimeoutError:  # say what is there instead; each try of such an assertion reads the whole page
            none = re.compile(f"^({re.escape(after)})?$")
            expect(self.root).not_to_have_attribute("data-session-id", none, timeout=1)
            expect(self.root).to_have_attribute("data-state", "ready", timeout=1)
            raise

    def wait_sent(self) -> None:
        """Wait until the server has acknowledged every answer of this browser; they are sent behind the page."""
        self.page.wait_for_function(
            "!Object.keys(localStorage).some((key) => key.startsWith('podcast:outbox:'))", polling=50
        )

    @property
    def duration_s(self) -> float:
        return self._measure()[0]

    @property
    def high_hz(self) -> float:
        return self._measure()[1]

    @property
    def session_id(self) -> str:
        return self.root.get_attribute("data-session-id") or ""

    @property
    def state(self) -> str:
        return self.root.get_attribute("data-state") or ""

    @property
    def round_id(self) -> str:
        found: str = self.page.evaluate("new URLSearchParams(location.search).get('round')")
        return found

    def view(self) -> dict[str, Any]:
        """What the server says about the session on screen."""
        url = f"{self.base_url}/api/v1/rounds/{self.round_id}/sessions/{self.session_id}"
        view: dict[str, Any] = self.page.request.get(url).json()
        return view

    def labels(self) -> list[str]:
        """The names of the round's labels, which the server sends once."""
        answer = self.page.request.get(f"{self.base_url}/api/v1/rounds/{self.round_id}/labels").json()
        return [label["name"] for label in answer["labels"]]

    def boxes(self) -> list[Box]:
        """The boxes on screen, by start."""
        found = self.root.locator("[data-region-id]").evaluate_all("nodes => nodes.map((node) => ({...node.dataset}))")
        boxes = [
            Box(
                id=each["regionId"],
                start_s=float(each["startS"]),
                end_s=float(each["endS"]),
                low_hz=float(each["lowHz"]) if each["lowHz"] else None,
                high_hz=float(each["highHz"]) if each["highHz"] else None,
                label=each["label"],
                origin=each["origin"],
            )
            for each in found
        ]
        return sorted(boxes, key=lambda box: (box.start_s, box.end_s))

    def box(self, box_id: str) -> Box:
        return next(box for box in self.boxes() if box.id == box_id)

    def selected(self) -> set[str]:
        """The ids of the selected boxes."""
        found = self.root.locator("[data-region-id][data-selected=true]")
        return set(found.evaluate_all("nodes => nodes.map((node) => node.dataset.regionId)"))

    def ticked(self) -> set[str]:
        """The ids of the boxes with a tick."""
        found = self.root.locator("[data-region-id][data-checked=true]")
        return set(found.evaluate_all("nodes => nodes.map((node) => node.dataset.regionId)"))

    def middle(self, box: Box) -> tuple[float, float]:
        """The place on the page of a box's middle, when everything is shown."""
        low, high = (0.0, self.high_hz) if box.low_hz is None or box.high_hz is None else (box.low_hz, box.high_hz)
        return self.at((box.start_s + box.end_s) / 2, (low + high) / 2)

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def pixel(self) -> tuple[float, float]:
        """One pixel in seconds and hertz, when everything is shown."""
        area = self._area()
        return self.duration_s / area["width"], self.high_hz / area["height"]

    def at(self, seconds: float, hertz: float) -> tuple[float, float]:
        """The place on the page of a time and a frequency, when everything is shown."""
        area = self._area()
        x = area["x"] + seconds / self.duration_s * area["width"]
        return x, area["y"] + (1 - hertz / self.high_hz) * area["height"]

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag from one place (pixels) to another."""
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        mouse.move(*end, steps=5)
        mouse.up()

    def draw(self, start_s: float, end_s: float, low_hz: float, high_hz: float) -> Box:
        """Draw a box with the mouse; Ctrl so that it may lie over others."""
        known = {box.id for box in self.boxes()}
        self.page.keyboard.down("Control")
        self.drag(self.at(start_s, high_hz), self.at(end_s, low_hz))
        self.page.keyboard.up("Control")
        return next(box for box in self.boxes() if box.id not in known)

    def select(self, box_id: str) -> None:
        """Walk to a box with the keyboard."""
        order = [box.id for box in self.boxes()]
        self.press("Escape", *["."] * (order.index(box_id) + 1))

    def _measure(self) -> tuple[float, float]:
        """The length of the session on screen and the highest frequency of its picture, asked once."""
        if self._measured is None:
            view = self.view()
            self._measured = (view["duration_s"], view["picture"]["high_hz"])
        return self._measured

    def _area(self) -> FloatRect:
        area = self.plot.bounding_box()
        assert area is not None
        return area
