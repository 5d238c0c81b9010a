// Which label: the bar with the first ones, the picker with all, the keys of labels; and what is said when one is chosen.

import { el } from "../../web/dom.js";
import { labelWithKey, lookOf } from "../model/labels.js";
import { readRecent, saveRecent } from "../network/browser_storage.js";
import { icon } from "./icons.js";
import { Picker } from "./label_picker.js";

/** @import { Label, LabelHost, LabelLook, SessionView } from "../../web/types.js" */
/** @import { Editor } from "../editor.js" */

const CHIPS = 12; // in the bar at most, if there is room
const RECENT = 8;
const GAP_PX = 6; // between two chips, and at the end
const FEW = 4; // more need a line of their own, see windows.css

/** @param {LabelLook} labelLook */
const swatch = ({ color, pattern }) =>
  el("span", { class: "swatch", "data-pattern": pattern, style: `--color: ${color}` });

/**
 * The labels that stand in the bar: all of a few, else those with a key.
 * @param {Label[]} labels
 */
export function labelsOfBar(labels) {
  return (labels.length <= CHIPS ? labels : labels.filter(({ hotkey }) => hotkey)).slice(0, CHIPS);
}

/**
 * What to say once boxes that were `before` (their labels) are `name`, and new ones will be.
 * @param {string} name
 * @param {string[]} before
 */
export function saidOf(name, before) {
  if (!before.length) return `No box is selected: new boxes are “${name}” from now on.`;
  const others = [...new Set(before)].filter((label) => label !== name);
  const boxes = before.length === 1 ? "1 box" : `${before.length} boxes`;
  if (!others.length)
    return `${before.length === 1 ? "The selected box is" : `The ${boxes} are`} “${name}” already; new boxes are, too.`;
  return `Relabelled ${boxes}${others.length === 1 ? ` from “${others[0]}”` : ""} to “${name}”; new boxes get it, too.`;
}

/**
 * What it needs of the editor, some of which comes after it.
 * @type {(editor: Editor) => LabelHost}
 */
export const labelHost = (editor) => ({
  keymap: editor.keymap,
  view: () => editor.workflow?.view ?? null,
  selected: () => editor.editing?.selected ?? null,
  label: () => editor.editing?.label ?? null,
  canEdit: () => Boolean(editor.workflow?.canEdit) && !editor.grid?.active,
  judging: () => (editor.verify?.active ? editor.verify : null),
  setLabel: (name) => editor.editing.setLabel(name),
  say: (text, button) => editor.workflow.say(text, button),
  take: () => editor.keyboard.take(),
});

export class Labelling {
  /** @type {HTMLElement} */ #bar;
  /** @type {HTMLButtonElement} */ #more; // the button of the picker
  /** @type {HTMLButtonElement[]} */ #chips = [];
  #key = ""; // of the labels that have chips
  /** @type {string[]} */ #recent;
  #width = 0; // that the chips were fitted into
  /** @type {ResizeObserver} */ #observer; // of the bar and its chips: fonts come late, and what is pressed is bold
  /** @type {string} */ roundId;
  /** @type {LabelHost} */ host;
  /** @type {Picker} */ picker;

