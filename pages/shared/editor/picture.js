// The spectrogram: grey values of the picture, coloured by a lookup table, drawn for the visible range.

import { lookupTable } from "./colormaps.js";

/** Decode an encoded picture to {grey: Uint8Array, width, height, info}; `info` says what it shows. */
export async function decodePicture(blob, info) {
  const bitmap = await createImageBitmap(blob);
  const { width, height } = bitmap;
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const rgba = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
  return { grey: Uint8Array.from(rgba, (pixel) => pixel & 0xff), width, height, info };
}

export class Picture {
  #canvas;
  #coloured = document.createElement("canvas");
  #source = null;
  #look = null;

  constructor(canvas) {
    this.#canvas = canvas;
  }

  /** Show a decoded picture that spans `limits` (or none), coloured as `look` says. */
  set(source, look) {
    if (source === this.#source && look === this.#look) return;
    this.#source = source;
    this.#look = look;
    if (!source) return;
    const { grey, width, height, info } = source;
    if (this.#coloured.width !== width || this.#coloured.height !== height) Object.assign(this.#coloured, { width, height });
    const table = lookupTable(look, info);
    const pixels = new Uint32Array(grey.length);
    for (let i = 0; i < grey.length; i += 1) pixels[i] = table[grey[i]];
    const image = new ImageData(new Uint8ClampedArray(pixels.buffer), width, height);
    this.#coloured.getContext("2d").putImageData(image, 0, 0);
  }

  /** Draw the part of the picture (it spans `limits`) that `view` shows, on `width` x `height` CSS pixels. */
  draw(view, limits, width, height) {
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.#canvas.width !== w || this.#canvas.height !== h) Object.assign(this.#canvas, { width: w, height: h });
    const context = this.#canvas.getContext("2d");
    context.clearRect(0, 0, w, h);
    if (!this.#source) return;
    const perS = this.#source.width / (limits.t1 - limits.t0);
    const perHz = this.#source.height / (limits.f1 - limits.f0);
    context.imageSmoothingQuality = "high";
    context.drawImage(
      this.#coloured,
      (view.t0 - limits.t0) * perS, (limits.f1 - view.f1) * perHz, (view.t1 - view.t0) * perS, (view.f1 - view.f0) * perHz,
      0, 0, w, h,
    );
  }
}
