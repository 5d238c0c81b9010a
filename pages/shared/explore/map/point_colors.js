// Colours of the points by a column: one for each category, a scale for numbers.

import { lookupTable } from "../../web/color_maps.js";

/** @import { Column, Values } from "../../web/types.js" */

// Distinct, of even weight on light and dark paper, in the order in which they are given out.
const CATEGORIES = [
  "#4c78d0",
  "#e8743b",
  "#2f9e77",
  "#c44e8a",
  "#8c6bd1",
  "#c9a227",
  "#3aa6b9",
  "#d64545",
  "#7d9a3c",
  "#9a6b4f",
  "#5b6bb5",
  "#e39bb8",
];
export const NOTHING = "#9aa0a8"; // no category, no number

const MANY = 256;
const PALE = 140;

/** @param {string} hex */
const pack = (hex, alpha = 255) =>
  ((alpha << 24) |
    (parseInt(hex.slice(5, 7), 16) << 16) |
    (parseInt(hex.slice(3, 5), 16) << 8) |
    parseInt(hex.slice(1, 3), 16)) >>>
  0;
export { pack };

/**
 * The colours of a category column: the round's for labels, else ours; "" is grey. Past a dozen, hues go round.
 * @param {Column} column
 */
export function categoryColors({ categories, colors }) {
  let given = 0;
  return categories.map((name, at) => {
    if (name === "") return NOTHING;
    if (colors?.[at]) return colors[at];
    given += 1;
    if (given <= CATEGORIES.length) return CATEGORIES[given - 1];
    const hue = (given * 137.508) % 360;
    return toHex(hue, 0.55, given % 2 ? 0.5 : 0.62);
  });
}

/** @param {number} hue @param {number} saturation @param {number} lightness */
function toHex(hue, saturation, lightness) {
  /** @param {number} shift */
  const part = (shift) => {
    const k = (shift + hue / 30) % 12;
    const value = lightness - saturation * Math.min(lightness, 1 - lightness) * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(255 * value)
      .toString(16)
      .padStart(2, "0");
  };
  return `#${part(0)}${part(8)}${part(4)}`;
}

const scale = lookupTable(
  { colorMap: "viridis", brightness: 0, contrast: 1 },
  { floor_db: 0, ceiling_db: 1, grey_floor_db: 0, grey_ceiling_db: 1 },
);

/** The colour scale as a CSS gradient. */
export const GRADIENT = `linear-gradient(90deg, ${Array.from({ length: 9 }, (_, at) => {
  const pixel = scale[Math.round((at / 8) * (MANY - 1))];
  return `rgb(${pixel & 255}, ${(pixel >> 8) & 255}, ${(pixel >> 16) & 255})`;
}).join(", ")})`;

/**
 * Least and greatest number of a column, [0, 1] where there is none.
 * @param {Values} values
 */
export function rangeOf(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 1];
}

/**
 * Packed colours of all clips by a column; `alphas` (a number column, or null) fades those with a low score.
 * @param {Column} column
 * @param {Column | null} [alphas]
 */
export function colorPoints(column, alphas = null) {
  const packed = new Uint32Array(column.values.length);
  if (column.kind === "category") {
    const table = categoryColors(column).map((hex) => pack(hex, hex === NOTHING ? PALE : 255)); // what has a name stands out
    for (let at = 0; at < packed.length; at += 1) packed[at] = table[column.values[at]];
  } else {
    const [low, high] = rangeOf(column.values);
    const nothing = pack(NOTHING, PALE);
    const steps = (MANY - 1) / (high - low || 1);
    for (let at = 0; at < packed.length; at += 1) {
      const value = column.values[at];
      packed[at] = Number.isNaN(value) ? nothing : scale[Math.round((value - low) * steps)];
    }
  }
  if (alphas) for (let at = 0; at < packed.length; at += 1) packed[at] = fade(packed[at], alphas.values[at]);
  return packed;
}

// A score of 0 can still be seen, and what has none is fainter than any.
/** @param {number} color @param {number} score */
function fade(color, score) {
  const share = Number.isNaN(score) ? 0.08 : 0.12 + 0.88 * Math.min(Math.max(score, 0), 1);
  return ((color & 0xffffff) | (Math.round(255 * share) << 24)) >>> 0;
}

/**
 * Colours of the theme that is on, as packed pixels: those that an element has by its style sheet.
 * @param {Element} element
 */
export function themeColors(element) {
  const { backgroundColor, color, outlineColor } = getComputedStyle(element);
  /** @param {string} text */
  const packed = (text) => {
    const channels = (text.match(/[\d.]+/g) ?? ["128", "128", "128"]).slice(0, 3).map(Number);
    return pack(`#${channels.map((each) => Math.round(each).toString(16).padStart(2, "0")).join("")}`);
  };
  return { paper: packed(backgroundColor), ring: packed(color), faint: packed(outlineColor) };
}
