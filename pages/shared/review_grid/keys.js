// What keys do in the grid, wherever in it the focus is.

import { chordOf, FIELD } from "../web/chords.js";
import { countOf } from "../web/numbers.js";
import { neighbour } from "./layout.js";

export class Keys {
  /** @type {import("./box_grid.js").BoxGrid} */ #grid;
  /** @type {import("./acts.js").Acts} */ #acts;

  /**
   * @param {import("./box_grid.js").BoxGrid} grid
   * @param {HTMLElement} root
   * @param {import("./acts.js").Acts} acts
   */
  constructor(grid, root, acts) {
    this.#grid = grid;
    this.#acts = acts;
    root.addEventListener("keydown", (event) => this.#press(event));
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.defaultPrevented || target.matches(FIELD) || !this.#take(event, target.matches("button"))) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {KeyboardEvent} event @param {boolean} isOnButton */
  #take(event, isOnButton) {
    const grid = this.#grid;
    const chord = chordOf(event);
    if (isOnButton && ["Space", "Enter"].includes(chord)) return false;
    if (chord === "Escape") this.#leave();
    else if (chord === "Ctrl+a") this.#selectAll();
    else if (chord === "Ctrl+z") this.#acts.undo();
    else if (chord === "Arrow" && !event.ctrlKey && !event.altKey) this.#move(event);
    else if (chord === "Space") grid.select([grid.boxes[grid.focus]].filter(Boolean));
    else if (chord === "Enter") grid.play(grid.focus);
    else if (chord === "Shift+Enter") grid.open();
    else if (["Delete", "Backspace"].includes(chord)) this.#acts.give("");
    else {
      const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
      const label = isPlain && grid.data.labels.find(({ hotkey }) => hotkey === event.key);
      if (!label) return false;
      this.#acts.give(label.name);
    }
    return true;
  }

  /** Leave a question; where there is none, what is selected. */
  #leave() {
    const grid = this.#grid;
    if (!this.#acts.cancel()) {
      grid.selected.clear();
      grid.draw();
    }
    grid.focusOn();
  }

  /** @param {KeyboardEvent} event */
  #move(event) {
    const grid = this.#grid;
    const index = neighbour(grid.focus, event.key, grid.columns, grid.boxes.length);
    if (event.shiftKey) grid.selectTo(index);
    else grid.anchor = index;
    grid.focusOn(index);
  }

  #selectAll() {
    const { boxes, selected, total, controls } = this.#grid;
    for (const box of boxes) if (box.fate !== "removed") selected.add(box);
    this.#grid.draw();
    const rest = total - boxes.length;
    if (rest > 0) controls.say(`${countOf(rest, "box", "boxes")} further down are not loaded, and not selected.`);
  }
}
