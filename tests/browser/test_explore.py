"""Explore in a browser, with real recordings behind it: select, hear, check, label, undo, come back."""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from podcast_core.domain.clip import Subset
from podcast_core.workspace import Workspace
from tests.browser.conftest import NewPage, NewRound
from tests.services.exploring import add_collection, move_clips
from tests.serving import Server
from tests.working import working_here

Corner = tuple[float, float]


def is_inside(corners: list[Corner], x: float, y: float) -> bool:
    """Tell whether a place is inside a polygon, by how often the way there turns around it."""
    turned = 0.0
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        angle = math.atan2(by - y, bx - x) - math.atan2(ay - y, ax - x)
        turned += (angle + math.pi) % (2 * math.pi) - math.pi
    return abs(turned) > math.pi


@dataclass
class ExplorePage:
    """The map as a test sees it."""

    page: Page
    url: str
    collection_id: str
    root: Locator = field(init=False)

    def __post_init__(self) -> None:
        self.root = self.page.locator(".explorer")

    def wait_ready(self) -> "ExplorePage":
        expect(self.root).to_have_attribute("data-state", "ready")
        self.page.locator(".map[data-drawn]").wait_for()
        return self

    def get(self, path: str) -> bytes:
        answer = self.page.request.get(f"{self.url}/api/v1/collections/{self.collection_id}/{path}")
        assert answer.ok, answer.text()
        return answer.body()

    def read(self, path: str) -> tuple[dict[str, Any], np.ndarray]:
        data = self.get(path)
        start = 4 + int.from_bytes(data[:4], "little")
        header = json.loads(data[4:start])
        return header, np.frombuffer(data[start:], header["dtype"]).reshape(header.get("shape", -1))

    @cached_property
    def places(self) -> np.ndarray:
        """Where all clips are on the page, in pixels, while the whole map is shown."""
        points = self.read("maps/pca/points")[1].astype(float)
        low, high = np.nanmin(points, 0), np.nanmax(points, 0)
        area = self.page.locator(".map > canvas").bounding_box()
        assert area is not None
        scale = 0.47 * min(area["width"], area["height"]) / ((high - low) / 2).max()
        offset = (points - (low + high) / 2) * scale
        centre = np.array([area["x"] + area["width"] / 2, area["y"] + area["height"] / 2])
        found: np.ndarray = centre + offset * [1, -1]
        return found

    def draw(self, corners: list[Corner]) -> None:
        mouse = self.page.mouse
        mouse.move(*corners[0])
        mouse.down()
        for corner in corners[1:]:
            mouse.move(*corner)
        mouse.up()

    def kept(self) -> list[int]:
        """The selection as the server keeps it."""
        found: list[int] = json.loads(self.get("selection?annotator=Ann"))["numbers"]
        return found

    def expect_kept(self, numbers: list[int]) -> None:
        expect(self.root).to_have_attribute("data-selected", str(len(numbers)))
        expect(self.root).to_have_attribute("data-kept", str(len(numbers)))
        assert self.kept() == numbers

    def labels(self) -> list[str]:
        header, values = self.read("columns/label")
        return [header["categories"][value] for value in values]


OpenMap = Callable[..., ExplorePage]


@pytest.fixture
def open_map(server: Server, served: Workspace, new_page: NewPage, new_round: NewRound) -> OpenMap:
    """Open the map of a new round of two minutes, cut into seconds."""

    def start(**options: object) -> ExplorePage:
        round_ = new_round(2)
        collection_id = add_collection(served, round_.id, window_s=1.0, name=round_.id)
        move_clips(served, collection_id, list(range(0, 40)), Subset.TRAIN, round_.id)
        page = new_page(**options)
        page.goto(f"{server.url}/explore?round={round_.id}")
        return ExplorePage(page, server.url, collection_id).wait_ready()

    return start


def check_filters(shown: ExplorePage, inside: list[int]) -> None:
    """Another colour and a subset that is not shown change nothing of the selection, and take out what is hidden."""
    page, root = shown.page, shown.root
    root.get_by_label("Colour by").select_option("duration")
    expect(root).to_have_attribute("data-color", "duration")
    page.locator(".more summary").click()
    page.locator("[data-subset=train]").click()
    rest = [at for at in inside if at >= 40]
    expect(root).to_have_attribute("data-selected", str(len(rest)))
    page.locator("[data-subset=train]").click()
    expect(root).to_have_attribute("data-selected", str(len(inside)))
    page.locator(".more summary").click()
    root.get_by_label("Colour by").select_option("label")


