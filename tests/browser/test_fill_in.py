"""Annotating the first part of a session and having the rest filled in, with a worker."""

import json
import re

import pytest
from playwright.sync_api import expect

from podcast_core.services.intake import ingest
from podcast_core.services.learning import fill_in
from podcast_core.workspace import Workspace
from tests.browser.conftest import Evaluate, OpenEditor
from tests.conftest import SHARED_DATA
from tests.working import working_here

FINCH = SHARED_DATA / "zebra_finch"
FILLED_MS = 240_000


@pytest.mark.timeout(600)
@pytest.mark.skipif(not FINCH.is_dir(), reason="the real recordings (../shared/data) are not on this machine")
def test_the_rest_is_filled_in_can_be_undone_and_handed_in(
    served: Workspace, open_editor: OpenEditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fill_in, "BUDGET_S", 5.0)
    song = FINCH / "zebra_finch_g17y2U-f00007.wav"
    ingest.ingest(served, paths=[song], round_name="Finch", labels=["song"])
    editor = open_editor("Finch")
    editor.wait_ready()
    menu = editor.root.locator(".menu.fill")
    menu.locator("summary").click()
    expect(menu.get_by_text("First draw the calls in part of the session")).to_be_visible()
    expect(menu.get_by_role("button", name="Fill in the rest")).to_be_disabled()
    editor.press("Escape")
    truth = json.loads((FINCH / "zebra_finch_g17y2U-f00007.json").read_text())
    calls = list(zip(truth["onset"], truth["offset"], strict=True))
    half = 5  # enough to learn from
    for start_s, end_s in calls[:half]:
        editor.draw(start_s, end_s, 500, 8000)
    drawn = editor.boxes()
    assert len(drawn) == half

    menu.locator("summary").click()
    menu.get_by_label("Annotated to").fill(str(round((calls[half - 1][1] + calls[half][0]) / 2, 3)))
    menu.get_by_label("Annotated to").press("Tab")
    menu.get_by_role("button", name="Fill in the rest").click()
    expect(menu.get_by_role("button", name="Cancel")).to_be_visible()
    with working_here(served):
        expect(editor.root.locator(".below .notice")).to_contain_text("filled in", timeout=FILLED_MS)
    filled = editor.boxes()
    assert [box for box in filled if box in drawn] == drawn
    added = sorted(box.start_s for box in filled if box not in drawn)
    hits = [start_s for start_s, _ in calls[half:] if any(abs(start_s - each) < 0.03 for each in added)]
    assert len(hits) >= 0.7 * len(calls[half:])
    assert len(added) <= 1.4 * len(calls[half:])
    editor.press("Control+z")
    expect(editor.root.locator("[data-region-id]")).to_have_count(half)
    editor.press("Control+Shift+z")
    expect(editor.root.locator("[data-region-id]")).to_have_count(len(filled))

    editor.page.reload()  # the work is kept
    editor.wait_ready()
    expect(editor.root.locator("[data-region-id]")).to_have_count(len(filled))
    editor.press("Enter")
    expect(editor.root).to_have_attribute("data-face", re.compile("finished"))
    editor.wait_sent()
    (sent,) = editor.page.request.get(f"{editor.base_url}/api/v1/rounds/Finch/submissions").json()["items"]
    assert len(sent["annotations"]) == len(filled)


def test_only_what_nobody_judged_makes_room(evaluate: Evaluate) -> None:
    found = evaluate(
        "editor/model/fill_in.js",
        """({fillIn, asideOf, toFillIn, usualArea}) => {
          const common = {low_hz: null, high_hz: null, label: "a", score: 0.5};
          const place = (id, start_s) => ({id, start_s, end_s: start_s + 1, ...common});
          const view = {submission: null, predictions: [place("old-1", 0), place("old-2", 4), place("old-3", 6)]};
          const predicted = (item, more = {}) => ({...item, prediction_id: item.id, origin: "model_accepted", ...more});
          const mine = {...place("mine", 2), score: null, prediction_id: null, origin: "new"};
          const [one, two, three] = view.predictions;
          const boxes = [predicted(one), mine, predicted(two), predicted(three, {checked: true})];
          const areas = [{start_s: 0, end_s: 3.5}];
          const fresh = {predictions: [...view.predictions, place("set-1", 4.2), place("set-2", 9)]};
          const filled = fillIn(boxes, view, fresh, "set", areas);
          const fills = [{replaced: filled.replaced, added: filled.added}];
          return {
            area: usualArea(boxes, view),
            asked: toFillIn(boxes, view, areas, false).regions.map((each) => each.start_s),
            ids: filled.boxes.map(({id}) => id), replaced: filled.replaced,
            kept: asideOf(filled.boxes, fills), undone: asideOf(boxes, fills),
            part: asideOf(filled.boxes.filter(({id}) => id !== "set-2"), fills),
          };
        }""",
    )
    assert found == {
        "area": {"start_s": 0, "end_s": 7},
        "asked": [0, 2, 6],
        "ids": ["old-1", "mine", "old-3", "set-1", "set-2"],
        "replaced": ["old-2"],
        "kept": ["old-2"],  # not rejected: nobody has judged it
        "undone": ["set-1", "set-2"],
        "part": ["old-2"],  # one of the new ones was deleted: that is a verdict
    }
