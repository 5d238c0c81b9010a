// What is measured of the selected box: frequencies, times, levels. Asked for only while the part is open.

import { el } from "../../web/dom.js";
import { formatNumber } from "../../web/numbers.js";

/** @import { Box, Measurement, SessionView } from "../../web/types.js" */
/** @import { Api } from "../network/api.js" */

// Shown where the round does not say what it measures.
const USUAL = ["peak_hz", "low5_hz", "high95_hz", "duration90_s", "snr_db", "f0_hz"];
const SETTLE_MS = 250; // an edge that is being moved is not measured at each step

/** @param {number} value @param {string} unit */
function format(value, unit) {
  if (unit === "Hz" && Math.abs(value) >= 1000) return `${formatNumber(value / 1000, 3)} kHz`;
  const digits = { Hz: 0, s: 4, ms: 2, "kHz/ms": 3 }[unit] ?? 1;
  return `${formatNumber(value, digits)}${unit === "0 to 1" ? "" : ` ${unit}`}`;
}

export class BoxMeasurements {
  node = el("details", { class: "measurements" }, el("summary", {}, "Measurements"));
  #list = el("dl");
  /** @type {Promise<Measurement[]> | null} */ #known = null;
  #asked = "";
  #timer = 0;
  /** @type {Box | null} */ #box = null;
  /** @type {SessionView | null} */ #view = null;
  /** @type {() => Api} */ #api;

  /** @param {() => Api} api comes after the table */
  constructor(api) {
    this.#api = api;
    this.node.append(this.#list);
    this.node.addEventListener("toggle", () => this.#ask());
  }

  /** @param {Box | null} box @param {SessionView} view */
  draw(box, view) {
    [this.#box, this.#view] = [box, view];
    this.node.hidden = box === null;
    this.#ask();
  }

  #ask() {
    const [box, view] = [this.#box, this.#view];
    if (!box || !this.node.open) return;
    const place = { start_s: box.start_s, end_s: box.end_s, low_hz: box.low_hz, high_hz: box.high_hz };
    const asked = JSON.stringify([view.session_id, place]);
    if (asked === this.#asked) return;
    this.#asked = asked;
    clearTimeout(this.#timer);
    this.node.setAttribute("aria-busy", "true");
    this.#timer = setTimeout(async () => {
      try {
        this.#known ??= this.#api().measurements();
        const [known, values] = await Promise.all([this.#known, this.#api().measure(view.session_id, place)]);
        if (asked === this.#asked) this.#show(known, values, view.display.measurements);
      } catch (error) {
        this.#known = null;
        if (asked === this.#asked) this.#list.replaceChildren(el("dd", { class: "problem" }, String(error.message)));
      }
      this.node.removeAttribute("aria-busy");
    }, SETTLE_MS);
  }

  /** @param {Measurement[]} known @param {Record<string, number>} values @param {string[]} chosen */
  #show(known, values, chosen) {
    const names = chosen.length ? chosen : USUAL;
    const rows = names.flatMap((name) => {
      const { title, unit, definition } = known.find((each) => each.name === name);
      const value = values[name] === undefined ? "–" : format(values[name], unit);
      return [el("dt", { title: definition }, title), el("dd", {}, value)];
    });
    this.#list.replaceChildren(...rows);
  }
}
