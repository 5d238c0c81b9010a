// What is selected, as a grid or a table; the quick check; labels for all of it.

import { el } from "../../web/dom.js";
import { VirtualList } from "../../web/virtual_list.js";
import { isPart } from "../model/selection.js";
import { makeRow, makeTile } from "../view/clip_views.js";
import { countClips } from "./common.js";
import { QuickCheck } from "./quick_check.js";

/** @import { Parts } from "../../web/types.js" */
/** @import { Explorer } from "../explorer.js" */

const TILE_PX = 118;
/** @type {Record<string, (width: number) => { columns: number, height: number }>} */
const LAYOUTS = {
  /** @param {number} width */
  grid: (width) => ({ columns: Math.max(Math.floor(width / TILE_PX), 2), height: 92 }),
  table: () => ({ columns: 1, height: 34 }),
};

export class SelectionPanel {
  title = "Selection";
  /** @type {import("../explorer.js").Explorer} */ #explorer;
  #shape = "grid";
  #shown = ""; // the selection that the list shows
  /** @type {Uint32Array<any>} */ #selected = new Uint32Array(0); // the one that the quick check is about
  /** @type {Parts} */ #parts = {};
  /** @type {QuickCheck} */ #check;
  /** @type {VirtualList} */ #list;
  /** @type {HTMLElement} */ element;

  /** @param {Explorer} explorer */
  constructor(explorer) {
    this.#explorer = explorer;
    /** @type {<Made extends HTMLElement>(name: string, node: Made) => Made} */
    const part = (name, node) => (this.#parts[name] = node);
    /** @param {string} name @param {string} text @param {() => unknown} run @param {string} [className] */
    const button = (name, text, run, className = "") =>
      part(name, el("button", { class: className, onclick: run }, text));
    this.#check = new QuickCheck(explorer, () => this.update());
    this.#list = new VirtualList({
      layout: (width) => LAYOUTS[this.#shape](width),
      render: (index) => (this.#shape === "grid" ? makeTile : makeRow)(explorer, this.#numbers[index]),
    });
    part("count", el("strong", { class: "count", "aria-live": "polite" }));
    part(
      "label",
      el("input", {
        type: "text",
        list: "explore-labels",
        placeholder: "Label",
        "aria-label": "Label for the selection",
        maxlength: 80,
        autocomplete: "off",
        oninput: () => this.update(),
        onkeydown: (event) => event.key === "Enter" && this.#apply(),
      }),
    );
    part("labels", el("datalist", { id: "explore-labels" }));
    part("recent", el("div", { class: "chips" }));
    part("hint", el("p", { class: "hint" }));
    const shapes = part(
      "shapes",
      el(
        "div",
        { class: "modes", role: "group", "aria-label": "Show as" },
        ...["grid", "table"].map((shape) =>
          el("button", { "data-shape": shape, onclick: () => this.#show(shape) }, shape === "grid" ? "Grid" : "Table"),
        ),
      ),
    );
    this.element = el(
      "section",
      { class: "selection" },
      el(
        "div",
        { class: "head" },
        this.#parts.count,
        button("clear", "Clear", () => explorer.selection.clear(), "link"),
      ),
      this.#parts.hint,
      part(
        "acts",
        el(
          "div",
          { class: "acts" },
          this.#check.element,
          el(
            "div",
            { class: "line" },
            this.#parts.label,
            this.#parts.labels,
            button("apply", "Apply", () => this.#apply(), "first"),
            button("remove", "Remove label", () => this.#remove()),
          ),
          this.#parts.recent,
          el(
            "div",
            { class: "line between" },
            shapes,
            button("undo", "Undo", () => explorer.labelling.undo(), "link"),
          ),
        ),
      ),
      this.#list.element,
    );
  }

  get #numbers() {
    return this.#explorer.selection.numbers;
  }

  update() {
    const { selection, labelling } = this.#explorer;
    const { count, hint, acts, apply, remove, undo, clear, labels, recent, label, shapes } = this.#parts;
    const { size } = selection;
    this.#followSelection();
    count.textContent = size ? `${countClips(size)} selected` : "Nothing is selected";
    hint.textContent = size
      ? this.#filteredHint()
      : "Draw around some points on the map, or click one. Then listen to a few and label them all at once.";
    hint.hidden = !hint.textContent;
    acts.hidden = !size && !labelling.latest;
    clear.hidden = !size;
    undo.hidden = !labelling.latest;
    undo.title = labelling.latest;
    apply.disabled = !size || !label.value.trim() || labelling.isBusy;
    remove.disabled = !size || labelling.isBusy;
    for (const each of shapes.children) each.setAttribute("aria-pressed", String(each.dataset.shape === this.#shape));
    labels.replaceChildren(
      ...labelling.labels.map(({ name, hotkey }) => el("option", { value: name }, hotkey ? `key ${hotkey}` : "")),
    );
    const names = [...new Set([...labelling.recent, ...labelling.labels.map(({ name }) => name)])].slice(0, 6);
    recent.replaceChildren(...names.map((name) => this.#chip(name)));
    const shown = `${this.#shape} ${size} ${selection.numbers[0]} ${selection.numbers.at(-1)} ${this.#digest()}`;
    if (shown !== this.#shown) this.#list.show(size);
    this.#shown = shown;
  }

  #filteredHint() {
    if (!this.#explorer.selection.isFiltered) return "";
    const hidden = this.#explorer.selection.chosen.length - this.#explorer.selection.size;
    return hidden ? `${hidden.toLocaleString("en")} more are hidden by filters and get no label.` : "";
  }

  // Cheap, and other for another selection or other labels.
  #digest() {
    let sum = 0;
    const { values } = this.#explorer.columns.find("label") ?? {};
    for (const number of this.#numbers) sum = (Math.imul(sum, 31) + number * 7 + (values?.[number] ?? 0)) | 0;
    return sum;
  }

  // Another lasso is another question; clips that were taken out of this one are not.
  #followSelection() {
    const { numbers } = this.#explorer.selection;
    if (numbers === this.#selected) return;
    if (!numbers.length || !isPart(numbers, this.#selected)) this.#check.reset();
    this.#selected = numbers;
    if (!this.#check.isRunning) this.#check.draw();
  }

  /** @param {string} name */
  #chip(name) {
    const label = this.#explorer.labelling.labels.find((each) => each.name === name);
    return el(
      "button",
      { class: "chip", "data-label": name, onclick: () => ((this.#parts.label.value = name), this.update()) },
      el("span", { class: "dot", style: `--color: ${label?.color ?? "transparent"}` }),
      name,
      label?.hotkey ? el("kbd", {}, label.hotkey) : null,
    );
  }

  /** @param {string} shape */
  #show(shape) {
    this.#shape = shape;
    this.update();
  }

  #told() {
    return { how: this.#explorer.selection.how, ...this.#check.figures };
  }

  #apply() {
    const name = this.#parts.label.value.trim();
    if (name && this.#numbers.length) this.#explorer.labelling.apply(name, this.#numbers, this.#told());
  }

  #remove() {
    this.#explorer.labelling.remove(this.#numbers, this.#told());
  }
}