def check_hover(shown: ExplorePage, hidden: set[int]) -> None:
    """The pointer on a point: picture, words and sound; away from it: silence."""
    page, places = shown.page, shown.places
    free = {at: place for at, place in enumerate(places) if at not in hidden}
    alone = max(free, key=lambda at: min(math.dist(free[at], other) for each, other in free.items() if each != at))
    page.mouse.move(*places[alone])
    card = page.locator(".hover-card")
    expect(card).to_have_attribute("data-number", str(alone))
    expect(card).to_have_attribute("data-sound", "playing")
    expect(card.locator(".place")).to_contain_text("demo_sea")
    expect(card.locator("canvas:not(.waiting)")).to_be_visible()
    assert card.locator("canvas").evaluate("node => node.width") == 240
    area = page.locator(".map").bounding_box()
    assert area is not None
    page.mouse.move(places[alone][0], area["y"] + 3)
    expect(card).to_be_hidden()
    assert card.locator("audio").evaluate("node => node.paused")


def check_and_label(shown: ExplorePage, inside: list[int]) -> list[int]:
    """Five are heard, one does not fit and is taken out; the others get a label."""
    page, root = shown.page, shown.root
    root.get_by_role("button", name="Quick check").click()
    expect(page.locator(".quick")).to_have_attribute("data-state", "hearing")
    for key in "yyyny":
        page.keyboard.press(key)
    expect(root.get_by_text("4 of 5 agree")).to_be_visible()
    expect(root.get_by_text("(95 % interval:")).to_be_visible()
    root.get_by_role("button", name="Remove the 1 that does not fit").click()
    expect(root).to_have_attribute("data-selected", str(len(inside) - 1))
    page.locator(".chip[data-label=whistle]").click()
    root.get_by_role("button", name="Apply", exact=True).click()
    expect(root.locator(".notice")).to_contain_text(f"{len(inside) - 1} clips labelled “whistle”, 4 of 5 heard agreed.")
    labelled = [at for at, label in enumerate(shown.labels()) if label == "whistle"]
    assert set(labelled) <= set(inside)
    assert len(labelled) == len(inside) - 1
    acts = page.request.get(f"{shown.url}/api/v1/rounds/{shown.collection_id}/bulk").json()["items"]
    assert [(each["how"], each["heard"], each["agreed"], each["who"]) for each in acts] == [("lasso", 5, 4, "Ann")]
    return labelled


def test_select_hear_check_label_undo_and_come_back(open_map: OpenMap) -> None:
    shown = open_map()
    page, root = shown.page, shown.root
    places = shown.places
    hidden = {int(number) for number in np.flatnonzero(np.isnan(places[:, 0]))} | {1}  # one is a duplicate
    x, y = np.round(np.nanmedian(places, 0))  # a mouse knows whole pixels
    corners = [(round(x + 190 * math.cos(a)), round(y + (230 if i % 2 else 120) * math.sin(a)))
               for i, a in enumerate(np.linspace(0, 2 * math.pi, 17)[:-1])]  # fmt: skip
    shown.draw(corners)
    inside = [at for at, place in enumerate(places) if at not in hidden and is_inside(corners, *place)]
    assert 20 < len(inside) < 118
    shown.expect_kept(inside)
    check_filters(shown, inside)
    check_hover(shown, hidden)
    labelled = check_and_label(shown, inside)

    # A reload in the middle: the selection is there, and so are the labels; the act can be undone.
    root.locator(".notice").get_by_role("button", name="Undo").click()
    expect(root.locator(".notice")).to_contain_text("Undone")
    assert not any(shown.labels())
    expect(root).to_have_attribute("data-kept", str(len(labelled)))
    page.reload()
    shown.wait_ready()
    expect(root).to_have_attribute("data-selected", str(len(labelled)))
    assert shown.kept() == labelled

    # An act of before a reload can be undone; colours that were made on the page are gone, and the page is there.
    root.get_by_label("Label for the selection").fill("whistle")
    root.get_by_role("button", name="Apply", exact=True).click()
    expect(root.locator(".notice")).to_contain_text("labelled “whistle”")
    remembered = json.dumps({"color": "cosine", "alpha": "soft score", "axes": ["cosine", "", ""]})
    page.evaluate("([key, value]) => addEventListener('pagehide', () => localStorage.setItem(key, value))",
                  [f"podcast:explore:{shown.collection_id}", remembered])  # fmt: skip
    page.reload()
    shown.wait_ready()
    expect(root).to_have_attribute("data-color", "label")
    root.get_by_role("button", name=f"Undo: {len(labelled)} clips labelled “whistle”").click()
    expect(root.locator(".notice")).to_contain_text("Undone")
    assert not any(shown.labels())


