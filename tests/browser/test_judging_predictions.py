"""Predictions on the page Label: ticked, rejected, walked through by score, and hidden by a threshold."""

from playwright.sync_api import expect

from tests.browser.conftest import Answers, NewRound, OpenEditor
from tests.browser.editor_page import EditorPage


def walk_by_score(editor: EditorPage) -> None:
    """Keys walk from the best to the worst."""
    best = sorted(editor.view()["predictions"], key=lambda each: -each["score"])
    walked: list[str] = []
    for _ in best:
        editor.press(">")
        walked.append(*editor.selected())
    assert walked == [each["id"] for each in best]
    editor.press("<")
    assert editor.selected() == {best[-2]["id"]}
    editor.press("Escape", "End")
    expect(editor.root.locator(".time")).to_contain_text("1:00.0 /")
    editor.press("Home")
    expect(editor.root.locator(".time")).to_contain_text("0:00.0 /")


def tick(editor: EditorPage) -> None:
    """Ticks go from prediction to prediction and can be undone."""
    first, second, third = editor.boxes()[:3]
    editor.press("a")
    assert editor.selected() == {first.id}
    editor.press("a")
    assert (editor.ticked(), editor.selected()) == ({first.id}, {second.id})
    editor.press("x")
    assert second.id not in {box.id for box in editor.boxes()}
    assert editor.selected() == {third.id}
    editor.press("Shift+A")
    assert editor.ticked() == {box.id for box in editor.boxes()}
    assert {box.origin for box in editor.boxes()} == {"model_accepted"}
    editor.press("Control+z")
    assert editor.ticked() == {first.id}
    editor.press("Control+z", "Control+z")
    assert editor.ticked() == set()
    assert second in editor.boxes()
    known = editor.boxes()
    editor.press("Escape", "x")  # nothing is judged that was not selected before
    assert (editor.boxes(), editor.selected()) == (known, {first.id})
    editor.press("Escape", "a", "a")
    assert editor.ticked() == {first.id}
    editor.page.reload()  # a tick is work, and kept
    editor.wait_ready()
    expect(editor.root.locator("[data-region-id][data-checked=true]")).to_have_count(1)
    assert editor.ticked() == {first.id}


def test_predictions_are_walked_ticked_and_rejected_by_key(
    open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    round_ = new_round(2)
    editor = open_editor(round_.id)
    session_id = editor.wait_ready()
    walk_by_score(editor)
    editor.press("Escape")
    tick(editor)
    # E rejects everything and can be taken back.
    ids = {box.id for box in editor.boxes()}
    editor.press("e")
    following = editor.wait_ready(after=session_id)
    expect(editor.root.get_by_role("status")).to_contain_text("Submitted")  # it is kept behind the next one
    (answer,) = answers(round_.id)
    assert (answer.outcome.value, answer.annotations) == ("empty", ())
    assert {each.id for each in answer.rejected} == ids
    editor.button("Look again").click()
    assert editor.wait_ready(after=following) == session_id
    expect(editor.button("Correct this")).to_be_visible()


def test_predictions_that_the_threshold_hides_are_stored_as_not_reviewed_and_not_as_rejected(
    open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    round_ = new_round(2)
    editor = open_editor(round_.id)
    session_id = editor.wait_ready()
    scores = {each["id"]: each["score"] for each in editor.view()["predictions"]}
    low = {each for each in scores if scores[each] < 0.8}
    assert 1 < len(low) < len(scores)
    worst = min(scores, key=lambda each: scores[each])
    editor.select(worst)
    editor.press("a")  # a ticked one stays in sight
    editor.root.locator("summary[aria-label=Predictions]").click()
    editor.root.get_by_label("Hide predictions with a score below").fill("0.8")
    shown = f"{len(scores) - len(low) + 1} of {len(scores)} shown"
    expect(editor.root.locator(".popover").get_by_text(shown)).to_be_visible()
    assert {box.id for box in editor.boxes()} == set(scores) - low | {worst}
    expect(editor.root.locator("details.boxes > summary")).to_contain_text(f"{len(low) - 1} hidden")
    rejected = max(scores, key=lambda each: scores[each])
    editor.press("Escape")  # closes the menu
    editor.select(rejected)
    editor.press("Delete", "Escape")
    editor.press("Enter")
    following = editor.wait_ready(after=session_id)
    expect(editor.root.get_by_role("status")).to_contain_text("Submitted")
    (answer,) = answers(round_.id)
    assert {each.id for each in answer.unreviewed} == low - {worst}
    assert {each.id for each in answer.rejected} == {rejected}
    assert answer.score_threshold == 0.8
    assert len(answer.annotations) == len(scores) - len(low)
    assert editor.boxes() == [box for box in editor.boxes() if scores_of(editor)[box.id] >= 0.8]  # remembered
    editor.press(";", "'", *[";"] * 16)
    expect(editor.root.get_by_role("status")).to_contain_text("All predictions are shown")
    assert len(editor.boxes()) == len(scores_of(editor))
    assert editor.session_id == following


def scores_of(editor: EditorPage) -> dict[str, float]:
    return {each["id"]: each["score"] for each in editor.view()["predictions"]}
