"""Every state of the label page has a face with a way on; controls have names; nothing comes from elsewhere."""

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Route, expect

from podcast_core.services.labels import rounds
from podcast_core.workspace import Workspace
from tests.browser.conftest import NewPage, NewRound, OpenEditor
from tests.browser.editor_page import EditorPage
from tests.browser.tabs import intercept
from tests.building import add_recording, make_recording, make_sessions
from tests.serving import Server


def test_an_unknown_session_offers_the_next_one_and_a_finished_round_is_read_only_with_previous_and_next(
    open_editor: OpenEditor, new_round: NewRound
) -> None:
    editor = open_editor(new_round(2).id, "nope__0007")
    expect(editor.root).to_have_attribute("data-state", "error")
    expect(editor.root).to_contain_text("There is no such session")
    editor.button("Open the next session").click()
    first = editor.wait_ready()
    editor.press("Enter")
    second = editor.wait_ready(after=first)
    editor.press("Enter")
    expect(editor.root).to_have_attribute("data-face", "finished")
    expect(editor.root).to_have_attribute("data-state", "ready")
    expect(editor.root).to_contain_text("This round is done (2 sessions)")
    expect(editor.root.get_by_role("link", name="Review")).to_be_visible()
    expect(editor.root.locator("[data-ref=submit]")).to_be_disabled()
    assert editor.session_id == second
    editor.button("Previous session").click()
    assert editor.wait_ready(after=second) == first
    assert editor.boxes()
    count = len(editor.boxes())
    editor.drag(editor.at(3, 2000), editor.at(6, 4000))
    assert len(editor.boxes()) == count


def test_a_round_without_sessions_says_so(served: Workspace, open_editor: OpenEditor) -> None:
    rounds.add_round(served, round_id="nothing-yet", name="Nothing yet", labels=["call"])
    editor = open_editor("nothing-yet")
    expect(editor.root).to_contain_text("This round has no sessions yet")


def test_when_others_hold_everything_it_says_so_and_skipped_sessions_can_be_gone_through(
    open_editor: OpenEditor, new_round: NewRound
) -> None:
    round_ = new_round(1)
    first = open_editor(round_.id)
    first.wait_ready()
    second = open_editor(round_.id)
    expect(second.root).to_have_attribute("data-face", "held_by_others")
    first.page.goto("about:blank")
    second.button("Look again").click()
    only = second.wait_ready()
    second.press("s")
    expect(second.root).to_have_attribute("data-face", "only_skipped")
    second.button("Go through them").click()
    assert second.wait_ready() == only
    expect(second.root.locator("[data-ref=submit]")).to_be_enabled()


def test_a_session_without_its_audio_says_so_and_can_be_skipped(
    served: Workspace, open_editor: OpenEditor, tmp_path: Path
) -> None:
    rounds.add_round(served, round_id="lost-audio", name="Lost audio", labels=["call"])
    lost = make_recording(
        tmp_path / "lost.wav",
        20,
        digits="0",
        started_at=datetime(2021, 11, 7, 8, 30, tzinfo=UTC),
        start_method="file_name_given_zone_ambiguous",
        notes=("This hour comes twice in that night: the first was taken.",),
    )
    add_recording(served, lost, make_sessions(lost, "lost-audio", "lost__{}", 2))
    editor = open_editor("lost-audio")
    expect(editor.root).to_have_attribute("data-face", "problem")
    expect(editor.root).to_have_attribute("data-state", "error")
    about = editor.root.locator("header .about")
    expect(about).to_contain_text("lost.wav")
    expect(about).to_contain_text("08:30:00 UTC (file name, given zone, ambiguous)")
    expect(about).to_contain_text("This hour comes twice in that night")
    expect(editor.root.locator("[data-ref=submit]")).to_be_disabled()
    first = editor.session_id
    editor.root.locator(".card").get_by_role("button", name="Skip").click()
    expect(editor.root).not_to_have_attribute("data-session-id", first)
    expect(editor.root).to_have_attribute("data-face", "problem")


