"""Small windows: spectrogram, Play and Submit are on the screen together, and nothing lies over anything else."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import expect

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.label import make_labels
from podcast_core.domain.submission import Outcome
from podcast_core.services.labels import rounds
from podcast_core.workspace import Workspace
from tests.browser.conftest import NewRound, OpenEditor
from tests.browser.editor_page import EditorPage
from tests.building import list_sessions, submit

WINDOWS = [(1440, 900), (1280, 640), (960, 600)]  # the last is 1440x900 at 150 %
TELEPHONE = (390, 844)
NAMES = ("Grey wolf howl", "Common pipistrelle", "Humpback song unit", "Killer whale call", "Rain")

# What a person sees on the page: how high the spectrogram is, what is cut off, and what lies over one another.
MEASURE = """(root) => {
  const parts = ["button", "summary", "input", "select", ".time", "nav strong", ".about", ".claim", ".navigator",
                 "canvas.picture", ".notice", ".hearing", ".banner span"];
  const around = ["h1", ...["Progress", "PopoverButton", "ExpandSidebarButton"].map((id) => `[data-testid=st${id}]`)];
  const seen = (node) => node.checkVisibility({visibilityProperty: true}) && node.getBoundingClientRect().width > 0;
  const own = root.querySelector(".desk").querySelectorAll(parts.join());
  const nodes = [...own, ...document.querySelectorAll(around.join())]
    .filter((node) => seen(node) && !node.closest(".popover") && (node.tagName !== "P" || node.textContent.trim()));
  const name = (node) => node.getAttribute("aria-label") ?? (node.textContent.trim().slice(0, 30) || node.className);
  const areas = nodes.map((node) => ({node, ...node.getBoundingClientRect().toJSON()}));
  const over = [];
  areas.forEach((a, index) => areas.slice(index + 1).forEach((b) => {
    if (a.node.contains(b.node) || b.node.contains(a.node)) return;
    const shared = (from, to) => Math.min(a[to], b[to]) - Math.max(a[from], b[from]);
    if (shared("left", "right") > 1.5 && shared("top", "bottom") > 1.5) over.push([name(a.node), name(b.node)]);
  }));
  const cut = areas.filter(({left, right}) => left < -0.5 || right > innerWidth + 0.5).map(({node}) => name(node));
  const inside = (selector) => {
    const {top, bottom, left, right} = root.querySelector(selector).getBoundingClientRect();
    return top >= 0 && left >= 0 && bottom <= innerHeight + 0.5 && right <= innerWidth + 0.5;
  };
  return {share: root.querySelector("canvas.picture").clientHeight / innerHeight, over, cut,
          play: inside("[data-ref=play]"), submit: inside("[data-ref=submit]"),
          wide: document.documentElement.scrollWidth - innerWidth};
}"""

# Is the top left corner of a part of the page its own, and not the header's?
UNCOVERED = """(node) => {
  const {left, top} = node.getBoundingClientRect();
  return document.elementFromPoint(left + 12, top + 2)?.closest("header") === null;
}"""

# Has the spectrogram been laid out for the window as it is now?
SETTLED = """(root) => {
  const [stage, canvas, navigator] = [".stage", "canvas.picture", ".navigator"].map((each) => root.querySelector(each));
  const near = (a, b, most) => a >= b && a - b < most;
  return near(stage.clientWidth, canvas.clientWidth, 80) && near(stage.clientHeight, canvas.clientHeight, 80)
    && Math.abs(navigator.clientWidth - canvas.clientWidth) < 1.5;
}"""

ManyLabels = Callable[[int], str]


def resize(editor: EditorPage, width: int, height: int) -> None:
    editor.page.set_viewport_size({"width": width, "height": height})
    handle = editor.root.element_handle()
    editor.page.wait_for_function(
        f"([root, width]) => innerWidth === width && ({SETTLED})(root)", arg=[handle, width], polling=50
    )


def check(editor: EditorPage) -> None:
    measured: dict[str, Any] = editor.root.evaluate(MEASURE)
    assert measured["share"] >= 0.45, measured
    assert (measured["over"], measured["cut"], measured["wide"]) == ([], [], 0)
    assert (measured["play"], measured["submit"]) == (True, True)


@pytest.fixture
def many_labels(served: Workspace, new_round: NewRound) -> ManyLabels:
    """A round with so many labels; the demo's are the first."""

    def make(count: int) -> str:
        round_ = new_round(4)
        names = [*round_.label_names, *(f"{NAMES[n % len(NAMES)]} {n}" for n in range(count - 3))]
        rounds.change_round(served, replace(round_, labels=make_labels(names)))
        return round_.id

    return make


