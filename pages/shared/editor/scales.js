// Pure geometry: seconds and hertz to pixels and back, and how boxes move. No DOM.
//
// A box is {start_s, end_s, low_hz, high_hz, ...}; a time-only box has null for both frequencies.
// Limits are {t0, t1, f0, f1}: what exists; a view has the same shape: what is on screen.

import { STRAIGHT } from "./folding.js";

export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

const MEL_BREAK_HZ = 700;
const LOG_SPAN = 1000; // a logarithmic axis ends so many times below its top: ten octaves

// From hertz to where they lie on an axis, and back. The server has the same formulas in audio/grid.py.
const LOGARITHMIC = { warp: (f) => Math.log(Math.max(f, 1e-3)), unwarp: Math.exp };
const AXES = {
  linear: { warp: (f) => f, unwarp: (at) => at },
  mel: { warp: (f) => Math.log1p(f / MEL_BREAK_HZ), unwarp: (at) => Math.expm1(at) * MEL_BREAK_HZ },
  log: LOGARITHMIC,
  "constant-q": LOGARITHMIC, // another way to compute the picture
};

export const SCALES = Object.keys(AXES);
export const warp = (scale, f) => AXES[scale].warp(f);
export const unwarp = (scale, at) => AXES[scale].unwarp(at);

/** Where an axis begins that should begin at `low`: a logarithmic one never reaches zero. */
export const lowestShown = (scale, low, high) => (AXES[scale] === LOGARITHMIC ? Math.max(low, high / LOG_SPAN) : low);

