// Copied boxes: kept in memory and in this browser, so that they can be put into another session or tab.

/** @import { Box, Copied, Notes, Part } from "../../web/types.js" */

const KEY = "podcast:clipboard";
/** @type {(keyof Notes)[]} */
const ATTRIBUTES = ["comment", "unsure", "individual", "call_type"];
/** @type {Copied[]} */
let memory = []; // where storage is switched off

/** @param {number} seconds */
const round = (seconds) => Number(seconds.toFixed(9)); // 0.30000000000000004 s helps nobody

/**
 * What a copy says: everything that a person can say of a box, with times from the first start.
 * @param {Box[]} boxes
 */
export function itemsOf(boxes) {
  const first = Math.min(...boxes.map((box) => box.start_s));
  return boxes.map((box) => ({
    offset_s: box.start_s - first,
    length_s: box.end_s - box.start_s,
    low_hz: box.low_hz,
    high_hz: box.high_hz,
    label: box.label,
    ...Object.fromEntries(ATTRIBUTES.filter((name) => box[name] !== undefined).map((name) => [name, box[name]])),
  }));
}

/**
 * Spans of copies that begin at `at`: moved back together to end within `limits`, cut where even that does not help.
 * @param {Copied[]} items
 * @param {number} at
 * @param {Part} limits
 */
export function placeItems(items, at, limits) {
  const whole = Math.max(...items.map(({ offset_s, length_s }) => offset_s + length_s));
  const from = Math.max(limits.t0, Math.min(at, limits.t1 - whole));
  return items.flatMap(({ offset_s, length_s, low_hz, high_hz, ...rest }) => {
    const start_s = round(from + offset_s);
    const end_s = Math.min(round(from + offset_s + length_s), limits.t1);
    const top = high_hz === null ? null : Math.min(high_hz, limits.f1);
    const band = top === null || low_hz >= top ? { low_hz: null, high_hz: null } : { low_hz, high_hz: top };
    return start_s < end_s ? [{ ...rest, start_s, end_s, ...band }] : [];
  });
}

/** @param {Box[]} boxes */
export function copy(boxes) {
  memory = itemsOf(boxes);
  try {
    localStorage.setItem(KEY, JSON.stringify(memory));
  } catch {
    /* switched off or full: this tab still remembers */
  }
}

/** What was copied last, in this tab or another one. */
export function copied() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? memory;
  } catch {
    return memory;
  }
}
