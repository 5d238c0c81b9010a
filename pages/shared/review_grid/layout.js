// Which seconds and which band thumbnails show, which answers were seen whole, and what becomes of boxes. No DOM.

import { clamp } from "../web/numbers.js";

/** @import { BoxCorrections, GridBox } from "../web/types.js" */

export const ORDERS = {
  queue: "Order of the queue",
  "lowest score": "Lowest score first",
  "highest score": "Highest score first",
  shortest: "Shortest first",
  longest: "Longest first",
};
export const SPANS_S = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30];
export const BANDS_KHZ = [[0, 1], [0, 2], [0, 4], [0, 8], [0, 12], [0, 24], [2, 12], [15, 125]]; // prettier-ignore
export const SIZES = { small: [132, 72], middle: [200, 104], large: [320, 168] }; // pixels of a picture
const LENGTHS = 2.5; // of a thumbnail, in lengths of most of the boxes
const MIN_S = 0.1;

/** @param {GridBox} box */
export const nameOf = ({ submission_id: id, number }) => `${id}:${number}`;

/**
 * Seconds that all thumbnails show, so that most boxes fit with what is around them.
 * @param {GridBox[]} boxes
 */
export function chooseSpan(boxes) {
  const lengths = boxes.map((box) => box.end_s - box.start_s).sort((a, b) => a - b);
  const wanted = Math.max(LENGTHS * (lengths[Math.floor(0.8 * (lengths.length - 1))] ?? 1), MIN_S);
  return SPANS_S.find((span) => span >= wanted) ?? SPANS_S.at(-1);
}

/**
 * The band in hertz that all thumbnails show: what the boxes need with room around; all that was recorded where some
 * have none.
 * @param {GridBox[]} boxes
 * @returns {[number, number]}
 */
export function chooseBand(boxes) {
  const nyquist = Math.max(...boxes.map((box) => box.sample_rate_hz / 2), 1000);
  if (!boxes.length || boxes.some((box) => box.low_hz === null || box.high_hz === null)) return [0, nyquist];
  const [low, high] = [Math.min(...boxes.map((box) => box.low_hz)), Math.max(...boxes.map((box) => box.high_hz))];
  const room = Math.max(0.25 * (high - low), 100);
  return [Math.floor(Math.max(low - room, 0) / 100) * 100, Math.ceil(Math.min(high + room, nyquist) / 100) * 100];
}

/**
 * The seconds of its session that show a box: as many for each, whatever its length, with its middle in theirs.
 * @param {GridBox} box
 * @param {number} span
 */
export function placeOf(box, span) {
  const start = Math.round(((box.start_s + box.end_s - span) / 2) * 1000) / 1000;
  return { session_id: box.session_id, start_s: start, end_s: Math.round((start + span) * 1000) / 1000 };
}

/**
 * The seconds that are played: the box, with a little around it.
 * @param {GridBox} box
 */
export function heardOf(box) {
  const pad = clamp(0.15 * (box.end_s - box.start_s), 0.05, 0.3);
  return { start: Math.max(box.start_s - pad, 0), end: Math.min(box.end_s + pad, box.session_s) };
}

/**
 * The index that an arrow key leads to, in `columns` columns.
 * @param {number} index
 * @param {string} key
 * @param {number} columns
 * @param {number} total
 */
export function neighbour(index, key, columns, total) {
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key] ?? 0;
  const next = index + step;
  return next < 0 || next >= total ? index : next;
}

/**
 * Answers that wait for a verdict and of which all boxes were seen; and how many have some that were not.
 * @param {GridBox[]} boxes
 * @param {(box: GridBox) => number} seenOf how many boxes of its answer were seen
 */
export function answersSeen(boxes, seenOf) {
  /** @type {Map<string, { session_id: string; submission_id: string }>} */
  const whole = new Map();
  const partly = new Set();
  for (const box of boxes) {
    if (!["waiting", "disputed"].includes(box.review_state)) continue;
    const { session_id, submission_id } = box;
    if (seenOf(box) >= box.box_count) whole.set(submission_id, { session_id, submission_id });
    else if (seenOf(box)) partly.add(submission_id);
  }
  return { whole: [...whole.values()], partly: partly.size };
}

/**
 * Bring boxes up to date after a correction; says which of them were changed.
 * @param {GridBox[]} boxes
 * @param {Set<string>} meant names of those that it was about
 * @param {string} label
 * @param {BoxCorrections} done
 */
export function applyCorrection(boxes, meant, label, done) {
  const answers = new Map(done.answers.map((answer) => [answer.submission_id, answer]));
  const left = new Set(done.left.map((box) => `${box.session_id} ${box.number}`));
  const changed = [];
  for (const box of boxes) {
    const answer = answers.get(box.submission_id);
    if (!answer) continue;
    const isMeant = meant.has(nameOf(box)) && !left.has(`${box.session_id} ${box.number}`);
    if (isMeant) {
      box.fate = label ? "relabelled" : "removed";
      if (label) box.label = label;
      changed.push(box);
    }
    box.number -= answer.removed.filter((number) => number < box.number).length;
    box.box_count -= answer.removed.length;
    box.submission_id = answer.corrected_id;
    box.review_state = "correct";
  }
  return changed;
}
