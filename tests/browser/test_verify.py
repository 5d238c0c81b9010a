"""Rapid verify: predictions judged one by one by keys and by touch, stored as verified answers."""

from playwright.sync_api import Locator, expect

from podcast_core.domain.annotation import Origin
from podcast_core.domain.submission import Outcome, Submission
from tests.browser.conftest import Answers, NewRound, OpenEditor
from tests.browser.editor_page import EditorPage

# Count how often sound begins: a prediction of a second may be over before a busy machine looks for "Pause".
COUNT_PLAYED = """(play) => {
  let was = "Play";
  window.played = 0;
  new MutationObserver(() => {
    const now = play.getAttribute("aria-label");
    if (now === "Pause" && was !== now) window.played += 1;
    was = now;
  }).observe(play, {attributes: true, attributeFilter: ["aria-label"]});
}"""


def bar(editor: EditorPage) -> Locator:
    return editor.root.locator(".verify")


def count(editor: EditorPage) -> Locator:
    return bar(editor).locator(".count")


def start(editor: EditorPage) -> list[str]:
    """Begin to verify; the ids of the session's predictions in the order in which they come."""
    editor.wait_ready()
    editor.press("v")
    expect(bar(editor)).to_be_visible()
    expect(count(editor)).to_contain_text("prediction 1 of")
    return [each["id"] for each in sorted(editor.view()["predictions"], key=lambda each: each["start_s"])]


def judge(editor: EditorPage, key: str, number: int, total: int) -> None:
    """Press a key for prediction ``number``, which is not the session's last."""
    expect(count(editor)).to_have_text(f"prediction {number} of {total} in this session")
    editor.press(key)
    expect(count(editor)).to_have_text(f"prediction {number + 1} of {total} in this session")


def wait_for_answers(editor: EditorPage, answers: Answers, round_id: str, number: int) -> list[Submission]:
    """Wait until so many answers are stored."""
    url = f"{editor.base_url}/api/v1/rounds/{round_id}/sessions"
    for _ in range(300):
        found = answers(round_id, at_once=True)
        if len(found) >= number:
            return found
        editor.page.request.get(url)
        editor.page.wait_for_timeout(100)  # polling what the server has stored
    raise AssertionError(f"expected {number} answers, found {len(answers(round_id))}")


