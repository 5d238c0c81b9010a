// When and how much of a map is drawn: as much as one frame has time for while it moves, all of it once it stands still.

import { PointRenderer, usualSize } from "./point_renderer.js";

/** @import { Camera } from "./camera.js" */

const FRAME_MS = 12; // as long one picture may take while the map moves, or one bit of it once it stands still
const MIN_POINTS = 10_000; // points that are drawn while it moves, however slow the machine is
const SETTLED_MS = 160;
const MAX_RATIO = 2;

/**
 * @typedef {object} PainterHost
 * @property {() => number} sizeFactor of the points
 * @property {() => boolean} hasSelection
 * @property {() => Record<"paper" | "ring" | "faint", number>} look
 * @property {() => void} painted a picture was begun
 * @property {(count: number) => void} finished all points are drawn
 */

export class MapPainter {
  /** @type {PointRenderer} */ renderer;
  /** @type {HTMLCanvasElement} */ #canvas;
  /** @type {Camera} */ #camera;
  /** @type {PainterHost} */ #host;
  #frame = 0;
  /** @type {Generator | null} */ #drawing = null; // of the picture that is being drawn bit by bit
  #sample = 100_000; // as many points this machine can draw in one frame: the rest comes once the map stands still
  #moved = 0; // when the view moved last
  #settling = 0;

  /** @param {HTMLCanvasElement} canvas @param {Camera} camera @param {PainterHost} host */
  constructor(canvas, camera, host) {
    this.renderer = new PointRenderer(canvas);
    this.#canvas = canvas;
    this.#camera = camera;
    this.#host = host;
  }

  draw() {
    this.#drawing = null; // what it shows is not true any more
    this.#nextFrame();
  }

  /** The view moves: less than all is drawn for a while. */
  moved() {
    this.#moved = performance.now();
  }

  /** @param {number} width @param {number} height in CSS pixels */
  resize(width, height) {
    const ratio = Math.min(window.devicePixelRatio || 1, MAX_RATIO);
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    this.moved();
    this.#drawNow(); // at once: a canvas that was resized is empty
  }

  #nextFrame() {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.#drawing) this.#drawOn();
      else this.#drawNow();
    });
  }

  #drawNow() {
    if (!this.#canvas.width || !this.renderer.isReady) return;
    const isMoving = performance.now() - this.#moved < SETTLED_MS;
    const count = isMoving ? Math.min(Math.round(this.#sample), this.renderer.count) : this.renderer.count;
    this.#drawing = this.renderer.drawing(this.#viewOf(count));
    if (isMoving) {
      this.#drawMoving(count);
      clearTimeout(this.#settling);
      this.#settling = setTimeout(() => this.draw(), SETTLED_MS + 10);
    } else this.#drawOn();
    this.#host.painted();
  }

  /** @param {number} count */
  #viewOf(count) {
    const ratio = this.#canvas.width / this.#camera.width;
    const zoom = Math.min(this.#camera.zoom, 64) ** 0.25;
    const size = usualSize(this.renderer.count) * this.#host.sizeFactor() * zoom * ratio;
    return {
      affine: this.#camera.affine(ratio),
      sizes: [0, size, size, size * 1.15],
      alphas: [0, 0.35, this.#host.hasSelection() ? 0.4 : 0.85, 1],
      ringPx: 1.5 * ratio,
      count,
      ...this.#host.look(),
    };
  }

  // As much as can be drawn in one frame; how much that is, this machine teaches.
  /** @param {number} count */
  #drawMoving(count) {
    const start = performance.now();
    while (!this.#drawing.next().done); // to its end
    this.#drawing = null;
    const ideal = (count * FRAME_MS) / Math.max(performance.now() - start, 0.1);
    this.#sample = Math.max(Math.sqrt(count * ideal), MIN_POINTS);
  }

  // All of it, in bits that leave room for the pointer; another picture may take its place meanwhile.
  #drawOn() {
    const end = performance.now() + FRAME_MS;
    while (performance.now() < end) {
      if (this.#drawing.next().done) {
        this.#drawing = null;
        this.#host.finished(this.renderer.count);
        return;
      }
    }
    this.#nextFrame();
  }
}
