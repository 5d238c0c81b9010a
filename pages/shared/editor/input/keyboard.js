// Who has the keyboard. What is done with the pointer leaves it to the spectrogram, so that Space plays, Delete deletes
// the selected boxes and a digit is a label: a button or field that was clicked must not answer to the next key.

import { chordOf, FIELD } from "../../web/chords.js";

/** @import { ModeKey, Shortcut } from "../../web/types.js" */

const POINTED = "select, input[type=range], input[type=checkbox]"; // done with once they have been changed by the pointer

/** What has the focus, also inside the editor's shadow root; null where the page itself has it. */
function focused() {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  return node === document.body ? null : node;
}

export class Keyboard {
  /** @type {HTMLElement} */ #stage;
  /** @type {HTMLElement} */ root;

  /**
   * `root` is the editor, `stage` what gets the focus.
   * @param {HTMLElement} root
   * @param {HTMLElement} stage
   * @param {AbortSignal} signal
   */
  constructor(root, stage, signal) {
    let pointed = false;
    /** @param {string} type @param {(event: any) => unknown} handler */
    const on = (type, handler) => root.addEventListener(type, handler, { signal, capture: true });
    this.root = root;
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

  /** Take the keyboard when the page is there, also from the link that led here: Enter would follow that again. */
  arrive() {
    const node = focused();
    if (!node || node.matches("a[href]")) this.take();
  }

  /** Leave whatever has the focus; says whether it was a field. */
  leave() {
    const node = focused();
    if (!node || !this.root.contains(node)) return false;
    this.take();
    return node.matches(FIELD);
  }
}

const OWN_KEYS =
  "button, a[href], summary, [role=button], [role=tab], [role=option], [role=combobox], [role=radio], [role=checkbox], [role=slider], input";

/**
 * Space plays, wherever the focus is; nothing is ever deleted by it.
 * @param {any} event
 * @param {string} chord
 */
const isDeleting = (event, chord) => chord === "Space" && event.composedPath()[0].closest?.("[data-deletes]");

/** A field of the page around the editor: its text, and not a list that Esc closes. */
const OUTSIDE = "input:not([role=combobox], [aria-expanded=true]), textarea";

/**
 * Does this key belong to the element that has the focus, or to a dialog?
 * @param {KeyboardEvent} event
 * @param {string} chord
 */
function belongsElsewhere(event, chord) {
  const target = event.composedPath()[0];
  if (document.querySelector("[role=dialog]")) return true;
  if (!(target instanceof Element)) return false;
  const dialog = target.closest("dialog");
  if (dialog) return dialog.open; // the focus stays in a dialog for a moment after it was closed
  if (target.closest(FIELD)) return chord !== "Escape" || !target.closest(".podcast-editor");
  if (isDeleting(event, chord)) return false;
  if (!target.matches(":focus-visible") && !target.closest(".podcast-editor")) return false; // a button of the page that was clicked
  return (
    Boolean(target.closest(OWN_KEYS)) &&
    ["Space", "Enter", "Arrow", "PageUp", "PageDown", "Home", "End"].includes(chord)
  );
}

// Esc leaves the fields around the editor, too; a dialog is closed by it as a whole.
/** @param {EventTarget} target */
function leaveOutside(target) {
  if (!(target instanceof HTMLElement) || target.closest(".podcast-editor, [role=dialog], dialog")) return;
  if (target.matches(OUTSIDE)) target.blur();
}

/**
 * Listen to the whole page. `keymap` says what a chord stands for; `run(action, event)` returns false for what it
 * does not take; `relabel(key)` is offered every other single character and returns whether it is a label's.
 * @param {{ find(chord: string): Shortcut | ModeKey | undefined }} keymap
 * @param {{ run(action: string, event: KeyboardEvent): unknown; relabel(key: string): boolean; released(event: KeyboardEvent): unknown }} options
 * @param {AbortSignal} signal
 */
export function listen(keymap, { run, relabel, released }, signal) {
  /** @param {KeyboardEvent} event */
  const handle = (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    const chord = chordOf(event);
    if (chord === "Escape") leaveOutside(event.composedPath()[0]);
    if (belongsElsewhere(event, chord)) return;
    const item = keymap.find(chord);
    const taken = item
      ? (event.repeat && !item.repeats) || run(item.action, event) !== false
      : !event.repeat && relabel(chord);
    if (taken) event.preventDefault();
  };
  document.addEventListener("keydown", handle, { signal, capture: true });
  document.addEventListener(
    "keyup",
    (event) => {
      if (isDeleting(event, chordOf(event))) event.preventDefault(); // some browsers press a button only now
      released(event);
    },
    { signal, capture: true },
  );
}
