// The axes around the spectrogram, drawn by Plotly.

import { bandTicks, bandTitle, warp } from "../../web/axes.js";
import { el } from "../../web/dom.js";
import { timeAxis } from "../../web/time_axis.js";

/** @import { Figure, Range } from "../../web/types.js" */
/** @import { Stage } from "./stage.js" */

/** @type {Promise<any> | null} */
let plotly = null;

/** @param {string} url */
function loadPlotly(url) {
  plotly ??= import(url).then(() => /** @type {any} */ (globalThis).Plotly);
  return plotly;
}

/**
 * Values in the units of an axis whose whole range stands for [min, max].
 * @param {{ range: number[] }} axis
 * @param {Range} pair
 * @param {number[]} values
 */
function onAxis(axis, [min, max], values) {
  const [from, to] = axis.range;
  return values.map((value) => from + ((value - min) / (max - min)) * (to - from));
}

export class PlotAxes {
  element = el("div", { class: "axes", "aria-hidden": "true" });
  /** @type {Promise<unknown>} */ ready; // once Plotly is here
  /** @type {any} */ #plotly = null;
  #drawn = ""; // what is drawn

  /** @param {string} plotlyUrl */
  constructor(plotlyUrl) {
    this.ready = loadPlotly(plotlyUrl).then((loaded) => (this.#plotly = loaded));
  }

  /**
   * Draw the axes of a figure for what is on a stage; null where they are drawn already, or cannot be yet.
   * @param {Figure} figure
   * @param {Stage} stage
   * @param {number} width
   * @param {number} height
   */
  draw({ data, layout }, { limits, home, view, scale, scales, time }, width, height) {
    const { t, b, l, r } = layout.margin;
    // A window that is made smaller has no room for a picture for a moment.
    if (!this.#plotly || width <= l + r || height <= t + b) return null;
    const key = JSON.stringify([layout, view, scale, width, height, time.key]);
    if (key === this.#drawn) return null;
    this.#drawn = key;
    /** @param {number[]} values */
    const onX = (values) => onAxis(layout.xaxis, [limits.t0, limits.t1], values);
    const ticks = bandTicks(view, scale);
    const xaxis = timeAxis(layout.xaxis, time, view, onX, 1 / scales.secondsPerPixel);
    const yaxis = {
      ...layout.yaxis,
      range: [warp(scale, view.f0), warp(scale, view.f1)],
      tickvals: ticks.vals.map((f) => warp(scale, f)),
      ticktext: ticks.text,
      title: { ...layout.yaxis.title, text: bandTitle(home, scale) },
    };
    return this.#plotly.react(
      this.element,
      data,
      { ...layout, width, height, autosize: false, xaxis, yaxis },
      { staticPlot: true, displayModeBar: false, responsive: false },
    );
  }

  destroy() {
    this.#plotly?.purge(this.element);
  }
}
