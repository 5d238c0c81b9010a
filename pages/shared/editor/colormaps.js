// Colour maps as 256-entry lookup tables, interpolated between a few control colours.

const CONTROL = {
  magma: ["#000004", "#180f3d", "#440f76", "#721f81", "#9e2f7f", "#cd4071", "#f1605d", "#fd9668", "#feca8d", "#fcfdbf"],
  viridis: ["#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"],
  grey: ["#000000", "#ffffff"],
  "inverted grey": ["#ffffff", "#000000"],
};

export const COLOR_MAPS = Object.keys(CONTROL);

const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

function colorAt(colors, position) {
  const at = position * (colors.length - 1);
  const index = Math.min(Math.floor(at), colors.length - 2);
  return [0, 1, 2].map((c) => colors[index][c] + (colors[index + 1][c] - colors[index][c]) * (at - index));
}

/** The level (dB) of a grey value 0-255 of a picture with these levels. */
export const toDecibels = (grey, { grey_floor_db: low, grey_ceiling_db: high }) => low + (grey / 255) * (high - low);

/** The levels that are black and white: those of the picture, moved as the person has moved them. */
export function shownRange({ floorShift = 0, ceilingShift = 0 }, { floor_db: floor, ceiling_db: ceiling }) {
  const black = floor + floorShift;
  return [black, Math.max(ceiling + ceilingShift, black + 1)];
}

/**
 * 256 packed RGBA pixels (little-endian) for grey values 0-255 of a picture with these levels.
 * brightness: -1 to 1, added; contrast: factor around the middle grey, 1 leaves it as it is.
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
