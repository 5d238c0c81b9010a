// Draws the points of a map, pixel by pixel into the memory of a canvas: without a graphics card that is five to ten
// times as fast as WebGL (decision 28). It knows neither columns nor selections, only colours and states.

/** What a point looks like; in the order in which points lie on top of each other. */
export const STATE = { hidden: 0, faint: 1, plain: 2, chosen: 3 };

const BIT = 50_000; // points that are drawn in one go
const MAX_PX = 40; // the diameter of a point, and the margin around the picture that spares looking at its edges

/**
 * Numbers 0 to n - 1 in an order that only looks like chance: any first part of it is a fair sample of all.
 * @param {number} count
 */
export function shuffled(count) {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  let seed = 0x9e3779b9;
  for (let last = count - 1; last > 0; last -= 1) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const other = Math.floor((seed / 4294967296) * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

/**
 * The pixels of a disc: {at: offsets from its first pixel in rows of `stride`, cover: 1 to 256}.
 * @param {number} diameter
 * @param {number} stride
 */
function discOf(diameter, stride) {
  const size = Math.ceil(diameter);
  /** @type {[number[], number[]]} */
  const [at, cover] = [[], []];
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const far = Math.hypot(x + 0.5 - size / 2, y + 0.5 - size / 2);
      const share = Math.min(Math.max(diameter / 2 + 0.5 - far, 0), 1);
      if (share > 0.05) {
        at.push(y * stride + x);
        cover.push(Math.round(256 * share));
      }
    }
  }
  return { size, at: Int32Array.from(at), cover: Int32Array.from(cover) };
}

/**
 * The diameter of points: many are small.
 * @param {number} count
 */
export const usualSize = (count) => Math.min(Math.max(12 - 1.8 * Math.log10(Math.max(count, 1)), 1.6), 9);

export class PointRenderer {
  /** @type {HTMLCanvasElement} */ #canvas;
  /** @type {ImageData} */ #image = null;
  #pixels = new Uint32Array(0);
  #order = new Uint32Array(0);
  #places = new Float32Array(0);
  #colors = new Uint32Array(0);
  #states = new Uint8Array(0);
  #counts = [0, 0, 0, 0]; // of states

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
  }

  get count() {
    return this.#order.length;
  }

  /** Is there all that a picture needs? */
  get isReady() {
    return this.count > 0 && this.#colors.length === this.count && this.#states.length === this.count;
  }

  // Points are kept in a shuffled order: the first tenth is a fair picture of all while the map is moved.
  /** @param {number} count */
  #orderOf(count) {
    if (count !== this.count) this.#order = shuffled(count);
    return this.#order;
  }

  /**
   * @template {Uint8Array | Uint32Array} Sorted
   * @param {Sorted} values
   * @returns {any}
   */
  #sort(values) {
    const order = this.#orderOf(values.length);
    const sorted = values.slice();
    for (let at = 0; at < sorted.length; at += 1) sorted[at] = values[order[at]];
    return sorted;
  }

  /** @param {Float32Array} places x, y, z of each point */
  setPlaces(places) {
    const order = this.#orderOf(places.length / 3);
    this.#places = new Float32Array(places.length);
    for (let at = 0; at < order.length; at += 1) {
      const from = 3 * order[at];
      for (let axis = 0; axis < 3; axis += 1) this.#places[3 * at + axis] = places[from + axis];
    }
  }

  /** @param {Uint32Array} colors of each point; its bytes are red, green, blue and alpha */
  setColors(colors) {
    this.#colors = this.#sort(colors);
  }

  /** @param {Uint8Array} states of each point, see STATE */
  setStates(states) {
    this.#states = this.#sort(states);
    this.#counts = [0, 0, 0, 0];
    for (const state of this.#states) this.#counts[state] += 1;
  }

  #prepare() {
    const [width, height] = [this.#canvas.width + 2 * MAX_PX, this.#canvas.height + 2 * MAX_PX];
    if (this.#image?.width === width && this.#image.height === height) return;
    this.#image = new ImageData(width, height);
    this.#pixels = new Uint32Array(this.#image.data.buffer);
  }

  /**
   * Draw the first `count` points, bit by bit: whoever asks for the next bit decides when. The picture is shown with the
   * last one; another drawing may begin in between, and this one is then forgotten.
   * @param {{affine: number[], sizes: number[], alphas: number[], paper: number, ring: number, ringPx: number, faint: number, count: number}} view
   *   `affine`: x = a0 X + a1 Y + a2 Z + a3, y = a4 X + a5 Y + a6 Z + a7, in pixels of the canvas; sizes and alphas
   *   by state; colours as in setColors.
   * @returns {Generator<void>}
   */
  *drawing({ affine, sizes, alphas, paper, ring, ringPx, faint, count = this.count }) {
    this.#prepare();
    this.#pixels.fill(paper);
    const { faint: pale, plain, chosen } = STATE;
    const passes = [
      [pale, sizes[pale], alphas[pale], faint],
      [plain, sizes[plain], alphas[plain], null],
      [chosen, sizes[chosen] + ringPx, 1, ring], // around all of them, not around each
      [chosen, sizes[chosen], alphas[chosen], null],
    ];
    for (const [state, diameter, alpha, one] of passes) {
      if (!this.#counts[state]) continue;
      for (let first = 0; first < count; first += BIT) {
        this.#drawState(state, affine, diameter, alpha, one, first, Math.min(first + BIT, count));
        yield;
      }
    }
    this.#canvas.getContext("2d", { alpha: false }).putImageData(this.#image, -MAX_PX, -MAX_PX);
  }

  /**
   * @param {number} state
   * @param {number[]} affine
   * @param {number} diameter
   * @param {number} alpha
   * @param {number | null} one
   * @param {number} from
   * @param {number} to
   */
  #drawState(state, affine, diameter, alpha, one, from, to) {
    const [a0, a1, a2, a3, a4, a5, a6, a7] = affine;
    const { width } = this.#image;
    const [right, bottom] = [width - MAX_PX, this.#image.height - MAX_PX];
    const { size, at, cover } = discOf(Math.min(diameter, MAX_PX), width);
    const [places, colors, states, pixels] = [this.#places, this.#colors, this.#states, this.#pixels];
    const strength = Math.round(256 * alpha);
    const middle = MAX_PX - size / 2 + 0.5;
    for (let point = from; point < to; point += 1) {
      if (states[point] !== state) continue;
      const X = places[3 * point];
      const Y = places[3 * point + 1];
      const Z = places[3 * point + 2];
      const x = Math.floor(a0 * X + a1 * Y + a2 * Z + a3 + middle);
      const y = Math.floor(a4 * X + a5 * Y + a6 * Z + a7 + middle);
      if (!(x >= 0 && y >= 0 && x < right && y < bottom)) continue; // also where a place is no number
      const color = one ?? colors[point];
      const through = one === null && state !== STATE.chosen ? (strength * ((color >>> 24) + 1)) >> 8 : strength;
      const redBlue = color & 0xff00ff;
      const green = color & 0xff00;
      const first = y * width + x;
      for (let index = 0; index < at.length; index += 1) {
        const pixel = first + at[index];
        const share = (cover[index] * through) >> 8;
        const under = pixels[pixel];
        const underRb = under & 0xff00ff;
        const underG = under & 0xff00;
        pixels[pixel] =
          0xff000000 |
          ((underRb + (Math.imul(redBlue - underRb, share) >> 8)) & 0xff00ff) |
          ((underG + (Math.imul(green - underG, share) >> 8)) & 0xff00);
      }
    }
  }
}
