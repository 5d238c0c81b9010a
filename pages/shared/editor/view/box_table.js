// The table of boxes: exact numbers, in step with the picture.

import { activeAround, el, find } from "../../web/dom.js";
import { formatDuration, formatNumber } from "../../web/numbers.js";
import { boxProblem } from "../model/box_geometry.js";
import { byScore, inTimeOrder, originOf } from "../model/boxes_state.js";
import { colorOf, listLabels, MORE } from "../model/labels.js";
import { numberField } from "./number_field.js";

/** @import { Box, BoxHost, Child, DrawnBoxes, NumberField, Row, SessionView } from "../../web/types.js" */

const ORIGINS = { model_accepted: "model", model_edited: "edited", new: "new", bulk: "bulk" };

// name of the column: [field of a box, its size in the box's unit, decimals shown, what it is, its unit]
/** @type {[field: NumberField, unit: number, digits: number, title: string, unitName: string][]} */
const NUMBERS = [
  ["start_s", 1, 4, "Start", "s"],
  ["end_s", 1, 4, "End", "s"],
  ["low_hz", 1000, 3, "Low", "kHz"],
  ["high_hz", 1000, 3, "High", "kHz"],
];

/** @type {Record<string, { name: string, sort: (boxes: Box[]) => Box[], direction: string }>} */
const ORDERS = {
  start_s: { name: "Start", sort: inTimeOrder, direction: "ascending" },
  score: {
    name: "Score",
    sort: (boxes) => [...byScore(boxes), ...inTimeOrder(boxes.filter(({ score }) => score === null))],
    direction: "descending",
  },
};

export class Table {
  /** @type {Map<string, Row>} */ #rows = new Map(); // box id -> its parts
  /** @type {Row[]} */ #spare = []; // parts of rows whose box is gone: making new ones costs most of a drawing
  #body = el("tbody");
  /** @type {Record<string, HTMLElement>} */ #heads = {};
  #order = "start_s";
  /** @type {string[]} */ #shown = []; // ids in the order of the rows
  /** @type {string | null} */ #primary = null;
  /** @type {BoxHost} */ host;
  /** @type {HTMLElement} */ container;

