// The spectrogram: grey values of pictures, coloured by a lookup table, drawn for the visible range. The picture of
// the whole session lies below, sharper pictures of parts of it above.

import { warp } from "./axes.js";
import { lookupTable, toDecibels } from "./color_maps.js";

/** @import { DecodedPicture, Look, Part, PictureInfo, Times } from "./types.js" */

const MAX_PARTS = 5;
const SMOOTHING = "high";

/**
 * Decode an encoded picture to {grey: Uint8Array, width, height, info}; `info` says what it shows.
 * @param {Blob} blob
 * @param {PictureInfo} info
 */
export async function decodePicture(blob, info) {
  const bitmap = await createImageBitmap(blob);
  const { width, height } = bitmap;
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const rgba = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
  const grey = new Uint8Array(rgba.length);
  for (let i = 0; i < grey.length; i += 1) grey[i] = rgba[i] & 0xff;
  return { grey, width, height, info };
}

/**
 * The decoded picture of an answer of the server, whose header says what it shows.
 * @param {Response} response
 */
export async function readPicture(response) {
  return decodePicture(await response.blob(), JSON.parse(response.headers.get("x-picture")));
}

/** @type {ImageData | null} pixels on their way to a canvas */
let scratch = null;

/** @param {number} width @param {number} height */
function pixelsFor(width, height) {
  if (scratch?.width !== width || scratch.height !== height) scratch = new ImageData(width, height);
  return scratch;
}

/** @param {Uint32Array | null} a @param {Uint32Array} b */
const sameTable = (a, b) => a !== null && a.every((pixel, grey) => pixel === b[grey]);

/** @param {number[]} places @param {number[]} others */
const isNear = (places, others) => places.every((place, index) => Math.abs(place - others[index]) < 0.01);

/** One decoded picture with its colours. */
class Layer {
  #canvas = document.createElement("canvas");
  #fitted = document.createElement("canvas"); // the same, as large as it was wanted last
  #isFitted = false; // in the present colours
  /** @type {Look | null} */ #look = null;
  /** @type {Uint32Array | null} */ #table = null;
  /** @type {DecodedPicture} */ source;

  /** @param {DecodedPicture} source */
  constructor(source) {
    this.use(source);
  }