  /** `host` offers view(), selected(), label() (of new boxes), canEdit(), judging() (see rapid_verify.js), setLabel(name), say(), take(),
   * keymap.
   * @param {HTMLElement} bar
   * @param {HTMLElement} root
   * @param {string} roundId
   * @param {LabelHost} host
   * @param {AbortSignal} signal
   */
  constructor(bar, root, roundId, host, signal) {
    this.roundId = roundId;
    this.host = host;
    this.#bar = bar;
    this.#recent = readRecent(roundId);
    this.picker = new Picker(
      root,
      { /** @param {string} name */ choose: (name) => this.use(name), closed: () => host.take() },
      signal,
    );
    this.#more = el("button", {
      class: "chip more",
      "data-do": "pickLabel",
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
    });
    this.#observer = new ResizeObserver(() => this.#refit());
    this.#observer.observe(bar);
    signal.addEventListener("abort", () => this.#observer.disconnect());
  }

  get recent() {
    return this.#recent;
  }

  /**
   * Use a label: for the prediction that is judged, or for the selected boxes and new ones. Says what it did.
   * @param {string} name
   */
  use(name) {
    const { host } = this;
    const done = host.judging() ? host.judging().relabel(name) : this.#set(name);
    if (!done) return false;
    this.#recent = [name, ...this.#recent.filter((other) => other !== name)].slice(0, RECENT);
    saveRecent(this.roundId, this.#recent);
    return true;
  }

  /** @param {string} name */
  #set(name) {
    const before = this.host.setLabel(name);
    if (!before) return false;
    this.host.say(
      saidOf(name, before),
      before.some((label) => label !== name) ? { label: "Undo", action: "undo" } : null,
    );
    return true;
  }

  /** @param {string} key */
  useKey(key) {
    const label = labelWithKey(this.host.view()?.labels ?? [], key);
    return label ? this.use(label.name) : false;
  }

  /**
   * Open the list of all labels, at `anchor`, or close it.
   * @param {HTMLElement} [anchor]
   */
  pick(anchor = this.#more) {
    const { host } = this;
    if (this.picker.isOpen) return this.picker.close();
    if (!host.view() || !host.canEdit()) return false;
    this.picker.open(anchor, host.view(), host.selected()?.label ?? host.label(), this.#recent);
    return true;
  }

  // The bar -------------------------------------------------------------------------------------------

  draw() {
    const { host } = this;
    const view = host.view();
    const shown = labelsOfBar(view?.labels ?? []);
    const key = JSON.stringify([shown, view?.labels.length]);
    if (key !== this.#key) {
      this.#key = key;
      this.#chips = shown.map((label) => this.#chip(label, view));
      for (const chip of this.#bar.children) this.#observer.unobserve(chip);
      this.#bar.replaceChildren(...this.#chips, this.#more);
      this.#bar.classList.toggle("many", shown.length > FEW);
      for (const chip of this.#bar.children) this.#observer.observe(chip);
      this.#width = 0;
    }
    const canEdit = host.canEdit();
    const current = host.selected()?.label ?? host.label();
    for (const chip of this.#chips) {
      chip.setAttribute("aria-pressed", String(chip.dataset.name === current));
      chip.toggleAttribute("data-next", chip.dataset.name === host.label() && canEdit); // of new boxes
      chip.disabled = !canEdit;
    }
    this.#more.disabled = !canEdit;
    if (this.#drawMore() || !this.#width) this.#fit();
  }

  /** @param {Label} label @param {SessionView} view */
  #chip({ name, hotkey, description }, view) {
    const { keymap } = this.host;
    const isTaken = hotkey && keymap.find(hotkey);
    const why = isTaken ? `${hotkey} means something else here: find it by ${keymap.keysOfAction("pickLabel")}` : "";
    return el(
      "button",
      {
        class: "chip",
        "data-do": "label",
        "data-name": name,
        style: `--color: ${lookOf(name, view).color}`,
        title: [description || name, why].filter(Boolean).join(". "),
      },
      hotkey && !isTaken ? el("kbd", {}, hotkey) : null,
      swatch(lookOf(name, view)),
      el("span", { class: "name" }, name),
    );
  }

  /** The button of the list names the label that is used where that has no chip in sight; says whether it changed. */
  #drawMore() {
    const { host } = this;
    const view = host.view();
    const current = host.selected()?.label ?? host.label();
    if (!view || current === null) return false;
    const inSight = this.#chips.some((chip) => !chip.hidden && chip.dataset.name === current);
    const key = JSON.stringify([inSight, current, view.labels.length, host.keymap.tooltip("pickLabel")]);
    if (this.#more.dataset.key === key) return false;
    const more = this.#more;
    more.dataset.key = key;
    more.title = host.keymap.tooltip("pickLabel");
    more.setAttribute("aria-label", `${inSight ? "" : `${current}; `}all ${view.labels.length} labels`);
    more.setAttribute("aria-pressed", String(!inSight));
    more.style.setProperty("--color", lookOf(current, view).color);
    const sign = el("span", { class: "sign" });
    sign.innerHTML = icon("search");
    const shown = inSight ? [] : [swatch(lookOf(current, view)), el("span", { class: "name" }, current)];
    more.replaceChildren(...shown, sign, el("kbd", {}, host.keymap.keysOfAction("pickLabel")));
    return true;
  }

  // Chips that have no room are hidden, from Tab as well: the list has them all.
  #fit() {
    this.#width = this.#bar.clientWidth;
    if (!this.#width) return; // another way to work is on
    this.#hide();
    if (this.#drawMore()) this.#hide(); // its name needs room
  }

  #refit() {
    const { clientWidth, scrollWidth } = this.#bar;
    if (clientWidth !== this.#width || scrollWidth > clientWidth) this.#fit();
  }

  #hide() {
    for (const chip of this.#chips) chip.hidden = false;
    const room = this.#bar.getBoundingClientRect().right - this.#more.offsetWidth - GAP_PX;
    const ends = this.#chips.map((chip) => chip.getBoundingClientRect().right);
    this.#chips.forEach((chip, index) => (chip.hidden = ends[index] > room));
  }
}
