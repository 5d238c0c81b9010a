// Colour maps as 256-entry lookup tables, interpolated between a few control colours.

/** @import { Levels, Look } from "./types.js" */

/** @type {Record<string, string[]>} */
const CONTROL = {
  magma: ["#000004", "#180f3d", "#440f76", "#721f81", "#9e2f7f", "#cd4071", "#f1605d", "#fd9668", "#feca8d", "#fcfdbf"],
  viridis: [
    "#440154",
    "#482878",
    "#3e4989",
    "#31688e",
    "#26828e",
    "#1f9e89",
    "#35b779",
    "#6ece58",
    "#b5de2b",
    "#fde725",
  ],
  inferno: [
    "#000004",
    "#1b0c41",
    "#4a0c6b",
    "#781c6d",
    "#a52c60",
    "#cf4446",
    "#ed6925",
    "#fb9b06",
    "#f7d13d",
    "#fcffa4",
  ],
  cividis: [
    "#00224e",
    "#123570",
    "#3b496c",
    "#575d6d",
    "#707173",
    "#8a8678",
    "#a59c74",
    "#c3b369",
    "#e1cc55",
    "#fee838",
  ],
  turbo: ["#30123b", "#4662d7", "#36aaf9", "#1ae4b6", "#72fe5e", "#c8ef34", "#faba39", "#f66b19", "#ca2a04", "#7a0403"],
  grey: ["#000000", "#ffffff"],
  "inverted grey": ["#ffffff", "#000000"],
};

export const COLOR_MAPS = Object.keys(CONTROL);

/** @param {string} hex */
const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

/** @param {number[][]} colors @param {number} position */
function colorAt(colors, position) {
  const at = position * (colors.length - 1);
  const index = Math.min(Math.floor(at), colors.length - 2);
  return [0, 1, 2].map((c) => colors[index][c] + (colors[index + 1][c] - colors[index][c]) * (at - index));
}

/**
 * The level (dB) of a grey value 0-255 of a picture with these levels.
 * @param {number} grey
 * @param {Levels} levels
 */
export const toDecibels = (grey, { grey_floor_db: low, grey_ceiling_db: high }) => low + (grey / 255) * (high - low);

/**
 * The levels that are black and white: the round's or the picture's own, moved as the person has moved them.
 * @param {Look} look
 * @param {Levels} levels
 */
export function shownRange(look, levels) {
  const { floor_db: floor, ceiling_db: ceiling, floorShift = 0, ceilingShift = 0 } = look;
  const black = (floor ?? levels.floor_db) + floorShift;
  return [black, Math.max((ceiling ?? levels.ceiling_db) + ceilingShift, black + 1)];
}

/**
 * 256 packed RGBA pixels (little-endian) for grey values 0-255 of a picture with these levels.
 * brightness: -1 to 1, added; contrast: factor around the middle grey, 1 leaves it as it is.
 * @param {Look} look
 * @param {Levels} levels
 */
export function lookupTable(look, levels) {
  const { colorMap, brightness, contrast } = look;
  const colors = (CONTROL[colorMap] ?? CONTROL.magma).map(channels);
  const [black, white] = shownRange(look, levels);
  return Uint32Array.from({ length: 256 }, (_, grey) => {
    const shown = (toDecibels(grey, levels) - black) / (white - black);
    const value = Math.min(Math.max((shown - 0.5) * contrast + 0.5 + brightness, 0), 1);
    const [red, green, blue] = colorAt(colors, value).map(Math.round);
    return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  });
}
