"""Keys: they can be changed, collisions are refused, and Python knows those of the editor."""

from typing import Any

from playwright.sync_api import expect

from pages.shared.assets import asset_url
from podcast_core.services.labels.rounds import EDITOR_KEYS
from tests.browser.conftest import NewPage, NewRound, OpenEditor
from tests.browser.editor_page import EditorPage
from tests.serving import Server


def change_key(editor: EditorPage, action: str, key: str) -> None:
    editor.press("?")
    editor.root.get_by_role("button", name=f"{action}:").click()
    editor.press(key)


def leave_help(editor: EditorPage) -> None:
    """Leave the overlay; the browser closes it a moment after the key."""
    editor.press("Escape")
    expect(editor.root.locator("dialog.help")).to_be_hidden()


def status(editor: EditorPage) -> Any:
    return editor.root.locator("dialog.help").get_by_role("status")


def test_python_knows_every_single_key_of_the_editor(server: Server, new_page: NewPage) -> None:
    page = new_page()
    page.goto(f"{server.url}/{asset_url('editor/input/shortcuts.js')}")
    source = """async (url) => {
      const {SHORTCUTS, VERIFY_KEYS, GRID_KEYS} = await import(url);
      const isDeciding = ({modes}) => modes?.every((mode) => mode === "adjudicate");  // its keys come before labels
      return [...SHORTCUTS, ...VERIFY_KEYS, ...GRID_KEYS].filter((each) => !isDeciding(each))
        .flatMap(({chords}) => chords ?? []);
    }"""
    chords: list[str] = page.evaluate(source, f"/{asset_url('editor/input/shortcuts.js')}")
    assert {chord for chord in chords if len(chord) == 1} == EDITOR_KEYS


def press_after_overlay(editor: EditorPage) -> None:
    """Where nothing had the focus, it is in the closed overlay for a moment: until the browser draws again."""
    before = len(editor.boxes())
    pressed = """(root) => {
      root.getRootNode().activeElement?.blur();
      const press = (key) => {
        const active = root.getRootNode().activeElement ?? document.body;
        active.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, composed: true, cancelable: true}));
        return active.closest("dialog") !== null;
      };
      return ["?", "Escape", "b", "?", "Escape", "b"].map(press);
    }"""
    assert editor.root.evaluate(pressed) == [False, True, True, True, True, True]
    assert len(editor.boxes()) == before + 2


def refuse_taken_keys(editor: EditorPage) -> None:
    """A key that is taken is refused with the reason."""
    before = len(editor.boxes())
    session_id = editor.session_id
    problems = {"s": "S is taken: Skip", "1": "key of the label “call”", "Control+b": "are reserved for the browser"}
    for count, (key, problem) in enumerate(problems.items(), start=1):
        change_key(editor, "New box at the playhead", key)
        expect(status(editor)).to_contain_text(problem)
        editor.press("Escape")
        expect(status(editor)).to_be_hidden()
        leave_help(editor)
        editor.press("b")
        assert len(editor.boxes()) == before + count
        assert editor.session_id == session_id


def choose_another(editor: EditorPage) -> None:
    """A person can choose another key, and the browser remembers it."""
    before = len(editor.boxes())
    change_key(editor, "New box at the playhead", "w")
    expect(status(editor)).to_contain_text("W")
    leave_help(editor)
    editor.press("b")
    assert len(editor.boxes()) == before
    editor.press("w")
    assert len(editor.boxes()) == before + 1
    editor.page.reload()
    editor.wait_ready()
    editor.press("w")
    assert len(editor.boxes()) == before + 2  # the draft with one, and another
    editor.press("?")
    editor.button("All usual keys").click()
    leave_help(editor)
    editor.press("b")
    assert len(editor.boxes()) == before + 3


def test_keys_can_be_changed_but_not_to_taken_ones_and_none_is_lost(
    open_editor: OpenEditor, new_round: NewRound
) -> None:
    editor = open_editor(new_round(2).id)
    editor.wait_ready()
    for step in (press_after_overlay, refuse_taken_keys, choose_another):
        step(editor)
