// Which clips a filter lets through, as a 1 or 0 for each. No DOM.

/** @import { Column, IsCounted, Range } from "../../web/types.js" */

/**
 * Clips of the categories that are not switched off; null: all. `off` holds names.
 * @param {Column} column
 * @param {Set<string>} off
 */
export function passCategories({ categories, values }, off) {
  const passing = categories.map((name) => (off.has(name) ? 0 : 1));
  return passing.every(Boolean) ? null : Uint8Array.from(values, (at) => passing[at]);
}

/**
 * Clips with a number from `low` to `high`, both included; null, for a range that leaves nothing out, lets all through.
 * @param {Pick<Column, "values">} column
 * @param {Range | number[] | null} range
 */
export function passRange({ values }, range) {
  if (!range) return null;
  const [low, high] = range.map(Math.fround); // as precise as the numbers themselves
  return Uint8Array.from(values, (value) => (value >= low && value <= high ? 1 : 0));
}

/**
 * How many clips each category has among those that count.
 * @param {Column} column
 * @param {IsCounted} isCounted
 */
export function countCategories({ categories, values }, isCounted) {
  const counts = new Uint32Array(categories.length);
  for (let number = 0; number < values.length; number += 1) if (isCounted(number)) counts[values[number]] += 1;
  return counts;
}
