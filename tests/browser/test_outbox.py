"""Answers are sent behind the next session; a failure brings the person back, and none is lost or doubled."""

from collections.abc import Callable

from playwright.sync_api import Route, expect

from podcast_core.domain.submission import Submission
from tests.browser.conftest import Answers, NewRound, OpenEditor
from tests.browser.editor_page import EditorPage
from tests.browser.tabs import intercept

SUBMISSIONS = "**/submissions"

Stored = Callable[[], list[Submission]]  # what a step has stored, without waiting

# Presses Enter every 15 ms until so many sessions have been answered; their ids.
PRESS_ENTER = """count => new Promise((resolve) => {
  const hosts = [...document.querySelectorAll("*")].map((node) => node.shadowRoot?.querySelector(".podcast-editor"));
  const root = hosts.find(Boolean);
  const seen = [];
  const timer = setInterval(() => {
    const id = root.dataset.sessionId;
    if (id && seen.at(-1) !== id) seen.push(id);
    if (seen.length > count) {
      clearInterval(timer);
      resolve(seen.slice(0, count));
      return;
    }
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, composed: true }));
  }, 15);
})"""


def hold_first(editor: EditorPage, *, others: str = "continue") -> list[Route]:
    """Keep the first submission from the server until the test lets it go; later ones pass, or are cut off."""
    held: list[Route] = []

    def handle(route: Route) -> None:
        if not held:
            held.append(route)
        elif others == "continue":
            route.continue_()
        else:
            route.abort()

    intercept(editor.page, SUBMISSIONS, handle)
    return held


def reload_unheard(editor: EditorPage) -> None:
    """Reload the page, whose last try to send while it closes does not get through."""
    editor.page.evaluate("navigator.sendBeacon = () => false")
    editor.page.reload()


def across(editor: EditorPage, box_id: str) -> tuple[float, float]:
    """Left edge and width of a box in pixels (a banner changes the height of the plot)."""
    area = editor.root.locator(f"[data-region-id='{box_id}']").bounding_box()
    assert area is not None
    return area["x"], area["width"]


def show_the_next_at_once(editor: EditorPage, stored: Stored) -> int:
    """The next session is shown before the answer is acknowledged."""
    first = editor.session_id
    held = hold_first(editor)
    with editor.page.expect_request(SUBMISSIONS):
        editor.press("Enter")
    editor.wait_ready(after=first)
    assert stored() == []
    expect(editor.root.get_by_role("status")).not_to_contain_text("Submitted")  # not said before it is true
    held[0].continue_()
    expect(editor.root.get_by_role("status")).to_contain_text("Submitted")
    assert [answer.session_id for answer in stored()] == [first]
    return 1


def get_over_an_error(editor: EditorPage, stored: Stored) -> int:
    """A server error that passes is got over without help."""
    first = editor.session_id
    failures = [500]

    def fail_once(route: Route) -> None:
        if failures:
            route.fulfill(status=failures.pop(), json={"detail": "The disk is full."})
        else:
            route.continue_()

    intercept(editor.page, SUBMISSIONS, fail_once)
    editor.press("Enter")
    expect(editor.root.get_by_role("alert")).to_contain_text("The disk is full.")
    expect(editor.root).to_have_attribute("data-session-id", first)
    editor.wait_ready(after=first)
    editor.wait_sent()
    assert [answer.session_id for answer in stored()] == [first]
    return 1


def change_after_a_failure(editor: EditorPage, stored: Stored) -> int:
    """A change after a failure is not sent until somebody says so."""
    first = editor.session_id
    intercept(editor.page, SUBMISSIONS, lambda route: route.fulfill(status=503, json={"detail": "Busy."}))
    editor.press("Enter")
    expect(editor.root.get_by_role("alert")).to_contain_text("Trying again in")
    drawn = editor.draw(20, 23, 2000, 4000)
    expect(editor.root.get_by_role("alert")).not_to_contain_text("Trying again in")
    editor.page.unroute(SUBMISSIONS)
    editor.page.wait_for_timeout(3000)  # longer than the first wait of a retry
    assert stored() == []
    editor.press("Enter")
    editor.wait_ready(after=first)
    editor.wait_sent()
    (answer,) = stored()
    assert any(abs(box.start_s - drawn.start_s) < 1e-6 for box in answer.annotations)
    return 1


def answer_quickly(editor: EditorPage, stored: Stored) -> int:
    """Quick answers are all kept once while the server is slow."""
    held = hold_first(editor)
    given = editor.page.evaluate(PRESS_ENTER, 5)
    shown = editor.wait_ready(after=given[-1])
    assert stored() == []
    assert len(set(given)) == 5
    held[0].continue_()
    expect(editor.page.get_by_text("8 of 12 sessions done")).to_be_visible()
    editor.wait_sent()
    assert [answer.session_id for answer in stored()] == given
    assert editor.session_id == shown
    return len(given)


def refuse(editor: EditorPage, stored: Stored) -> int:
    """A refused answer does not hold up those behind it."""
    first = editor.session_id
    held = hold_first(editor)
    with editor.page.expect_request(SUBMISSIONS):
        editor.press("Enter")
    second = editor.wait_ready(after=first)
    editor.press("Enter")
    editor.wait_ready(after=second)
    held[0].fulfill(status=422, json={"detail": "No such label."})
    expect(editor.root.get_by_role("alert")).to_contain_text("No such label.")
    expect(editor.root).to_have_attribute("data-session-id", first)
    expect(editor.page.get_by_text("9 of 12 sessions done")).to_be_visible()
    assert [answer.session_id for answer in stored()] == [second]
    return 1


