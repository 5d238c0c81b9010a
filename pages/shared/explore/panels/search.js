// Search: what sounds like some clips, a recording, a file or a drawn stretch, and not like others. Ranked; any number,
// or all above a cosine, of what the filters on the map let through.

import { el } from "../../web/dom.js";
import { VirtualList } from "../../web/virtual_list.js";
import { makeRow } from "../view/clip_views.js";
import { StretchView } from "../view/stretch_view.js";
import { makeHistogram } from "./histogram.js";
import { Recorder } from "./recorder.js";
import { Examples, packBits } from "./search_examples.js";
import { TextFilter } from "./text_filter.js";

/** @import { Found, Hit, Parts, Stretch } from "../../web/types.js" */
/** @import { Explorer } from "../explorer.js" */

const MAX_EXAMPLES = 1000; // of a selection
const MAX_MARKS = 400; // below the histogram
const MAX_SHOWN = 50; // examples with a row of their own
const REST_MS = 250; // of filters that keep changing
const FILTER = "search";

export class SearchPanel {
  title = "Search";
  /** @type {import("../explorer.js").Explorer} */ #explorer;
  #examples = new Examples();
  /** @type {Hit[]} */ #hits = []; // {number, rank, cosine, percentile}
  #isFilter = false;
  #within = ""; // what filters let through when it was searched
  #turn = 0;
  #isAsking = false;
  #later = 0;
  /** @type {Parts} */ #parts = {};
  /** @type {Recorder} */ #recorder;
  /** @type {StretchView} */ #view;
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
    /** @param {string} name @param {string} label @param {Record<string, unknown>} props */
    const number = (name, label, props) =>
      el(
        "label",
        { class: "small" },
        label,
        part(name, el("input", { type: "number", "aria-label": label, onchange: () => this.#search(), ...props })),
      );
    this.#recorder = new Recorder(explorer, (file, title) => this.#take({ sound: { file, title } }));
    this.#view = new StretchView(explorer, (stretch) => this.#take({ stretch }));
    this.#list = new VirtualList({
      layout: () => ({ columns: 1, height: 34 }),
      render: (index) => this.#row(this.#hits[index]),
    });
    const { like, unlike } = this.#examples;
    this.element = el(
      "section",
      { class: "selection search" },
      el(
        "div",
        { class: "head" },
        part("wanted", el("strong", { class: "count", "aria-live": "polite" })),
        button("clear", "Clear", () => this.#clear(), "link"),
      ),
      part(
        "hint",
        el("p", { class: "hint" }, "Select or point at clips, record or draw a sound, and find similar ones."),
      ),
      el(
        "div",
        { class: "line" },
        button("more", "Like the selection", () => this.#add(like), "first"),
        button("less", "Not similar", () => this.#add(unlike)),
      ),
      el(
        "div",
        { class: "line" },
        this.#recorder.button,
        el(
          "label",
          { class: "button", title: "Search with a sound file of up to a minute" },
          "File…",
          part(
            "file",
            el("input", { type: "file", accept: "audio/*", hidden: true, onchange: () => this.#takeFile() }),
          ),
        ),
        el(
          "button",
          { title: "Draw a stretch on the spectrogram around a clip", onclick: () => this.#draw() },
          "Draw…",
        ),
        part(
          "label",
          el("select", {
            "aria-label": "Like the clips of a label",
            onchange: ({ target }) => this.#take({ label: target.value }),
          }),
        ),
      ),
      this.#recorder.line,
      part("own", el("div", { class: "chips" })),
      new TextFilter(explorer).element,
      el(
        "div",
        { class: "line" },
        number("count", "At most", { value: "50", min: "1", max: "100000", step: "10" }),
        number("least", "Cosine from", { min: "-1", max: "1", step: "0.05", placeholder: "any" }),
      ),
      part("histogram", el("div", { class: "chart" })),
      part(
        "uses",
        el(
          "div",
          { class: "line" },
          button("choose", "Select them", () => this.#choose()),
          button("filter", "Show only them", () => this.#toggleFilter()),
          button("color", "Colour by cosine", () => this.#color()),
        ),
      ),
      part("typical", el("details", { class: "far", hidden: true })),
      this.#list.element,
    );
  }

  update() {
    const { wanted, clear, more, uses, filter, hint } = this.#parts;
    const { selection, map } = this.#explorer;
    const text = this.#examples.describe();
    wanted.textContent = this.#isAsking
      ? `Searching … (${text})`
      : this.#hits.length
        ? `${this.#hits.length.toLocaleString("en")} found (${text})`
        : text || "No search yet";
    hint.hidden = this.#hits.length > 0;
    more.textContent = map.current < 0 && selection.size !== 1 ? "Like the selection" : "Like this clip";
    clear.hidden = !text && !this.#hits.length;
    uses.hidden = !this.#hits.length;
    filter.setAttribute("aria-pressed", String(this.#isFilter));
    this.#drawLabels();
    this.#drawOwn();
    this.#follow();
  }

  #drawLabels() {
    const { categories = [] } = this.#explorer.columns.find("label") ?? {};
    const options = [["", "Label…"], ...categories.filter(Boolean).map((name) => [name, name])];
    this.#parts.label.replaceChildren(...options.map(([value, text]) => el("option", { value }, text)));
    this.#parts.label.value = this.#examples.label;
  }

  // What is not a clip: to hear it, and to leave it out again.
  #drawOwn() {
    const { sound, stretch } = this.#examples;
    /** @param {string} text @param {() => unknown} forget @param {(() => unknown) | null} [hear] */
    const chip = (text, forget, hear) =>
      el(
        "span",
        { class: "chip own" },
        hear ? el("button", { class: "link", "aria-label": "Hear it", onclick: hear }, "▶") : null,
        text,
        el("button", { class: "link", "aria-label": `Leave out: ${text}`, onclick: forget }, "×"),
      );
    const hear = () => new Audio(URL.createObjectURL(sound.file)).play();
    this.#parts.own.replaceChildren(
      ...[
        sound && chip(sound.title, () => this.#take({ sound: null }), hear),
        stretch && chip(stretch.title, () => this.#take({ stretch: null })),
      ].filter(Boolean),
    );
  }

  // Filters hold before the first k: others than before are another search.
  #follow() {
    if (!this.#hits.length && !this.#within) return;
    if (packBits(this.#explorer.selection.passingBut(FILTER)) === this.#within) return;
    clearTimeout(this.#later);
    this.#later = setTimeout(() => this.#search(), REST_MS);
  }

  // The clip that is pointed at, or else all that are selected.
  get #meant() {
    const { selection, map } = this.#explorer;
    const found = map.current >= 0 ? [map.current] : [...selection.numbers].slice(0, MAX_EXAMPLES);
    if (!found.length)
      this.#explorer.say("Choose a clip (click, or arrow keys) or select several, then search with them.");
    return found;
  }

  /** @param {Set<number>} which */
  #add(which) {
    const numbers = this.#meant;
    if (!numbers.length) return;
    this.#examples.add(which, numbers);
    this.#search();
  }

  #clear() {
    this.#turn += 1;
    this.#isAsking = false;
    this.#examples.clear();
    this.#within = "";
    this.#show({ hits: [], examples: [] });
  }

  #draw() {
    const [number] = this.#meant;
    if (number !== undefined)
      this.#view
        .open(number)
        .catch((error) => error.name !== "AbortError" && this.#explorer.say(error.message, { isBad: true }));
  }

  #takeFile() {
    const [file] = this.#parts.file.files;
    this.#parts.file.value = "";
    if (file) this.#take({ sound: { file, title: file.name } });
  }

  /**
   * Search by a stretch of a session: {session_id, start_s, end_s}, in seconds of it.
   * @param {Omit<Stretch, "title">} stretch
   */
  findStretch(stretch) {
    const { start_s, end_s, session_id } = stretch;
    return this.#take({ stretch: { ...stretch, title: `${(end_s - start_s).toFixed(2)} s of ${session_id}` } });
  }

  /**
   * Search by something else than before: {sound}, {stretch} or {label}; without one, by what is left.
   * @param {Partial<Examples>} changes
   */
  #take(changes) {
    if (Object.values(changes).some(Boolean)) this.#examples.clear();
    Object.assign(this.#examples, changes);
    return this.#search();
  }

  #search() {
    if (this.#examples.isEmpty) return this.#examples.unlike.size ? this.update() : this.#clear();
    this.#within = packBits(this.#explorer.selection.passingBut(FILTER));
    const least = this.#parts.least.value;
    const body = this.#examples.toBody({
      k: Number(this.#parts.count.value) || 50,
      threshold: least === "" ? null : Number(least),
      within: this.#within,
    });
    const { sound } = this.#examples;
    if (!sound) return this.#ask(() => this.#explorer.api.post("search", body));
    const form = new FormData();
    form.append("file", sound.file);
    form.append("search", JSON.stringify(body));
    return this.#ask(() => this.#explorer.api.postForm("search/sound", form));
  }

  /** @param {() => Promise<Found>} ask */
  async #ask(ask) {
    const turn = (this.#turn += 1);
    this.#isAsking = true;
    this.update();
    try {
      const found = await ask();
      if (turn !== this.#turn) return;
      this.#isAsking = false;
      this.#show(found);
    } catch (error) {
      if (turn !== this.#turn || error.name === "AbortError") return;
      this.#isAsking = false;
      this.update();
      this.#explorer.say(error.message, { isBad: true });
    }
  }

  /** @param {Partial<Found>} found */
  #show({ hits, examples, histogram }) {
    this.#hits = hits;
    const marks = hits.slice(0, MAX_MARKS).map(({ cosine }) => cosine);
    const title = "Similarity of random clips and of the clips found";
    this.#parts.histogram.replaceChildren(
      ...(histogram && hits.length ? [makeHistogram(histogram.edges, histogram.counts, { marks, title })] : []),
    );
    this.#showTypical(examples);
    if (this.#isFilter) this.#filter(hits.length > 0);
    this.#list.show(hits.length);
    this.update();
  }

  // What was searched by, the most typical first, then what is not wanted: each can be left out again.
  /** @param {Partial<Hit>[]} examples */
  #showTypical(examples) {
    const { typical } = this.#parts;
    const unwanted = [...this.#examples.unlike].map((number) => ({ number }));
    const shown = [...examples, ...unwanted].slice(0, MAX_SHOWN);
    const rest = examples.length + unwanted.length - shown.length;
    typical.hidden = !shown.length;
    typical.replaceChildren(
      el(
        "summary",
        {},
        `Your examples (${(examples.length + unwanted.length).toLocaleString("en")}), the most typical first`,
      ),
      el(
        "div",
        { class: "examples" },
        ...shown.map((each) => this.#row(each)),
        rest ? el("p", { class: "hint" }, `and ${rest.toLocaleString("en")} more`) : null,
      ),
    );
  }

  /** @param {Partial<Hit>} hit */
  #row({ number, rank, cosine, percentile }) {
    const { like, unlike } = this.#examples;
    /** @param {Set<number>} which @param {string} sign @param {string} title */
    const judge = (which, sign, title) =>
      el(
        "button",
        {
          class: "judge",
          title,
          "aria-label": `${title}: clip ${number}`,
          "aria-pressed": String(which.has(number)),
          onclick: () => (this.#examples.toggle(which, number), this.#search()),
        },
        sign,
      );
    const figures =
      cosine === undefined
        ? null
        : el(
            "span",
            { class: "figures", title: `Rank ${rank}: more alike than ${percentile.toFixed(1)} % of random clips` },
            cosine.toFixed(3),
          );
    return el(
      "div",
      { class: "hit" },
      makeRow(this.#explorer, number),
      figures,
      judge(like, "+", "More like this"),
      judge(unlike, "−", "Not like this"),
    );
  }

  get #numbers() {
    return this.#hits.map(({ number }) => number);
  }

  #choose() {
    this.#explorer.selection.choose(this.#numbers, { how: "search" });
  }

  #toggleFilter() {
    this.#filter(!this.#isFilter);
    this.update();
  }

  /** @param {boolean} isOn */
  #filter(isOn) {
    this.#isFilter = isOn;
    this.#explorer.selection.filterTo(FILTER, isOn ? this.#numbers : null);
  }

  #color() {
    const values = new Float32Array(this.#explorer.count).fill(Number.NaN);
    for (const { number, cosine } of this.#hits) values[number] = cosine;
    this.#explorer.columns.set("cosine", "Cosine of the search", { kind: "number", values });
    this.#explorer.colorBy("cosine");
  }
}
