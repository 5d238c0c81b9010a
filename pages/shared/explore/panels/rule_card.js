// One rule: what is written, what is wrong with it and where, what it would do, and what can be done with it.

import { el } from "../../web/dom.js";
import { attempt, countClips, percent } from "./common.js";

/** @import { Child, FoundRule, Parts, Values } from "../../web/types.js" */
/** @import { Explorer } from "../explorer.js" */
/** @import { RulesPanel } from "./rules.js" */

export class RuleCard {
  /** @type {import("../explorer.js").Explorer} */ #explorer;
  /** @type {import("./rules.js").RulesPanel} */ #panel;
  /** @type {string} */ #id;
  /** @type {string} */ #who;
  /** @type {string | null} */ #kept = null; // as the server has it: "expression label"
  /** @type {FoundRule | null} */ #found = null; // what the server says of it
  /** @type {Values | null} */ #mask = null; // a 1 for each clip that fits
  #isFilter = false;
  #isAsked = false;
  /** @type {Parts} */ #parts = {};
  /** @type {HTMLElement} */ element;

  /**
   * @param {Explorer} explorer
   * @param {RulesPanel} panel
   * @param {{ id: string; expression: string; label: string; who: string; isKept: boolean }} options
   */
  constructor(explorer, panel, { id, expression, label, who, isKept }) {
    this.#explorer = explorer;
    this.#panel = panel;
    this.#id = id;
    this.#who = who;
    this.#kept = isKept ? this.#key(expression, label) : null;
    /** @type {<Made extends HTMLElement>(name: string, node: Made) => Made} */
    const part = (name, node) => (this.#parts[name] = node);
    /** @param {string} name @param {string} text @param {string} title @param {() => unknown} run */
    const button = (name, text, title, run) => part(name, el("button", { class: "small", title, onclick: run }, text));
    const changed = () => {
      this.#found = null;
      this.draw();
      panel.measure();
    };
    part(
      "expression",
      el("textarea", {
        class: "code",
        rows: 2,
        maxlength: 500,
        spellcheck: "false",
        placeholder: "score >= 0.8 and duration > 0.1",
        "aria-label": "Clips for which",
        value: expression,
        oninput: changed,
      }),
    );
    part(
      "label",
      el("input", {
        type: "text",
        list: "explore-rule-labels",
        maxlength: 80,
        autocomplete: "off",
        "aria-label": "Label of the rule",
        placeholder: "Label",
        value: label,
        oninput: changed,
      }),
    );
    this.element = el(
      "article",
      { class: "rule", "data-rule": id },
      this.#parts.expression,
      el(
        "label",
        { class: "line" },
        el("span", { class: "hint" }, "are"),
        this.#parts.label,
        button("remove", "Remove", "Remove this rule; labels stay", () => this.#remove()),
      ),
      part("fault", el("p", { class: "fault", role: "status" })),
      part("figures", el("p", { class: "did" })),
      part(
        "acts",
        el(
          "div",
          { class: "line" },
          button("marks", "Colour the map", "Right, wrong, missed and new clips in colours", () => this.#color()),
          button(
            "filter",
            "Show only these",
            "Filter: only clips for which the rule is true are shown and selected",
            () => this.#toggleFilter(),
          ),
          button("select", "Select", "Select the clips for which the rule is true", () => this.#select()),
          button("apply", "", "Matching clips that are shown and have no label yet; can be undone", () =>
            this.#apply(),
          ),
        ),
      ),
    );
    this.draw();
  }

  get expression() {
    return this.#parts.expression.value;
  }
  get label() {
    return this.#parts.label.value.trim();
  }
  get isWritten() {
    return this.expression.trim() !== "";
  }

  focus() {
    this.#parts.expression.focus({ preventScroll: false });
  }

  /**
   * The server is looking at it, or has stopped.
   * @param {boolean} isAsked
   */
  set isAsked(isAsked) {
    this.#isAsked = isAsked;
    this.draw();
  }

  #key(expression = this.expression, label = this.label) {
    return JSON.stringify([expression.trim(), label]);
  }

  draw() {
    const { fault, figures, acts, filter, apply } = this.#parts;
    const found = this.#found;
    const odd = found?.fault;
    this.element.classList.toggle("odd", Boolean(odd));
    fault.hidden = !odd;
    if (odd) fault.replaceChildren(...this.#point(odd));
    figures.hidden = Boolean(odd) || !(found || this.#isAsked);
    acts.hidden = !found || Boolean(odd) || !this.#mask;
    if (!found) figures.replaceChildren(el("span", { class: "hint" }, "Checking all clips …"));
    if (!found || odd) return;
    figures.replaceChildren(...this.#describe(found));
    filter.setAttribute("aria-pressed", String(this.#isFilter));
    const count = this.#toLabel().length;
    apply.textContent = this.label ? `Label ${countClips(count)}` : "Label …";
    apply.disabled = !count || !this.label || this.#explorer.labelling.isBusy;
  }

  // The place of the fault, in what was written.
  /** @param {NonNullable<FoundRule["fault"]>} nonNullable */
  #point({ message, start, end }) {
    const text = this.expression;
    const place = text.slice(start, end) || " ";
    return [
      el("code", { class: "place-of-fault" }, text.slice(0, start), el("mark", {}, place), text.slice(end)),
      el("span", {}, message),
    ];
  }

  /** @param {FoundRule} foundRule */
  #describe({ covered, conflicts, correct, incorrect, missed, hits, accuracy }) {
    const known = correct + incorrect;
    if (!covered)
      return [
        el(
          "span",
          {},
          "No clip matches. ",
          el(
            "span",
            { class: "hint" },
            missed
              ? `${missed.toLocaleString("en")} with this label do not.`
              : "Does every name in it have a value here?",
          ),
        ),
      ];
    /** @param {string} className @param {...Child} content */
    const line = (className, ...content) => el("span", { class: className }, ...content);
    return [
      line(
        "",
        el("strong", {}, countClips(covered)),
        ` of ${this.#explorer.count.toLocaleString("en")} fit, ${hits.toLocaleString("en")} of them without a label.`,
      ),
      known
        ? line(
            "",
            `Of ${known.toLocaleString("en")} that are labelled, `,
            el(
              "strong",
              { class: accuracy >= 0.9 ? "good" : "" },
              `${correct.toLocaleString("en")} are right (${percent(accuracy)})`,
            ),
            incorrect ? `, ${incorrect.toLocaleString("en")} wrong.` : ".",
          )
        : line("hint", "None of them is labelled, so accuracy cannot be measured."),
      missed ? line("", `${missed.toLocaleString("en")} with this label do not match.`) : null,
      conflicts ? line("fault", `For ${countClips(conflicts)} another rule gives a different label.`) : null,
      line(
        "hint by",
        this.#kept === this.#key()
          ? `Kept${this.#who ? `, by ${this.#who}` : ""}`
          : this.label
            ? "Not saved yet"
            : "It needs a label",
      ),
    ].filter(Boolean);
  }

  /**
   * What the server says of it; a rule without fault is kept at once.
   * @param {FoundRule} found
   */
  async show(found) {
    const key = this.#key();
    this.#found = found;
    this.#mask = null;
    if (!found.fault) {
      const { api } = this.#explorer;
      const fitting = await attempt(this.#explorer, () =>
        api.post("rules/clips", { expression: this.expression }, { isBinary: true }),
      );
      if (key !== this.#key()) return;
      this.#mask = fitting?.values ?? null;
      if (this.#kept !== key && this.label) await this.#keep(key);
    }
    if (this.#isFilter) this.#filter(Boolean(this.#mask));
    this.draw();
  }

  /** @param {string} key */
  async #keep(key) {
    const { api, data } = this.#explorer;
    const kept = await attempt(this.#explorer, () =>
      api.put(`rules/${this.#id}`, { expression: this.expression, label: this.label, annotator: data.annotator }),
    );
    if (!kept) return;
    this.#kept = key;
    this.#who = kept.who;
  }

  async #remove() {
    if (this.#isFilter) this.#filter(false);
    const { api, data } = this.#explorer;
    const isThere = this.#kept !== null;
    if (
      isThere &&
      !(await attempt(
        this.#explorer,
        async () => (await api.remove(`rules/${this.#id}?annotator=${encodeURIComponent(data.annotator)}`), true),
      ))
    )
      return;
    this.#panel.drop(this);
  }

  get #fitting() {
    return Array.from(this.#mask.keys()).filter((number) => this.#mask[number]);
  }

  // What fits, has no label, and is not held back by a filter or hidden.
  #toLabel() {
    const { columns, selection } = this.#explorer;
    const labels = columns.find("label");
    const none = labels?.categories.indexOf("") ?? -1;
    return this.#mask
      ? this.#fitting.filter((number) => selection.passes(number) && (!labels || labels.values[number] === none))
      : [];
  }

  #select() {
    this.#explorer.selection.choose(this.#fitting, { how: "rule" });
  }

  #toggleFilter() {
    this.#filter(!this.#isFilter);
    this.draw();
  }

  /** @param {boolean} isOn */
  #filter(isOn) {
    this.#isFilter = isOn;
    this.#explorer.selection.filterTo(`rule ${this.#id}`, isOn ? this.#fitting : null);
  }

  #apply() {
    this.#explorer.labelling.apply(this.label, this.#toLabel(), { how: "rule" });
  }

  #color() {
    return attempt(this.#explorer, async () => {
      const { header, values } = await this.#explorer.api.post(
        "rules/marks",
        { expression: this.expression, label: this.label || "?" },
        { isBinary: true },
      );
      /** @type {Record<string, string>} */
      const names = { correct: "right", incorrect: "wrong", missed: "missed", hit: "new" };
      const categories = header.categories.map((/** @type {string} */ name) => names[name] ?? name);
      this.#explorer.columns.set("rule", `Rule for ${this.label || "?"}`, {
        kind: "category",
        categories,
        colors: header.colors,
        values,
      });
      await this.#explorer.colorBy("rule");
    });
  }
}
