// A filter by what is written of clips: names, sites, notes, comments, labels.

import { el } from "../../web/dom.js";

/** @import { Explorer } from "../explorer.js" */

const FILTER = "text";
const REST_MS = 400; // of the keyboard
const TOLD = [
  "No clip has it: there is nothing to show or find.",
  "1 clip has it; only this one is shown and searched.",
  "# clips have it; only these are shown and searched.",
];

export class TextFilter {
  /** @type {Explorer} */ #explorer;
  #turn = 0;
  #later = 0;
  #text = el("input", {
    type: "search",
    placeholder: "Text in names, notes, comments",
    "aria-label": "Show only clips with this text",
    maxlength: 500,
    onchange: () => this.#find(),
    oninput: () => this.#findSoon(),
  });
  #isPattern = el("input", { type: "checkbox", onchange: () => this.#text.value && this.#find() });
  #told = el("p", { class: "hint", hidden: true, role: "status" });
  element = el(
    "div",
    {},
    el(
      "div",
      { class: "line" },
      this.#text,
      el("label", { class: "small", title: "Regular expression" }, this.#isPattern, "Pattern"),
    ),
    this.#told,
  );

  /** @param {Explorer} explorer */
  constructor(explorer) {
    this.#explorer = explorer;
  }

  #findSoon() {
    clearTimeout(this.#later);
    this.#later = setTimeout(() => this.#find(), REST_MS);
  }

  async #find() {
    clearTimeout(this.#later);
    const turn = (this.#turn += 1);
    const text = this.#text.value.trim();
    if (!text) return this.#show(null, "");
    try {
      const body = { filters: [{ text, is_pattern: this.#isPattern.checked }] };
      const { values } = await this.#explorer.api.post("search/clips", body, { isBinary: true });
      if (turn !== this.#turn) return undefined;
      const count = values.reduce((/** @type {number} */ sum, /** @type {number} */ fits) => sum + fits, 0);
      return this.#show(values, TOLD[Math.min(count, 2)].replace("#", count.toLocaleString("en")));
    } catch (error) {
      if (turn === this.#turn && error.name !== "AbortError") this.#show(null, error.message, true);
      return undefined;
    }
  }

  /** @param {Uint8Array | null} passes @param {string} told @param {boolean} [isBad] */
  #show(passes, told, isBad = false) {
    this.#told.textContent = told;
    this.#told.hidden = !told;
    this.#told.classList.toggle("fault", isBad);
    this.#explorer.selection.filter(FILTER, passes);
  }
}
