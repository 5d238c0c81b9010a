// The menu for the picture: colours and levels change at once, the rest fetches another picture.

import { SCALES } from "../../web/axes.js";
import { COLOR_MAPS, shownRange } from "../../web/color_maps.js";
import { DENOISERS, OVERLAPS, WINDOW_TYPES, WINDOWS } from "../../web/display_settings.js";
import { el, find } from "../../web/dom.js";
import { resolveUrl, toQuery } from "../../web/http.js";
import { formatNumber } from "../../web/numbers.js";
import { makeMenu } from "./menu.js";
import { numberField } from "./number_field.js";

/** @import { Child, DisplaySettings, LookMenuHost, PictureInfo } from "../../web/types.js" */

const AT_ONCE = ["colorMap", "brightness", "contrast", "floor", "ceiling"];

/** @param {string | number} value @param {string} text */
const option = (value, text) => el("option", { value: String(value) }, text);
/** @param {string} name @param {HTMLOptionElement[]} options */
const choose = (name, options) => el("select", { "data-picture": name }, ...options);
/** @param {string} name @param {number} min @param {number} max @param {number} step */
const slide = (name, min, max, step) => el("input", { type: "range", "data-picture": name, min, max, step });
/** @param {string} text @param {...Child} controls */
const row = (text, ...controls) => el("label", {}, el("span", {}, text), ...controls);

/**
 * `number(name, label)` makes a field for one number.
 * @param {(name: string, label: string) => HTMLElement} number
 */
function controls(number) {
  return [
    row(
      "Time axis",
      choose("time", [option("all", "the whole session"), option("sound", "only where something sounds")]),
    ),
    row(
      "Colours",
      choose(
        "colorMap",
        COLOR_MAPS.map((name) => option(name, name)),
      ),
    ),
    row("Brightness", slide("brightness", -0.5, 0.5, 0.01)),
    row("Contrast", slide("contrast", 0.4, 4, 0.05)),
    row("Black at", slide("floor", -200, 100, 0.5), el("output", { "data-level": "floor" })),
    row("White at", slide("ceiling", -200, 100, 0.5), el("output", { "data-level": "ceiling" })),
    row(
      "Frequency axis",
      choose(
        "scale",
        SCALES.map((name) => option(name, name === "constant-q" ? "log, constant-Q" : name)),
      ),
    ),
    el(
      "div",
      { class: "row", role: "group", "aria-label": "Frequency range" },
      el("span", {}, "Range (kHz)"),
      number("low_hz", "Lowest frequency in kHz"),
      el("span", {}, "to"),
      number("high_hz", "Highest frequency in kHz"),
    ),
    row(
      "Window",
      choose(
        "window",
        [0, ...WINDOWS].map((value) => option(value, "")),
      ),
    ),
    row(
      "Shape",
      choose(
        "window_type",
        Object.entries(WINDOW_TYPES).map(([name, text]) => option(name, text)),
      ),
    ),
    row(
      "Overlap",
      choose(
        "overlap",
        OVERLAPS.map((value) => option(value, `${100 * value} %`)),
      ),
    ),
    row(
      "Noise reduction",
      choose(
        "denoise",
        Object.entries(DENOISERS).map(([name, text]) => option(name, text)),
      ),
    ),
    el("a", { "data-figure": "", target: "_blank", title: "PNG, SVG, PDF or video, with axes" }, "Figure for a paper"),
    el("button", { class: "small", "data-picture-reset": "", title: "As the round shows it" }, "Reset"),
  ];
}

export class LookMenu {
  /** @type {LookMenuHost} */ #host;
  /** @type {HTMLDetailsElement} */ #menu;

