// What the colours mean, and the filter that lies in it: a click on a category, a range of numbers.

import { el } from "../../web/dom.js";
import { categoryColors, GRADIENT, NOTHING, rangeOf } from "../map/point_colors.js";
import { countCategories, passCategories, passRange } from "../model/filters.js";

/** @import { Column, LegendHost, Range } from "../../web/types.js" */

const SHOWN = 60; // categories with a button of their own
const TICKS = 1000; // of the range sliders

/** @param {number} value */
const write = (value) =>
  Number.isInteger(value) ? value.toLocaleString("en") : Number(value.toPrecision(4)).toString();

export class Legend {
  /** @type {LegendHost} */ #host;
  /** @type {Column | null} */ #column = null;
  /** @type {Map<string, Set<string>>} */ #off = new Map(); // column -> names of categories that are switched off
  /** @type {Map<string, Range>} */ #ranges = new Map(); // column -> [low, high], where something is left out
  element = el("section", { class: "legend", "aria-label": "Legend and filter" });

  /**
   * `host` is {filter(name, passes), isCounted(number), title(name), changed()}.
   * @param {LegendHost} host
   */
  constructor(host) {
    this.#host = host;
  }

  /**
   * Show the legend of a column.
   * @param {Column} column
   */
  show(column) {
    this.#column = column;
    this.draw();
  }

