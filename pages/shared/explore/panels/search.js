// Search: what sounds like some clips, and not like others. Ranked; any number, or all above a cosine.

import { el } from "../../editor/dom.js";
import { makeRow } from "../clipview.js";
import { VirtualList } from "../virtual.js";
import { makeHistogram } from "./histogram.js";

const MOST_MARKS = 400; // below the histogram

export class SearchPanel {
  title = "Search";
  /** @type {import("../explorer.js").Explorer} */ #explorer;
  #like = new Set();
  #unlike = new Set();
  #hits = []; // {number, rank, cosine, percentile}
  #isFilter = false;
  #turn = 0;
  #parts = {};
  #list;

  constructor(explorer) {
    this.#explorer = explorer;
    const part = (name, node) => (this.#parts[name] = node);
    const button = (name, text, run, className = "") => part(name, el("button", { class: className, onclick: run }, text));
    const number = (name, label, props) => el("label", { class: "small" }, label, part(name, el("input", { type: "number", "aria-label": label, onchange: () => this.#search(), ...props })));
    this.#list = new VirtualList({ layout: () => ({ columns: 1, height: 34 }), render: (index) => this.#row(this.#hits[index]) });
    this.element = el("section", { class: "selection search" },
      el("div", { class: "head" }, part("wanted", el("strong", { class: "count", "aria-live": "polite" })), button("clear", "Clear", () => this.#clear(), "link")),
      part("hint", el("p", { class: "hint" }, "Select or point at clips, and find what sounds like them.")),
      el("div", { class: "line" }, button("more", "Like the selection", () => this.#add(this.#like), "first"), button("less", "Not like it", () => this.#add(this.#unlike))),
      el("div", { class: "line" }, number("count", "At most", { value: "50", min: "1", max: "100000", step: "10" }), number("least", "Cosine from", { min: "-1", max: "1", step: "0.05", placeholder: "any" }),
        el("label", { class: "button", title: "Search by a sound file of at most a minute" }, "File…", part("file", el("input", { type: "file", accept: "audio/*", hidden: true, onchange: () => this.#searchFile() })))),
      part("histogram", el("div", { class: "chart" })),
      part("uses", el("div", { class: "line" }, button("choose", "Select them", () => this.#choose()), button("filter", "Show only them", () => this.#toggleFilter()), button("color", "Colour by cosine", () => this.#color()))),
      this.#list.element);
  }

  update() {
    const { wanted, clear, more, less, uses, filter, hint } = this.#parts;
    const { selection, map } = this.#explorer;
    const hasSome = selection.size > 0 || map.current >= 0;
    const text = [this.#like.size && `${this.#like.size} wanted`, this.#unlike.size && `${this.#unlike.size} not wanted`].filter(Boolean).join(", ");
    wanted.textContent = this.#hits.length ? `${this.#hits.length.toLocaleString("en")} found (${text || "by a file"})` : text || "Nothing is searched for";
    hint.hidden = this.#hits.length > 0;
    more.textContent = selection.size ? "Like the selection" : "Like this clip";
    more.disabled = less.disabled = !hasSome;
    clear.hidden = !this.#like.size && !this.#unlike.size && !this.#hits.length;
    uses.hidden = !this.#hits.length;
    filter.setAttribute("aria-pressed", String(this.#isFilter));
  }

  #add(which) {
    const { selection, map } = this.#explorer;
    const numbers = selection.size ? [...selection.numbers].slice(0, 1000) : [map.current];
    const other = which === this.#like ? this.#unlike : this.#like;
    for (const number of numbers) {
      other.delete(number);
      which.add(number);
    }
    this.#search();
  }

  #clear() {
    this.#turn += 1;
    this.#like.clear();
    this.#unlike.clear();
    this.#show([], null);
  }

  async #search() {
    if (!this.#like.size) return this.update();
    const least = this.#parts.least.value;
    const body = { like: [...this.#like], unlike: [...this.#unlike], k: Number(this.#parts.count.value) || 50, threshold: least === "" ? null : Number(least) };
    return this.#ask(() => this.#explorer.api.post("search", body));
  }

  #searchFile() {
    const [file] = this.#parts.file.files;
    if (!file) return;
    const form = new FormData();
    form.append("file", file);
    form.append("k", this.#parts.count.value || "50");
    this.#parts.file.value = "";
    this.#like.clear();
    this.#unlike.clear();
    this.#ask(() => this.#explorer.api.postForm("search/sound", form));
  }

  async #ask(ask) {
    const turn = (this.#turn += 1);
    try {
      const found = await ask();
      if (turn === this.#turn) this.#show(found.hits, found.histogram);
    } catch (error) {
      if (turn === this.#turn && error.name !== "AbortError") this.#explorer.say(error.message, { isBad: true });
    }
  }

  #show(hits, histogram) {
    this.#hits = hits;
    const marks = hits.slice(0, MOST_MARKS).map(({ cosine }) => cosine);
    const title = "How alike random clips are, and those that were found";
    this.#parts.histogram.replaceChildren(...(histogram && hits.length ? [makeHistogram(histogram.edges, histogram.counts, { marks, title })] : []));
    if (this.#isFilter) this.#filter(hits.length > 0);
    this.#list.show(hits.length);
    this.update();
  }

  #row({ number, rank, cosine, percentile }) {
    const judge = (which, sign, title) => el("button", {
      class: "judge", title, "aria-label": `${title}: clip ${number}`, "aria-pressed": String(which.has(number)),
      onclick: () => this.#judge(which, number),
    }, sign);
    const figures = el("span", { class: "figures", title: `Rank ${rank}: more alike than ${percentile.toFixed(1)} % of random clips` }, cosine.toFixed(3));
    return el("div", { class: "hit" }, makeRow(this.#explorer, number), figures, judge(this.#like, "+", "More like this"), judge(this.#unlike, "−", "Not like this"));
  }

  #judge(which, number) {
    const other = which === this.#like ? this.#unlike : this.#like;
    other.delete(number);
    if (!which.delete(number)) which.add(number);
    this.#search();
  }

  get #numbers() { return this.#hits.map(({ number }) => number); }

  #choose() { this.#explorer.selection.choose(this.#numbers, { how: "search" }); }

  #toggleFilter() {
    this.#filter(!this.#isFilter);
    this.update();
  }

  #filter(isOn) {
    this.#isFilter = isOn;
    this.#explorer.selection.filterTo("search", isOn ? this.#numbers : null);
  }

  #color() {
    const values = new Float32Array(this.#explorer.count).fill(Number.NaN);
    for (const { number, cosine } of this.#hits) values[number] = cosine;
    this.#explorer.columns.set("cosine", "Cosine of the search", { kind: "number", values });
    this.#explorer.colorBy("cosine");
  }
}
