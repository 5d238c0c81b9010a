// Where one looks from: a flat map that is moved and magnified, or a solid one that is turned as well. No DOM.

import { clamp } from "../../web/numbers.js";

const MAX_ZOOM = 4000;
const MIN_ZOOM = 0.4;
const TURN = 0.008; // radians per pixel

export class Camera {
  #width = 1;
  #height = 1;
  zoom = 1;
  x = 0; // what is in the middle, in units of the map (-1 to 1)
  y = 0;
  #turn = 0; // around the vertical axis
  #tilt = 0;
  isSolid = false;

  /** @param {number} width @param {number} height */
  resize(width, height) {
    this.#width = Math.max(width, 1);
    this.#height = Math.max(height, 1);
  }

  get width() {
    return this.#width;
  }
  get height() {
    return this.#height;
  }
  get isMoved() {
    return this.zoom !== 1 || this.x !== 0 || this.y !== 0 || this.#turn !== 0 || this.#tilt !== 0;
  }

  /** Pixels per unit of the map. */
  get scale() {
    return 0.47 * Math.min(this.#width, this.#height) * this.zoom;
  }

  /** Show all of the map. */
  reset() {
    this.zoom = 1;
    this.x = this.y = 0;
    [this.#turn, this.#tilt] = this.isSolid ? [0.5, 0.35] : [0, 0];
  }

  /** From (X, Y, Z) to pixels: x = a0 X + a1 Y + a2 Z + a3, y = a4 X + a5 Y + a6 Z + a7; y grows downwards. */
  affine(ratio = 1) {
    const scale = this.scale * ratio;
    const [c, s] = [Math.cos(this.#turn), Math.sin(this.#turn)];
    const [d, t] = [Math.cos(this.#tilt), Math.sin(this.#tilt)];
    const right = [c * scale, 0, s * scale];
    const up = [s * t * scale, d * scale, -c * t * scale];
    return [
      ...right,
      (this.#width * ratio) / 2 - this.x * scale,
      ...up.map((each) => -each),
      (this.#height * ratio) / 2 + this.y * scale,
    ];
  }

  /**
   * Move the map by pixels.
   * @param {number} dx
   * @param {number} dy
   */
  pan(dx, dy) {
    this.x -= dx / this.scale;
    this.y += dy / this.scale;
  }

  /** @param {number} dx @param {number} dy */
  turn(dx, dy) {
    if (!this.isSolid) return;
    this.#turn += dx * TURN;
    this.#tilt = Math.min(Math.max(this.#tilt + dy * TURN, -Math.PI / 2), Math.PI / 2);
  }

  /**
   * Magnify by a factor around a place on the screen.
   * @param {number} factor
   * @param {number} [px]
   * @param {number} [py]
   */
  magnify(factor, px = this.#width / 2, py = this.#height / 2) {
    const before = this.scale;
    this.zoom = clamp(this.zoom * factor, MIN_ZOOM, MAX_ZOOM);
    const change = 1 / before - 1 / this.scale;
    this.x += (px - this.#width / 2) * change;
    this.y -= (py - this.#height / 2) * change;
  }

  /**
   * Bring a place on the screen into view, if it is not.
   * @param {number} px
   * @param {number} py
   * @param {number} [margin]
   */
  reveal(px, py, margin = 40) {
    /** @param {number} value @param {number} most */
    const over = (value, most) => (value < margin ? margin - value : value > most - margin ? most - margin - value : 0);
    this.pan(over(px, this.#width), over(py, this.#height));
  }

  toJSON() {
    return { zoom: this.zoom, x: this.x, y: this.y, turn: this.#turn, tilt: this.#tilt };
  }

  /** @param {Record<"zoom" | "x" | "y" | "turn" | "tilt", number>} options */
  restore({ zoom, x, y, turn, tilt }) {
    if (![zoom, x, y, turn, tilt].every(Number.isFinite)) return;
    this.zoom = clamp(zoom, MIN_ZOOM, MAX_ZOOM);
    [this.x, this.y, this.#turn, this.#tilt] = [x, y, turn, tilt];
  }
}
