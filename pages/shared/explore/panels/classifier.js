// A classifier from the labels that there are: how good it is, scores of all clips, and what to hear next.

import { el } from "../../web/dom.js";
import { countOf } from "../../web/numbers.js";
import { VirtualList } from "../../web/virtual_list.js";
import { passRange } from "../model/filters.js";
import { makeRow } from "../view/clip_views.js";
import { countClips, named } from "./common.js";
import { makeHistogram } from "./histogram.js";

/** @import { Asked, Learnt, Parts, Values } from "../../web/types.js" */
/** @import { Explorer } from "../explorer.js" */

const STRATEGIES = {
  margin: "where it is least sure",
  badge: "unsure and of all kinds",
  top: "the highest scores",
  quantile: "from low to high scores",
  far: "unlike anything labelled",
  random: "at random",
};
/** @type {Record<string, string>} */
const REASONS = {
  margin: "least sure",
  badge: "unsure, another kind",
  top: "high score",
  quantile: "one from a score range",
  far: "unlike anything labelled",
  random: "drawn at random",
};
/** @param {number} value */
const round = (value) => value.toFixed(2);
/** @param {number} count */
const describeDrawn = (count) =>
  count
    ? `${count.toLocaleString("en")} randomly drawn clips have a label: only these show how good it is on all clips.`
    : "Quality on all clips is not known yet: label some randomly drawn ones (below, “Next”).";

export class ClassifierPanel {
  title = "Classifier";
  /** @type {import("../explorer.js").Explorer} */ #explorer;
  /** @type {Learnt | null} */ #learnt = null; // what the server says of the classifier
  /** @type {Values | null} */ #scores = null; // of the chosen label, one for each clip
  #label = "";
  #suggested = 0.5;
  #threshold = 0.5; // the least score
  #most = 1; // and the greatest one
  /** @type {Asked[]} */ #asked = []; // clips to hear next: {number, strategy}
  /** @type {VirtualList} */ #list;
  #isFilter = false;
  #isBusy = false;
  #isLearning = false;
  /** @type {Parts} */ #parts = {};
  /** @type {HTMLElement} */ element;

