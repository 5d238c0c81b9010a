// Rules: expressions that give clips a label. Each says what it would do before anything is done, and all are kept with
// the collection, for everybody.

import { el, uuid } from "../../web/dom.js";
import { countOf } from "../../web/numbers.js";
import { attempt } from "./common.js";
import { RuleCard } from "./rule_card.js";

/** @import { Column, Parts } from "../../web/types.js" */
/** @import { Explorer } from "../explorer.js" */

const REST_MS = 350; // of a rule that is being written
/** @type {Record<string, string>} */
const NAMES = {
  score: "of the prediction, 0 to 1",
  duration: "in seconds",
  low_hz: "lowest frequency in Hz",
  high_hz: "highest frequency in Hz",
  hour: "of the day, 0 to 24 (UTC)",
  date: 'such as "2026-05-01"',
  label: 'what people call it, "" without one',
  prediction: "what a model calls it",
  given_label: "what the table called it",
  site: "of the recording",
  recording: "name of the file",
  subset: '"raw", "train", "dev", "test"',
  annotator: "who gave the label",
};
const FUNCTIONS = [
  ['neighbours("call")', "share of the ten nearest labelled clips with this label, 0 to 1"],
  ['contains("reef")', "a file name, site, note, comment or label has this text"],
  ['matches("reef[0-9]")', "the same with a regular expression"],
];
const EXAMPLES = [
  "score >= 0.8 and duration > 0.1",
  "low_hz > 2000 and (hour < 6 or hour >= 20)",
  'neighbours("call") >= 0.8',
  'prediction == "call" and not label in ["noise", "rain"]',
];

export class RulesPanel {
  title = "Rules";
  /** @type {import("../explorer.js").Explorer} */ #explorer;
  /** @type {RuleCard[]} */ #cards = [];
  /** @type {Parts} */ #parts = {};
  #state = "new"; // new, loading or ready
  /** @type {Column | null} */ #labels = null; // the column that the figures are about
  #timer = 0;
  #turn = 0;
  /** @type {HTMLElement} */ element;

  /** @param {Explorer} explorer */
  constructor(explorer) {
    this.#explorer = explorer;
    /** @type {<Made extends HTMLElement>(name: string, node: Made) => Made} */
    const part = (name, node) => (this.#parts[name] = node);
    /** @param {string} text */
    const example = (text) =>
      el(
        "button",
        { class: "link example", title: "Write this rule", onclick: () => this.#add({ expression: text }) },
        el("code", {}, text),
      );
    part("names", el("dl", { class: "names" }));
    this.element = el(
      "section",
      { class: "selection rules", "aria-label": "Rules" },
      el(
        "div",
        { class: "head" },
        part("about", el("strong", { class: "count", "aria-live": "polite" })),
        el("button", { class: "first", onclick: () => this.#add({}) }, "New rule"),
      ),
      el(
        "p",
        { class: "hint" },
        "A rule names the clips that get a label. It shows what would change; nothing is labelled until you apply it.",
      ),
      part("cards", el("div", { class: "cards" })),
      part(
        "help",
        el(
          "details",
          { class: "words" },
          el("summary", {}, "Rule syntax"),
          el(
            "p",
            { class: "hint" },
            "Compare with <, <=, >, >=, ==, != and in; join with and, or, not. A comparison with a missing value is false.",
          ),
          el("div", { class: "examples" }, ...EXAMPLES.map(example)),
          this.#parts.names,
        ),
      ),
      el("datalist", { id: "explore-rule-labels" }),
    );
  }

  update() {
    const { about, names, help } = this.#parts;
    const count = this.#cards.length;
    about.textContent = this.#state !== "ready" ? "Loading …" : count ? countOf(count, "rule") : "No rules yet";
    const { columns, labelling } = this.#explorer;
    const known = columns.list.filter(({ name }) => NAMES[name] !== undefined).map(({ name }) => [name, NAMES[name]]);
    names.replaceChildren(
      ...[...known, ...FUNCTIONS].flatMap(([name, text]) => [el("dt", {}, el("code", {}, name)), el("dd", {}, text)]),
    );
    this.element
      .querySelector("datalist")
      .replaceChildren(...labelling.labels.map(({ name }) => el("option", { value: name })));
    if (this.#state === "new") this.#load();
    if (this.#state === "ready" && !count && !help.dataset.shown) {
      help.open = true;
      help.dataset.shown = "yes";
    }
    for (const card of this.#cards) card.draw();
    const labels = columns.find("label");
    if (labels && labels !== this.#labels && this.#state === "ready") this.measure(0);
  }

  async #load() {
    this.#state = "loading";
    const found = await attempt(this.#explorer, () => this.#explorer.api.get("rules"));
    if (!found) {
      this.#state = "new";
      return;
    }
    this.#state = "ready";
    for (const { rule_id: id, expression, label, who } of found.items)
      this.#cards.push(new RuleCard(this.#explorer, this, { id, expression, label, who, isKept: true }));
    this.#parts.cards.replaceChildren(...this.#cards.map((card) => card.element));
    this.measure(0);
    this.update();
  }

  // Without a label it is not kept yet: whoever only looks what fits leaves nothing to others.
  /** @param {{ expression?: string }} options */
  #add({ expression = "" }) {
    const card = new RuleCard(this.#explorer, this, { id: uuid(), expression, label: "", who: "", isKept: false });
    this.#cards.push(card);
    this.#parts.cards.append(card.element);
    this.update();
    card.focus();
    this.measure(0);
  }

  /**
   * A card is gone.
   * @param {RuleCard} card
   */
  drop(card) {
    this.#cards = this.#cards.filter((each) => each !== card);
    card.element.remove();
    this.update();
    this.measure(0);
  }

  /** Look at what all rules would do, in a moment. */
  measure(rest_ms = REST_MS) {
    clearTimeout(this.#timer);
    const turn = (this.#turn += 1);
    this.#timer = setTimeout(() => this.#measure(turn), rest_ms);
  }

  /** @param {number} turn */
  async #measure(turn) {
    this.#labels = this.#explorer.columns.find("label") ?? null;
    const asked = this.#cards.filter((card) => card.isWritten);
    if (!asked.length) return;
    const rules = asked.map(({ expression, label }) => ({ expression, label: label || "?" }));
    for (const card of asked) card.isAsked = true;
    const found = await attempt(this.#explorer, () => this.#explorer.api.post("rules", { rules }));
    if (turn !== this.#turn) return;
    for (const card of asked) card.isAsked = false;
    if (!found) return;
    await Promise.all(asked.map((card, at) => card.show(found.items[at])));
  }
}
