// The time axis folded: only some stretches of a session are shown, side by side. Pure.
//
// "Folded" seconds count only what is shown; "seconds" are those of the session. Everything else keeps counting in
// seconds of the session, so boxes stay what they are whether they cross a cut or not.

/** @import { Area, Range, TimeAxis, Times } from "./types.js" */

/**
 * The usual axis: everything is shown.
 * @type {TimeAxis}
 */
export const STRAIGHT = {
  isFolded: false,
  key: "",
  fold: (t) => t,
  unfold: (s) => s,
  hides: () => false,
  pieces: ({ t0, t1 }) => [{ t0, t1 }],
  cuts: () => [],
  nextCut: () => null,
};

/**
 * Unite spans [start, end] of seconds, widened by `roomS` on both sides, inside 0 to `durationS`.
 * @param {Range[]} spans
 * @param {number} durationS
 * @param {number} [roomS]
 */
export function uniteSpans(spans, durationS, roomS = 0) {
  /** @type {Range[]} */
  const united = [];
  const wide = spans.map(([start, end]) => [Math.max(start - roomS, 0), Math.min(end + roomS, durationS)]);
  for (const [start, end] of wide.filter(([from, to]) => to > from).sort((a, b) => a[0] - b[0])) {
    const last = united.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else united.push([start, end]);
  }
  return united;
}

export class Folding {
  isFolded = true;
  /** @type {{ start: number; end: number; from: number }[]} */ #runs; // [{start, end, from}]: seconds, and folded seconds at which each one begins
  /** @type {string} */ key;

  /**
   * `spans` [[start, end]] in seconds are sorted and apart from each other; there is at least one.
   * @param {Range[]} spans
   */
  constructor(spans) {
    let from = 0;
    this.#runs = spans.map(([start, end]) => {
      const run = { start, end, from };
      from += end - start;
      return run;
    });
    this.key = JSON.stringify(spans);
  }

  /**
   * Where a time lies; all of what is left out lies at its cut.
   * @param {number} t
   */
  fold(t) {
    const run = this.#runs.findLast(({ start }) => start <= t);
    return run ? run.from + Math.min(t - run.start, run.end - run.start) : 0;
  }

  /**
   * The time at a place; a cut belongs to the stretch on its right.
   * @param {number} s
   */
  unfold(s) {
    const run = this.#runs.findLast(({ from }) => from <= s) ?? this.#runs[0];
    return run.start + s - run.from;
  }

  /**
   * Is nothing of a span on screen, wherever the view is?
   * @param {Area} area
   */
  hides({ start_s: start, end_s: end }) {
    return this.fold(end) - this.fold(start) <= 0;
  }

  /**
   * The stretches that are seen of a view, as [{t0, t1}] from left to right.
   * @param {Times} times
   */
  pieces({ t0, t1 }) {
    return this.#runs
      .map(({ start, end }) => ({ t0: Math.max(start, t0), t1: Math.min(end, t1) }))
      .filter((piece) => piece.t1 > piece.t0);
  }

  /**
   * What is left out next, at a time or after it: {start, end}, or null; `endS` is the end of the session.
   * @param {number} t
   * @param {number} endS
   */
  nextCut(t, endS) {
    const index = this.#runs.findIndex(({ end }) => end > t);
    const [before, run] = index < 0 ? [this.#runs.at(-1), null] : [this.#runs[index - 1], this.#runs[index]];
    if (run && run.start <= t) {
      const next = this.#runs[index + 1]?.start ?? endS;
      return next > run.end ? { start: run.end, end: next } : null;
    }
    return t < endS ? { start: before?.end ?? 0, end: run?.start ?? endS } : null;
  }

  /** Places of the cuts: folded seconds between two stretches. */
  cuts() {
    return this.#runs.slice(1).map(({ from }) => from);
  }
}

const NICE = [1, 2, 5];

/**
 * Ticks for a view: [{at (folded s), text}]. Each stretch is named where it begins, as far as there is room; in wide
 * ones round times follow. `perS` are pixels per second, `apartPx` is the room that a number needs.
 * @param {TimeAxis} time
 * @param {Times} view
 * @param {number} perS
 * @param {number} [apartPx]
 */
export function foldedTicks(time, view, perS, apartPx = 58) {
  const pieces = time.pieces(view);
  const least = apartPx / perS;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = power * ([...NICE, 10].find((factor) => factor * power >= least) ?? 10);
  const digits = Math.max(0, Math.ceil(-Math.log10(step)), 2);
  /** @type {{ at: number, text: string }[]} */
  const taken = [];
  /** @param {number} t */
  const offer = (t) => {
    const at = time.fold(t);
    if (taken.every((other) => Math.abs(other.at - at) >= least)) taken.push({ at, text: t.toFixed(digits) });
  };
  pieces.forEach(({ t0 }) => offer(t0));
  for (const { t0, t1 } of pieces) for (let n = Math.ceil(t0 / step); n * step < t1; n += 1) offer(n * step);
  return taken.sort((a, b) => a.at - b.at);
}

/**
 * Plotly's time axis for a view; `onX` brings (folded) seconds to the units of the axis.
 * @param {Record<string, any>} xaxis
 * @param {TimeAxis} time
 * @param {Times} view
 * @param {(values: number[]) => number[]} onX
 * @param {number} perS
 */
export function timeAxis(xaxis, time, view, onX, perS) {
  const range = onX([time.fold(view.t0), time.fold(view.t1)]);
  if (!time.isFolded) return { ...xaxis, range };
  const ticks = foldedTicks(time, view, perS);
  return {
    ...xaxis,
    range,
    tickmode: "array",
    tickvals: onX(ticks.map(({ at }) => at)),
    ticktext: ticks.map(({ text }) => text),
    title: { ...xaxis.title, text: "Time in session (s), without silence" },
  };
}