def test_yes_no_unsure_and_another_label_become_a_verified_answer(
    open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    round_ = new_round(2)
    editor = open_editor(round_.id)
    ids = start(editor)
    first, total = editor.session_id, len(ids)
    assert total > 4
    predicted = {each["id"]: each for each in editor.view()["predictions"]}
    keys = ["n", "u", "2", *["y"] * (total - 4)]
    for number, key in enumerate(keys, start=1):
        judge(editor, key, number, total)
    editor.press("y")
    editor.wait_ready(after=first)
    expect(count(editor)).to_contain_text("prediction 1 of")
    (answer,) = wait_for_answers(editor, answers, round_.id, 1)
    assert (answer.session_id, answer.outcome, answer.unreviewed) == (first, Outcome.VERIFIED, ())
    assert [each.id for each in answer.rejected] == [ids[0]]
    kept = {box.prediction_id: box for box in answer.annotations}
    assert set(kept) == set(ids[1:])
    assert [each for each, box in kept.items() if box.unsure] == [ids[1]]
    assert (kept[ids[2]].label, kept[ids[2]].start_s) == ("whistle", predicted[ids[2]]["start_s"])
    origins = {each: box.origin for each, box in kept.items() if each != ids[2]}
    assert set(origins.values()) == {Origin.MODEL_ACCEPTED}


def test_each_prediction_is_enlarged_and_played_and_a_reload_keeps_the_verdicts(
    open_editor: OpenEditor, new_round: NewRound
) -> None:
    round_ = new_round(1)
    editor = open_editor(round_.id)
    editor.wait_ready()
    editor.root.locator("[data-ref=play]").evaluate(COUNT_PLAYED)
    ids = start(editor)
    editor.page.wait_for_function("window.played === 1", polling=50)
    shown = editor.root.locator(f"[data-region-id='{ids[0]}']").bounding_box()
    area = editor.plot.bounding_box()
    assert shown is not None
    assert area is not None
    assert 0.3 < shown["width"] / area["width"] < 0.37  # with as much before and after it
    expect(editor.root.get_by_role("button", name="Play", exact=True)).to_be_visible()
    editor.press("r")
    editor.page.wait_for_function("window.played === 2", polling=50)
    judge(editor, "y", 1, len(ids))
    judge(editor, "n", 2, len(ids))
    with editor.page.expect_navigation():
        editor.page.reload()
    editor.wait_ready()
    expect(editor.root.get_by_text("Your unsaved work on this session was restored.")).to_be_visible()
    editor.press("v")
    expect(count(editor)).to_have_text(f"prediction 3 of {len(ids)} in this session")
    editor.press("Escape")
    expect(bar(editor)).to_be_hidden()
    expect(editor.root.locator("[data-ref=submit]")).to_have_text(f"Submit {len(ids) - 1} boxes")


def test_verdicts_are_taken_back_also_after_the_last_of_a_session(
    open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    round_ = new_round(2)
    editor = open_editor(round_.id)
    ids = start(editor)
    first, total = editor.session_id, len(ids)
    judge(editor, "n", 1, total)
    editor.press("Backspace")
    expect(count(editor)).to_have_text(f"prediction 1 of {total} in this session")
    assert len(editor.boxes()) == total
    for number in range(1, total):
        judge(editor, "y", number, total)
    editor.press("n")
    second = editor.wait_ready(after=first)
    wait_for_answers(editor, answers, round_.id, 1)
    editor.press("Control+z")
    editor.wait_ready(after=second)
    assert editor.session_id == first
    expect(count(editor)).to_have_text(f"prediction {total} of {total} in this session")
    editor.press("u")
    editor.wait_ready(after=first)
    wrong, right = wait_for_answers(editor, answers, round_.id, 2)
    assert [each.id for each in wrong.rejected] == [ids[-1]]
    assert (right.rejected, right.outcome, right.base_revision) == ((), Outcome.VERIFIED, 1)
    assert [box.prediction_id for box in right.annotations if box.unsure] == [ids[-1]]


def test_with_a_label_only_its_predictions_are_judged_and_the_session_stays_open(
    open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    round_ = new_round(3)
    editor = open_editor(round_.id)
    editor.wait_ready()
    editor.root.locator(".menu.queue summary").click()
    label = editor.root.get_by_label("Label of a prediction")
    expect(label.locator("option[value=whistle]")).to_be_attached()
    label.select_option("whistle")
    expect(editor.root.locator(".menu.queue .matching")).to_contain_text("to do")
    editor.press("Escape", "v")
    expect(count(editor)).to_contain_text("prediction 1 of")
    first = editor.wait_ready()
    predictions = editor.view()["predictions"]
    whistles = {each["id"] for each in predictions if each["label"] == "whistle"}
    assert 0 < len(whistles) < len(predictions)
    for number in range(1, len(whistles)):
        judge(editor, "y", number, len(whistles))
    editor.press("y")
    expect(editor.root).not_to_have_attribute("data-session-id", first)
    (answer, *_) = wait_for_answers(editor, answers, round_.id, 1)
    assert {box.prediction_id for box in answer.annotations} == whistles
    assert {each.id for each in answer.unreviewed} == {each["id"] for each in predictions} - whistles
    assert not answer.closes


def test_a_telephone_has_the_verdicts_in_reach_and_the_end_is_told(
    open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    round_ = new_round(1)
    editor = open_editor(round_.id, viewport={"width": 390, "height": 844}, has_touch=True)
    editor.wait_ready()
    editor.root.get_by_role("button", name="Verify", exact=True).tap()
    yes = editor.root.get_by_role("button", name="Yes")
    expect(yes).to_be_enabled()
    place = yes.bounding_box()
    assert place is not None
    assert place["y"] + place["height"] <= 844
    assert place["height"] >= 44
    total = len(editor.view()["predictions"])
    for number in range(1, total + 1):
        expect(count(editor)).to_have_text(f"prediction {number} of {total} in this session")
        yes.tap()
    (answer,) = wait_for_answers(editor, answers, round_.id, 1)
    assert (answer.outcome, len(answer.annotations)) == (Outcome.VERIFIED, total)
    expect(editor.root).to_have_attribute("data-face", "finished")
