// How boxes move, and which of them are where. No DOM.
//
// A box is {start_s, end_s, low_hz, high_hz, ...}; a time-only box has null for both frequencies.
// Limits are {t0, t1, f0, f1}: what exists.

import { clamp, formatNumber } from "../../web/numbers.js";

/** @import { Area, Part, Span } from "../../web/types.js" */

// The allowed shift of [low, high] inside [min, max]. A box that sticks out already may stay as it is.
/** @param {number} low @param {number} high @param {number} min @param {number} max @param {number} delta */
const shiftWithin = (low, high, min, max, delta) => clamp(delta, Math.min(0, min - low), Math.max(0, max - high));

/**
 * Move boxes together; when the first of them reaches an edge all stop, and keep sizes and distances.
 * @type {<B extends Span>(boxes: B[], dt: number, df: number, limits: Part) => B[]}
 */
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

/**
 * Move a box; at an edge it stops and keeps its size.
 * @type {<B extends Span>(box: B, dt: number, df: number, limits: Part) => B}
 */
export const moveBox = (box, dt, df, limits) => moveBoxes([box], dt, df, limits)[0];

/**
 * Put the edges named in `handle` (letters of "nsew") at t, f. Edges stop `least` {s, hz} before the
 * opposite one; a box that was smaller already keeps its size rather than growing by itself.
 * @type {<B extends Span>(box: B, handle: string, t: number, f: number | null, limits: Part, least: { s: number; hz: number }) => B}
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

/**
 * The box between two corners {t, f}; `timeOnly` gives it no band.
 * @param {{ t: number; f: number }} a
 * @param {{ t: number; f: number }} b
 * @param {boolean} timeOnly
 * @param {Part} limits
 */
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

/**
 * Boxes at the point, `slack` {s, hz} around it, smallest first: the order in which clicks go through them.
 * @type {<B extends Span>(boxes: B[], t: number, f: number, limits: Part, slack: { s: number; hz: number }) => B[]}
 */
export function boxesAt(boxes, t, f, limits, slack) {
  /** @param {Span} box */
  const band = (box) => (box.low_hz === null ? [limits.f0, limits.f1] : [box.low_hz, box.high_hz]);
  /** @param {Span} box */
  const area = (box) => (box.end_s - box.start_s) * (band(box)[1] - band(box)[0]);
  /** @param {number} value @param {number} low @param {number} high @param {number} extra */
  const within = (value, low, high, extra) => value >= low - extra && value <= high + extra;
  return boxes
    .filter((box) => within(t, box.start_s, box.end_s, slack.s) && within(f, band(box)[0], band(box)[1], slack.hz))
    .sort((a, b) => area(a) - area(b));
}

/**
 * Boxes that a frame (a span of time and band) touches; a time-only box is touched at every frequency.
 * @type {<B extends Span>(boxes: B[], frame: Span) => B[]}
 */
export const boxesIn = (boxes, frame) =>
  boxes.filter(
    (box) =>
      box.start_s <= frame.end_s &&
      box.end_s >= frame.start_s &&
      (box.low_hz === null || frame.low_hz === null || (box.low_hz <= frame.high_hz && box.high_hz >= frame.low_hz)),
  );

/**
 * A span that is at least `leastS` long: its end moves on, or at the end of the session its start back.
 * @type {<S extends Area>(span: S, leastS: number, limits: Part) => S}
 */
export function lengthen(span, leastS, limits) {
  if (span.end_s - span.start_s >= leastS) return span;
  const end_s = Math.min(span.start_s + leastS, limits.t1);
  return { ...span, start_s: Math.min(span.start_s, Math.max(end_s - leastS, limits.t0)), end_s };
}

/**
 * What is wrong with a box typed in by hand, or null.
 * @param {Span} box
 * @param {Part} limits
 */
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