  /** @param {Explorer} explorer */
  constructor(explorer) {
    this.#explorer = explorer;
    /** @type {<Made extends HTMLElement>(name: string, node: Made) => Made} */
    const part = (name, node) => (this.#parts[name] = node);
    /** @param {string} name @param {string} text @param {() => unknown} run @param {string} [className] */
    const button = (name, text, run, className = "") =>
      part(name, el("button", { class: className, onclick: run }, text));
    /** @param {string} name @param {string} label @param {(value: number) => void} set */
    const slider = (name, label, set) =>
      part(
        name,
        el("input", {
          type: "range",
          min: "0",
          max: "1",
          step: "0.01",
          "aria-label": label,
          oninput: ({ target }) => set(Number(target.value)),
        }),
      );
    this.#list = new VirtualList({
      layout: () => ({ columns: 1, height: 34 }),
      render: (index) => this.#row(this.#asked[index]),
    });
    const strategies = Object.entries(STRATEGIES).map(([value, text]) => el("option", { value }, text));
    this.element = el(
      "section",
      { class: "selection classifier" },
      el(
        "div",
        { class: "head" },
        part("about", el("strong", { class: "count", "aria-live": "polite" })),
        button("train", "Learn", () => this.#train(), "first"),
      ),
      part("hint", el("p", { class: "hint" })),
      part(
        "another",
        el(
          "div",
          { class: "line" },
          part(
            "name",
            el("input", {
              type: "text",
              maxlength: "80",
              placeholder: "another label",
              "aria-label": "Another label",
              oninput: () => this.update(),
            }),
          ),
          button("give", "Give it to the selection", () => this.#addLabel()),
        ),
      ),
      part(
        "results",
        el(
          "div",
          { class: "acts" },
          el(
            "label",
            { class: "line" },
            "Label",
            part(
              "labels",
              el("select", { "aria-label": "Label", onchange: ({ target }) => this.#choose(target.value) }),
            ),
          ),
          part("figures", el("p", { class: "hint" })),
          part("chart", el("div", { class: "chart" })),
          named(
            "Score from",
            slider("slider", "Score from", (value) => this.#setRange(value, Math.max(value, this.#most))),
          ),
          named(
            "to",
            slider("upper", "Score to", (value) => this.#setRange(Math.min(value, this.#threshold), value)),
          ),
          el(
            "div",
            { class: "line between" },
            part("value", el("output", { class: "figures" })),
            button("suggested", "", () => this.#setRange(this.#suggested, 1), "link"),
          ),
          el(
            "div",
            { class: "line" },
            button("select", "Select", () => this.#select()),
            button("filter", "Show only these", () => this.#toggleFilter()),
            button("color", "Colour by scores", () => this.#color()),
          ),
          el(
            "label",
            { class: "line" },
            "Model",
            part(
              "model",
              el("input", {
                type: "text",
                maxlength: "80",
                placeholder: "name",
                "aria-label": "Name of the model",
                oninput: () => this.update(),
              }),
            ),
            button("keep", "Make a version", () => this.#keep()),
          ),
          el(
            "label",
            { class: "line" },
            "Next",
            part("strategy", el("select", { "aria-label": "Next clips" }, ...strategies)),
            part(
              "count",
              el("input", { type: "number", value: "10", min: "1", max: "1000", "aria-label": "How many" }),
            ),
            button("next", "Select", () => this.#next()),
          ),
          part("askedHead", el("p", { class: "hint" })),
        ),
      ),
      this.#list.element,
    );
  }

  update() {
    const { about, hint, results, train, filter, keep, model, name, give, askedHead } = this.#parts;
    const learnt = this.#learnt;
    about.textContent = learnt ? `Learnt from ${countClips(learnt.examples)}` : "Nothing learned yet";
    hint.textContent = learnt
      ? describeDrawn(learnt.random)
      : "Label some clips of each kind, then train a classifier on them. It takes a few seconds.";
    results.hidden = !learnt;
    train.textContent = this.#isLearning ? "Learning …" : learnt ? "Train again" : "Learn";
    train.disabled = this.#isBusy;
    const { size } = this.#explorer.selection;
    give.disabled = this.#isBusy || !name.value.trim() || !size;
    give.title = size
      ? `Gives this label to ${countOf(size, "selected clip")}, and trains again`
      : "Select some clips first";
    askedHead.hidden = !this.#asked.length;
    this.#list.element.hidden = !this.#asked.length;
    keep.disabled = this.#isBusy || !model.value.trim();
    filter.setAttribute("aria-pressed", String(this.#isFilter));
  }

  /** @param {() => Promise<unknown>} work */
  async #do(work) {
    this.#isBusy = true;
    this.update();
    try {
      await work();
    } catch (error) {
      if (error.name !== "AbortError") this.#explorer.say(error.message, { isBad: true });
    } finally {
      this.#isBusy = false;
      this.update();
    }
  }

  #train() {
    this.#isLearning = true;
    return this.#do(async () => {
      this.#learnt = await this.#explorer.api
        .post("classifiers", { annotator: this.#explorer.data.annotator })
        .finally(() => (this.#isLearning = false));
      const { labels } = this.#learnt;
      this.#explorer.classifiers.changed().catch(() => {}); // other panels list it
      this.#parts.labels.replaceChildren(...labels.map((name) => el("option", { value: name }, name)));
      await this.#load(labels.includes(this.#label) ? this.#label : labels[0]);
    });
  }

  /** @param {string} label */
  #choose(label) {
    return this.#do(() => this.#load(label));
  }

  /** @param {string} label */
  async #load(label) {
    const { id, labels, thresholds } = this.#learnt;
    const { values } = await this.#explorer.api.binary(`classifiers/${id}/scores?label=${encodeURIComponent(label)}`);
    this.#label = label;
    this.#scores = values;
    this.#parts.labels.value = label;
    this.#parts.figures.textContent = this.#describe();
    this.#suggested = thresholds[labels.indexOf(label)];
    this.#parts.suggested.textContent = this.#describeSuggested();
    this.#setRange(this.#suggested, 1);
  }

  /** A class more, on the fly: the selection gets its label, and the classifier learns it. */
  #addLabel() {
    const name = this.#parts.name.value.trim();
    const { selection, labelling } = this.#explorer;
    return this.#do(async () => {
      if (!(await labelling.apply(name, selection.numbers, { how: selection.how }))) return;
      this.#parts.name.value = "";
      this.#label = name;
      await this.#train();
    });
  }

  // Honest figures first; without them those of recordings that were left out.
  #describe() {
    const honest = this.#find(this.#learnt.honest);
    const found = this.#figures;
    if (!found)
      return "Quality cannot be measured yet: that takes labelled clips with and without the call, from at least two recordings.";
    const on = honest ? "random clips of recordings it was not trained on" : "recordings it was not trained on";
    return `On ${on}: F1 ${round(found.f1)}, average precision ${round(found.average_precision)}.`;
  }

  #describeSuggested() {
    const { low, high } = this.#figures?.threshold ?? {};
    return `Use suggested ${round(this.#suggested)}${low === undefined ? "" : ` (${round(low)} to ${round(high)})`}`;
  }

  /** @param {Learnt["honest"]} figures */
  #find(figures) {
    return figures.find(({ label }) => label === this.#label);
  }

  get #figures() {
    return this.#find(this.#learnt.honest) ?? this.#find(this.#learnt.held_out);
  }

  /** @param {number} value @param {number} most */
  #setRange(value, most) {
    this.#threshold = value;
    this.#most = most;
    this.#parts.slider.value = String(value);
    this.#parts.upper.value = String(most);
    this.#parts.value.textContent = `${round(value)} to ${round(most)}: ${countClips(this.#numbers.length)}`;
    const title = `Scores of all clips for ${this.#label}`;
    this.#parts.chart.replaceChildren(
      makeHistogram(this.#learnt.edges, this.#learnt.counts[this.#label], { line: value, title }),
    );
    if (this.#isFilter) this.#filter(true);
  }

  // What is just at a limit is in.
  get #numbers() {
    const passes = passRange({ values: this.#scores }, [this.#threshold, this.#most]);
    return Array.from(passes.keys()).filter((number) => passes[number]);
  }

  #select() {
    this.#explorer.selection.choose(this.#numbers, { how: "classifier" });
  }

  #toggleFilter() {
    this.#filter(!this.#isFilter);
    this.update();
  }

  /** @param {boolean} isOn */
  #filter(isOn) {
    this.#isFilter = isOn;
    this.#explorer.selection.filterTo("classifier", isOn ? this.#numbers : null);
  }

  /** Colour by most likely label, and let unsure ones fade. */
  #color() {
    return this.#do(async () => {
      const { api, columns } = this.#explorer;
      const [labels, scores] = await Promise.all(
        ["labels", "scores"].map((name) => api.binary(`classifiers/${this.#learnt.id}/${name}`)),
      );
      const given = await columns.get("label");
      const { categories } = labels.header;
      columns.set("soft label", "Classifier", {
        kind: "category",
        categories,
        colors: categories.map((/** @type {string} */ name) => given.colors?.[given.categories.indexOf(name)] ?? null),
        values: labels.values,
        isLabels: true,
      });
      columns.set("soft score", "Classifier's score", { kind: "number", values: scores.values });
      this.#explorer.alphaName = "soft score";
      await this.#explorer.colorBy("soft label");
    });
  }

