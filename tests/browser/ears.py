"""What a page plays, heard from within it."""

from typing import Any

from tests.browser.editor_page import EditorPage

# The <audio> elements are in no document: remember what is played, and where it was paused, in session time.
EARS = """() => {
  const {play, pause} = HTMLMediaElement.prototype;
  const speedOf = (sound) => Number(new URL(sound.src).searchParams.get("speed") ?? 1);
  const ears = window.ears = {sound: null, pauses: [], starts: 0};
  ears.time = () => ears.sound.currentTime * speedOf(ears.sound);
  HTMLMediaElement.prototype.play = function () { ears.sound = this; ears.starts += 1; return play.call(this); };
  HTMLMediaElement.prototype.pause = function () {
    if (!this.paused) ears.pauses.push(this.currentTime * speedOf(this));
    return pause.call(this);
  };
}"""


def listen(editor: EditorPage) -> None:
    editor.wait_ready()
    editor.page.evaluate(EARS)


def ears(editor: EditorPage, what: str) -> Any:
    return editor.page.evaluate(f"() => window.ears.{what}")


def wait_for_sound(editor: EditorPage, since_s: float = 0.0) -> None:
    """Wait until something is heard that lies behind a time of the session."""
    editor.page.wait_for_function(
        "(since) => window.ears.sound && !window.ears.sound.paused && window.ears.time() > since",
        arg=since_s,
        polling=50,
    )


def state(editor: EditorPage) -> str:
    text: str = editor.root.locator(".sound-state").inner_text()
    return text
