// Two namings of the same clips, side by side: people's labels, predictions, and classifiers. Where do they agree, and
// what has one of them alone?

import { toQuery } from "../../web/http.js";
import { el } from "../../web/dom.js";
import { attempt, fillSelect, named } from "./common.js";

/** @import { Column, Margin, Parts } from "../../web/types.js" */
/** @import { Explorer } from "../explorer.js" */

const COLUMNS = { label: "People's labels", prediction: "Predictions", given_label: "Table's labels" };
/** @type {Record<string, string[]>} */
const MARKS = {
  agreed: ["Both agree", "Both give the label"],
  gained: ["Only the first", "The first gives the label, the second does not"],
  lost: ["Only the second", "The second gives the label, the first does not"],
  differs: ["Different labels", "Both give a label, but different ones"],
};
const MAX_LABELS = 12; // in the table

export class ComparePanel {
  title = "Compare";
  /** @type {import("../explorer.js").Explorer} */ #explorer;
  /** @type {Parts} */ #parts = {};
  /** @type {(Column & { names: string[] }) | null} */ #marks = null; // {categories, values, colors} of the sides that were compared
  /** @type {Margin | null} */ #table = null; // {labels, counts}
  #filter = ""; // the mark to which all is narrowed
  #isLoaded = false;
  #isChosen = false; // by hand: then it stays as it is
  #key = ""; // of what was compared
  /** @type {Column | null} */ #seen = null; // the labels that were compared
  /** @type {HTMLElement} */ element;

