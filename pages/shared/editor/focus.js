// Who has the keyboard. What is done with the pointer leaves it to the spectrogram, so that Space plays, Delete deletes
// the selected boxes and a digit is a label: a button or field that was clicked must not answer to the next key.

export const FIELD = "input:not([type=range], [type=checkbox]), textarea, select, [contenteditable]:not([contenteditable=false])";
const POINTED = "select, input[type=range], input[type=checkbox]"; // done with once they have been changed by the pointer

/** What has the focus, also inside the editor's shadow root; null where the page itself has it. */
export function focused() {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  return node === document.body ? null : node;
}

export class Keyboard {
  #stage;

  /** `root` is the editor, `stage` what gets the focus. */
  constructor(root, stage, signal) {
    let pointed = false;
    const on = (type, handler) => root.addEventListener(type, handler, { signal, capture: true });
    Object.assign(this, { root });
    this.#stage = stage;
    stage.tabIndex = -1;
    on("pointerdown", () => (pointed = true));
    on("keydown", () => (pointed = false));
    on("change", ({ target }) => pointed && target.matches(POINTED) && this.take());
    on("mousedown", (event) => {
      if (!event.target.closest("button, summary")) return;
      event.preventDefault(); // no focus: Space would press it again
      if (focused()?.matches(FIELD)) this.take(); // whoever clicks has done with typing
    });
  }

  /** Give the keyboard to the spectrogram; what was typed in a field is kept. */
  take() {
    this.#stage.focus({ preventScroll: true });
  }

  /** Leave whatever has the focus; says whether it was a field. */
  leave() {
    const node = focused();
    if (!node || !this.root.contains(node)) return false;
    this.take();
    return node.matches(FIELD);
  }
}