  /**
   * `host` offers settings(), info() of the picture on screen, view() of the session, recolour(changes),
   * refetch(changes), retime(time), reset() and say(text).
   * @param {HTMLElement} slot
   * @param {LookMenuHost} host
   */
  constructor(slot, host) {
    this.#host = host;
    /** @param {any} name @param {string} label */
    const number = (name, label) =>
      numberField(
        { class: "number", "data-range": name, "aria-label": label },
        (value) => this.#changeRange(name, value),
        (problem) => (host.say(problem), this.draw()),
      );
    this.#menu = makeMenu({ name: "Picture", picture: "picture" }, ...controls(number));
    this.#menu.classList.add("look");
    slot.replaceChildren(this.#menu);
    this.#menu.addEventListener(
      "input",
      (/** @type {any} */ { target }) => AT_ONCE.includes(target.dataset.picture) && this.#recolour(target),
    );
    this.#menu.addEventListener(
      "change",
      (/** @type {any} */ { target }) =>
        target.dataset.picture && !AT_ONCE.includes(target.dataset.picture) && this.#refetch(target),
    );
    this.#menu.addEventListener(
      "click",
      (/** @type {any} */ { target }) => target.closest("[data-picture-reset]") && host.reset(),
    );
    this.#menu.addEventListener("toggle", () => this.draw());
  }

  /** @param {string} name */
  #control(name) {
    return find(this.#menu, `[data-picture="${name}"], [data-range="${name}"]`);
  }

  /** Put the controls where the settings are. */
  draw() {
    const { settings, info, view } = this.#host;
    const [now, shown, session] = [settings(), info(), view()];
    if (!session) return;
    const query = toQuery({ round: session.round_id, session: session.session_id });
    find(this.#menu, "[data-figure]").href = resolveUrl(`figures?${query}`);
    const rate = session.recording.sample_rate_hz;
    for (const name of ["colorMap", "brightness", "contrast", "scale", "window", "window_type", "denoise", "time"])
      this.#control(name).value = String(/** @type {Record<string, any>} */ ({ ...now })[name]);
    const overlap = OVERLAPS.find((value) => value >= now.overlap - 1e-9) ?? 0.95;
    this.#control("overlap").value = String(overlap);
    this.#control("low_hz").value = formatNumber((now.low_hz ?? 0) / 1000);
    this.#control("high_hz").value = formatNumber(Math.min(now.high_hz ?? Infinity, rate / 2) / 1000);
    for (const each of this.#control("window").options) {
      const samples = Number(each.value);
      each.textContent = samples ? `${samples} (${formatNumber((1000 * samples) / rate, 2)} ms)` : "automatic";
    }
    for (const name of ["window", "overlap"]) this.#control(name).disabled = now.scale === "constant-q"; // each row has its own
    for (const name of ["floor", "ceiling"]) this.#control(name).disabled = !shown;
    if (shown) this.#drawLevels(now, shown);
  }

  /** @param {DisplaySettings} settings @param {PictureInfo} info */
  #drawLevels(settings, info) {
    const range = shownRange(settings, info);
    ["floor", "ceiling"].forEach((name, index) => {
      const control = this.#control(name);
      Object.assign(control, { min: Math.floor(info.grey_floor_db), max: Math.ceil(info.grey_ceiling_db) });
      control.value = range[index];
      find(this.#menu, `[data-level="${name}"]`).textContent = `${Math.round(range[index])} dB`;
    });
  }

  /** @param {HTMLInputElement} field */
  #recolour({ dataset, value }) {
    const name = dataset.picture;
    if (name === "floor" || name === "ceiling") return this.#moveLevel(name, Number(value));
    this.#host.recolour({ [name]: name === "colorMap" ? value : Number(value) });
  }

  // Kept as a distance from where the level was at first: every session has levels of its own.
  /** @param {"floor" | "ceiling"} name @param {number} level */
  #moveLevel(name, level) {
    const settings = this.#host.settings();
    const info = this.#host.info();
    const start = settings[`${name}_db`] ?? info[`${name}_db`];
    this.#host.recolour({ [`${name}Shift`]: level - start });
  }

  /** @param {HTMLInputElement} field */
  #refetch({ dataset, value }) {
    const name = dataset.picture;
    if (name === "time") return this.#host.retime(value === "sound" ? "sound" : "all");
    this.#host.refetch({ [name]: ["window", "overlap"].includes(name) ? Number(value) : value });
  }

  // An empty field, or one at the end of the axis, is "all there is": also for sessions with another sample rate.
  /** @param {"low_hz" | "high_hz"} name @param {number | null} khz */
  #changeRange(name, khz) {
    const top = this.#host.view().recording.sample_rate_hz / 2;
    const hertz = khz === null ? null : 1000 * khz;
    const isEnd = name === "low_hz" ? hertz === 0 : hertz >= top;
    const settings = { ...this.#host.settings(), [name]: isEnd ? null : hertz };
    const [low, high] = [settings.low_hz ?? 0, settings.high_hz ?? top];
    if (!(low >= 0 && high - low >= 10)) {
      this.#host.say(
        `The range needs a lowest frequency below its highest one, from 0 to ${formatNumber(top / 1000)} kHz.`,
      );
      return this.draw();
    }
    this.#host.refetch({ [name]: settings[name] });
  }
}
