// A long table of boxes: filters above, below only the rows that are in sight, each with its picture and its sound.

import { paint } from "../web/clip_picture.js";
import { el, find, findAll } from "../web/dom.js";
import { Http, ROOT, toQuery } from "../web/http.js";
import { countOf, writeTime } from "../web/numbers.js";
import { readPicture } from "../web/picture.js";
import { loadStyles } from "../web/stylesheets.js";
import { VirtualList } from "../web/virtual_list.js";

/** @import { Component, DecodedPicture, SheetData, SheetRow, Span } from "../web/types.js" */

const PART = 100; // rows in one request
const KEPT = 300; // pictures
const TYPING_MS = 250;
const HEIGHT_PX = 104;
const SORTS = { file: "File and time", score: "Score", label: "Label", start: "Time in the file", length: "Length" };
/** @type {Record<string, string>} */
const RELATIONS = { matched: "matched", alone: "nothing there", label: "other label", outside: "not compared" };

/** @param {Pick<Span, "low_hz" | "high_hz">} span */
const writeBand = ({ low_hz: low, high_hz: high }) =>
  low === null || high === null ? "" : `${(low / 1000).toFixed(1)}–${(high / 1000).toFixed(1)} kHz`;

export class SheetRows {
  #signal = new AbortController();
  #http = new Http(this.#signal.signal);
  /** @type {HTMLElement} */ #root;
  /** @type {string} */ #url;
  /** @type {Record<string, string>} */ #query = {}; // what the page compares
  /** @type {Record<string, string>} */ #filters = { sort: "file" };
  #turn = 0; // counted up with every question: a late answer to an earlier one is dropped
  /** @type {Map<number, Promise<import("../web/types.js").SheetRows>>} */ #parts = new Map(); // first row -> promise of rows
  /** @type {Map<string, Promise<DecodedPicture>>} */ #pictures = new Map(); // "table/number" -> promise of a decoded picture
  #total = 0;
  #chosen = -1;
  #playing = -1;
  #typing = 0;
  /** @type {VirtualList} */ #list;
  #sound = new Audio();
  #count = el("output", { class: "count" });
  #fault = el("p", { class: "fault", role: "alert", hidden: true });
  /** @type {HTMLSelectElement} */ #label;