def test_a_picture_that_cannot_be_fetched_can_be_tried_again(open_editor: OpenEditor, new_round: NewRound) -> None:
    round_ = new_round(2)
    editor = open_editor(round_.id)
    first = editor.wait_ready()
    intercept(editor.page, "**/picture.jpg*", lambda route: route.abort())
    editor.page.reload()
    expect(editor.root).to_have_attribute("data-face", "unreachable")
    editor.page.unroute("**/picture.jpg*")
    editor.button("Try again").click()
    assert editor.wait_ready() == first


def test_keys_rest_while_help_is_open_or_somebody_types_and_every_control_has_a_name(
    open_editor: OpenEditor, new_round: NewRound
) -> None:
    editor = open_editor(new_round(2).id)
    session_id = editor.wait_ready()
    check_playhead(editor)
    editor.press("?")
    shown = editor.root.get_by_role("dialog", name="Keyboard shortcuts")
    expect(shown).to_be_visible()
    editor.press("s", "b")
    assert editor.session_id == session_id
    editor.press("Escape")
    expect(shown).to_be_hidden()
    count = len(editor.boxes())
    editor.press("b")
    assert len(editor.boxes()) == count + 1
    before = editor.boxes()
    editor.press("m")
    comment = editor.root.get_by_label("Comment", exact=True)
    expect(comment).to_be_focused()
    editor.page.keyboard.type("b2s u, p.?0 ")
    editor.press("Delete", "ArrowLeft")
    assert editor.boxes() == before
    editor.press("Enter")  # leaves the field, does not submit
    expect(comment).not_to_be_focused()
    expect(comment).to_have_value("b2s u, p.?0 ")
    editor.root.locator("details.boxes > summary").click()
    nameless = editor.root.locator("button, input, select, summary").evaluate_all(
        """nodes => nodes.filter((node) => !(node.getAttribute("aria-label") || node.textContent.trim()
             || node.closest("label")?.textContent.trim())).map((node) => node.outerHTML)"""
    )
    assert nameless == []
    name = editor.page.get_by_role("textbox", name="Your name")
    name.click()
    editor.page.keyboard.type("busy 1")
    editor.page.wait_for_timeout(300)
    assert (editor.boxes(), editor.session_id, editor.state) == (before, session_id, "ready")


def check_playhead(editor: EditorPage) -> None:
    """The playhead follows the sound."""
    editor.page.mouse.click(*editor.at(50, editor.high_hz * 0.98))
    editor.press("Escape", "Space")
    expect(editor.root.locator(".time")).to_contain_text(
        re.compile("0:5[1-9]")
    )  # a busy machine looks too late for one
    editor.press("Space")
    shown = editor.root.locator(".playhead").evaluate("node => new DOMMatrix(getComputedStyle(node).transform).m41")
    text = editor.root.locator(".time").inner_text().split(" / ")[0]
    minutes, seconds = text.split(":")
    assert abs(shown * editor.pixel()[0] - (int(minutes) * 60 + float(seconds))) <= 0.1


def test_the_page_works_on_a_telephone(open_editor: OpenEditor, new_round: NewRound) -> None:
    editor = open_editor(new_round(3).id, viewport={"width": 390, "height": 844}, has_touch=True)
    first = editor.wait_ready()
    second = answer_by_touch(editor, first)
    background = "getComputedStyle(document.querySelector('.stApp')).backgroundColor"
    light = editor.page.evaluate(background)
    editor.page.emulate_media(color_scheme="dark")
    editor.page.wait_for_function(f"({background}) !== '{light}'", polling=50)
    answer_by_touch(editor, second)