# Three labels have room; of 300, as of 30, most stand in the list only.
@pytest.mark.parametrize("count", [3, pytest.param(30, marks=pytest.mark.slow), 300])
def test_all_that_one_works_with_is_on_the_screen(open_editor: OpenEditor, many_labels: ManyLabels, count: int) -> None:
    round_id = many_labels(count)
    editor = open_editor(round_id)
    editor.wait_ready()
    for width, height in WINDOWS:
        resize(editor, width, height)
        check(editor)
    editor.press(".", "2")  # a notice with a button
    expect(editor.root.locator("[data-ref=notice]")).to_contain_text("Relabelled 1 box")
    check(editor)
    editor.page.goto("about:blank")
    width, height = TELEPHONE
    telephone = open_editor(round_id, viewport={"width": width, "height": height}, has_touch=True)
    telephone.wait_ready()
    resize(telephone, width, height)  # it may be laid out still
    check(telephone)
    assert telephone.root.locator("nav button").first.evaluate(UNCOVERED)
    telephone.root.locator(".chip[data-name=whistle]").tap()
    expect(telephone.root.locator("[data-ref=notice]")).to_contain_text("new boxes are “whistle”")
    check(telephone)


def test_a_review_is_on_the_screen_without_scrolling(
    served: Workspace, open_editor: OpenEditor, new_round: NewRound
) -> None:
    round_id = new_round(2).id
    session_id = list_sessions(served, round_id)[0].id
    boxes = (AnswerBox(2.0, 3.0, "whistle"),)
    submit(served, round_id, session_id, *boxes, who="Kim", outcome=Outcome.UNSURE)
    editor = open_editor(round_id, session_id, where="review")
    editor.wait_ready()
    for width, height in (*WINDOWS, TELEPHONE):
        resize(editor, width, height)
        for name in ("Close", "Next"):
            part = editor.page.get_by_role("button", name=name, exact=True)
            expect(part).to_be_in_viewport(ratio=1)
            assert part.evaluate(UNCOVERED)
        measured = editor.root.evaluate(MEASURE.replace("[data-ref=submit]", "[data-do=accept]"))
        assert measured["share"] >= 0.45, measured
        assert (measured["over"], measured["cut"], measured["wide"]) == ([], [], 0)
        assert (measured["play"], measured["submit"]) == (True, True)


def test_bars_that_have_much_to_say_leave_play_and_submit_on_the_screen(
    open_editor: OpenEditor, new_round: NewRound
) -> None:
    editor = open_editor(new_round(2).id, viewport={"width": 960, "height": 600})
    first = editor.wait_ready()
    editor.press("m")
    editor.page.keyboard.type("A long comment that is shown in the banner of an answer, as it was written. " * 3)
    editor.press("Enter", "Enter")
    editor.wait_ready(after=first)
    editor.button("Look again").click()
    editor.button("Correct this").click()
    for size in [(960, 600), (1280, 640)]:
        resize(editor, *size)
        measured = editor.root.evaluate(MEASURE)
        assert measured["play"]
        assert measured["submit"]
        assert measured["share"] >= 0.37, measured