  /**
   * Show another picture in the same memory.
   * @param {DecodedPicture} source
   */
  use(source) {
    this.source = source;
    this.#look = this.#table = null;
    this.#isFitted = false;
    const { width, height } = source;
    if (this.#canvas.width !== width || this.#canvas.height !== height) Object.assign(this.#canvas, { width, height });
    return this;
  }

  /** @param {Look} look */
  coloured(look) {
    if (look === this.#look) return this.#canvas;
    this.#look = look;
    const { grey, info, width, height } = this.source;
    const table = lookupTable(look, info);
    if (sameTable(this.#table, table)) return this.#canvas;
    this.#table = table;
    const image = pixelsFor(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    for (let i = 0; i < grey.length; i += 1) pixels[i] = table[grey[i]];
    this.#canvas.getContext("2d").putImageData(image, 0, 0);
    this.#isFitted = false;
    return this.#canvas;
  }

  /**
   * The same, `w` x `h` pixels large. Scaling takes longer than all the rest of showing a picture, so it is done once,
   * ahead of that.
   * @param {Look} look
   * @param {number} w
   * @param {number} h
   */
  fitted(look, w, h) {
    const canvas = this.coloured(look);
    const fitted = this.#fitted;
    if (this.#isFitted && fitted.width === w && fitted.height === h) return fitted;
    this.#isFitted = true;
    if (fitted.width !== w || fitted.height !== h) Object.assign(fitted, { width: w, height: h });
    const context = fitted.getContext("2d");
    context.globalCompositeOperation = "copy"; // nothing of another picture shines through
    context.imageSmoothingQuality = SMOOTHING;
    context.drawImage(canvas, 0, 0, w, h);
    return fitted;
  }

  /** Seconds, and units of the axis, per pixel. */
  get fineness() {
    const { info, width, height } = this.source;
    return [
      (info.end_s - info.start_s) / width,
      (warp(info.scale, info.high_hz) - warp(info.scale, info.low_hz)) / height,
    ];
  }

  /**
   * The grey value at a time and a frequency, null outside.
   * @param {number} t
   * @param {number} f
   */
  at(t, f) {
    const { info, grey, width, height } = this.source;
    const [low, high] = [info.low_hz, info.high_hz].map((hertz) => warp(info.scale, hertz));
    const x = Math.floor(((t - info.start_s) / (info.end_s - info.start_s)) * width);
    const y = Math.floor(((high - warp(info.scale, f)) / (high - low)) * height);
    return x >= 0 && x < width && y >= 0 && y < height ? grey[y * width + x] : null;
  }
}

/** @type {WeakMap<DecodedPicture, Layer>} */
const layers = new WeakMap(); // decoded picture of a session -> its layer
/** @type {Layer[]} */
const spare = []; // layers whose memory can be used again

/** @param {DecodedPicture} source */
function layerOf(source) {
  if (!layers.has(source)) layers.set(source, spare.pop()?.use(source) ?? new Layer(source));
  return layers.get(source);
}

/**
 * Draw the picture of a session that comes later, as large as it will be, so that showing it takes no time.
 * @param {DecodedPicture} source
 * @param {Look} look
 * @param {{ width: number; height: number }} size in pixels of the screen
 */
export function drawAhead(source, look, { width, height }) {
  layerOf(source).fitted(look, width, height);
}

/**
 * A picture is not needed any more: neither on screen nor later.
 * @param {DecodedPicture} source
 */
export function discardPicture(source) {
  const layer = layers.get(source);
  layers.delete(source);
  if (layer && spare.length < 2) spare.push(layer);
}

export class Picture {
  /** @type {HTMLCanvasElement} */ #canvas;
  /** @type {Layer | null} */ #whole = null;
  /** @type {Layer[]} */ #parts = [];
  /** @type {Layer[]} */ #drawn = []; // layers on screen, from below
  /** @type {Look | null} */ #look = null;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
  }

  /**
   * Show the decoded picture of a whole session (or none), coloured as `look` says.
   * @param {DecodedPicture | null} source
   * @param {Look | null} look
   */
  set(source, look) {
    if (source !== this.#whole?.source) {
      this.#parts = [];
      this.#whole = source && layerOf(source);
    }
    this.#look = look;
  }

  get info() {
    return this.#whole?.source.info ?? null;
  }

  /**
   * Show a sharper picture of a part over it; `together` of them are on screen at once.
   * @param {DecodedPicture} source
   * @param {number} [together]
   */
  add(source, together = 1) {
    this.#parts = [...this.#parts.slice(1 - Math.max(MAX_PARTS, together)), new Layer(source)];
  }

  /**
   * Is there a part for which `test(info)` holds?
   * @param {(info: PictureInfo) => boolean} test
   */
  some(test) {
    return this.#parts.some(({ source }) => test(source.info));
  }

  /**
   * The level (dB) that is seen at a time and a frequency, or null.
   * @param {number} t
   * @param {number} f
   */
  levelAt(t, f) {
    for (const layer of [...this.#drawn].reverse()) {
      const grey = layer.at(t, f);
      if (grey !== null) return toDecibels(grey, layer.source.info);
    }
    return null;
  }

  /**
   * Draw the `pieces` {t0, t1, x, width} of what `view` shows, on `width` x `height` CSS pixels.
   * @param {Part} view
   * @param {number} width
   * @param {number} height
   * @param {(Times & { x: number; width: number })[]} pieces
   */
  draw(view, width, height, pieces) {
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.#canvas.width !== w || this.#canvas.height !== h) Object.assign(this.#canvas, { width: w, height: h });
    const context = this.#canvas.getContext("2d");
    context.clearRect(0, 0, w, h);
    this.#drawn = [];
    context.imageSmoothingQuality = SMOOTHING;
    if (this.#whole)
      for (const piece of pieces)
        this.#drawPiece(
          context,
          { ...view, t0: piece.t0, t1: piece.t1 },
          piece.x * (w / width),
          piece.width * (w / width),
          h,
        );
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Part} view
   * @param {number} x
   * @param {number} w
   * @param {number} h
   */
  #drawPiece(context, view, x, w, h) {
    const layers = [this.#whole, ...this.#fitting(view, w, h)];
    context.save();
    context.translate(x, 0);
    for (const layer of layers) this.#drawLayer(context, layer, view, w, h);
    context.restore();
    this.#drawn = [...this.#drawn.filter((layer) => !layers.includes(layer)), ...layers];
  }

  // The coarse ones first; those made for a much closer look would be patches of another kind.
  /** @param {Part} view @param {number} w @param {number} h */
  #fitting(view, w, h) {
    const { scale } = this.info;
    const perPixel = [(view.t1 - view.t0) / w, (warp(scale, view.f1) - warp(scale, view.f0)) / h];
    /** @param {Layer} layer */
    const seen = ({ source: { info } }) =>
      info.start_s < view.t1 && info.end_s > view.t0 && info.low_hz < view.f1 && info.high_hz > view.f0;
    return this.#parts
      .filter((layer) => seen(layer) && layer.fineness.every((own, axis) => own > 0.45 * perPixel[axis]))
      .sort((a, b) => b.fineness[0] - a.fineness[0]);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Layer} layer
   * @param {Part} view
   * @param {number} w
   * @param {number} h
   * @returns {void}
   */
  #drawLayer(context, layer, view, w, h) {
    const { info, width, height } = layer.source;
    const [low, high, bottom, top] = [info.low_hz, info.high_hz, view.f0, view.f1].map((hertz) =>
      warp(info.scale, hertz),
    );
    const perS = width / (info.end_s - info.start_s);
    const perUnit = height / (high - low);
    // Only what is on screen is read: [from, to) in the picture's pixels.
    const [x0, x1] = [view.t0, view.t1].map((t) => Math.min(Math.max((t - info.start_s) * perS, 0), width));
    const [y0, y1] = [top, bottom].map((at) => Math.min(Math.max((high - at) * perUnit, 0), height));
    if (x1 <= x0 || y1 <= y0) return;
    /** @param {number} x */
    const toX = (x) => ((info.start_s + x / perS - view.t0) / (view.t1 - view.t0)) * w;
    /** @param {number} y */
    const toY = (y) => ((top - (high - y / perUnit)) / (top - bottom)) * h;
    const isWhole = layer === this.#whole && x1 - x0 === width && y1 - y0 === height;
    if (isWhole && isNear([toX(0), toY(0), toX(width), toY(height)], [0, 0, w, h]))
      return context.drawImage(layer.fitted(this.#look, Math.round(w), h), 0, 0);
    context.drawImage(
      layer.coloured(this.#look),
      x0,
      y0,
      x1 - x0,
      y1 - y0,
      toX(x0),
      toY(y0),
      toX(x1) - toX(x0),
      toY(y1) - toY(y0),
    );
  }
}