def answer_by_touch(editor: EditorPage, session_id: str) -> str:
    """Clear the boxes, draw one and submit; the id of the next session."""
    assert editor.page.evaluate("document.documentElement.scrollWidth") <= 390
    editor.button("Clear all boxes").tap()
    expect(editor.root.locator("[data-region-id]")).to_have_count(0)
    editor.plot.scroll_into_view_if_needed()
    x, y = editor.at(20, editor.high_hz / 4)
    touch = editor.page.context.new_cdp_session(editor.page)
    points = [{"x": x + step * 8, "y": y - step * 4} for step in range(6)]
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [points[0]]})
    for point in points[1:]:
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(editor.root.locator("[data-region-id]")).to_have_count(1)
    editor.page.wait_for_timeout(500)  # sooner, the browser takes a tap for the second half of a double tap
    editor.root.locator("[data-ref=submit]").tap()
    return editor.wait_ready(after=session_id)


def test_the_look_of_the_picture_changes_at_once_and_is_remembered(
    open_editor: OpenEditor, new_round: NewRound
) -> None:
    editor = open_editor(new_round(2).id)
    editor.wait_ready()
    requests: list[str] = []
    editor.page.on("request", lambda request: requests.append(request.url))
    pixel = """canvas => { const {data} = canvas.getContext("2d").getImageData(300, 100, 60, 60);
      let [red, blue] = [0, 0]; for (let i = 0; i < data.length; i += 4) { red += data[i]; blue += data[i + 2]; }
      return [red, blue]; }"""
    canvas = editor.root.locator("canvas.picture")
    editor.root.locator("summary[aria-label=Picture]").click()
    editor.root.get_by_label("Colours").select_option("grey")
    red, blue = canvas.evaluate(pixel)
    assert red == blue
    editor.root.get_by_label("Colours").select_option("inverted grey")
    assert canvas.evaluate(pixel)[0] > red
    assert [url for url in requests if "/picture" in url] == []
    editor.page.reload()
    editor.wait_ready()
    kept = editor.page.evaluate("(round) => localStorage[`podcast:picture:${round}`]", editor.round_id)
    assert json.loads(kept) == {"colorMap": "inverted grey"}


def test_leaving_the_page_and_coming_back_piles_nothing_up_and_nothing_is_fetched_from_another_machine(
    server: Server, new_page: NewPage, new_round: NewRound
) -> None:
    round_id = new_round(2).id
    page = new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    editor = EditorPage(page, server.url).open(round_id)
    session_id = editor.wait_ready()
    for _ in range(2):
        editor.page.get_by_role("link", name="Rounds").click()
        expect(editor.root).to_have_count(0)
        expect(editor.page).to_have_url(f"{editor.base_url}/?round={round_id}")  # Streamlit writes it a moment later
        editor.page.go_back()
        assert editor.wait_ready() == session_id
    before = len(editor.boxes())
    editor.press("b")
    assert len(editor.boxes()) == before + 1  # one editor listens, not three
    assert {urlsplit(url).hostname for url in requests if url.startswith("http")} == {"127.0.0.1"}


def test_styles_that_are_lost_on_the_way_are_asked_for_again_and_nothing_is_seen_half_built(
    server: Server, new_context: Callable[..., BrowserContext], new_round: NewRound
) -> None:
    """The bars of Verify and Grid were seen at once, under an editor without lines."""
    asked: Counter[str] = Counter()

    def lose(route: Route) -> None:
        name = urlsplit(route.request.url).path
        asked[name] += 1
        if asked[name] == 1:
            expect(editor.root.get_by_role("status")).to_have_count(0)  # of those that are seen
            route.abort()
        else:
            route.continue_()

    page = new_context().new_page()
    page.route(re.compile(r"/modules/.*\.css"), lose)
    editor = EditorPage(page, server.url).open(new_round(1).id)
    editor.wait_ready()
    assert len(asked) > 1
    assert set(asked.values()) == {2}
    expect(editor.root.locator(".desk")).to_have_css("display", "flex")
    links = "root => root.getRootNode().querySelectorAll('link').forEach((link) => link.remove())"
    editor.root.evaluate(links)  # as if none had come at all
    expect(editor.root.locator(".verify")).to_be_hidden()
    expect(editor.root.locator(".grid")).to_be_hidden()
