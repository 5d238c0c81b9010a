"""Reviewing in the browser: nothing that a reviewer has changed is dropped, or becomes something else, unasked."""

import re
import uuid

from playwright.sync_api import Locator, ViewportSize, expect

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.review import Verdict
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.services.labels import review
from podcast_core.workspace import Workspace
from tests.browser.app_page import choose
from tests.browser.conftest import Answers, NewPage, NewRound, OpenEditor
from tests.browser.editor_page import EditorPage
from tests.building import list_sessions, submit
from tests.serving import Server

SIZES: tuple[ViewportSize, ...] = (
    {"width": 1440, "height": 900},
    {"width": 1280, "height": 640},
    {"width": 390, "height": 844},
)
FIRST = re.compile(r"\bfirst\b")


def answer(served: Workspace, round_id: str, *, outcomes: tuple[Outcome, ...], who: str = "Kim") -> list[Submission]:
    """Answer a round's sessions, each with one box; an answer says nothing of the predictions."""
    boxes = (AnswerBox(2.0, 3.0, "whistle", low_hz=2000.0, high_hz=4000.0),)
    return [
        submit(served, round_id, session.id, *boxes, who=who, outcome=outcome).submission
        for session, outcome in zip(list_sessions(served, round_id), outcomes, strict=False)
    ]


def open_review(open_editor: OpenEditor, round_id: str, session_id: str) -> EditorPage:
    editor = open_editor(round_id, session_id, where="review")
    assert editor.wait_ready() == session_id
    return editor


def dialog(editor: EditorPage) -> Locator:
    return editor.root.locator("dialog.question")


