// Which part of a session a thumbnail shows, what marks mean, and in what words. No DOM.

import { clamp } from "../../web/numbers.js";

/** @import { Candidate, Mark } from "../../web/types.js" */

export const SIZES = [12, 24, 48, 96];
export const ORDERS = [
  { order: "lowest", name: "Lowest score first" },
  { order: "uncertainty", name: "Most uncertain first" },
  { order: "highest", name: "Highest score first" },
  { order: "time", name: "In time" },
];

const LENGTHS = 1.8; // of a thumbnail, in lengths of most of the boxes
const MIN_S = 0.03;
const MIN_BAND = 0.25; // of all frequencies

/**
 * Seconds that the thumbnails of a page show, so that most boxes fit and all can be compared.
 * @param {Candidate[]} items
 */
export function commonSpan(items) {
  const lengths = items.map((item) => item.end_s - item.start_s).sort((a, b) => a - b);
  return Math.max(LENGTHS * (lengths[Math.floor(0.8 * (lengths.length - 1))] ?? 1), MIN_S);
}

/**
 * The band that the thumbnails of a page show: what the boxes need, with room around; {} for all of it.
 * @param {Candidate[]} items
 */
export function commonBand(items) {
  if (!items.length || items.some((item) => item.low_hz === null)) return {};
  const nyquist = Math.min(...items.map((item) => item.sample_rate_hz / 2));
  const [low, high] = [Math.min(...items.map((item) => item.low_hz)), Math.max(...items.map((item) => item.high_hz))];
  const span = clamp(1.4 * (high - low), MIN_BAND * nyquist, nyquist);
  const bottom = clamp((low + high - span) / 2, 0, nyquist - span);
  return bottom <= 0 && bottom + span >= nyquist ? {} : { low_hz: bottom, high_hz: bottom + span };
}

/**
 * The times {start_s, end_s} that show a box in `span` seconds, or in more when it is longer.
 * @param {Candidate} item
 * @param {number} span
 */
export function partOf(item, span) {
  const length = Math.min(Math.max(span, 1.2 * (item.end_s - item.start_s)), item.duration_s);
  const start = clamp((item.start_s + item.end_s - length) / 2, 0, item.duration_s - length);
  return { start_s: start, end_s: start + length };
}

/**
 * How a clip is played: ultrasound ten times slower, or nobody would hear it.
 * @param {Candidate} candidate
 */
export const speedOf = ({ sample_rate_hz: rate }) => (rate > 96_000 ? 0.1 : 1);

/**
 * What a mark becomes when it is given again.
 * @param {Mark} mark
 * @param {Mark} wanted
 */
export const toggled = (mark, wanted) => (mark === wanted ? "yes" : wanted);

/**
 * The marks of touched thumbnails after a lasso: all wrong, or right again where all were wrong.
 * @param {string[]} ids
 * @param {Map<string, Mark>} marks
 */
export function lassoed(ids, marks) {
  const wanted = ids.every((id) => marks.get(id) === "no") ? "yes" : "no";
  return ids.map((id) => [id, wanted]);
}

/**
 * {yes, no, unsure}: how many items have which mark; what is not marked is right.
 * @param {Candidate[]} items
 * @param {Map<string, Mark>} marks
 */
export function countMarks(items, marks) {
  const counts = { yes: 0, no: 0, unsure: 0 };
  for (const { id } of items) counts[marks.get(id) ?? "yes"] += 1;
  return counts;
}

/** @type {Record<string, string>} */
const NAMES = { yes: "right", no: "wrong", unsure: "unsure" };

/**
 * "21 right, 3 wrong".
 * @param {Record<Mark, number>} counts
 */
export function summariseMarks(counts) {
  const parts = Object.entries(counts).filter(([name, count]) => count || name === "yes");
  return parts.map(([name, count]) => `${count} ${NAMES[name]}`).join(", ");
}

/**
 * The thumbnail that an arrow key leads to, in `columns` columns.
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
