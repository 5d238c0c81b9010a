// The overlay with all shortcuts, where they can be changed, and the short legend below the editor.

import { chordOf } from "../../web/chords.js";
import { el } from "../../web/dom.js";
import { isChangeable } from "../input/personal_keys.js";

/** @import { Keymap } from "../input/personal_keys.js" */
/** @import { Label, Shortcut } from "../../web/types.js" */

const LEGEND = ["togglePlay", "removeBox", "undo", "submit", "skip", "accept", "reject", "help"];
/** @type {Record<string, string>} */
const SHORT = {
  togglePlay: "play",
  removeBox: "delete",
  undo: "undo",
  submit: "submit",
  skip: "skip",
  accept: "accept",
  reject: "reject",
  help: "all shortcuts",
};
const MODIFIERS = ["Shift", "Control", "Alt", "Meta", "AltGraph"];

/** @param {string} text */
const key = (text) => el("kbd", {}, text);

const DECIDING = () =>
  [
    ["1 2", "take a person’s"],
    ["C", "consensus"],
    ["Tab", "next difference"],
    ["A B", "choose"],
  ].map(([keys, text]) => el("span", {}, key(keys), ` ${text}`));

/**
 * The few shortcuts that everybody needs, as a line of elements.
 * @param {Keymap} keymap
 */
export function makeLegend(keymap) {
  const items = keymap.items.filter((item) => LEGEND.includes(item.action));
  /** @param {Shortcut} item */
  const name = ({ action }) => (action === "submit" && keymap.mode === "adjudicate" ? "make gold" : SHORT[action]);
  const parts = items.map((item) => el("span", {}, key(keymap.keysOf(item)), ` ${name(item)}`));
  if (keymap.mode !== "view")
    parts.splice(
      1,
      0,
      el("span", {}, key("drag"), " draw"),
      ...(keymap.mode === "adjudicate" ? DECIDING() : [el("span", {}, key("1 – 9"), " label")]),
      el("span", {}, key(keymap.keysOfAction("pickLabel")), " find a label"),
    );
  return parts;
}

/** A modal dialog that lists the shortcuts; a click on a key waits for another one in its place. */
export class Help {
  element = el("dialog", { class: "help", "aria-label": "Keyboard shortcuts" });
  #columns = el("div", { class: "columns" });
  #reset = el("button", { class: "small", onclick: () => this.#restore() }, "All usual keys");
  #status = el("p", { class: "status", role: "status" });
  /** @type {Shortcut | null} */ #waiting = null; // the row that waits for a key
  /** @type {Keymap} */ keymap;
  /** @type {() => Label[]} */ labels;
  /** @type {() => void} */ onchange;

  /**
   * `labels()` are those of the round; `onchange()` is told when a key has changed.
   * @param {Keymap} keymap
   * @param {() => Label[]} labels
   * @param {() => void} onchange
   */
  constructor(keymap, labels, onchange) {
    this.keymap = keymap;
    this.labels = labels;
    this.onchange = onchange;
    const close = el(
      "button",
      { onclick: () => this.element.close(), "aria-label": "Close the list of shortcuts" },
      "Close",
    );
    this.element.append(
      el("header", {}, el("h2", {}, "Keyboard shortcuts"), this.#reset, close),
      el("p", { class: "hint" }, "Click a key to change it. This browser remembers your keys."),
      this.#columns,
      this.#status,
    );
    this.element.addEventListener("click", (event) => event.target === this.element && this.element.close());
    this.element.addEventListener("keydown", (event) => this.#pressed(event));
    this.element.addEventListener("close", () => this.#wait(null));
    this.#draw();
  }

  showModal() {
    this.#say("");
    this.element.showModal();
  }

  get open() {
    return this.element.open;
  }

  /** Esc: stop waiting for a key, or close. */
  leave() {
    if (this.#waiting) this.#wait(null);
    else this.element.close();
    return true;
  }

  #draw() {
    const { items } = this.keymap;
    const groups = [...new Set(items.map((item) => item.group))];
    this.#columns.replaceChildren(
      ...groups.map((group) =>
        el(
          "section",
          {},
          el("h3", {}, group),
          el("dl", {}, ...items.filter((item) => item.group === group).flatMap((item) => this.#row(item))),
        ),
      ),
    );
    this.#reset.hidden = !this.keymap.changed;
  }

  /** @param {Shortcut} item */
  #row(item) {
    const text = this.#waiting === item ? "press a key…" : this.keymap.keysOf(item);
    const change = () => this.#wait(this.#waiting === item ? null : item);
    const shown = isChangeable(item)
      ? el(
          "button",
          {
            class: `key${this.keymap.isOwn(item) ? " own" : ""}`,
            "aria-label": `${item.text}: ${text}, change`,
            onclick: change,
          },
          key(text),
        )
      : key(text);
    return [el("dt", {}, shown), el("dd", {}, item.text)];
  }

  /** @param {Shortcut | null} item */
  #wait(item) {
    this.#waiting = item;
    this.#say(item ? `Press the key for “${item.text}”, or Esc to leave it as it is.` : "");
    this.#draw();
    this.element.tabIndex = -1;
    if (this.element.open) this.element.focus();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (MODIFIERS.includes(event.key) || event.defaultPrevented) return;
    const item = this.#waiting;
    const chord = chordOf(event);
    if (!item && !["?", "Escape"].includes(chord)) return;
    event.preventDefault();
    event.stopPropagation();
    if (!item || chord === "Escape") return this.leave();
    const problem = this.keymap.problem(item, chord, this.labels());
    if (problem) return this.#say(`${problem} Press another key, or Esc.`);
    this.keymap.change(item.action, chord);
    this.#wait(null);
    this.#say(`${item.text}: ${this.keymap.keysOf(item)}`);
    this.onchange();
  }

  #restore() {
    this.keymap.reset();
    this.#wait(null);
    this.onchange();
  }

  /** @param {string} text */
  #say(text) {
    this.#status.textContent = text;
  }
}
