// The ways to work on a round: edit boxes, verify predictions one by one, or many at once. One is on at a time.

import { el } from "../../web/dom.js";
import { GRID_KEYS, VERIFY_KEYS } from "../input/shortcuts.js";

/** @import { ModeKey, WayToWork } from "../../web/types.js" */
/** @import { Keymap } from "../input/personal_keys.js" */

// Keys of each way to work, and the groups of other keys that keep their meaning.
/** @type {Record<string, ModeKey[]>} */
const KEYS = { verify: VERIFY_KEYS, grid: GRID_KEYS };
/** @type {Record<string, Set<string>>} */
const KEPT = { verify: new Set(["Sound", "Picture", "Labels", "Modes"]), grid: new Set(["Modes"]) };

export class WorkSwitch {
  /** @type {HTMLButtonElement[]} */ #buttons;
  /** @type {HTMLElement} */ root;
  /** @type {Record<string, WayToWork>} */ modes;

  /**
   * `modes` are {name: mode}, each with `active`, `enter()` and `leave()`; "edit" is what is left.
   * @param {HTMLElement} root
   * @param {HTMLElement} slot
   * @param {Record<string, WayToWork>} modes
   */
  constructor(root, slot, modes) {
    this.root = root;
    this.modes = modes;
    /** @param {string} name @param {string} title @param {string} action */
    const button = (name, title, action) =>
      el("button", { "data-do": action, "data-work": name, "aria-pressed": "false", title }, title);
    this.#buttons = [
      button("edit", "Edit", "editMode"),
      button("verify", "Verify", "verifyMode"),
      button("grid", "Grid", "gridMode"),
    ];
    slot.prepend(el("span", { class: "works", role: "group", "aria-label": "Mode" }, ...this.#buttons));
    this.draw();
  }

  get now() {
    return Object.keys(this.modes).find((name) => this.modes[name].active) ?? "edit";
  }

  /** @param {string} name */
  use(name) {
    const before = this.now;
    if (before === name) return true;
    this.modes[before]?.leave();
    this.modes[name]?.enter();
    this.draw();
    return true;
  }

  draw() {
    this.root.dataset.work = this.now;
    for (const button of this.#buttons) button.setAttribute("aria-pressed", String(button.dataset.work === this.now));
  }

  /**
   * What a chord stands for in the present way to work.
   * @param {string} chord
   * @param {Keymap} keymap
   */
  find(chord, keymap) {
    const item = keymap.find(chord);
    if (this.now === "edit") return item;
    const own = KEYS[this.now].find(({ chords }) => chords.includes(chord));
    return own ?? (item && (KEPT[this.now].has(item.group) || item.action === "help") ? item : undefined);
  }
}
