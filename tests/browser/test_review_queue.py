"""Auditing by keyboard: the editor goes through a queue by itself, and what is stored is what was pressed."""

import re
import uuid
from collections import Counter
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.round import Round
from podcast_core.services.labels import review, rounds
from podcast_core.workspace import Workspace
from tests.browser.conftest import OpenEditor
from tests.building import add_sessions, latest_answers, list_answers, list_sessions, submit

LENGTH_S = 4.0
KEYS_EACH = 1.2  # of an accepted session; issue 16


def make_round(served: Workspace, name: str, count: int) -> Round:
    """A round of short sessions, each answered by Kim with one box."""
    labels = rounds.get_round(served, round_id="demo").labels
    round_ = rounds.add_round(served, round_id=name, name=name, labels=labels)
    first = list_sessions(served, "demo")[0]
    made = [
        replace(
            first,
            round_id=name,
            id=f"{name}-{number:02}",
            position=number,
            start_s=number % 15 * LENGTH_S,
            end_s=(number % 15 + 1) * LENGTH_S,
        )
        for number in range(count)
    ]
    add_sessions(served, *made)
    for each in made:
        submit(served, name, each.id, AnswerBox(0.5, 1.0, "whistle", low_hz=2000.0, high_hz=4000.0), who="Kim")
    return round_


@pytest.mark.parametrize("count", [12, pytest.param(50, marks=pytest.mark.slow)])
def test_answers_are_judged_by_keyboard_and_the_page_stays(
    served: Workspace, open_editor: OpenEditor, count: int
) -> None:
    round_ = make_round(served, f"audit-{uuid.uuid4().hex[:6]}", count)
    ids = [each.id for each in list_sessions(served, round_.id)]
    editor = open_editor(round_.id, f"{ids[0]}&blind=1", where="review")
    assert editor.wait_ready() == ids[0]
    expect(editor.root).not_to_contain_text("Kim")
    editor.page.evaluate("window.mark = 'the same page'")
    editor.root.evaluate("node => { node.mark = 'the same editor'; }")
    editor.press("s")
    assert editor.boxes() == []
    editor.press("s")
    assert len(editor.boxes()) == 1
    expected, keys = [], []
    for number, session_id in enumerate(ids):
        assert editor.wait_ready() == session_id
        pressed = ["x"] if number % 10 == 3 else ["]", "1", "Enter"] if number % 10 == 7 else ["a"]
        expected.append({"x": "reject", "Enter": "correct", "a": "accept"}[pressed[-1]])
        editor.press(*pressed)
        keys.append(len(pressed))
        if number + 1 < count:
            editor.wait_ready(after=session_id)
    expect(editor.root.locator(".notice")).to_contain_text("It was the last one of this queue.")
    editor.wait_sent()
    stored = [review.get_history(served, round_id=round_.id, session_id=each) for each in ids]
    assert [history[0].reviews[0].verdict.value for history in stored] == expected
    assert [len(history[0].reviews) for history in stored] == [1] * count
    labels = [[box.label for each in list_answers(served, round_.id, id_) for box in each.annotations] for id_ in ids]
    other = round_.label_names[0]
    assert labels == [["whistle", other] if each == "correct" else ["whistle"] for each in expected]
    accepted = [pressed for pressed, verdict in zip(keys, expected, strict=True) if verdict == "accept"]
    assert sum(accepted) / len(accepted) <= KEYS_EACH
    assert editor.page.evaluate("window.mark") == "the same page"
    assert editor.root.evaluate("node => node.mark") == "the same editor"
    made = Counter(expected)
    told = f"{made['accept']} accepted, {made['correct']} corrected, {made['reject']} rejected"
    expect(editor.page.get_by_text(f"0 waiting, 0 disputed, {told}")).to_be_visible()
    assert f"session={ids[-1]}" in editor.page.url
    expect(editor.page.locator(".st-key-session_way [data-testid=stText]")).to_have_text(f"Session {ids[-1]}")
    editor.page.go_back()
    assert editor.wait_ready(after=ids[-1]) == ids[-2]
    home = editor.page.url.partition("/review?")[0]
    editor.page.goto(f"{home}/review?round={round_.id}&view=grid&verdict=accept&blind=1")
    relabel_thumbnails(
        editor.page, served, round_, [id_ for id_, each in zip(ids, expected, strict=True) if each == "accept"]
    )


def relabel_thumbnails(page: Page, served: Workspace, round_: Round, ids: list[str]) -> None:
    """Relabel the second to the fourth thumbnail by keyboard, remove the first one, and take both back."""
    grid = page.locator(".review-grid")
    tiles = grid.locator("[role=option]")
    expect(grid.locator(".tile:not(.waiting)").first).to_be_visible()
    expect(grid.locator(".count")).to_contain_text(f"of {len(ids)} seen")
    expect(grid).not_to_contain_text("Kim")
    other = round_.label_names[0]
    tiles.first.focus()
    for key in ("ArrowRight", "Space", "Shift+ArrowRight", "Shift+ArrowRight", "1"):
        page.keyboard.press(key)
    expect(grid.locator(".confirm .first")).to_have_text(f"Relabel 3 boxes in 3 answers as {other}")
    page.keyboard.press("Enter")
    expect(grid.locator(".notice")).to_contain_text(f"3 boxes in 3 answers relabelled as {other}.")

    def list_labels() -> list[list[str]]:
        found = latest_answers(served, round_.id)
        return [[box.label for box in found[each].annotations] for each in ids[:5]]

    assert list_labels() == [["whistle"], [other], [other], [other], ["whistle"]]
    history = review.get_history(served, round_id=round_.id, session_id=ids[1])
    assert [each.reviews[-1].verdict.value for each in history[:1]] == ["correct"]
    for key in ("Escape", "ArrowLeft", "ArrowLeft", "ArrowLeft", "Delete"):
        page.keyboard.press(key)
    expect(grid.locator(".confirm .first")).to_have_text("Remove 1 box in 1 answer")
    page.keyboard.press("Enter")
    expect(grid.locator(".notice")).to_contain_text("1 box in 1 answer removed.")
    assert list_labels()[0] == []
    for text in ("removed", "relabelled"):
        page.keyboard.press("Control+z")
        expect(grid.locator(".notice")).to_contain_text(re.compile(f"Undone: .* {text}"))
    assert list_labels() == [["whistle"]] * 5
    page.keyboard.press("Shift+Enter")
    page.wait_for_url(re.compile(f"session={ids[0]}"))
    page.get_by_role("button", name="Close").click()
    expect(tiles.first).to_be_visible()