  draw() {
    const column = this.#column;
    if (!column) return;
    const head = el("div", { class: "legend-head" }, el("strong", {}, this.#host.title(column.name)), this.#reset());
    this.element.replaceChildren(
      head,
      ...(column.kind === "category" ? this.#categories(column) : this.#numbers(column)),
    );
  }

  #reset() {
    const others = [...this.#off.keys(), ...this.#ranges.keys()];
    if (!others.length) return null;
    const names = [...new Set(others)].map((name) => this.#host.title(name)).join(", ");
    return el("button", { class: "link", title: `Filtered by ${names}`, onclick: () => this.clear() }, "Clear filters");
  }

  /** Let everything through again. */
  clear() {
    for (const name of [...this.#off.keys(), ...this.#ranges.keys()]) this.#host.filter(name, null);
    this.#off.clear();
    this.#ranges.clear();
    this.draw();
    this.#host.changed();
  }

  // Categories ------------------------------------------------------------------------------------------

  /** @param {Column} column */
  #categories(column) {
    const colors = categoryColors(column);
    const counts = countCategories(column, this.#host.isCounted);
    const off = this.#off.get(column.name) ?? new Set();
    const order = [...column.categories.keys()].filter((at) => counts[at] || off.has(column.categories[at]));
    order.sort(
      (a, b) => Number(column.categories[a] === "") - Number(column.categories[b] === "") || counts[b] - counts[a],
    );
    const rows = order
      .slice(0, SHOWN)
      .map((at) => this.#category(column, column.categories[at], colors[at], counts[at], off));
    const rest = order.length - rows.length;
    return [
      el(
        "div",
        { class: "categories" },
        ...rows,
        rest > 0 ? el("p", { class: "hint" }, `and ${rest.toLocaleString("en")} more`) : null,
      ),
    ];
  }

  /**
   * @param {Column} column
   * @param {string} name
   * @param {string | null} color
   * @param {number} count
   * @param {Set<string>} off
   */
  #category(column, name, color, count, off) {
    return el(
      "button",
      {
        class: "category",
        "aria-pressed": String(!off.has(name)),
        "data-name": name,
        title: "Click: leave out or in. Double click: only this one.",
        onclick: () => this.#toggle(column, name),
        ondblclick: () => this.#only(column, name),
      },
      el("span", { class: "dot", style: `--color: ${color ?? NOTHING}` }),
      el("span", { class: "name" }, name || "none"),
      el("span", { class: "count" }, count.toLocaleString("en")),
    );
  }

  /** @param {Column} column @param {string} name */
  #toggle(column, name) {
    const off = new Set(this.#off.get(column.name));
    if (!off.delete(name)) off.add(name);
    this.#switchOff(column, off);
  }

  /** @param {Column} column @param {string} name */
  #only(column, name) {
    const others = column.categories.filter((each) => each !== name);
    const isAlone = others.every((each) => this.#off.get(column.name)?.has(each));
    this.#switchOff(column, new Set(isAlone ? [] : others));
  }

  /** @param {Column} column @param {Set<string>} off */
  #switchOff(column, off) {
    if (off.size) this.#off.set(column.name, off);
    else this.#off.delete(column.name);
    this.#host.filter(column.name, passCategories(column, off));
    this.draw();
    this.#host.changed();
  }

  // Numbers ---------------------------------------------------------------------------------------------

  /** @param {Column} column */
  #numbers(column) {
    const [least, most] = rangeOf(column.values);
    const [low, high] = this.#ranges.get(column.name) ?? [least, most];
    /** @param {number} value */
    const at = (value) => Math.round(((value - least) / (most - least || 1)) * TICKS);
    /** @param {string} name @param {number} value */
    const slider = (name, value) =>
      el("input", {
        type: "range",
        min: 0,
        max: TICKS,
        value: at(value),
        "aria-label": `${name} of ${this.#host.title(column.name)}`,
      });
    /** @param {string} name @param {number} value */
    const field = (name, value) =>
      el("input", {
        type: "number",
        step: "any",
        value: Number(value.toPrecision(6)),
        "aria-label": `${name} of ${this.#host.title(column.name)}, typed`,
      });
    const sliders = [slider("Least", low), slider("Greatest", high)];
    const fields = [field("Least", low), field("Greatest", high)];
    /** @param {number | string} tick @param {number} end */
    const toValue = (tick, end) =>
      Number(tick) === (end ? TICKS : 0) ? (end ? most : least) : least + (Number(tick) / TICKS) * (most - least);
    const slid = () =>
      this.#narrow(
        column,
        sliders.map(({ value }, end) => toValue(value, end)),
        [least, most],
      );
    sliders.forEach((each, end) =>
      each.addEventListener("input", () => {
        if (Number(sliders[0].value) > Number(sliders[1].value)) sliders[1 - end].value = each.value;
        fields.forEach(
          (own, index) => (own.value = String(Number(toValue(sliders[index].value, index).toPrecision(6)))),
        );
        slid();
      }),
    );
    const typed = () => {
      const range = fields.map(({ value }, end) => (value === "" ? [least, most][end] : Number(value)));
      this.#narrow(column, range, [least, most]);
      sliders.forEach((own, index) => (own.value = String(at(range[index]))));
    };
    fields.forEach((each) => each.addEventListener("change", typed));
    return [
      el("div", { class: "scale", style: `background: ${GRADIENT}` }),
      el("div", { class: "ends" }, el("span", {}, write(least)), el("span", {}, write(most))),
      el("div", { class: "range" }, ...sliders),
      el("div", { class: "fields" }, fields[0], el("span", {}, "to"), fields[1]),
    ];
  }

  /** @param {Column} column @param {Range | number[]} pair @param {Range | number[]} pair2 */
  #narrow(column, [low, high], [least, most]) {
    const isAll = low <= least && high >= most;
    if (isAll) this.#ranges.delete(column.name);
    else this.#ranges.set(column.name, [low, high]);
    this.#host.filter(column.name, passRange(column, isAll ? null : [low, high]));
    this.element
      .querySelector(".legend-head")
      .replaceChildren(el("strong", {}, this.#host.title(column.name)), this.#reset() ?? "");
    this.#host.changed();
  }

  // Across reloads --------------------------------------------------------------------------------------

  toJSON() {
    return { off: [...this.#off].map(([name, off]) => [name, [...off]]), ranges: [...this.#ranges] };
  }

  /**
   * Filter as before; `find(name)` gives a promise of a column.
   * @param {{ off?: [string, string[]][]; ranges?: [string, Range][] }} options
   * @param {(name: string) => Promise<Column | null>} find
   */
  async restore({ off = [], ranges = [] }, find) {
    for (const [name, names] of off) {
      const column = await find(name).catch(() => /** @type {any} */ (null));
      const known = new Set(names.filter((each) => column?.categories?.includes(each)));
      if (known.size) this.#switchOff(column, known);
    }
    for (const [name, range] of ranges) {
      const column = await find(name).catch(() => /** @type {any} */ (null));
      if (column?.kind !== "number") continue;
      this.#ranges.set(name, range);
      this.#host.filter(name, passRange(column, range));
    }
    this.draw();
  }
}
