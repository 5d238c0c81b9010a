// The picture of a clip: its spectrogram with what is around it.

import { warp } from "./axes.js";
import { lookupTable } from "./color_maps.js";

/** @import { DecodedPicture } from "./types.js" */

const LOOK = { colorMap: "magma", brightness: 0, contrast: 1 };

/**
 * Draw a decoded picture on a canvas in colours; what is around the clip is darker, and the clip may have an outline.
 * @param {HTMLCanvasElement} canvas
 * @param {DecodedPicture} decodedPicture
 * @param {{ outline?: string | null }} [options]
 */
export function paint(canvas, { grey, width, height, info }, { outline = null } = {}) {
  Object.assign(canvas, { width, height });
  const table = lookupTable(LOOK, info);
  const pixels = Uint32Array.from(grey, (value) => table[value]);
  const context = canvas.getContext("2d");
  context.putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), width, height), 0, 0);
  if (!info.clip) return;
  /** @param {number} seconds */
  const at = (seconds) => (width * (seconds - info.start_s)) / (info.end_s - info.start_s);
  const [low, high] = [info.low_hz, info.high_hz].map((hertz) => warp(info.scale, hertz));
  /** @param {number | null} hertz @param {number} whole */
  const rowOf = (hertz, whole) => (hertz === null ? whole : (height * (high - warp(info.scale, hertz))) / (high - low));
  const { start_s: start, end_s: end, low_hz: bottom, high_hz: top } = info.clip;
  const outside = new Path2D();
  /** @type {[number, number, number, number]} */
  const box = [at(start), rowOf(top, 0), at(end) - at(start), rowOf(bottom, height) - rowOf(top, 0)];
  outside.rect(0, 0, width, height);
  outside.rect(...box);
  context.fillStyle = "#0007";
  context.fill(outside, "evenodd");
  if (!outline) return;
  context.strokeStyle = outline;
  context.lineWidth = 2;
  context.strokeRect(...box);
}
