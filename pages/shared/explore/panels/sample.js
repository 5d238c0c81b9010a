// Some clips of each kind: so many of each label, site, day, recording or range of scores, out of those that are shown.

import { el } from "../../web/dom.js";
import { countOf } from "../../web/numbers.js";
import { attempt, countClips, fillSelect, named } from "./common.js";

/** @import { Parts, Stratum } from "../../web/types.js" */
/** @import { Explorer } from "../explorer.js" */

const ORDERS = { random: "at random", highest: "with the highest scores", lowest: "with the lowest scores" };
const LEFT_OUT = new Set([
  "error",
  "evicted",
  "duplicate_of",
  "compared",
  "rule",
  "cosine",
  "soft label",
  "soft score",
]);
const MAX_SHOWN = 200;

export class SamplePanel {
  title = "Sample";
  /** @type {import("../explorer.js").Explorer} */ #explorer;
  /** @type {Parts} */ #parts = {};
  /** @type {Stratum[] | null} */ #items = null;
  #isLoaded = false;
  #isChosen = false; // whose scores, by hand
  /** @type {HTMLElement} */ element;

  /** @param {Explorer} explorer */
  constructor(explorer) {
    this.#explorer = explorer;
    /** @type {<Made extends HTMLElement>(name: string, node: Made) => Made} */
    const part = (name, node) => (this.#parts[name] = node);
    /** @param {string} name @param {string} label */
    const select = (name, label) => part(name, el("select", { "aria-label": label, onchange: () => this.update() }));
    /** @param {string} name @param {string} label @param {Record<string, unknown>} props */
    const number = (name, label, props) => part(name, el("input", { type: "number", "aria-label": label, ...props }));
    this.element = el(
      "section",
      { class: "selection sample", "aria-label": "Sample" },
      el("div", { class: "head" }, el("strong", { class: "count" }, "Some clips of each kind")),
      el(
        "p",
        { class: "hint" },
        "Takes the same number of clips per label, site, day, recording or score range, so that frequent ones do not crowd out rare ones. Only clips that are shown.",
      ),
      named("Of each", select("first", "Of each")),
      named("and", select("second", "And of each")),
      named("Clips", number("count", "Clips of each kind", { min: 1, max: 100000, value: 10 })),
      named("Taken", select("order", "Which clips")),
      part(
        "whose",
        named(
          "Scores of",
          part(
            "classifier",
            el("select", { "aria-label": "Scores of", onchange: () => ((this.#isChosen = true), this.update()) }),
          ),
        ),
      ),
      part("of", named("Call", select("label", "Scores for"))),
      part("bins", named("Ranges", number("binCount", "Number ranges", { min: 1, max: 50, value: 5 }))),
      named(
        "Seed",
        number("seed", "Seed", { min: 0, max: 4294967295, value: 0, title: "The same seed takes the same clips" }),
      ),
      el("button", { class: "first", onclick: () => this.#take() }, "Select them"),
      part("result", el("div", { class: "cross" })),
    );
    explorer.classifiers.addEventListener("change", () => this.update(), { signal: explorer.signal });
  }

  update() {
    const { first, second, order, classifier, label, whose, of, bins } = this.#parts;
    const { columns, classifiers } = this.#explorer;
    if (!this.#isLoaded) {
      this.#isLoaded = true;
      attempt(this.#explorer, () => classifiers.load());
    }
    const known = columns.list.filter(({ name }) => !LEFT_OUT.has(name));
    const options = known.map(({ name, title }) => [name, title]);
    fillSelect(first, options, first.value || "label");
    fillSelect(second, [["", "nothing else"], ...options.filter(([name]) => name !== first.value)]);
    fillSelect(order, Object.entries(ORDERS));
    fillSelect(
      classifier,
      [...classifiers.list.map((each) => [each.id, `Classifier ${classifiers.titleOf(each)}`]), ["", "Predictions"]],
      this.#isChosen ? classifier.value : (classifiers.list[0]?.id ?? ""),
    );
    fillSelect(label, [
      ["", "most likely"],
      ...(classifiers.find(classifier.value)?.labels ?? []).map((name) => [name, name]),
    ]);
    const by = [first.value, second.value];
    const hasScores = order.value !== "random" || by.includes("score");
    whose.hidden = !hasScores;
    of.hidden = !hasScores || !classifier.value;
    bins.hidden = !by.some((name) => known.find((each) => each.name === name)?.kind === "number");
  }

  async #take() {
    const { first, second, count, order, classifier, label, binCount, seed } = this.#parts;
    const { selection, api } = this.#explorer;
    const shown = selection.isFiltered
      ? Array.from({ length: selection.count }, (_, number) => number).filter((number) => selection.passes(number))
      : null;
    const found = await attempt(this.#explorer, () =>
      api.post("strata", {
        by: [first.value, second.value].filter(Boolean),
        count: Number(count.value) || 1,
        order: order.value,
        bins: Number(binCount.value) || 5,
        seed: Number(seed.value) || 0,
        numbers: shown,
        classifier_id: classifier.value,
        label: classifier.value ? label.value : "",
      }),
    );
    if (!found) return;
    this.#items = found.items;
    selection.choose(
      found.items.flatMap((/** @type {Stratum} */ { numbers }) => numbers),
      { how: "table" },
    );
    this.#draw();
  }

  #draw() {
    const items = this.#items;
    const taken = items.reduce((sum, { numbers }) => sum + numbers.length, 0);
    /** @param {any[]} cells @param {"td" | "th"} [tag] */
    const row = ([kind, ...cells], tag = "td") =>
      el("tr", {}, el("th", { title: kind }, kind), ...cells.map((cell) => el(tag, {}, String(cell))));
    const rows = items
      .slice(0, MAX_SHOWN)
      .map(({ values, clips, numbers }) => row([values.join(" · "), clips.toLocaleString("en"), numbers.length]));
    this.#parts.result.replaceChildren(
      taken || this.#parts.order.value === "random"
        ? ""
        : el(
            "p",
            { class: "hint" },
            "None of these clips has a score. Train a classifier to score them (tab Classifier).",
          ),
      el("p", {}, el("strong", {}, `Selected: ${countClips(taken)} of ${countOf(items.length, "kind")}.`)),
      el(
        "table",
        { class: "counts", "aria-label": "Kinds" },
        el("thead", {}, row(["Kind", "Clips", "Taken"], "th")),
        el("tbody", {}, ...rows),
      ),
      items.length > MAX_SHOWN
        ? el("p", { class: "hint" }, `and ${countOf(items.length - MAX_SHOWN, "more kind")}`)
        : "",
    );
  }
}