def test_after_an_edit_saving_comes_first_and_accepting_asks(
    served: Workspace, open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    round_ = new_round(2)
    first, second = answer(served, round_.id, outcomes=(Outcome.LABELLED, Outcome.LABELLED))
    editor = open_review(open_editor, round_.id, first.session_id)
    save, accept = editor.root.locator("[data-do=correct]"), editor.root.locator("[data-do=accept]")
    expect(accept).to_have_class(FIRST)
    legend = editor.root.get_by_role("list", name="The model’s predictions")
    expect(legend).to_contain_text("Dotted: the model’s predictions")
    editor.root.locator("[data-do=togglePredictions]").click()
    expect(legend).to_be_hidden()
    editor.draw(5, 8, 2000, 4000)
    expect(save).to_have_class(FIRST)
    expect(accept).not_to_have_class(FIRST)
    expect(save).to_have_text("Save 2 boxes as correction")
    expect(editor.root).to_contain_text("this browser keeps your changes")
    for size in reversed(SIZES):  # the last is the usual one
        editor.page.set_viewport_size(size)
        for action in (accept, editor.root.locator("[data-do=reject]")):
            action.click()
            expect(dialog(editor)).to_be_visible()
            expect(dialog(editor)).to_be_in_viewport(ratio=1)
            expect(dialog(editor)).to_contain_text("Kim’s answer has 1 box, and yours has 2 boxes.")
            editor.press("Escape")
            expect(dialog(editor)).to_be_hidden()
            assert len(editor.boxes()) == 2
    assert answers(round_.id)[0].revision == 1
    accept.click()
    dialog(editor).get_by_role("button", name="Accept it without my changes").click()
    assert editor.wait_ready(after=first.session_id) == second.session_id
    editor.wait_sent()
    [revision] = review.get_history(served, round_id=round_.id, session_id=first.session_id)
    assert [each.verdict for each in revision.reviews] == [Verdict.ACCEPT]

    editor.draw(5, 8, 2000, 4000)
    editor.press("a")
    expect(dialog(editor).get_by_role("button").first).to_be_focused()
    editor.press("Enter")  # saves them
    expect(editor.page.get_by_text("1 accepted, 1 corrected, 0 rejected")).to_be_visible()
    found = [len(each.annotations) for each in answers(round_.id) if each.session_id == second.session_id]
    assert found == [1, 2]
    editor.open(round_.id, first.session_id, "review")
    assert editor.wait_ready() == first.session_id
    assert len(editor.boxes()) == 1  # what was dropped on purpose does not come back


def test_going_on_tells_what_becomes_of_changes_and_coming_back_brings_them(
    served: Workspace, open_editor: OpenEditor, new_round: NewRound
) -> None:
    round_ = new_round(2)
    first, second = answer(served, round_.id, outcomes=(Outcome.LABELLED, Outcome.LABELLED))
    editor = open_review(open_editor, round_.id, first.session_id)
    editor.draw(5, 8, 2000, 4000)
    editor.page.get_by_role("button", name="Next", exact=True).click()
    editor.wait_ready(after=first.session_id)
    expect(editor.root.locator(".notice")).to_contain_text(f"Your changes to {first.session_id} are not saved.")
    editor.page.get_by_role("button", name="Previous", exact=True).click()
    editor.wait_ready(after=second.session_id)
    assert len(editor.boxes()) == 2
    editor.page.reload()
    editor.wait_ready()
    assert len(editor.boxes()) == 2
    expect(editor.root.locator(".notice")).to_contain_text("Your unsaved work on this session was restored.")
    answer(served, round_.id, outcomes=(Outcome.LABELLED,), who="Bob")
    editor.page.reload()
    editor.wait_ready()
    assert len(editor.boxes()) == 1
    editor.button("Show my work").click()
    assert len(editor.boxes()) == 2
    expect(editor.root.locator("[data-do=correct]")).to_have_text("Save 2 boxes as correction")


def test_a_correction_of_an_open_answer_asks_for_the_outcome(
    served: Workspace, open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    round_ = new_round(2)
    unsure, verified = answer(served, round_.id, outcomes=(Outcome.UNSURE, Outcome.VERIFIED))
    editor = open_review(open_editor, round_.id, unsure.session_id)
    leave_open(editor, Outcome.UNSURE)
    assert editor.wait_ready(after=unsure.session_id) == verified.session_id
    leave_open(editor, Outcome.VERIFIED)
    expect(editor.page.get_by_text("0 accepted, 2 corrected, 0 rejected")).to_be_visible()
    found = [(each.session_id, each.outcome) for each in answers(round_.id)]
    for session_id, left in ((unsure.session_id, Outcome.UNSURE), (verified.session_id, Outcome.VERIFIED)):
        assert [outcome for each, outcome in found if each == session_id] == [left, Outcome.UNSURE]


def leave_open(editor: EditorPage, left: Outcome) -> None:
    """Correct an answer that was left open, and leave it open, too."""
    editor.root.locator("[data-do=correct]").click()  # the outcome alone may be what is wrong
    expect(dialog(editor)).to_contain_text(f"Kim left it {left.value}.")
    editor.press("Escape")
    editor.draw(5, 8, 2000, 4000)
    editor.press("Enter")
    expect(dialog(editor).get_by_role("button", name="Verified: predictions were judged")).to_have_count(
        int(left is Outcome.VERIFIED)
    )
    editor.press("Enter")  # a key that is held down decides nothing
    expect(dialog(editor)).to_be_visible()
    dialog(editor).get_by_role("button", name="Unsure: stays open").click()


def test_own_answers_are_not_accepted_and_the_page_says_why(
    served: Workspace, open_editor: OpenEditor, new_round: NewRound
) -> None:
    round_ = new_round(1)
    [first] = answer(served, round_.id, outcomes=(Outcome.LABELLED,), who="Ann")
    editor = open_review(open_editor, round_.id, first.session_id)
    expect(editor.root.locator("[data-do=accept]")).to_be_disabled()
    expect(editor.root).to_contain_text("gave this answer; somebody else accepts it")
    editor.press("a")
    expect(editor.root.locator(".notice")).to_contain_text("somebody else accepts it")
    expect(editor.root.locator("[data-do=reject]")).to_be_enabled()


def test_the_data_page_leaves_rejected_answers_out_unless_they_are_asked_for(
    server: Server, served: Workspace, new_page: NewPage, new_round: NewRound
) -> None:
    round_ = new_round(2)
    first, _ = answer(served, round_.id, outcomes=(Outcome.LABELLED, Outcome.LABELLED))
    review.review_submission(
        served, review_id=str(uuid.uuid4()), submission_id=first.id, reviewer="Rae", verdict=Verdict.REJECT
    )
    page = new_page()
    page.goto(f"{server.url}/data?round={round_.id}")
    page.get_by_text("Export", exact=True).click()
    expect(page.get_by_text("1 labelled, 1 rejected in review")).to_be_visible()
    expect(page.get_by_text("They are left out, as if these sessions had not been answered.")).to_be_visible()
    page.get_by_text("Keep as they are").click()
    expect(page.get_by_text("They are included in these files like all others.")).to_be_visible()


def test_an_earlier_answer_is_compared_and_restored(
    served: Workspace, open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    round_ = new_round(1)
    [first] = answer(served, round_.id, outcomes=(Outcome.LABELLED,))
    submit(served, round_.id, first.session_id, who="Bob", base_revision=1)
    editor = open_review(open_editor, round_.id, first.session_id)
    page = editor.page
    page.get_by_text("Compare and restore revisions").click()
    expect(page.get_by_text("From revision 1 by Kim")).to_contain_text("−1, outcome was labelled")
    expect(page.locator(".js-plotly-plot .legendtext").first).to_have_text("Removed (1)")
    choose(page.get_by_role("combobox", name="To", exact=True), re.compile("^revision 1 by"))
    page.get_by_role("button", name="Restore revision 1").click()
    page.get_by_role("button", name="Restore it").click()
    expect(page.get_by_text("Revision 1 is back as revision 3.")).to_be_visible()
    *_, restored = answers(round_.id)
    assert (restored.annotator, restored.restores, restored.annotations) == ("Ann", first.id, first.annotations)
