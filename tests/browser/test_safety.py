"""Nothing is lost, nothing is submitted twice, and nothing goes to another session than the one on screen."""

import json
from concurrent.futures import ThreadPoolExecutor

import httpx2
from playwright.sync_api import Route, expect

from tests.browser.conftest import Answers, NewRound, OpenEditor
from tests.browser.editor_page import EditorPage
from tests.browser.tabs import intercept
from tests.serving import Server


def test_whoever_submits_twice_by_mistake_submits_once(
    open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    round_ = new_round(5)
    editor = open_editor(round_.id)
    mouse, keyboard = editor.page.mouse, editor.page.keyboard

    def click_twice_shortly() -> None:
        area = editor.root.locator("[data-ref=submit]").bounding_box()
        assert area is not None
        place = (area["x"] + 20, area["y"] + 20)
        mouse.click(*place)
        editor.page.wait_for_timeout(200)
        mouse.click(*place)

    def hold_key() -> None:
        for _ in range(5):
            keyboard.down("Enter")  # from the second time on, a repeat
        keyboard.up("Enter")

    answered: list[str] = []
    for twice in (editor.root.locator("[data-ref=submit]").dblclick, click_twice_shortly, hold_key):
        answered.append(editor.wait_ready(after=answered[-1] if answered else ""))
        twice()
        following = editor.wait_ready(after=answered[-1])
        editor.page.wait_for_timeout(1500)
        assert editor.session_id == following
        assert [answer.session_id for answer in answers(round_.id)] == answered


def test_nothing_can_be_submitted_before_picture_and_sound_are_there(
    open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    round_ = new_round(2)
    editor = open_editor(new_round(1, suffix="-before").id)  # loads what Streamlit and Plotly need
    editor.wait_ready()
    held: list[Route] = []
    intercept(editor.page, "**/audio.wav*", lambda route: held.append(route))
    editor.open(round_.id)
    expect(editor.root).to_have_attribute("data-state", "loading")
    editor.page.wait_for_timeout(1500)
    editor.press("Enter")
    expect(editor.root.locator("[data-ref=submit]")).to_be_disabled()
    for route in held:
        route.continue_()
    editor.page.unroute("**/audio.wav*")
    editor.wait_ready()
    assert answers(round_.id, at_once=True) == []


def test_a_reload_keeps_the_session_and_the_unsaved_work(open_editor: OpenEditor, new_round: NewRound) -> None:
    editor = open_editor(new_round(3).id)
    session_id = editor.wait_ready()
    editor.draw(5, 8, 2000, 4000)
    editor.press("2")
    editor.root.get_by_role("textbox", name="Comment", exact=True).fill("a faint one")
    before = editor.boxes()
    editor.page.reload()
    assert editor.wait_ready() == session_id
    assert editor.boxes() == before
    expect(editor.root.get_by_role("textbox", name="Comment", exact=True)).to_have_value("a faint one")
    expect(editor.root.get_by_role("status")).to_contain_text("restored")
    editor.button("Start over").click()
    assert [box.origin for box in editor.boxes()] == ["model_accepted"] * len(editor.boxes())
    editor.press("Control+Shift+z")
    assert editor.boxes() == before


def test_back_and_forward_move_between_sessions_and_links_open_in_a_new_browser(
    open_editor: OpenEditor, new_round: NewRound
) -> None:
    round_ = new_round(3)
    editor = open_editor(round_.id)
    first = editor.wait_ready()
    editor.press("Enter")
    second = editor.wait_ready(after=first)
    link = editor.page.url
    assert f"session={second}" in link
    editor.page.go_back()
    assert editor.wait_ready(after=second) == first
    expect(editor.button("Correct this")).to_be_visible()
    editor.page.go_forward()
    assert editor.wait_ready(after=first) == second
    other = open_editor(round_.id, second)
    assert other.wait_ready() == second
    expect(other.button("Label anyway")).to_be_visible()


def test_two_browsers_on_one_round_never_get_the_same_session(
    open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    round_ = new_round(8)
    one, other = open_editor(round_.id), open_editor(round_.id)
    seen = {0: [one.wait_ready()], 1: [other.wait_ready()]}
    for _ in range(3):
        for index, editor in enumerate((one, other)):
            editor.press("Enter")
            seen[index].append(editor.wait_ready(after=seen[index][-1]))
            assert seen[0][-1] != seen[1][-1]
    assert not set(seen[0]) & set(seen[1])
    assert len({answer.session_id for answer in answers(round_.id)}) == len(answers(round_.id)) == 6


def test_a_duplicated_tab_is_another_holder_and_a_tab_that_is_left_gives_its_sessions_back(
    open_editor: OpenEditor, new_round: NewRound
) -> None:
    round_ = new_round(6)
    editor = open_editor(round_.id)
    first = editor.wait_ready()
    name = editor.page.evaluate("sessionStorage.getItem('podcast:tab')")
    twin = editor.page.context.new_page()
    twin.add_init_script(f"sessionStorage.setItem('podcast:tab', {json.dumps(name)})")  # what "duplicate" copies
    second = type(editor)(twin, editor.base_url).open(round_.id)
    assert second.wait_ready() != first
    editor.page.goto("about:blank")
    other = open_editor(round_.id)
    assert other.wait_ready() == first


def test_a_failed_save_keeps_the_work_and_says_so_and_a_retry_saves_it(
    open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    round_ = new_round(5)
    editor = open_editor(round_.id)
    session_id = editor.wait_ready()
    drawn = editor.draw(5, 8, 2000, 4000)
    intercept(editor.page, "**/submissions", lambda route: route.abort())
    editor.press("Enter")
    expect(editor.root).to_have_attribute("data-state", "error")
    expect(editor.root.get_by_role("alert")).to_contain_text("Not saved")
    assert editor.session_id == session_id
    assert editor.box(drawn.id) == drawn
    assert answers(round_.id, at_once=True) == []
    editor.press("2")  # the work goes on
    expect(editor.root.locator(f"[data-region-id='{drawn.id}']")).not_to_have_attribute("data-label", drawn.label)
    editor.page.unroute("**/submissions")
    editor.button("Retry").click()
    second = editor.wait_ready(after=session_id)
    expect(editor.root.get_by_role("alert")).to_have_count(0)
    (answer,) = answers(round_.id)
    assert answer.session_id == session_id
    assert any(abs(box.start_s - drawn.start_s) < 1e-6 for box in answer.annotations)

    third = submit_unanswered(editor)
    assert [each.session_id for each in answers(round_.id)] == [session_id, second]
    fourth = submit_offline(editor)
    assert [each.session_id for each in answers(round_.id)] == [session_id, second, third]
    intercept(editor.page, "**/submissions", lambda route: route.fulfill(status=400, json={"detail": "No such label."}))
    editor.press("Enter")
    expect(editor.root.get_by_role("alert")).to_contain_text("No such label.")
    assert editor.session_id == fourth  # a refused answer stays on screen


def submit_unanswered(editor: EditorPage) -> str:
    """Submit, lose the server's answer, and try again; the id of the next session."""
    session_id = editor.session_id
    editor.draw(5, 8, 2000, 4000)

    def lose_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    intercept(editor.page, "**/submissions", lose_answer)
    editor.press("Enter")
    expect(editor.root).to_have_attribute("data-state", "error")
    editor.page.unroute("**/submissions")
    editor.button("Retry").click()
    return editor.wait_ready(after=session_id)


def submit_offline(editor: EditorPage) -> str:
    """Submit without a network, which comes back: it is tried again by itself; the id of the next session."""
    session_id = editor.session_id
    editor.page.context.set_offline(True)
    editor.press("Enter")
    expect(editor.root).to_have_attribute("data-state", "error")
    editor.page.context.set_offline(False)
    return editor.wait_ready(after=session_id)


def test_what_somebody_else_submitted_meanwhile_is_kept_too_and_explained(
    open_editor: OpenEditor, new_round: NewRound, server: Server, answers: Answers
) -> None:
    round_ = new_round(2)
    editor = open_editor(round_.id)
    session_id = editor.wait_ready()
    body = {"submission_id": f"other-{session_id}", "annotator": "Ben", "outcome": "empty"}
    predictions = [each["id"] for each in editor.view()["predictions"]]
    url = f"{server.url}/api/v1/rounds/{round_.id}/sessions/{session_id}/submissions"
    httpx2.post(url, json={**body, "rejected_prediction_ids": predictions}).raise_for_status()
    editor.press("Enter")
    editor.wait_ready(after=session_id)
    expect(editor.root.get_by_role("status")).to_contain_text("Ben submitted too")
    assert [answer.annotator for answer in answers(round_.id)] == ["Ben", "Ann"]


def test_a_correction_is_a_second_revision_and_a_skip_can_be_undone_with_the_work_that_was_on_screen(
    open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    round_ = new_round(3)
    editor = open_editor(round_.id)
    first = editor.wait_ready()
    editor.press("Enter")
    second = editor.wait_ready(after=first)
    editor.root.get_by_role("status").get_by_role("button", name="Look again").click()
    editor.wait_ready(after=second)
    expect(editor.root.locator("[data-ref=submit]")).to_be_disabled()
    editor.button("Correct this").click()
    editor.draw(5, 8, 2000, 4000)
    with editor.page.expect_response("**/submissions"):
        editor.press("Enter")
    following = editor.wait_ready(after=first)
    assert [(each.session_id, each.revision, each.base_revision) for each in answers(round_.id)] == [
        (first, 1, 0),
        (first, 2, 1),
    ]
    drawn = editor.draw(5, 8, 2000, 4000)
    editor.press("s")
    after_skip = editor.wait_ready(after=following)
    editor.root.get_by_role("status").get_by_role("button", name="Undo").click()
    assert editor.wait_ready(after=after_skip) == following
    assert editor.box(drawn.id) == drawn


def test_many_claims_at_once_hand_no_session_out_twice(new_round: NewRound, server: Server) -> None:
    round_ = new_round(12)
    url = f"{server.url}/api/v1/rounds/{round_.id}/claims"

    def claim(index: int) -> list[str]:
        body = {"holder": f"tab-{index}", "annotator": "Ann", "count": 2}
        return [view["session_id"] for view in httpx2.post(url, json=body, timeout=60).json()["sessions"]]

    with ThreadPoolExecutor(6) as pool:
        given = [session_id for found in pool.map(claim, range(6)) for session_id in found]
    assert len(given) == len(set(given)) == 12