def test_clips_are_labelled_without_a_mouse(open_map: OpenMap) -> None:
    shown = open_map()
    page = shown.page
    page.locator(".map").focus()
    keys = ["ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"]
    seen: list[int] = []
    for step in range(20):
        page.keyboard.press(keys[step // 3 % 4])
        expect(page.locator(".hover-card")).to_be_visible()
        seen.append(int(page.locator(".hover-card").get_attribute("data-number") or -1))
        page.keyboard.press("1")
    expect(page.locator(".notice")).to_contain_text("1 clip labelled")
    expect(shown.root).to_have_attribute("data-acts", "20")
    assert {at for at, label in enumerate(shown.labels()) if label} == set(seen)
    assert len(set(seen)) > 5
    page.keyboard.press("Space")
    expect(page.locator(".hover-card")).to_have_attribute("data-sound", "playing")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator(".hover-card")).to_be_hidden()
    expect(shown.root).to_have_attribute("data-selected", "1")

    # On a telephone the menu of the map lies on the screen as a whole.
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator(".more summary").click()
    expect(page.locator(".more .popover")).to_be_in_viewport(ratio=0.99)
    assert page.get_by_label("Colour by").locator("option", has_text="duplicate_of").count() == 0


def click_all(page: Page, corners: list[Corner]) -> None:
    for corner in corners:
        page.mouse.click(*corner)


def touch_all(page: Page, corners: list[Corner]) -> None:
    """Draw with one finger."""
    session = page.context.new_cdp_session(page)
    for index, (x, y) in enumerate(corners):
        kind = "touchMove" if index else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_polygon_box_click_and_finger_select_what_is_inside(open_map: OpenMap) -> None:
    """Row 18, and row 23: what is not shown cannot be selected."""
    shown = open_map(has_touch=True)
    page, places = shown.page, shown.places
    out = {int(number) for number in np.flatnonzero(np.isnan(places[:, 0]))} | {1}
    x, y = np.round(np.nanmedian(places, 0))

    def inside(corners: list[Corner]) -> list[int]:
        return [at for at, place in enumerate(places) if at not in out and is_inside(corners, *place)]

    polygon = [(x - 150, y - 90), (x + 30, y - 160), (x + 170, y + 20), (x + 10, y + 10), (x - 60, y + 150)]
    page.locator("[data-tool=polygon]").click()
    click_all(page, polygon)
    page.keyboard.press("Enter")
    shown.expect_kept(inside(polygon))
    page.locator(".tool[data-tool=box]").click()
    shown.draw([(x - 120, y - 70), (x + 90, y + 130)])
    box = [(x - 120, y - 70), (x + 90, y - 70), (x + 90, y + 130), (x - 120, y + 130)]
    shown.expect_kept(inside(box))
    page.locator(".tool[data-tool=lasso]").click()
    page.locator(".more summary").click()
    page.locator("[data-subset=train]").click()
    page.locator(".more summary").click()
    out |= set(range(40))
    wide = [(x - 180, y - 140), (x + 160, y - 120), (x + 140, y + 150), (x - 170, y + 130)]
    touch_all(page, wide)
    shown.expect_kept(inside(wide))
    some = next(at for at in range(40, 120) if at not in out and at not in inside(wide) and is_alone(places, at, out))
    page.mouse.move(*places[some])
    page.keyboard.down("Shift")
    page.mouse.click(*places[some])
    page.keyboard.up("Shift")
    shown.expect_kept(sorted([*inside(wide), some]))


def is_alone(places: np.ndarray, number: int, out: set[int]) -> bool:
    """Tell whether nothing else is near a place, so that a click means it."""
    far = np.linalg.norm(places - places[number], axis=1)
    return all(far[at] > 12 for at in range(len(places)) if at != number and at not in out)


@pytest.mark.parametrize(  # the others compile themselves for long; what they draw: tests/ml/test_projection.py
    "method",
    ["tsne", *(pytest.param(each, marks=[pytest.mark.slow, pytest.mark.timeout(900)]) for each in ("pacmap", "umap"))],
)
def test_a_map_is_drawn_from_the_page_and_kept(open_map: OpenMap, served: Workspace, method: str) -> None:
    """Rows 16 and 17: with progress, shown when it is ready, and after a reload."""
    shown = open_map()
    page, root = shown.page, shown.root
    menu = page.locator(".more summary")
    menu.click()
    root.get_by_label("Method of a new map").select_option(method)
    root.get_by_role("button", name="Draw").click()
    expect(menu).to_have_text("The map is waiting for a worker …")
    with working_here(served):
        expect(menu).to_contain_text("Drawing a map")
        expect(root).to_have_attribute("data-map", re.compile(f"^{method}-"), timeout=600_000)
    drawn = root.get_attribute("data-map")
    places = shown.read(f"maps/{drawn}/points")[1]
    assert places.shape == (len(shown.labels()), 2)
    with page.expect_navigation():  # at once: what was chosen a moment ago is remembered, too
        page.locator(".tool[data-tool=box]").evaluate("(tool) => { tool.click(); location.reload(); }")
    shown.wait_ready()
    expect(root).to_have_attribute("data-map", str(drawn))
    expect(page.locator(".tool[data-tool=box]")).to_have_attribute("aria-pressed", "true")


def test_two_people_on_one_map(open_map: OpenMap, server: Server, new_page: NewPage) -> None:
    """Each sees what the other one labels, and neither loses anything."""
    ann = open_map()
    page = new_page()
    page.goto(ann.page.url)
    page.get_by_role("textbox", name="Your name").fill("Bo")
    page.get_by_role("textbox", name="Your name").press("Enter")
    bo = ExplorePage(page, server.url, ann.collection_id).wait_ready()
    for each in (ann, bo):  # as long as there are no labels, predictions are what is shown
        each.root.get_by_label("Colour by").select_option("label")
        expect(each.root).to_have_attribute("data-color", "label")
    x, y = np.round(np.nanmedian(ann.places, 0))

    def act(shown: ExplorePage, left: float, right: float, label: str) -> list[int]:
        shown.page.locator(".tool[data-tool=box]").click()
        shown.draw([(x + left, y - 200), (x + right, y + 200)])
        expect(shown.root).not_to_have_attribute("data-selected", "0")
        shown.root.get_by_label("Label for the selection").fill(label)
        shown.root.get_by_role("button", name="Apply", exact=True).click()
        expect(shown.root.locator(".notice")).to_contain_text(f"labelled “{label}”")
        return [at for at, each in enumerate(shown.labels()) if each == label]

    def expect_count(shown: ExplorePage, label: str, count: int) -> None:
        shown.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # looks at once, not in a while
        expect(shown.page.locator(f".category[data-name={label}] .count")).to_have_text(str(count))

    of_bo = act(bo, -200, -10, "whistle")
    expect_count(ann, "whistle", len(of_bo))
    of_ann = act(ann, -40, 200, "call")
    left = [number for number in of_bo if number not in of_ann]
    assert 0 < len(left) < len(of_bo)  # they agree to differ about some
    expect_count(bo, "call", len(of_ann))
    expect_count(bo, "whistle", len(left))
    bo.root.locator(".notice").get_by_role("button", name="Undo").click()
    expect(bo.root.locator(".notice")).to_contain_text("Undone")
    assert [at for at, each in enumerate(ann.labels()) if each == "call"] == of_ann
    expect_count(ann, "call", len(of_ann))
    expect(ann.page.locator(".category[data-name=whistle]")).to_have_count(0)
    acts = page.request.get(f"{server.url}/api/v1/rounds/{ann.collection_id}/bulk").json()["items"]
    assert [(each["who"], each["label"]) for each in acts] == [("Bo", "whistle"), ("Ann", "call"), ("Bo", "whistle")]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_hundred_thousand_clips(server: Server, served: Workspace, new_page: NewPage) -> None:
    """The first picture within 5 s and a lasso within 2 s, as slow as a machine of the tests may be."""
    collection_id = add_collection(served, "demo", window_s=0.0072, name="many")
    page = new_page()
    page.goto(f"{server.url}/explore?round=demo&collection={collection_id}")
    shown = ExplorePage(page, server.url, collection_id).wait_ready()
    page.reload()  # the server has warmed up
    shown.wait_ready()
    took_ms = page.evaluate("performance.getEntriesByName('explore-ready').at(-1).duration")
    places = shown.places
    assert len(places) > 99_000
    x, y = np.round(np.nanmedian(places, 0))  # a mouse knows whole pixels
    before = page.evaluate("performance.now()")
    shown.draw([(x - 120, y - 120), (x + 120, y - 120), (x + 120, y + 120), (x - 120, y + 120)])
    expect(shown.root).not_to_have_attribute("data-selected", "0")
    lasso_ms = page.evaluate("performance.now()") - before
    inside = int((np.abs(places - [x, y]) < 120).all(1).sum())
    assert int(shown.root.get_attribute("data-selected") or 0) == pytest.approx(inside, abs=3)  # float32 at the edge
    assert took_ms < 5000
    assert lasso_ms < 2000