/** Conversions for a plot of `width` x `height` pixels that shows `view`; y grows downwards. `time`: see folding.js. */
export function makeScales(view, width, height, scale = "linear", time = STRAIGHT) {
  const { warp: to, unwarp: from } = AXES[scale];
  const [top, bottom] = [to(view.f1), to(view.f0)];
  const [left, right] = [time.fold(view.t0), time.fold(view.t1)];
  const perS = width / (right - left || 1);
  const perUnit = height / (top - bottom);
  const f = (y) => from(top - y / perUnit);
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

/** Zoom [low, high] by `factor` (< 1: closer) around `centre`, inside [min, max], never under `least`. */
export function zoomRange([low, high], [min, max], centre, factor, least) {
  const span = clamp((high - low) * factor, Math.min(least, max - min), max - min);
  const start = centre - ((centre - low) / (high - low)) * span;
  return panRange([start, start + span], [min, max], 0);
}

/** Shift [low, high] by `delta`, stopping at [min, max]. */
export function panRange([low, high], [min, max], delta) {
  const span = high - low;
  const start = clamp(low + delta, min, Math.max(min, max - span));
  return [start, start + span];
}

// The allowed shift of [low, high] inside [min, max]. A box that sticks out already may stay as it is.
const shiftWithin = (low, high, min, max, delta) => clamp(delta, Math.min(0, min - low), Math.max(0, max - high));

/** Move boxes together; when the first of them reaches an edge all stop, and keep sizes and distances. */
export function moveBoxes(boxes, dt, df, limits) {
  const banded = boxes.filter((box) => box.low_hz !== null);
  const shiftS = boxes.reduce((left, box) => shiftWithin(box.start_s, box.end_s, limits.t0, limits.t1, left), dt);
  const shiftHz = banded.reduce((left, box) => shiftWithin(box.low_hz, box.high_hz, limits.f0, limits.f1, left), df);
  return boxes.map((box) => ({
    ...box,
    start_s: box.start_s + shiftS,
    end_s: box.end_s + shiftS,
    ...(box.low_hz === null ? {} : { low_hz: box.low_hz + shiftHz, high_hz: box.high_hz + shiftHz }),
  }));
}

/** Move a box; at an edge it stops and keeps its size. */
export const moveBox = (box, dt, df, limits) => moveBoxes([box], dt, df, limits)[0];

/**
 * Put the edges named in `handle` (letters of "nsew") at t, f. Edges stop `least` {s, hz} before the
 * opposite one; a box that was smaller already keeps its size rather than growing by itself.
 */
export function resizeBox(box, handle, t, f, limits, least) {
  const next = { ...box };
  const minS = Math.min(least.s, box.end_s - box.start_s);
  if (handle.includes("w")) next.start_s = clamp(t, limits.t0, box.end_s - minS);
  if (handle.includes("e")) next.end_s = clamp(t, box.start_s + minS, Math.max(limits.t1, box.start_s + minS));
  if (box.low_hz === null) return next;
  const minHz = Math.min(least.hz, box.high_hz - box.low_hz);
  if (handle.includes("s")) next.low_hz = clamp(f, limits.f0, box.high_hz - minHz);
  if (handle.includes("n")) next.high_hz = clamp(f, box.low_hz + minHz, Math.max(limits.f1, box.low_hz + minHz));
  return next;
}

/** The box between two corners {t, f}; `timeOnly` gives it no band. */
export function spanBox(a, b, timeOnly, limits) {
  const times = [a.t, b.t].map((t) => clamp(t, limits.t0, limits.t1)).sort((p, q) => p - q);
  const bands = [a.f, b.f].map((f) => clamp(f, limits.f0, limits.f1)).sort((p, q) => p - q);
  return {
    start_s: times[0],
    end_s: times[1],
    low_hz: timeOnly ? null : bands[0],
    high_hz: timeOnly ? null : bands[1],
  };
}

/** Boxes at the point, `slack` {s, hz} around it, smallest first: the order in which clicks go through them. */
export function boxesAt(boxes, t, f, limits, slack) {
  const band = (box) => (box.low_hz === null ? [limits.f0, limits.f1] : [box.low_hz, box.high_hz]);
  const area = (box) => (box.end_s - box.start_s) * (band(box)[1] - band(box)[0]);
  const within = (value, low, high, extra) => value >= low - extra && value <= high + extra;
  return boxes
    .filter((box) => within(t, box.start_s, box.end_s, slack.s) && within(f, ...band(box), slack.hz))
    .sort((a, b) => area(a) - area(b));
}

/** Boxes that a frame (a span of time and band) touches; a time-only box is touched at every frequency. */
export const boxesIn = (boxes, frame) =>
  boxes.filter(
    (box) =>
      box.start_s <= frame.end_s && box.end_s >= frame.start_s &&
      (box.low_hz === null || frame.low_hz === null || (box.low_hz <= frame.high_hz && box.high_hz >= frame.low_hz)),
  );

/** A span that is at least `leastS` long: its end moves on, or at the end of the session its start back. */
export function lengthen(span, leastS, limits) {
  if (span.end_s - span.start_s >= leastS) return span;
  const end_s = Math.min(span.start_s + leastS, limits.t1);
  return { ...span, start_s: Math.min(span.start_s, Math.max(end_s - leastS, limits.t0)), end_s };
}

/** What is wrong with a box typed in by hand, or null. */
export function boxProblem(box, limits) {
  if (!(box.start_s >= limits.t0 && box.start_s < box.end_s && box.end_s <= limits.t1)) {
    return `A box needs start < end between 0 and ${formatNumber(limits.t1)} s.`;
  }
  if ((box.low_hz === null) !== (box.high_hz === null)) return "A box has both a low and a high frequency, or neither.";
  if (box.low_hz !== null && !(box.low_hz >= 0 && box.low_hz <= box.high_hz && box.high_hz <= limits.f1)) {
    return `A box needs low <= high between 0 and ${formatNumber(limits.f1 / 1000)} kHz.`;
  }
  return null;
}

const IN_HERTZ = 2000; // an axis that ends here or below is written in hertz

/** What an axis is called: its unit, and its scale when that is not linear. */
export const bandTitle = ({ f1 }, scale) => `Frequency (${f1 <= IN_HERTZ ? "Hz" : "kHz"}${scale === "linear" ? "" : `, ${scale}`})`;

/** Round frequencies in a view for four to nine ticks: {vals (Hz), text (in the unit of the axis)}. */
export function bandTicks(view, scale = "linear") {
  const vals = scale === "linear" ? evenTicks(view) : roundTicks(view, scale);
  const unit = view.f1 <= IN_HERTZ ? 1 : 1000;
  return { vals, text: vals.map((value) => formatNumber(value / unit, 4)) };
}

// The roundest frequencies first; each one that keeps its distance from those that are there.
function roundTicks({ f0, f1 }, scale) {
  const [low, high] = [warp(scale, f0), warp(scale, f1)];
  const apart = (high - low) / 11;
  const taken = [];
  const isBelow = (power) => AXES[scale] === LOGARITHMIC && 10 * power > f0; // there are whole decades below
  for (let power = 10 ** Math.floor(Math.log10(f1)); power >= (f1 - f0) / 1e4 && (taken.length < 5 || isBelow(power)); power /= 10) {
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

function evenTicks({ f0, f1 }) {
  const rough = (f1 - f0) / 8;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => power * factor >= rough * (1 - 1e-9));
  const count = Math.floor(f1 / step) - Math.ceil(f0 / step) + 1;
  return Array.from({ length: count }, (_, index) => (Math.ceil(f0 / step) + index) * step);
}

/** At most `digits` decimals, without trailing zeros. */
export function formatNumber(value, digits = 3) {
  return String(Number(value.toFixed(digits)));
}

/** "5.37 ms" below 10 ms, "0.125 s", "1.25 s": how long a sound is. */
export function formatDuration(seconds) {
  if (seconds < 0.01) return `${(seconds * 1000).toFixed(2)} ms`;
  return `${seconds.toFixed(seconds < 1 ? 3 : 2)} s`;
}

/** "1:02.4": minutes, seconds and tenths; `digits` more for short sessions. */
export function formatTime(seconds, digits = 1) {
  const scale = 10 ** digits;
  const ticks = Math.round(Math.max(seconds, 0) * scale);
  const minutes = Math.floor(ticks / (60 * scale));
  const rest = (ticks - minutes * 60 * scale) / scale;
  return `${minutes}:${rest.toFixed(digits).padStart(digits ? digits + 3 : 2, "0")}`;
}
