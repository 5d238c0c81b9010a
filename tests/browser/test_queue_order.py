"""The order and the filters of the queue, chosen in the editor's menu."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from podcast_core.domain.prediction import Prediction
from podcast_core.services.runs import suggesting
from podcast_core.workspace import Workspace
from tests.browser.conftest import Answers, NewRound, OpenEditor
from tests.browser.editor_page import EditorPage
from tests.building import list_predictions
from tests.services.runs import do_run

Predicted = Callable[[str], dict[str, list[Prediction]]]


@pytest.fixture
def predicted(served: Workspace) -> Predicted:
    """The predictions of a round by session."""

    def read(round_id: str) -> dict[str, list[Prediction]]:
        found: dict[str, list[Prediction]] = {}
        for each in list_predictions(served, round_id):
            found.setdefault(each.session_id, []).append(each)
        return found

    return read


def choose(editor: EditorPage, field: str, value: str) -> None:
    """Choose in the menu, and wait until the server has counted what matches."""
    menu = editor.root.locator(".menu.queue")
    if menu.get_attribute("open") is None:
        menu.locator("summary").click()
    control = editor.root.get_by_label(field)
    if field in ("Label of a prediction", "Site"):
        expect(control.locator(f"option[value='{value}']")).to_be_attached()  # the list comes from the server
    with editor.page.expect_response(lambda answer: answer.url.endswith("/claims") and answer.ok):
        control.select_option(value)
    expect(editor.root.locator(".menu.queue .matching")).to_contain_text("to do")


def submit_all(editor: EditorPage, count: int) -> list[str]:
    """Submit so many sessions; their ids in the order in which they came."""
    seen: list[str] = []
    for _ in range(count):
        seen.append(editor.wait_ready(after=seen[-1] if seen else ""))
        editor.root.locator("[data-ref=submit]").click()
    return seen


def test_sessions_come_best_score_first_and_stay_so_after_a_verdict_and_a_reload(
    open_editor: OpenEditor, new_round: NewRound, predicted: Predicted, answers: Answers
) -> None:
    round_ = new_round(6)
    scores = {each: max(box.score or 0 for box in boxes) for each, boxes in predicted(round_.id).items()}
    expected = sorted(scores, key=lambda each: -scores[each])
    assert expected != sorted(scores)
    editor = open_editor(round_.id)
    first = editor.wait_ready()
    choose(editor, "Order of the sessions", "score")
    assert editor.session_id == first  # what is on screen stays
    expect(editor.root.locator(".menu.queue summary")).to_have_text("Best first")
    editor.press("Escape")
    expected = [first, *[each for each in expected if each != first]]
    assert submit_all(editor, 3) == expected[:3]
    editor.wait_ready(after=expected[2])
    editor.page.reload()
    expect(editor.root.locator(".menu.queue summary")).to_have_text("Best first")
    assert submit_all(editor, 3) == expected[3:]
    expect(editor.root).to_have_attribute("data-face", "finished")
    assert [each.session_id for each in sorted(answers(round_.id), key=lambda each: each.submitted_at)] == expected


def test_a_label_filters_and_an_empty_result_has_a_way_out(
    open_editor: OpenEditor, new_round: NewRound, predicted: Predicted
) -> None:
    round_ = new_round(5)
    found = predicted(round_.id)
    clicks = sorted(each for each, boxes in found.items() if any(box.label == "click" for box in boxes))
    assert 0 < len(clicks) < 5
    editor = open_editor(round_.id)
    first = editor.wait_ready()
    choose(editor, "Label of a prediction", "click")
    matching = editor.root.locator(".menu.queue .matching")
    expect(matching).to_have_text(f"{len(clicks)} session{'s' if len(clicks) > 1 else ''} to do")
    editor.press("Escape")
    expected = list(dict.fromkeys([first, *clicks]))
    assert submit_all(editor, len(expected)) == expected
    expect(editor.root).to_have_attribute("data-face", "no_match")
    expect(editor.root.locator(".card")).to_contain_text("with a prediction of “click”")
    editor.button("Clear the filters").last.click()
    assert editor.wait_ready() not in expected
    expect(editor.root.locator(".menu.queue summary")).to_have_text("")


def test_a_menu_without_a_match_says_so_and_the_keyboard_reaches_it(
    open_editor: OpenEditor, new_round: NewRound
) -> None:
    round_ = new_round(2)
    editor = open_editor(round_.id, viewport={"width": 390, "height": 844}, has_touch=True)
    editor.wait_ready()
    choose(editor, "Order of the sessions", "no_predictions")
    expect(editor.root.locator(".menu.queue .matching")).to_have_text("0 sessions to do")
    expect(editor.root.get_by_label("Label of a prediction")).to_be_disabled()
    popover = editor.root.locator(".menu.queue .popover").bounding_box()
    assert popover is not None
    assert popover["x"] >= 0
    assert popover["x"] + popover["width"] <= 390
    with editor.page.expect_response(lambda answer: answer.url.endswith("/claims") and answer.ok):
        editor.root.get_by_role("button", name="Clear the filters").click()
    expect(editor.root.locator(".menu.queue .matching")).to_have_text("2 sessions to do")


def test_each_session_says_why_a_run_suggests_it(
    served: Workspace, open_editor: OpenEditor, new_round: NewRound
) -> None:
    round_id = new_round(6).id
    do_run(served, round_ids=[round_id])
    suggested = suggesting.get_suggestion(served, round_id=round_id)
    assert suggested is not None
    editor = open_editor(round_id)
    first = editor.wait_ready()
    choose(editor, "Order of the sessions", "gain")
    editor.press("Escape")
    expected = sorted(suggested.places, key=lambda place: (place.session_id != first, place.place))  # on screen stays
    texts = {
        "uncertain": "The model is less sure here than elsewhere",
        "novel": "New: unlike anything labelled",
        "ordinary": "One of the ordinary sessions, by chance",
        "random": "Drawn at random, for an honest estimate",
    }
    before = ""
    for place in expected[:3]:
        before = editor.wait_ready(after=before)
        assert before == place.session_id
        expect(editor.root).to_contain_text(texts[place.reason])
        editor.root.locator("[data-ref=submit]").click()
