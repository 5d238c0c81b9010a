// Colours that cannot be told apart: by most people, or by those who are blind to red (protanopia) or green
// (deuteranopia). Labels with such colours get different patterns. No DOM.

// How far apart two colours have to be in OKLab, the colour space in which equal distances look equal.
export const CONFUSED = 0.07;

/** Patterns of boxes and swatches: 0 is plain, the others are drawn (see hatches.js and `.swatch` in labels.css). */
export const PATTERNS = 6;

// Linear RGB as red- and green-blind people see it: Machado, Oliveira & Fernandes 2009, severity 1.
const BLIND = [
  [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
];
const TO_CONES = [
  [0.4122214708, 0.5363325363, 0.0514459929],
  [0.2119034982, 0.6806995451, 0.1073969566],
  [0.0883024619, 0.2817188376, 0.6299787005],
];
const TO_LAB = [
  [0.2104542553, 0.793617785, -0.0040720468],
  [1.9779984951, -2.428592205, 0.4505937099],
  [0.0259040371, 0.7827717662, -0.808675766],
];

/** @param {number[][]} matrix @param {number[]} vector */
const times = (matrix, vector) => matrix.map((row) => row.reduce((sum, value, at) => sum + value * vector[at], 0));
/** @param {number} value */
const toLinear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
/** @param {number[]} linear */
const toLab = (linear) => times(TO_LAB, times(TO_CONES, linear).map(Math.cbrt));
/** @param {number[]} vector */
const clip = (vector) => vector.map((value) => Math.min(Math.max(value, 0), 1));
/** @param {number[]} a @param {number[]} b */
const distance = (a, b) => Math.hypot(...a.map((value, at) => value - b[at]));

/**
 * A colour "#rrggbb" as it looks to everybody: [usual, red-blind, green-blind], in OKLab.
 * @param {string} hex
 */
function looks(hex) {
  const linear = [1, 3, 5].map((at) => toLinear(parseInt(hex.slice(at, at + 2), 16) / 255));
  return [linear, ...BLIND.map((matrix) => clip(times(matrix, linear)))].map(toLab);
}

/**
 * How far two colours are apart for whoever tells them apart worst.
 * @param {string} a
 * @param {string} b
 */
export function apart(a, b) {
  const others = looks(b);
  return Math.min(...looks(a).map((look, at) => distance(look, others[at])));
}

/**
 * A pattern for each label, so that no two labels share both colour and pattern as long as there are patterns left:
 * each gets the first that no earlier label of a colour like its own has, and then the one that is used least.
 * @param {{ color: string }[]} labels
 */
export function patternsOf(labels) {
  /** @typedef {{ looks: number[][], used: number[] }} Given */
  /** @type {Map<string, Given>} */
  const given = new Map(
    labels.map(({ color }) => [color, { looks: looks(color), used: /** @type {number[]} */ ([]) }]),
  );
  /** @type {(one: Given) => Given[]} */
  const alikeTo = (one) =>
    [...given.values()].filter((other) => one.looks.some((look, at) => distance(look, other.looks[at]) < CONFUSED));
  const alike = new Map([...given.values()].map((one) => [one, alikeTo(one)]));
  return labels.map(({ color }) => {
    const one = given.get(color);
    const { used } = one;
    const count = Array.from({ length: PATTERNS }, (_, pattern) =>
      alike.get(one).reduce((sum, other) => sum + (other.used[pattern] ?? 0), 0),
    );
    const pattern = count.indexOf(Math.min(...count));
    used[pattern] = (used[pattern] ?? 0) + 1;
    return pattern;
  });
}