def test_answers_are_sent_behind_the_next_session_whatever_the_server_does(
    open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    round_ = new_round(12)
    editor = open_editor(round_.id)
    editor.wait_ready()
    before = 0

    def stored() -> list[Submission]:
        return answers(round_.id, at_once=True)[before:]

    for step in (show_the_next_at_once, get_over_an_error, change_after_a_failure, answer_quickly, refuse):
        before += step(editor, stored)
        editor.page.unroute_all(behavior="wait")


def test_a_lost_network_brings_back_everything_and_then_the_session_in_between(
    open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    round_ = new_round(3)
    editor = open_editor(round_.id)
    first = editor.wait_ready()
    drawn = editor.draw(20, 23, 2000, 4000)
    editor.press("2", "+")
    editor.root.get_by_role("textbox", name="Comment", exact=True).fill("a faint one")
    editor.root.get_by_role("textbox", name="Comment", exact=True).blur()
    before, zoomed = editor.boxes(), across(editor, drawn.id)
    held = hold_first(editor, others="abort")
    with editor.page.expect_request(SUBMISSIONS):
        editor.press("Enter")
    second = editor.wait_ready(after=first)
    between = editor.draw(5, 8, 2000, 4000)
    held[0].abort()
    expect(editor.root.get_by_role("alert")).to_contain_text("Not saved")
    expect(editor.root).to_have_attribute("data-session-id", first)
    expect(editor.root).to_have_attribute("data-state", "error")
    assert f"session={first}" in editor.page.url
    assert editor.boxes() == before
    expect(editor.root.locator("g.selected [data-region-id]")).to_have_attribute("data-region-id", drawn.id)
    expect(editor.root.get_by_role("textbox", name="Comment", exact=True)).to_have_value("a faint one")
    assert across(editor, drawn.id) == zoomed
    editor.press("Control+z")  # the history is there too
    assert editor.box(drawn.id).label == drawn.label
    editor.press("Control+Shift+z")
    assert editor.boxes() == before
    editor.page.unroute(SUBMISSIONS)
    editor.button("Retry").click()
    assert editor.wait_ready(after=first) == second
    expect(editor.root.get_by_role("alert")).to_have_count(0)
    assert editor.box(between.id) == between
    editor.press("Control+z")
    assert between.id not in {box.id for box in editor.boxes()}
    (answer,) = answers(round_.id)
    assert (answer.session_id, answer.comment) == (first, "a faint one")


def test_a_reload_sends_first_what_was_not_acknowledged(
    open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    round_ = new_round(3)
    editor = open_editor(round_.id)
    first = editor.wait_ready()
    drawn = editor.draw(20, 23, 2000, 4000)
    intercept(editor.page, SUBMISSIONS, lambda route: route.abort())
    editor.press("Enter")
    expect(editor.root.get_by_role("alert")).to_contain_text("Not saved")
    reload_unheard(editor)
    expect(editor.root.get_by_role("alert")).to_contain_text("Not saved")  # tried, before anything else is shown
    expect(editor.root).to_have_attribute("data-session-id", first)
    expect(editor.root).to_have_attribute("data-state", "error")
    assert editor.box(drawn.id) == drawn
    assert answers(round_.id, at_once=True) == []
    editor.page.unroute(SUBMISSIONS)
    reload_unheard(editor)
    expect(editor.root.get_by_role("status")).to_contain_text("from before the page was reloaded is now saved")
    editor.wait_ready(after=first)
    assert [(answer.session_id, answer.revision) for answer in answers(round_.id)] == [(first, 1)]


def test_a_reload_while_an_answer_is_on_its_way_keeps_it_once(
    open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    round_ = new_round(3)
    editor = open_editor(round_.id)
    first = editor.wait_ready()
    hold_first(editor)
    with editor.page.expect_request(SUBMISSIONS):
        editor.press("Enter")
    second = editor.wait_ready(after=first)
    editor.page.reload()
    expect(editor.page.get_by_text("1 of 3 sessions done")).to_be_visible()
    assert editor.wait_ready() == second
    assert [answer.session_id for answer in answers(round_.id)] == [first]


def test_what_a_closed_tab_could_not_send_the_next_one_sends(
    open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    round_ = new_round(8)
    editor = open_editor(round_.id)
    first = editor.wait_ready()
    context = editor.page.context
    context.route(SUBMISSIONS, lambda route: route.abort())
    editor.page.evaluate("navigator.sendBeacon = () => true")  # lost, like all else: no route sees a closed page's
    editor.press("Enter")
    expect(editor.root.get_by_role("alert")).to_contain_text("Not saved")
    editor.page.close()
    assert answers(round_.id, at_once=True) == []
    context.unroute(SUBMISSIONS)
    other = EditorPage(context.new_page(), editor.base_url).open(round_.id)
    other.wait_ready()
    other.wait_sent()
    assert [answer.session_id for answer in answers(round_.id)] == [first]


def test_an_answer_is_sent_while_another_page_is_on_screen(
    open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    round_ = new_round(3)
    editor = open_editor(round_.id)
    first = editor.wait_ready()
    held = hold_first(editor)
    with editor.page.expect_request(SUBMISSIONS):
        editor.press("Enter")
    editor.page.get_by_role("link", name="Rounds").click()
    expect(editor.root).to_have_count(0)
    with editor.page.expect_response(SUBMISSIONS):
        held[0].continue_()
    assert [answer.session_id for answer in answers(round_.id)] == [first]
