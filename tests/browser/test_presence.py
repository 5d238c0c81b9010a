"""Claims are renewed only while someone works, which is explained; how much work it was goes with an answer."""

from collections.abc import Callable, Iterator

import httpx2
import pytest
from playwright.sync_api import BrowserContext, expect

from podcast_core.workspace import Workspace
from tests.browser.conftest import Answers, Evaluate, NewRound, OpenEditor
from tests.browser.editor_page import EditorPage
from tests.serving import Server, serve

LEASE_MINUTES = 0.2
PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def short_leases(served: Workspace) -> Iterator[Server]:
    """The same workspace behind a server that gives claims for 12 seconds."""
    with serve(served.settings.data_dir, PODCAST_CLAIM_MINUTES=str(LEASE_MINUTES)) as running:
        yield running


def claim_as_ben(url: str, round_id: str, session_id: str) -> bool:
    """Ask for a session as somebody else; says whether it was given."""
    body = {"holder": "bens-tab", "annotator": "Ben", "session_id": session_id}
    found = httpx2.post(f"{url}/api/v1/rounds/{round_id}/claims", json=body, timeout=60).json()["sessions"]
    return any(view["session_id"] == session_id and view["claim"]["mine"] for view in found)


def test_a_tab_in_which_nobody_works_lets_its_claims_run_out_and_explains_it(
    short_leases: Server,
    new_context: Callable[..., BrowserContext],
    new_round: NewRound,
    editors: list[EditorPage],
    answers: Answers,
) -> None:
    round_ = new_round(4)
    page = new_context().new_page()
    page.clock.install()
    editor = EditorPage(page, short_leases.url).open(round_.id)
    editors.append(editor)
    session_id = editor.wait_ready()
    expect(editor.root).to_contain_text("yours until")
    assert not claim_as_ben(short_leases.url, round_.id, session_id)
    drawn = editor.draw(5, 8, 2000, 4000)
    page.clock.fast_forward("06:00")  # nobody touches anything for six minutes
    expect(editor.root).to_contain_text("This page was idle for a while")
    for _ in range(100):
        if claim_as_ben(short_leases.url, round_.id, session_id):
            break
        page.wait_for_timeout(500)  # the lease ends by the server's clock
    else:
        pytest.fail("the claim was renewed though nobody works")
    page.mouse.move(300, 300)
    page.mouse.move(320, 320)
    expect(editor.root).to_contain_text("Held by Ben until", timeout=PATIENCE_MS)
    expect(editor.root).to_contain_text("both answers are kept")
    assert editor.box(drawn.id) == drawn
    body = {"submission_id": f"ben-{round_.id}", "annotator": "Ben", "outcome": "unsure"}
    url = f"{short_leases.url}/api/v1/rounds/{round_.id}/sessions/{session_id}/submissions"
    httpx2.post(url, json=body, timeout=60).raise_for_status()
    editor.press("Enter")
    editor.wait_ready(after=session_id)
    expect(editor.root.get_by_role("status")).to_contain_text("Ben submitted too")
    mine = [answer for answer in answers(round_.id) if answer.session_id == session_id]
    assert [answer.annotator for answer in mine] == ["Ben", "Ann"]


def test_a_tab_in_which_somebody_works_keeps_its_claims(
    short_leases: Server, new_context: Callable[..., BrowserContext], new_round: NewRound
) -> None:
    round_ = new_round(2)
    page = new_context().new_page()
    editor = EditorPage(page, short_leases.url).open(round_.id)
    session_id = editor.wait_ready()
    ends = editor.view()["claim"]["expires_at"]
    for _ in range(100):
        editor.press("ArrowRight")
        page.wait_for_timeout(300)
        if (now := editor.view()["claim"]["expires_at"]) is not None and now > ends:
            break
    else:
        pytest.fail("the claim was not renewed")
    assert editor.session_id == session_id


def test_active_seconds_and_changes_are_stored_with_the_answer(
    open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    editor = open_editor(new_round(3).id)
    first = editor.wait_ready()
    began = editor.page.evaluate("performance.now()")
    editor.draw(20, 23, 2000, 4000)
    editor.press("2", "Escape", ".", "Control+z", "Control+Shift+z")
    editor.page.reload()  # what was counted before goes on
    editor.wait_ready()
    editor.press("Enter")
    second = editor.wait_ready(after=first)
    editor.press("Enter")
    editor.wait_ready(after=second)
    expect(editor.page.get_by_text("2 of 3 sessions done")).to_be_visible()
    worked, untouched = answers(editor.round_id)
    assert worked.action_count == 4  # a box drawn, a label, undo, redo
    assert untouched.action_count == 0
    assert worked.active_s is not None
    assert untouched.active_s is not None
    assert began >= 0
    assert 0 < worked.active_s < 300
    assert 0 <= untouched.active_s < 300


def test_only_time_within_half_a_minute_of_a_sign_of_life_counts(evaluate: Evaluate) -> None:
    counted = evaluate(
        "editor/model/activity.js",
        """({Activity}) => {
          const told = [];
          const activity = new Activity(5);
          activity.touch(100); activity.touch(110); told.push(activity.counted);  // ten seconds
          activity.touch(200); told.push(activity.counted);  // thirty of the ninety
          activity.pause(210); activity.touch(1000); told.push(activity.counted);  // ten, then hidden
          activity.touch(1000); activity.touch(1001); told.push(activity.counted);
          return told;
        }""",
    )
    assert counted == [15, 45, 55, 56]


def test_ctrl_z_before_any_edit_goes_back_to_the_answer_before(
    open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    round_ = new_round(4)
    editor = open_editor(round_.id)
    first = editor.wait_ready()
    editor.press("Enter")
    second = editor.wait_ready(after=first)
    editor.press("b", "Control+z", "Control+z")  # edits of this session come first, and stay here
    assert editor.session_id == second
    editor.press("s")
    third = editor.wait_ready(after=second)
    editor.press("Control+z")
    assert editor.wait_ready(after=third) == second
    editor.press("Enter")
    assert editor.wait_ready(after=second) == third
    editor.press("Control+z")
    assert editor.wait_ready(after=third) == second
    expect(editor.root).to_contain_text("You are correcting it")
    with editor.page.expect_response("**/submissions"):
        editor.press("Enter")
    editor.wait_ready(after=second)
    found = [(each.session_id, each.outcome.value, each.base_revision) for each in answers(round_.id)]
    assert [each[0] for each in found] == [first, second, second, second]
    assert found[1][1] == "skipped"