  /** Keep the classifier as a version of a model, which finds calls in other recordings, too. */
  #keep() {
    return this.#do(async () => {
      const { model } = await this.#explorer.api.post(`classifiers/${this.#learnt.id}/version`, {
        name: this.#parts.model.value.trim(),
      });
      this.#explorer.say(`${model} is saved: use Model runs to find its calls in other recordings.`);
    });
  }

  /** @param {Asked} asked */
  #row({ number, strategy }) {
    return el(
      "div",
      { class: "hit asked" },
      makeRow(this.#explorer, number),
      el("span", { class: "hint" }, REASONS[strategy]),
    );
  }

  #next() {
    const body = {
      strategy: this.#parts.strategy.value,
      count: Number(this.#parts.count.value) || 10,
      label: this.#label,
    };
    return this.#do(async () => {
      /** @type {{ items: Asked[] }} */
      const { items } = await this.#explorer.api.post(`classifiers/${this.#learnt.id}/next`, body);
      this.#asked = items;
      this.#parts.askedHead.textContent = items.length
        ? `What to listen to next, and why. Digits and letters label the clip that is playing.`
        : "";
      this.#list.show(items.length);
      this.#explorer.selection.choose(
        items.map(({ number }) => number),
        { mode: "none", how: "classifier" },
      );
      const drawn = items.filter(({ strategy }) => strategy === "random").length;
      this.#explorer.say(
        items.length
          ? `Selected to listen to: ${countClips(items.length)}, ${drawn} of them at random.`
          : "All clips have a label.",
      );
    });
  }
}
