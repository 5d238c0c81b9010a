// Subsets: how many clips of each label are raw, train, dev or test; the selection is moved, hidden, and so on.
// Every act is on the server before anything is said, and can be undone.

import { el, uuid } from "../../web/dom.js";
import { countOf } from "../../web/numbers.js";

/** @import { Column, Parts, SubsetCounts, SubsetName } from "../../web/types.js" */
/** @import { Explorer } from "../explorer.js" */

/** @type {SubsetName[]} */
const SUBSETS = ["raw", "train", "dev", "test"];
/** @param {number} count */
const clips = (count) => countOf(count, "clip");

export class SubsetsPanel {
  title = "Subsets";
  /** @type {import("../explorer.js").Explorer} */ #explorer;
  /** @type {{id: string, text: string}[]} what can be undone here, the newest last */ #acts = [];
  #isBusy = false;
  /** @type {Column[]} */ #known = []; // the columns that the counts are about
  /** @type {Parts} */ #parts = {};
  /** @type {HTMLElement} */ element;

  /** @param {Explorer} explorer */
  constructor(explorer) {
    this.#explorer = explorer;
    /** @type {<Made extends HTMLElement>(name: string, node: Made) => Made} */
    const part = (name, node) => (this.#parts[name] = node);
    /** @param {string} name @param {string} text @param {string} title @param {() => unknown} run */
    const button = (name, text, title, run) => part(name, el("button", { title, onclick: run }, text));
    const moves = SUBSETS.map((subset) =>
      button(subset, subset, `Move the selection to ${subset}`, () => this.#move(subset)),
    );
    part("labelled", el("input", { type: "checkbox", checked: true }));
    this.element = el(
      "section",
      { class: "subsets", "aria-label": "Subsets" },
      part("counts", el("table", { class: "counts", "aria-label": "Clips by label and subset" })),
      part("hidden", el("p", { class: "hint" })),
      el("div", { class: "line" }, el("span", {}, "Selection to"), ...moves),
      el("label", { class: "line" }, this.#parts.labelled, "only clips that have a label"),
      el(
        "div",
        { class: "line" },
        button("evict", "Hide", "Hide the selected clips everywhere; they can be restored", () =>
          this.#act("evict", "hidden", { numbers: this.#numbers() }),
        ),
        button("restore", "Restore all", "Show hidden clips again", () => this.#restore()),
      ),
      el(
        "div",
        { class: "line" },
        button(
          "deduplicate",
          "Hide duplicates",
          "Of clips with the same address or the same bytes, only one stays: test before dev, train and raw",
          () => this.#act("deduplicate", "hidden as duplicates"),
        ),
        button(
          "balance",
          "Balance train",
          "Move surplus clips, chosen at random, back to raw until every label has as many as the rarest one",
          () => this.#act("balance", "moved back to raw", { subset: "train" }),
        ),
      ),
      el(
        "div",
        { class: "line between" },
        part("told", el("span", { class: "hint", "aria-live": "polite" })),
        button("undo", "Undo", "", () => this.#undo()),
      ),
    );
  }

  update() {
    const { selection, columns } = this.#explorer;
    const isEmpty = !selection.size || this.#isBusy;
    for (const name of [...SUBSETS, "evict"]) this.#parts[name].disabled = isEmpty;
    for (const name of ["restore", "deduplicate", "balance"]) this.#parts[name].disabled = this.#isBusy;
    this.#parts.undo.hidden = !this.#acts.length;
    this.#parts.undo.disabled = this.#isBusy;
    const now = ["label", "subset", "evicted"].map((name) => columns.find(name));
    if (now.some((column, index) => column !== this.#known[index]) || !this.#known.length) {
      this.#known = now;
      this.#count();
    }
  }

  #numbers() {
    return Array.from(this.#explorer.selection.numbers);
  }

  /** @param {string} subset */
  #move(subset) {
    const only_labelled = subset !== "raw" && this.#parts.labelled.checked;
    return this.#act("subset", `moved to ${subset}`, { subset, numbers: this.#numbers(), only_labelled });
  }

  async #restore() {
    const evicted = await this.#explorer.columns.get("evicted");
    const none = evicted.categories.indexOf("");
    const numbers = Array.from(evicted.values.keys()).filter(
      (number) => evicted.values[number] !== none && evicted.values[number] < evicted.categories.length,
    );
    return this.#act("restore", "back", { numbers });
  }

  async #count() {
    try {
      this.#show(await this.#explorer.api.get("subsets"));
    } catch (error) {
      if (error.name !== "AbortError") this.#explorer.say(error.message, { isBad: true });
    }
  }

  /** @param {SubsetCounts} subsetCounts */
  #show({ items, evicted, duplicates }) {
    /** @param {SubsetName} name */
    const total = (name) => items.reduce((sum, row) => sum + row[name], 0);
    /** @param {(name: SubsetName) => number} row */
    const cells = (row) => SUBSETS.map((name) => el("td", {}, row(name) ? row(name).toLocaleString("en") : ""));
    const color = new Map(this.#explorer.labelling.labels.map((each) => [each.name, each.color]));
    /** @param {string} label */
    const swatch = (label) =>
      el("span", { class: "swatch", style: `background: ${color.get(label) ?? "transparent"}` });
    this.#parts.counts.replaceChildren(
      el(
        "thead",
        {},
        el("tr", {}, el("th", { scope: "col" }, "Label"), ...SUBSETS.map((name) => el("th", { scope: "col" }, name))),
      ),
      el(
        "tbody",
        {},
        ...items.map((row) =>
          el(
            "tr",
            {},
            el("th", { scope: "row" }, swatch(row.label), row.label || "no label"),
            ...cells((name) => row[name]),
          ),
        ),
      ),
      el("tfoot", {}, el("tr", {}, el("th", { scope: "row" }, "all"), ...cells(total))),
    );
    const out = [
      evicted && `${clips(evicted)} hidden`,
      duplicates && `${clips(duplicates)} hidden as duplicates`,
    ].filter(Boolean);
    this.#parts.hidden.textContent = out.join(", ");
    this.#parts.hidden.hidden = !out.length;
  }

  /** @param {string} deed @param {string} done @param {Record<string, unknown>} [fields] */
  async #act(deed, done, fields = {}) {
    if (this.#isBusy) return;
    const id = uuid();
    await this.#busy(async () => {
      const { changed } = await this.#explorer.api.post("acts", {
        id,
        deed,
        ...fields,
        annotator: this.#explorer.data.annotator,
      });
      const text = changed ? `${clips(changed)} ${done}.` : "Nothing to change.";
      if (changed) this.#acts.push({ id, text });
      this.#parts.told.textContent = text;
    });
  }

  #undo() {
    const act = this.#acts.at(-1);
    return this.#busy(async () => {
      await this.#explorer.api.post("acts", {
        id: uuid(),
        deed: "undo",
        undoes: act.id,
        annotator: this.#explorer.data.annotator,
      });
      this.#acts.pop();
      this.#parts.told.textContent = `Undone: ${act.text}`;
    });
  }

  /** @param {() => Promise<void>} run */
  async #busy(run) {
    this.#isBusy = true;
    this.update();
    try {
      await run();
      await this.#explorer.clipsChanged();
      this.#known = []; // what was counted may have changed without a column that is here
    } catch (error) {
      if (error.name !== "AbortError") this.#explorer.say(error.message, { isBad: true });
    } finally {
      this.#isBusy = false;
      this.update();
    }
  }
}