  /** @param {Explorer} explorer */
  constructor(explorer) {
    this.#explorer = explorer;
    /** @type {<Made extends HTMLElement>(name: string, node: Made) => Made} */
    const part = (name, node) => (this.#parts[name] = node);
    /** @param {string} name @param {string} label */
    const select = (name, label) =>
      part(name, el("select", { "aria-label": label, onchange: () => ((this.#isChosen = true), this.#compare()) }));
    this.element = el(
      "section",
      { class: "selection compare", "aria-label": "Compare" },
      el("div", { class: "head" }, el("strong", { class: "count" }, "Who calls what?")),
      el(
        "p",
        { class: "hint" },
        "Compare a classifier with people's labels, predictions or an older classifier: the map shows where they agree and where they differ.",
      ),
      named("First", select("one", "First side")),
      named("Second", select("other", "Second side")),
      named("Label", select("label", "Label to compare")),
      part("marks", el("div", { class: "marks" })),
      part(
        "acts",
        el("div", { class: "line" }, el("button", { class: "small", onclick: () => this.#color() }, "Colour the map")),
      ),
      part("table", el("div", { class: "cross" })),
    );
    explorer.classifiers.addEventListener("change", () => this.update(), { signal: explorer.signal });
  }

  update() {
    const { one, other, label } = this.#parts;
    const { classifiers, columns, labelling } = this.#explorer;
    if (!this.#isLoaded) {
      this.#isLoaded = true;
      attempt(this.#explorer, () => classifiers.load());
    }
    const sides = [
      ...classifiers.list.map((each) => [each.id, `Classifier ${classifiers.titleOf(each)}`]),
      ...Object.entries(COLUMNS).filter(([name]) => columns.has(name)),
    ];
    const first = classifiers.list[0]?.id ?? "prediction";
    fillSelect(one, sides, this.#isChosen ? one.value : first);
    fillSelect(other, sides, this.#isChosen ? other.value : "label");
    const names = new Set([
      ...labelling.labels.map(({ name }) => name),
      ...classifiers.list.flatMap((each) => each.labels),
    ]);
    fillSelect(label, [["", "any"], ...[...names].map((name) => [name, name])]);
    const key = [one.value, other.value, label.value, columns.find("label") === this.#seen].join(" ");
    if (key !== this.#key && one.value) this.#compare();
    this.#draw();
  }

  async #compare() {
    const { one, other, label } = this.#parts;
    this.#seen = this.#explorer.columns.find("label");
    const key = (this.#key = [one.value, other.value, label.value, true].join(" "));
    const query = toQuery({ one: one.value, other: other.value });
    const found = await attempt(this.#explorer, () =>
      Promise.all([
        this.#explorer.api.get(`margin?${query}`),
        this.#explorer.api.binary(`margin/marks?${query}&label=${encodeURIComponent(label.value)}`),
      ]),
    );
    if (!found || key !== this.#key) return;
    const [table, { header, values }] = found;
    this.#table = table;
    this.#marks = {
      name: "compared",
      kind: "category",
      categories: header.categories.map((/** @type {string} */ name) => (MARKS[name] ? MARKS[name][0] : "")),
      names: header.categories,
      colors: header.colors,
      values,
    };
    if (this.#filter) this.#narrow(this.#filter);
    if (this.#explorer.colorName === "compared") this.#color();
    this.#draw();
  }

  /** @param {string} mark */
  #numbersOf(mark) {
    const place = this.#marks.names.indexOf(mark);
    return Array.from(this.#marks.values.keys()).filter((number) => this.#marks.values[number] === place);
  }

  #draw() {
    const { marks, acts, table } = this.#parts;
    acts.hidden = !this.#marks;
    if (!this.#marks) return;
    marks.replaceChildren(
      ...Object.entries(MARKS)
        .map(([mark, [text, title]]) => this.#mark(mark, text, title))
        .filter(Boolean),
    );
    table.replaceChildren(...this.#cross());
  }

  /** @param {string} mark @param {string} text @param {string} title */
  #mark(mark, text, title) {
    const numbers = this.#numbersOf(mark);
    if (mark === "differs" && this.#parts.label.value) return null; // of one label there is nothing to differ about
    const color = this.#marks.colors[this.#marks.names.indexOf(mark)];
    return el(
      "div",
      { class: "mark-line", "data-mark": mark, title },
      el("span", { class: "dot", style: `--color: ${color}` }),
      el("span", { class: "name" }, text),
      el("strong", { class: "figures" }, numbers.length.toLocaleString("en")),
      el(
        "button",
        {
          class: "small",
          disabled: !numbers.length,
          "aria-label": `Select: ${text}`,
          onclick: () => this.#explorer.selection.choose(numbers, { how: "classifier" }),
        },
        "Select",
      ),
      el(
        "button",
        {
          class: "small",
          disabled: !numbers.length && this.#filter !== mark,
          "aria-pressed": String(this.#filter === mark),
          "aria-label": `Show only: ${text}`,
          onclick: () => this.#toggle(mark),
        },
        "Show only",
      ),
    );
  }

  /** @param {string} mark */
  #toggle(mark) {
    this.#narrow(this.#filter === mark ? "" : mark);
    this.#draw();
  }

  /** @param {string} mark */
  #narrow(mark) {
    this.#filter = mark;
    this.#explorer.selection.filterTo("compare", mark ? this.#numbersOf(mark) : null);
  }

  #color() {
    return attempt(this.#explorer, async () => {
      this.#explorer.columns.set("compared", "Comparison", this.#marks);
      await this.#explorer.colorBy("compared");
    });
  }

  // How many clips the first side (rows) and the second one (columns) call what.
  #cross() {
    const { labels, counts } = this.#table;
    if (labels.length > MAX_LABELS)
      return [el("p", { class: "hint" }, `A table of ${labels.length} labels is too large to show; choose one label.`)];
    /** @param {string} label */
    const name = (label) => label || "none";
    const head = el(
      "tr",
      {},
      el("th", {}, "First ↓ Second →"),
      ...labels.map((label) => el("th", { title: name(label) }, name(label))),
    );
    const rows = labels.map((label, row) =>
      el(
        "tr",
        {},
        el("th", { title: name(label) }, name(label)),
        ...counts[row].map((count, column) =>
          el("td", { class: row === column && label ? "same" : count ? "" : "nothing" }, count.toLocaleString("en")),
        ),
      ),
    );
    return [
      el(
        "table",
        { class: "counts", "aria-label": "Clips by label on both sides" },
        el("thead", {}, head),
        el("tbody", {}, ...rows),
      ),
    ];
  }
}
