"""Scripted annotators who know the truth: one has only keys, one only a mouse, one says yes or no to predictions."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from playwright.sync_api import Page, expect

from benchmarks.parts.sea import LABELS, SPARE, STRIDE_S, Sound, sounds_in
from podcast_core.storage import submissions
from podcast_core.workspace import Workspace
from tests.browser.editor_page import Box, EditorPage

TOLERANCE_S = 0.3  # an edge that is further off has to be moved
SLACK_S = 0.6  # of start and end together, for what was nudged or drawn
COARSE_PIXELS = 10  # of an arrow key with Ctrl
CLICKS_REST_MS = 500
PATIENCE_MS = 20_000


@dataclass
class Tally:
    """What an annotator did: keys, clicks and drags; and how many boxes that put right."""

    actions: int = 0
    judged: int = 0
    corrected: int = 0


def sort_out(boxes: list[Box], truth: list[Sound]) -> tuple[list[Box], list[tuple[Box, Sound]], list[Box], list[Sound]]:
    """Compare boxes with the truth: right ones, those with a wrong edge, false ones, and missed sounds."""
    right, off, false = [], [], []
    missed = list(truth)
    for box in boxes:
        sound = next((each for each in missed if abs(each.start_s - box.start_s) < TOLERANCE_S), None)
        if sound is None:
            false.append(box)
            continue
        missed.remove(sound)
        if abs(sound.end_s - box.end_s) < TOLERANCE_S:
            right.append(box)
        else:
            off.append((box, sound))
    return right, off, false, missed


def press(editor: EditorPage, tally: Tally, *keys: str) -> None:
    """Press keys that count."""
    editor.press(*keys)
    tally.actions += len(keys)


def correct_by_keys(editor: EditorPage, truth: list[Sound], tally: Tally) -> None:
    """Correct the session on screen by keyboard alone."""
    boxes = editor.boxes()
    _right, off, false, missed = sort_out(boxes, truth)
    tally.judged += len(boxes)
    tally.corrected += len(off) + len(false) + len(missed)
    nudge_s = COARSE_PIXELS * editor.pixel()[0]
    wrong = {box.id for box in false} | {box.id for box, _ in off}
    ends = {box.id: sound.end_s for box, sound in off}
    if wrong:
        order = [box.id for box in boxes]
        last = max(order.index(box_id) for box_id in wrong)
        press(editor, tally, ".")
        for index, box in enumerate(boxes[: last + 1]):
            if box.id in ends:
                steps = round((box.end_s - ends[box.id]) / nudge_s)
                press(
                    editor,
                    tally,
                    *["Control+Shift+ArrowLeft" if steps > 0 else "Control+Shift+ArrowRight"] * abs(steps),
                )
            if box in false:
                press(editor, tally, "Delete")  # selects the next one
            elif index < last:
                press(editor, tally, ".")
        press(editor, tally, "Escape")
    at_s = 0.0
    for sound in missed:
        at_s = seek(editor, tally, at_s, sound.start_s)
        press(editor, tally, "b", str(1 + LABELS.index(sound.label)))
        drawn = next(box for box in editor.boxes() if box.id not in {each.id for each in boxes})
        steps = round((sound.end_s - drawn.end_s) / nudge_s)
        press(editor, tally, *["Control+Shift+ArrowRight" if steps > 0 else "Control+Shift+ArrowLeft"] * abs(steps))
        press(editor, tally, "Escape")
        boxes = editor.boxes()
    press(editor, tally, "Enter")


def seek(editor: EditorPage, tally: Tally, from_s: float, to_s: float) -> float:
    """Move the playhead by arrows: five seconds, one, a tenth."""
    left = to_s - from_s
    for step_s, chord in ((5.0, "Control+{}"), (1.0, "{}"), (0.1, "Shift+{}")):
        count = round(left / step_s)
        press(editor, tally, *[chord.format("ArrowRight" if count > 0 else "ArrowLeft")] * abs(count))
        left -= count * step_s
    return to_s - left


def correct_by_mouse(editor: EditorPage, truth: list[Sound], tally: Tally) -> None:
    """Correct the session on screen by mouse alone."""
    boxes = editor.boxes()
    _right, off, false, missed = sort_out(boxes, truth)
    tally.judged += len(boxes)
    tally.corrected += len(off) + len(false) + len(missed)
    for box, sound in off:
        middle_hz = (sound.low_hz + sound.high_hz) / 2
        editor.page.mouse.click(*editor.at((box.start_s + box.end_s) / 2, middle_hz))
        editor.drag(editor.at(box.end_s, middle_hz), editor.at(sound.end_s, middle_hz))
        tally.actions += 2
    for box in false:
        number = [each.id for each in editor.boxes()].index(box.id) + 1
        row = editor.root.locator(".boxes tbody tr").nth(number - 1)
        row.hover()  # the button is seen where the mouse is
        row.get_by_role("button", name=f"Delete box {number}", exact=True).click()
        tally.actions += 1
    for sound in missed:
        editor.drag(editor.at(sound.start_s, sound.high_hz), editor.at(sound.end_s, sound.low_hz))
        editor.root.locator(".labels .chip").nth(LABELS.index(sound.label)).click()
        tally.actions += 2
    editor.root.locator("[data-ref=submit]").click()
    tally.actions += 1


def correct_by_verify(editor: EditorPage, truth: list[Sound], tally: Tally) -> None:
    """Judge the predictions of the session on screen one by one; edges are not moved, and nothing is searched."""
    bar = editor.root.locator(".verify")
    if not tally.actions:
        press(editor, tally, "v")
    found = sorted(editor.view()["predictions"], key=lambda each: each["start_s"])
    starts = [sound.start_s for sound in truth]
    false = [each for each in found if min(abs(each["start_s"] - start_s) for start_s in starts) >= TOLERANCE_S]
    tally.judged += len(found)
    tally.corrected += len(false)
    for number, each in enumerate(found, start=1):
        expect(bar.locator(".count")).to_have_text(
            f"prediction {number} of {len(found)} in this session", timeout=PATIENCE_MS
        )
        press(editor, tally, "n" if each in false else "y")


ANNOTATORS: dict[str, Callable[[EditorPage, list[Sound], Tally], None]] = {
    "keys": correct_by_keys,
    "mouse": correct_by_mouse,
    "verify": correct_by_verify,
}


def count_right(workspace: Workspace, round_id: str, truth: dict[str, list[Sound]]) -> tuple[int, int, int]:
    """Compare what is stored with the truth: true boxes stored, boxes stored, sounds there were."""
    with workspace.database.reading() as connection:
        stored = submissions.list_submissions(connection, round_id)
    right = total = there = 0
    for answer in stored:
        left = list(truth[answer.session_id])
        there += len(left)
        total += len(answer.annotations)
        for box in answer.annotations:
            near = (
                each for each in left if abs(each.start_s - box.start_s) + abs(each.end_s - box.end_s) < 2 * SLACK_S
            )
            sound = next((each for each in near if each.label == box.label), None)
            if sound is not None:
                right += 1
                left.remove(sound)
    return right, total, there


def correct_round(page: Page, url: str, workspace: Workspace, name: str, sounds: list[Sound], count: int) -> None:
    """Let the annotator of that name correct ``count`` sessions of the round of that name."""
    truth = {f"sea_{number:04}": sounds_in(sounds, number * STRIDE_S) for number in range(count)}
    tally = Tally()
    editor = EditorPage(page, url).open(name)
    session_id = editor.wait_ready()
    if name == "mouse":
        editor.root.locator("details.boxes > summary").click()
        tally.actions += 1
    for _ in range(count):
        start_s = STRIDE_S * int(session_id.removeprefix("sea_"))
        shown = [
            replace(each, start_s=each.start_s - start_s, end_s=each.end_s - start_s) for each in truth[session_id]
        ]
        ANNOTATORS[name](editor, shown, tally)
        session_id = editor.wait_ready(after=session_id)
        page.wait_for_timeout(CLICKS_REST_MS if name == "mouse" else 0)  # two clicks on Submit in 0.4 s are one
    expect(page.get_by_text(f"{count} of {count + SPARE} sessions done")).to_be_visible()
    right, total, there = count_right(workspace, name, truth)
    print(f"Corrected by {name}: {count} sessions, {tally.judged} predictions, {tally.corrected} boxes wrong or missed")
    each = tally.actions / max(tally.corrected, 1)
    print(f"  {tally.actions / count:.1f} actions per session, {each:.1f} per corrected box")
    print(f"  {right} of {there} sounds are stored right, and {total - right} boxes that are none")


def correct_demo(page: Page, url: str) -> None:
    """Count the keys for one demo session: accept what is right, fix one box, delete one, add one, submit."""
    editor = EditorPage(page, url).open("demo")
    session_id = editor.wait_ready()
    tally = Tally()
    before = editor.boxes()
    press(editor, tally, ".", "Control+Shift+ArrowRight", ".", "Delete")  # the first one fixed, the second deleted
    press(editor, tally, "Escape", "Control+ArrowRight", "b", "2")  # a new one, five seconds into the session
    after = editor.boxes()
    press(editor, tally, "Enter")
    editor.wait_ready(after=session_id)
    kept = {box.id for box in before} & {box.id for box in after}
    fixed = sum(1 for box in after if box.origin == "model_edited")
    said = f"{len(kept) - fixed} boxes accepted, {fixed} fixed, {len(before) - len(kept)} deleted"
    print(f"One demo session by keys: {said}, {len(after) - len(kept)} added, submitted: {tally.actions} keys")
