// The line above the map: what is shown and how, and the tools.

import { activeAround, el, find, svg } from "../../web/dom.js";
import { METHODS } from "../map/maps.js";
import { MODES } from "../model/selection.js";
import { HELP } from "./keyboard.js";

/** @import { Explorer } from "../explorer.js" */
/** @import { Child } from "../../web/types.js" */

const TOOLS = {
  lasso: ["Lasso", "M4 11c-2-4 3-9 8-8s7 6 3 9-8 1-8-1 3-2 3 1-1 4-3 5"],
  polygon: ["Polygon: click the corners, double click ends", "M4 14 3 6l7-3 6 5-3 8z"],
  box: ["Box", "M4 5h12v10H4z"],
  move: [
    "Move and turn",
    "M10 2v16M2 10h16M10 2 7.5 4.5M10 2l2.5 2.5M10 18l-2.5-2.5M10 18l2.5-2.5M2 10l2.5-2.5M2 10l2.5 2.5M18 10l-2.5-2.5M18 10l-2.5 2.5",
  ],
};

/** @param {string} path */
const picture = (path) =>
  svg(
    "svg",
    { class: "icon", viewBox: "0 0 20 20", width: 18, height: 18, "aria-hidden": "true" },
    svg("path", { d: path }),
  );

/**
 * @param {string} label
 * @param {string[][]} options
 * @param {string} value
 * @param {(value: string) => unknown} onchange
 */
function choose(label, options, value, onchange) {
  const node = el(
    "select",
    { "aria-label": label, onchange: ({ target }) => onchange(target.value) },
    ...options.map(([key, text]) => el("option", { value: key }, text)),
  );
  node.value = value;
  return node;
}

/** @param {string} text @param {HTMLElement} control @param {string} [className] */
const field = (text, control, className = "") =>
  el("label", { class: `field ${className}` }, el("span", {}, text), control);

export class Bar {
  /** @type {import("../explorer.js").Explorer} */ #explorer;
  #drawn = "";
  #more = el("details", { class: "more" });
  element = el("div", { class: "bar", role: "toolbar", "aria-label": "Tools and colours" });

