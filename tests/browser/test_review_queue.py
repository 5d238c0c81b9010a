"""Auditing by keyboard: the editor goes through a queue by itself, and what is stored is what was pressed."""

import time
import uuid
from dataclasses import replace

from playwright.sync_api import expect

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.round import Round
from podcast_core.services.labels import review, rounds
from podcast_core.workspace import Workspace
from tests.browser.conftest import OpenEditor
from tests.building import add_sessions, list_answers, list_sessions, submit
from tests.serving import Server

COUNT, LENGTH_S = 50, 4.0
MEDIAN_WAIT_S = 1.0  # a page drawn anew takes longer; 0.1 s on a machine that does nothing else
KEYS_EACH = 1.2  # of an accepted session; issue 16


def make_round(served: Workspace, name: str) -> Round:
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
        for number in range(COUNT)
    ]
    add_sessions(served, *made)
    for each in made:
        submit(served, name, each.id, AnswerBox(0.5, 1.0, "whistle", low_hz=2000.0, high_hz=4000.0), who="Kim")
    return round_


def test_fifty_answers_are_judged_by_keyboard_and_the_page_stays(
    server: Server, served: Workspace, open_editor: OpenEditor
) -> None:
    round_ = make_round(served, f"audit-{uuid.uuid4().hex[:6]}")
    ids = [each.id for each in list_sessions(served, round_.id)]
    editor = open_editor(round_.id)
    editor.page.goto(f"{server.url}/review?round={round_.id}&session={ids[0]}&blind=1")
    assert editor.wait_ready() == ids[0]
    expect(editor.root).not_to_contain_text("Kim")
    editor.page.evaluate("window.mark = 'the same page'")
    editor.root.evaluate("node => { node.mark = 'the same editor'; }")
    editor.press("s")
    assert editor.boxes() == []
    editor.press("s")
    assert len(editor.boxes()) == 1
    expected, keys, waits = [], [], []
    for number, session_id in enumerate(ids):
        assert editor.wait_ready() == session_id
        pressed = ["x"] if number % 10 == 3 else ["]", "1", "Enter"] if number % 10 == 7 else ["a"]
        expected.append({"x": "reject", "Enter": "correct", "a": "accept"}[pressed[-1]])
        editor.press(*pressed)
        keys.append(len(pressed))
        if number + 1 < COUNT:
            began = time.perf_counter()
            editor.wait_ready(after=session_id)
            waits.append(time.perf_counter() - began)
    expect(editor.root.locator(".notice")).to_contain_text("It was the last one of this queue.")
    editor.wait_sent()
    stored = [review.get_history(served, round_id=round_.id, session_id=each) for each in ids]
    assert [history[0].reviews[0].verdict.value for history in stored] == expected
    assert [len(history[0].reviews) for history in stored] == [1] * COUNT
    labels = [[box.label for each in list_answers(served, round_.id, id_) for box in each.annotations] for id_ in ids]
    other = round_.label_names[0]
    assert labels == [["whistle", other] if each == "correct" else ["whistle"] for each in expected]
    accepted = [count for count, verdict in zip(keys, expected, strict=True) if verdict == "accept"]
    assert sum(accepted) / len(accepted) <= KEYS_EACH
    assert sorted(waits)[COUNT // 2] < MEDIAN_WAIT_S, waits
    assert editor.page.evaluate("window.mark") == "the same page"
    assert editor.root.evaluate("node => node.mark") == "the same editor"
    expect(editor.page.get_by_text("0 waiting, 0 disputed, 40 accepted, 5 corrected, 5 rejected")).to_be_visible()
    assert f"session={ids[-1]}" in editor.page.url
    editor.page.go_back()
    assert editor.wait_ready(after=ids[-1]) == ids[-2]
