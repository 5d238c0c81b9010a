// Axes: seconds and hertz to pixels and back, zooming and panning, ticks. Pure.
//
// Limits are {t0, t1, f0, f1}: what exists; a view has the same shape: what is on screen.

import { clamp, formatNumber } from "./numbers.js";
import { STRAIGHT } from "./time_axis.js";

/** @import { Band, Part, Range, ScaleName, Scales, TimeAxis } from "./types.js" */

const MEL_BREAK_HZ = 700;
const LOG_SPAN = 1000; // a logarithmic axis ends so many times below its top: ten octaves

// From hertz to where they lie on an axis, and back. The server has the same formulas in audio/grid.py.
/** @type {Record<"warp" | "unwarp", (value: number) => number>} */
const LOGARITHMIC = { warp: (f) => Math.log(Math.max(f, 1e-3)), unwarp: Math.exp };
/** @type {Record<ScaleName, typeof LOGARITHMIC>} */
const AXES = {
  linear: { warp: (f) => f, unwarp: (at) => at },
  mel: { warp: (f) => Math.log1p(f / MEL_BREAK_HZ), unwarp: (at) => Math.expm1(at) * MEL_BREAK_HZ },
  log: LOGARITHMIC,
  "constant-q": LOGARITHMIC, // another way to compute the picture
};

export const SCALES = /** @type {ScaleName[]} */ (Object.keys(AXES));
/** @param {ScaleName} scale @param {number} f */
export const warp = (scale, f) => AXES[scale].warp(f);
/** @param {ScaleName} scale @param {number} at */
export const unwarp = (scale, at) => AXES[scale].unwarp(at);

/**
 * Where an axis begins that should begin at `low`: a logarithmic one never reaches zero.
 * @param {ScaleName} scale
 * @param {number} low
 * @param {number} high
 */
export const lowestShown = (scale, low, high) => (AXES[scale] === LOGARITHMIC ? Math.max(low, high / LOG_SPAN) : low);

/**
 * Conversions for a plot of `width` x `height` pixels that shows `view`; y grows downwards. `time`: see time_axis.js.
 * @param {Part} view
 * @param {number} width
 * @param {number} height
 * @param {ScaleName} [scale]
 * @param {TimeAxis} [time]
 * @returns {Scales}
 */
export function makeScales(view, width, height, scale = "linear", time = STRAIGHT) {
  const { warp: to, unwarp: from } = AXES[scale];
  const [top, bottom] = [to(view.f1), to(view.f0)];
  const [left, right] = [time.fold(view.t0), time.fold(view.t1)];
  const perS = width / (right - left || 1);
  const perUnit = height / (top - bottom);
  /** @param {number} y */
  const f = (y) => from(top - y / perUnit);
  /** @param {number} hertz */
  const hertzAt = (hertz) => {
    const y = (top - to(hertz)) * perUnit;
    return f(y - 0.5) - f(y + 0.5);
  };
  return {
    width,
    height,
    x: (t) => (time.fold(t) - left) * perS,
    y: (hertz) => (top - to(hertz)) * perUnit,
    t: (x) => time.unfold(left + x / perS),
    f,
    hertzAt, // hertz per pixel around a frequency
    secondsPerPixel: 1 / perS,
    hertzPerPixel: hertzAt(f(height / 2)), // in the middle, where the axis is not linear
  };
}

/**
 * Zoom [low, high] by `factor` (< 1: closer) around `centre`, inside [min, max], never under `least`.
 * @param {Range} pair
 * @param {Range} pair2
 * @param {number} centre
 * @param {number} factor
 * @param {number} least
 * @returns {Range}
 */
export function zoomRange([low, high], [min, max], centre, factor, least) {
  const span = clamp((high - low) * factor, Math.min(least, max - min), max - min);
  const start = centre - ((centre - low) / (high - low)) * span;
  return panRange([start, start + span], [min, max], 0);
}

/**
 * Shift [low, high] by `delta`, stopping at [min, max].
 * @param {Range} pair
 * @param {Range} pair2
 * @param {number} delta
 * @returns {Range}
 */
export function panRange([low, high], [min, max], delta) {
  const span = high - low;
  const start = clamp(low + delta, min, Math.max(min, max - span));
  return [start, start + span];
}

const IN_HERTZ = 2000; // an axis that ends here or below is written in hertz

/**
 * What an axis is called: its unit, and its scale when that is not linear.
 * @param {Band} band
 * @param {ScaleName} scale
 */
export const bandTitle = ({ f1 }, scale) =>
  `Frequency (${f1 <= IN_HERTZ ? "Hz" : "kHz"}${scale === "linear" ? "" : `, ${scale}`})`;

/**
 * Round frequencies in a view for four to nine ticks: {vals (Hz), text (in the unit of the axis)}.
 * @param {Band} view
 * @param {ScaleName} [scale]
 */
export function bandTicks(view, scale = "linear") {
  const vals = scale === "linear" ? evenTicks(view.f0, view.f1, 8) : roundTicks(view, scale);
  const unit = view.f1 <= IN_HERTZ ? 1 : 1000;
  return { vals, text: vals.map((value) => formatNumber(value / unit, 4)) };
}

// The roundest frequencies first; each one that keeps its distance from those that are there.
/** @param {Band} band @param {ScaleName} scale */
function roundTicks({ f0, f1 }, scale) {
  const [low, high] = [warp(scale, f0), warp(scale, f1)];
  const apart = (high - low) / 11;
  /** @type {{ value: number, at: number }[]} */
  const taken = [];
  /** @param {number} power */
  const isBelow = (power) => AXES[scale] === LOGARITHMIC && 10 * power > f0; // there are whole decades below
  for (
    let power = 10 ** Math.floor(Math.log10(f1));
    power >= (f1 - f0) / 1e4 && (taken.length < 5 || isBelow(power));
    power /= 10
  ) {
    for (const step of [10 * power, 5 * power, 2 * power, power]) {
      const first = Math.ceil(f0 / step - 1e-9);
      const count = Math.min(Math.floor(f1 / step + 1e-9) - first + 1, 100);
      for (let index = 0; index < count; index += 1) {
        const value = (first + index) * step;
        const at = warp(scale, value);
        if (taken.every((other) => Math.abs(other.at - at) >= apart)) taken.push({ value, at });
      }
    }
  }
  return taken.map(({ value }) => Number(value.toPrecision(12))).sort((a, b) => a - b);
}

/**
 * Round values in [low, high], about `count` of them, 1, 2 or 5 times a power of ten apart.
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
export function evenTicks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => power * factor >= rough * (1 - 1e-9));
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(10)));
}