  /** @param {Explorer} explorer */
  constructor(explorer) {
    this.#explorer = explorer;
    explorer.root.addEventListener(
      "pointerdown",
      (event) => {
        if (!event.composedPath().includes(this.#more)) this.#more.open = false;
      },
      { signal: explorer.signal },
    );
  }

  /** Draw it anew, if something of it has changed. */
  draw() {
    const { maps, columns, colorName, alphaName, map, selection, hearing, hiddenSubsets, labelling } = this.#explorer;
    const subsets = columns.find("subset")?.categories ?? [];
    const key = JSON.stringify([
      maps.list,
      maps.chosen,
      maps.axes,
      maps.progress,
      columns.list,
      colorName,
      alphaName,
      map.tool,
      map.sizeFactor,
      selection.mode,
      hearing.isOn,
      hearing.isBlocked,
      [...hiddenSubsets],
      subsets,
      labelling.latest,
    ]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    const focus = activeAround(this.element)?.getAttribute("aria-label");
    this.#drawMore();
    this.element.replaceChildren(this.#tools(), this.#modes(), this.#colour(), this.#more, this.#sound());
    if (focus) find(this.element, `[aria-label="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
  }

  #tools() {
    const { map, labelling } = this.#explorer;
    const tool = (/** @type {any} */ [name, [text, path]]) =>
      el(
        "button",
        {
          class: "tool",
          "aria-pressed": String(map.tool === name),
          "aria-label": text,
          title: text,
          "data-tool": name,
          onclick: () => (map.useTool(name), this.#explorer.remember(), this.draw()),
        },
        picture(path),
      );
    /** @param {string} text @param {Child} sign @param {() => unknown} run */
    const act = (text, sign, run) =>
      el("button", { class: "tool", "aria-label": text, title: text, onclick: run }, sign);
    return el(
      "div",
      { class: "group" },
      ...Object.entries(TOOLS).map(tool),
      act("Show all of the map", picture("M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4"), () => map.fit()),
      labelling.latest
        ? act(`Undo: ${labelling.latest}`, picture("M4 8h8a4 4 0 0 1 0 8H8M4 8l4-4M4 8l4 4"), () => labelling.undo())
        : null,
    );
  }

  #modes() {
    const { selection } = this.#explorer;
    const button = (/** @type {any} */ [name, { name: text, hint }]) =>
      el(
        "button",
        {
          "aria-pressed": String(selection.mode === name),
          title: hint,
          "data-mode": name,
          onclick: () => ((selection.mode = name), this.draw()),
        },
        text,
      );
    return el(
      "div",
      { class: "modes", role: "group", "aria-label": "Next selection" },
      ...Object.entries(MODES).map(button),
    );
  }

  #colour() {
    const { columns, colorName } = this.#explorer;
    const options = columns.choices.map(({ name, title }) => [name, title]);
    return field(
      "Colour",
      choose("Colour by", options, colorName, (name) => this.#try(this.#explorer.colorBy(name))),
      "colour",
    );
  }

  #sound() {
    const { hearing } = this.#explorer;
    const text = hearing.isBlocked ? "Enable sound" : hearing.isOn ? "Sound on" : "Sound off";
    return el(
      "button",
      {
        class: `sound ${hearing.isBlocked ? "asks" : ""}`,
        "aria-pressed": String(hearing.isOn),
        title: "Play a clip when the pointer rests on it",
        onclick: () => {
          hearing.isOn = hearing.isBlocked || !hearing.isOn;
          hearing.isBlocked = false; // this click lets the browser play
          if (!hearing.isOn) hearing.stop();
          this.#explorer.remember();
          this.draw();
        },
      },
      picture(
        hearing.isOn && !hearing.isBlocked
          ? "M4 8v4h3l4 3V5L7 8zM13.5 7.5a4 4 0 0 1 0 5M15.5 5a7 7 0 0 1 0 10"
          : "M4 8v4h3l4 3V5L7 8zM14 8l4 4M18 8l-4 4",
      ),
      el("span", {}, text),
    );
  }

  // Maps, axes, subsets, points and keys ----------------------------------------------------------------

  #drawMore() {
    const { maps, columns, alphaName, map } = this.#explorer;
    const numbers = columns.choices.filter(({ kind }) => kind === "number");
    /** @param {number} axis */
    const own = (axis) => (axis < maps.map.dimensions ? `Map ${axis + 1}` : "none");
    /** @param {number} at */
    const axis = (at) =>
      choose(
        `Axis ${"xyz"[at]}`,
        [["", own(at)], ...numbers.map(({ name, title }) => [name, title])],
        maps.axes[at],
        (name) =>
          this.#try(
            maps.show(
              maps.chosen,
              maps.axes.map((each, index) => (index === at ? name : each)),
            ),
          ),
      );
    const size = el("input", {
      type: "range",
      min: 0.5,
      max: 3,
      step: 0.1,
      value: map.sizeFactor,
      "aria-label": "Size of the points",
      oninput: () => {
        map.sizeFactor = Number(size.value);
        map.draw();
        this.#explorer.remember();
      },
    });
    this.#more.replaceChildren(
      el(
        "summary",
        { class: "button", title: "Other maps, axes, points, subsets; mouse and keys" },
        el("span", {}, maps.progress || `Map: ${maps.titleOf(maps.map)}`),
      ),
      el(
        "div",
        { class: "popover" },
        el("h3", {}, "Map"),
        field(
          "Shown",
          choose(
            "Map",
            maps.list.map((each) => [each.id, maps.titleOf(each)]),
            maps.chosen,
            (id) => this.#try(maps.show(id)),
          ),
        ),
        this.#newMap(),
        el("h3", {}, "Axes"),
        el("div", { class: "axes" }, ...[0, 1, 2].map((at) => field("xyz"[at], axis(at)))),
        el("h3", {}, "Points"),
        field("Size", size),
        field(
          "Fade by",
          choose("Fade by", [["", "nothing"], ...numbers.map(({ name, title }) => [name, title])], alphaName, (name) =>
            this.#try(this.#explorer.fadeBy(name)),
          ),
        ),
        ...this.#subsets(),
        el("h3", {}, "Mouse and keys"),
        el("dl", { class: "help" }, ...HELP.flatMap(([keys, text]) => [el("dt", {}, keys), el("dd", {}, text)])),
      ),
    );
  }

  #newMap() {
    const { maps } = this.#explorer;
    const method = choose("Method of a new map", Object.entries(METHODS), "pacmap", () => {});
    const dimensions = choose(
      "Dimensions of a new map",
      [
        ["2", "flat"],
        ["3", "3-D"],
      ],
      "2",
      () => {},
    );
    const draw = el(
      "button",
      {
        class: "small",
        disabled: Boolean(maps.progress),
        onclick: () => maps.draw(method.value, Number(dimensions.value)),
      },
      "Draw",
    );
    return el(
      "div",
      { class: "field" },
      el("span", {}, "New"),
      el("span", { class: "line" }, method, dimensions, draw),
    );
  }

  #subsets() {
    const { columns, hiddenSubsets } = this.#explorer;
    const known = columns.find("subset")?.categories.filter(Boolean) ?? [];
    if (!columns.list.some(({ name }) => name === "subset")) return [];
    const names = known.length ? known : ["raw", "train", "dev", "test"];
    /** @param {string} name */
    const toggle = (name) =>
      el(
        "button",
        {
          class: "chip",
          "aria-pressed": String(!hiddenSubsets.has(name)),
          "data-subset": name,
          title: "Hidden clips are not selected",
          onclick: () => this.#try(this.#explorer.toggleSubset(name)),
        },
        name,
      );
    return [el("h3", {}, "Subsets shown"), el("div", { class: "chips" }, ...names.map(toggle))];
  }

  /** @param {Promise<unknown>} promise */
  #try(promise) {
    promise.catch((error) => error.name !== "AbortError" && this.#explorer.say(error.message, { isBad: true }));
  }
}