  /**
   * `host` offers dispatch(action), box(id), selection(), limits(), say(text), redraw(), recent() and pick(field): see box_inspector.js.
   * @param {HTMLElement} container
   * @param {BoxHost} host
   */
  constructor(container, host) {
    this.host = host;
    this.container = container;
    /** @param {string} key @param {Child} title @param {string} [unit] */
    const head = (key, title, unit = "") =>
      (this.#heads[key] = el("th", { scope: "col" }, title, unit ? el("small", {}, ` ${unit}`) : null));
    /** @param {string} key */
    const sorting = (key) =>
      el(
        "button",
        { class: "sort", title: `Sort by ${ORDERS[key].name.toLowerCase()}`, onclick: () => this.#sortBy(key) },
        ORDERS[key].name,
      );
    const numbers = NUMBERS.map(([field, , , title, unit]) =>
      head(field, field in ORDERS ? sorting(field) : title, unit),
    );
    const heads = [
      el("th", { scope: "col", title: "Ticked: accepted by you" }, "✓"),
      head("label", "Label"),
      ...numbers,
      head("length", "Length"),
      head("score", sorting("score")),
      el("th", { scope: "col", "aria-label": "Marks" }),
      head("origin", "From"),
      el("th", { scope: "col", "aria-label": "Delete" }),
    ];
    container.append(el("table", {}, el("thead", {}, el("tr", {}, ...heads)), this.#body));
  }

  /** @param {string} key */
  #sortBy(key) {
    this.#order = key;
    this.host.redraw();
  }

  /** @param {DrawnBoxes} drawnBoxes */
  draw({ boxes, selection, view, editable }) {
    const ordered = ORDERS[this.#order].sort(boxes);
    this.#shown = ordered.map(({ id }) => id);
    for (const [key, { direction }] of Object.entries(ORDERS))
      this.#heads[key].setAttribute("aria-sort", key === this.#order ? direction : "none");
    this.#setAside(new Set(this.#shown));
    const chosen = new Set(selection);
    const entries = listLabels(view, boxes, this.host.recent());
    const common = { view, editable, entries, options: JSON.stringify(entries) };
    ordered.forEach((box, index) => {
      const parts = this.#row(box.id);
      if (this.#body.children[index] !== parts.row)
        this.#body.insertBefore(parts.row, this.#body.children[index] ?? null);
      this.#fill(parts, box, index, common);
      if (parts.chosen === chosen.has(box.id)) return;
      parts.chosen = chosen.has(box.id);
      parts.row.classList.toggle("selected", parts.chosen);
      parts.row.setAttribute("aria-selected", String(parts.chosen));
    });
    for (const { row } of this.#spare) row.remove();
    this.#follow(selection.at(-1) ?? null);
  }

  // Scroll to the primary box when it changes; by hand, because scrollIntoView would move the page too.
  /** @param {string | null} primary */
  #follow(primary) {
    if (primary === this.#primary) return;
    this.#primary = primary;
    const row = this.#rows.get(primary)?.row;
    if (!row) return;
    const [area, place] = [this.container.getBoundingClientRect(), row.getBoundingClientRect()];
    const head = find(this.container, "thead").getBoundingClientRect().height;
    if (place.top < area.top + head) this.container.scrollTop -= area.top + head - place.top;
    else if (place.bottom > area.bottom) this.container.scrollTop += place.bottom - area.bottom;
  }

  /** @param {Set<string>} ids */
  #setAside(ids) {
    for (const [id, parts] of this.#rows) {
      if (ids.has(id)) continue;
      const active = activeAround(parts.row);
      if (parts.row.contains(active)) active.blur(); // the field must not become one of another box
      this.#rows.delete(id);
      this.#spare.push(parts);
    }
  }

  /** @param {string} id */
  #row(id) {
    const parts = this.#rows.get(id) ?? this.#spare.shift() ?? this.#makeRow();
    if (parts.id !== id) Object.assign(parts, { id, filled: {} });
    this.#rows.set(id, parts);
    return parts;
  }

  #makeRow() {
    const { host } = this;
    const parts = /** @type {Row} */ ({ id: null, filled: {}, chosen: false });
    const inputs = NUMBERS.map(([field, unit, digits]) => {
      /** @param {HTMLInputElement} input */
      const restore = (input) => this.#restore(parts.id, field, input, unit, digits);
      /** @param {number | null} value @param {HTMLInputElement} input */
      const take = (value, input) => (this.#change(parts.id, field, value, unit), restore(input));
      return numberField({ class: "number" }, take, (problem, input) => (host.say(problem), restore(input)));
    });
    const tick = el("input", {
      type: "checkbox",
      onchange: (event) => host.dispatch({ type: "change", id: parts.id, patch: { checked: event.target.checked } }),
    });
    const label = el("select", { onchange: ({ target }) => this.#relabel(parts.id, target) });
    // For the pointer only: by keyboard, Esc leaves a field and Delete deletes. Tab must not land on what cannot be seen.
    const remove = el(
      "button",
      {
        class: "small remove",
        tabindex: -1,
        "data-deletes": "",
        onclick: () => host.dispatch({ type: "remove", id: parts.id }),
      },
      "✕",
    );
    const [length, score, marks, origin] = [
      el("td", { class: "length" }),
      el("td", { class: "score" }),
      el("td", { class: "flags" }),
      el("span", { class: "origin" }),
    ];
    const cells = inputs.map((input) => el("td", {}, input));
    const row = el(
      "tr",
      {},
      el("td", {}, tick),
      el("td", {}, label),
      ...cells,
      length,
      score,
      marks,
      el("td", { class: "from" }, origin),
      el("td", { class: "end" }, remove),
    );
    row.addEventListener(
      "focusin",
      () => host.selection().includes(parts.id) || host.dispatch({ type: "select", id: parts.id }),
    );
    // With Shift or Ctrl a click chooses rows: it puts no cursor into a field, and marks no text.
    row.addEventListener(
      "mousedown",
      (event) => (event.shiftKey || event.ctrlKey || event.metaKey) && event.preventDefault(),
    );
    row.addEventListener("click", (event) => this.#choose(parts.id, event));
    row.addEventListener("keydown", (/** @type {any} */ event) => event.key === "Enter" && event.target.blur());
    return Object.assign(parts, { row, tick, inputs, label, remove, length, score, marks, origin });
  }

  /** @param {string} id @param {HTMLSelectElement} field */
  #relabel(id, field) {
    const { value } = field;
    if (value !== MORE) return this.host.dispatch({ type: "change", id, patch: { label: value } });
    field.value = this.host.box(id).label;
    this.host.dispatch({ type: "select", id });
    this.host.pick(field);
  }

  /** @param {string} id @param {any} options */
  #choose(id, { shiftKey, ctrlKey, metaKey, target }) {
    const { host } = this;
    if (ctrlKey || metaKey) host.dispatch({ type: "toggle", id });
    else if (shiftKey) host.dispatch({ type: "select", ids: this.#range(host.selection().at(-1) ?? id, id) });
    else if (!target.closest("input, select, button") || !host.selection().includes(id))
      host.dispatch({ type: "select", id });
  }

  /**
   * The ids from one row to another, the last as the primary one.
   * @param {string} from
   * @param {string} to
   */
  #range(from, to) {
    const [a, b] = [this.#shown.indexOf(from), this.#shown.indexOf(to)];
    const ids = this.#shown.slice(Math.min(a, b), Math.max(a, b) + 1);
    return a <= b ? ids : ids.reverse();
  }

  /**
   * @param {Row} parts
   * @param {Box} box
   * @param {number} index
   * @param {{ view: SessionView; editable: boolean; entries: string[][]; options: string }} options
   */
  #fill(parts, box, index, { view, editable, entries, options }) {
    const { row, tick, inputs, label, remove, length, score, marks, origin, filled } = parts;
    const same = filled.box === box && filled.index === index && filled.view === view;
    if (same && filled.editable === editable && filled.options === options) return;
    if (parts.options !== options)
      label.replaceChildren(...entries.map(([value, text]) => el("option", { value }, text)));
    parts.options = options;
    parts.filled = { box, index, view, editable, options };
    const active = activeAround(row);
    inputs.forEach((input, column) => {
      const [field, unit, digits, title, unitName] = NUMBERS[column];
      input.setAttribute("aria-label", `Box ${index + 1}: ${title} (${unitName})`);
      input.disabled = !editable;
      const text = box[field] === null ? "" : formatNumber(box[field] / unit, digits);
      if (input !== active && input.value !== text) input.value = text;
      input.title = box[field] === null ? "All frequencies" : `${box[field] / unit} ${unitName}`;
    });
    label.value = box.label;
    label.disabled = tick.disabled = remove.disabled = !editable;
    label.setAttribute("aria-label", `Box ${index + 1}: label`);
    tick.hidden = box.prediction_id === null;
    tick.checked = Boolean(box.checked);
    tick.setAttribute("aria-label", `Box ${index + 1}: ticked`);
    remove.setAttribute("aria-label", `Delete box ${index + 1}`);
    remove.title = `Delete box ${index + 1}`;
    row.style.setProperty("--color", colorOf(box.label, view));
    length.textContent = formatDuration(box.end_s - box.start_s);
    score.textContent = box.score === null ? "" : box.score.toFixed(2);
    score.title = box.score === null ? "" : `Score ${box.score}`;
    marks.textContent = `${box.unsure ? "?" : ""}${box.comment ? "✎" : ""}`;
    marks.title = [box.unsure ? "Unsure" : "", box.comment ?? ""].filter(Boolean).join(": ");
    origin.textContent = ORIGINS[originOf(box, view)];
  }

  // A number is taken over exactly as it was typed; two empty frequencies make a time-only box.
  /** @param {string} id @param {NumberField} field @param {number | null} typed @param {number} unit */
  #change(id, field, typed, unit) {
    const box = this.host.box(id);
    if (!box) return; // deleted while its field had the cursor
    const value = typed === null ? null : Number((typed * unit).toPrecision(15));
    const limits = this.host.limits();
    const patch = { [field]: value };
    if (field.endsWith("_hz") && value === null) Object.assign(patch, { low_hz: null, high_hz: null });
    else if (field.endsWith("_hz") && box.low_hz === null) {
      Object.assign(patch, { low_hz: limits.f0, high_hz: limits.f1, [field]: value });
    }
    const problem = boxProblem({ ...box, ...patch }, limits);
    if (problem) this.host.say(problem);
    else this.host.dispatch({ type: "change", id, patch });
  }

  /**
   * @param {string} id
   * @param {NumberField} field
   * @param {HTMLInputElement} input
   * @param {number} unit
   * @param {number} digits
   */
  #restore(id, field, input, unit, digits) {
    const kept = this.host.box(id)?.[field] ?? null;
    input.value = kept === null ? "" : formatNumber(kept / unit, digits);
  }
}