  /** @param {Component<SheetData>} component */
  constructor({ parentElement, data }) {
    this.#url = new URL(`sheets/${encodeURIComponent(data.sheet_id)}`, ROOT).href;
    this.#root = find(parentElement, ".rows");
    this.#list = new VirtualList({
      render: (index) => this.#render(index),
      layout: () => ({ columns: 1, height: HEIGHT_PX }),
    });
    Object.assign(this.#list.element, {
      tabIndex: 0,
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#press(event),
    });
    this.#list.element.setAttribute("aria-label", "Rows: arrow keys choose one, Space plays it");
    this.#label = el("select", { "aria-label": "Label", onchange: (event) => this.#set("label", event.target.value) });
    this.#root.replaceChildren(this.#makeBar(), this.#fault, this.#list.element);
    loadStyles(parentElement, this.#root, [new URL("sheet.css", import.meta.url).href]);
    this.#sound.onended = () => this.#mark(-1);
    this.update(data);
  }

  destroy() {
    this.#signal.abort();
    this.#sound.pause();
  }

  /**
   * The page asks for something else of the same sheet.
   * @param {SheetData} sheetData
   */
  update({ query, labels }) {
    const options = ["", ...labels].map((label) => el("option", { value: label }, label || "All labels"));
    if (
      this.#label.options.length !== options.length ||
      labels.some((label, index) => this.#label.options[index + 1].value !== label)
    ) {
      this.#label.replaceChildren(...options);
      delete this.#filters.label;
    }
    const changed = JSON.stringify(query) !== JSON.stringify(this.#query);
    this.#query = query;
    if (changed || !this.#turn) this.#ask();
  }

  #makeBar() {
    /** @param {string} name @param {string} title @param {string} value */
    const number = (name, title, value) =>
      el("input", {
        type: "number",
        min: 0,
        max: 1,
        step: 0.01,
        placeholder: value,
        "aria-label": title,
        class: "number",
        oninput: (event) => this.#setSoon(name, event.target.validity.valid ? event.target.value : ""),
      });
    const sort = el(
      "select",
      { "aria-label": "Order", onchange: (event) => this.#set("sort", event.target.value) },
      ...Object.entries(SORTS).map(([value, title]) => el("option", { value }, title)),
    );
    const turn = el(
      "button",
      {
        type: "button",
        "aria-pressed": "false",
        title: "Highest first",
        onclick: (event) => {
          const down = event.currentTarget.getAttribute("aria-pressed") !== "true";
          event.currentTarget.setAttribute("aria-pressed", String(down));
          this.#set("descending", down ? "true" : "");
        },
      },
      "↓ Downwards",
    );
    return el(
      "div",
      { class: "bar" },
      el("input", {
        type: "search",
        placeholder: "File, label, comment",
        "aria-label": "Text",
        oninput: (event) => this.#setSoon("text", event.target.value),
      }),
      this.#label,
      el(
        "span",
        { class: "range" },
        "Score ",
        number("least", "Lowest score", "0"),
        " to ",
        number("most", "Highest score", "1"),
      ),
      el("span", { class: "range" }, "Order ", sort, turn),
      this.#count,
    );
  }

  /** @param {string} name @param {string} value */
  #setSoon(name, value) {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#set(name, value), TYPING_MS);
  }

  /** @param {string} name @param {string} value */
  #set(name, value) {
    if (value === "") delete this.#filters[name];
    else this.#filters[name] = value;
    this.#ask();
  }

  async #ask() {
    const turn = (this.#turn += 1);
    this.#parts.clear();
    this.#root.dataset.state = "loading";
    try {
      const { total } = await this.#fetch(0);
      if (turn !== this.#turn) return;
      this.#total = total;
      this.#chosen = this.#playing = -1;
      this.#count.textContent = countOf(total, "row");
      this.#fault.hidden = true;
      this.#list.show(total);
      this.#root.dataset.state = "ready";
    } catch (error) {
      if (turn === this.#turn) this.#tell(error);
    }
  }

  /** @param {Error} error */
  #tell(error) {
    if (this.#signal.signal.aborted) return;
    this.#fault.textContent = error.message;
    this.#fault.hidden = false;
    this.#root.dataset.state = "failed";
  }

  /**
   * The answer about a part of the rows: asked for once for each question.
   * @param {number} first
   */
  #fetch(first) {
    if (!this.#parts.has(first)) {
      const least = Math.max(Number(this.#query.least ?? 0), Number(this.#filters.least ?? 0)); // the page has one, too
      const asked = toQuery({
        ...this.#query,
        ...this.#filters,
        least: String(least),
        limit: String(PART),
        offset: String(first),
      });
      const answer = this.#http.fetch(`${this.#url}/rows?${asked}`).then((response) => response.json());
      answer.catch(() => this.#parts.delete(first));
      this.#parts.set(first, answer);
    }
    return this.#parts.get(first);
  }

  /** @param {number} index */
  async #row(index) {
    return (await this.#fetch(PART * Math.floor(index / PART))).items[index % PART];
  }

  /** @param {SheetRow} row */
  #place(row) {
    return `rows/${this.#query.table ?? "predictions"}/${row.number}`;
  }

  /** @param {SheetRow} row */
  #picture(row) {
    const place = this.#place(row);
    if (!this.#pictures.has(place)) {
      const drawn = this.#http.fetch(`${this.#url}/${place}/picture`).then(readPicture);
      drawn.catch(() => this.#pictures.delete(place));
      this.#pictures.set(place, drawn);
      if (this.#pictures.size > KEPT) this.#pictures.delete(this.#pictures.keys().next().value);
    }
    return this.#pictures.get(place);
  }

  /** @param {number} index */
  #render(index) {
    const turn = this.#turn;
    const canvas = el("canvas", { "aria-hidden": "true", width: 240, height: 130 });
    const about = el("div", { class: "about" });
    const node = el(
      "div",
      {
        class: "row",
        onclick: () => {
          this.#choose(index);
          this.#list.element.focus({ preventScroll: true });
          this.#play(index);
        },
      },
      canvas,
      about,
    );
    node.dataset.index = String(index);
    if (index === this.#chosen) node.setAttribute("aria-current", "true");
    node.classList.toggle("playing", index === this.#playing);
    this.#row(index).then(
      (row) => {
        if (turn !== this.#turn || !row) return;
        about.append(...this.#describe(row));
        // A row that is only scrolled past asks for no picture.
        setTimeout(
          () =>
            node.isConnected &&
            this.#picture(row).then(
              (picture) => paint(canvas, picture, { outline: "#fff" }),
              (error) => (about.title = error.message),
            ),
          120,
        );
      },
      (error) => turn === this.#turn && this.#tell(error),
    );
    return node;
  }

  /** @param {SheetRow} row */
  #describe(row) {
    const score = row.score === null ? "no score" : row.score.toFixed(3);
    const partner =
      row.partner_label &&
      `${row.partner_label}${row.partner_score === null ? "" : ` ${row.partner_score.toFixed(3)}`}`;
    const relation =
      row.relation &&
      el(
        "span",
        { class: `relation ${row.relation}` },
        RELATIONS[row.relation],
        partner && row.relation === "label" ? `: ${partner}` : null,
      );
    const channel = row.channel ? ` · channel ${row.channel + 1}` : "";
    const time = `${writeTime(row.start_s)} – ${writeTime(row.end_s)}${channel}`;
    return [
      el(
        "div",
        { class: "line" },
        el("strong", {}, row.label),
        el("span", { class: "score" }, score),
        relation || null,
      ),
      el("div", { class: "file", title: row.where }, row.file_name),
      el("div", { class: "time" }, [time, writeBand(row), row.comment].filter(Boolean).join(" · ")),
    ];
  }

  /** @param {number} index */
  #choose(index) {
    this.#chosen = Math.min(Math.max(index, 0), this.#total - 1);
    const view = this.#list.element;
    const top = this.#chosen * HEIGHT_PX;
    if (top < view.scrollTop) view.scrollTop = top;
    else if (top + HEIGHT_PX > view.scrollTop + view.clientHeight) view.scrollTop = top + HEIGHT_PX - view.clientHeight;
    this.#mark();
  }

  #mark(playing = this.#playing) {
    this.#playing = playing;
    for (const node of findAll(this.#list.element, ".row")) {
      const index = Number(node.dataset.index);
      if (index === this.#chosen) node.setAttribute("aria-current", "true");
      else node.removeAttribute("aria-current");
      node.classList.toggle("playing", index === playing);
    }
  }

  /** @param {number} index */
  async #play(index) {
    const turn = this.#turn;
    this.#sound.pause();
    try {
      const row = await this.#row(index);
      if (turn !== this.#turn || index !== this.#chosen || !row) return;
      this.#sound.src = `${this.#url}/${this.#place(row)}/sound`;
      this.#mark(index);
      await this.#sound.play();
      this.#root.dataset.heard = String(row.number);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.#mark(-1);
      this.#fault.textContent = "This row cannot be played.";
      this.#fault.hidden = false;
    }
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    /** @type {Record<string, number>} */
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5, Home: -Infinity, End: Infinity };
    if (event.key in steps) {
      this.#choose(
        this.#chosen < 0 && steps[event.key] > 0 && Number.isFinite(steps[event.key])
          ? 0
          : this.#chosen + steps[event.key],
      );
    } else if (event.key === " " || event.key === "Enter") {
      if (!this.#sound.paused && this.#playing === this.#chosen) {
        this.#sound.pause();
        this.#mark(-1);
      } else if (this.#chosen >= 0) this.#play(this.#chosen);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
