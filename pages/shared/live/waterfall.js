// The scrolling picture: levels become colours once, when their column is new; each frame only moves what is there.

import { bandTicks, bandTitle, evenTicks, lowestShown, makeScales } from "../web/axes.js";
import { lookupTable } from "../web/color_maps.js";
import { Columns } from "./columns.js";

/** @import { LiveBlock, LiveFinding, LiveLook } from "../web/types.js" */

const LEFT = 58;
const BOTTOM = 34;
const BEHIND_S = 0.15; // the newest sound is shown so much later, so that frames come evenly
const JUMP_S = 1.5;
const LONGEST_S = 60;
const LOWEST_WIDTH = 100;

export class Waterfall {
  canvas = document.createElement("canvas");
  #pixels = document.createElement("canvas"); // a ring of columns
  /** @type {Columns | null} */ #columns = null;
  /** @type {LiveLook} */ #look;
  /** @type {Uint16Array} */ #bins = new Uint16Array(0); // for each row
  /** @type {Uint32Array} */ #table = new Uint32Array(256);
  /** @type {LiveFinding[]} */ findings = [];
  /** @type {{ started_at: number, label: string } | null} a mark whose key is down */ held = null;
  #newestAt = 0; // when the newest sample was taken
  shownAt = 0; // what is at the right edge
  #rateHz = 0;
  /** @type {LiveBlock[]} */ #blocks = []; // the sound of the longest time that can be shown: other columns are made of it

  /** @param {LiveLook} look */
  constructor(look) {
    this.#look = look;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", "Scrolling spectrogram of the live sound");
  }

  /** @param {LiveLook} look */
  setLook(look) {
    const isOther = ["window", "channel", "seconds"].some(
      (name) => look[/** @type {keyof LiveLook} */ (name)] !== this.#look[/** @type {keyof LiveLook} */ (name)],
    );
    this.#look = look;
    if (isOther) this.#columns = null;
    else this.#paintAll();
  }

  /** The canvas has another size. @param {number} width @param {number} height */
  resize(width, height) {
    const ratio = devicePixelRatio;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.#columns = null;
  }

  get #size() {
    const ratio = devicePixelRatio;
    return {
      ratio,
      left: Math.round(LEFT * ratio),
      width: Math.max(LOWEST_WIDTH, this.canvas.width - Math.round(LEFT * ratio)),
      height: Math.max(LOWEST_WIDTH, this.canvas.height - Math.round(BOTTOM * ratio)),
    };
  }

  get #band() {
    const top = this.#rateHz / 2;
    const f1 = Math.min(this.#look.highHz ?? top, top);
    const f0 = Math.min(this.#look.lowHz ?? 0, f1 - 100);
    return { f0: lowestShown(this.#look.scale, Math.max(0, f0), f1), f1 };
  }

  /** @param {LiveBlock} block */
  add(block) {
    if (!block.count) return;
    if (block.rate_hz !== this.#rateHz) {
      this.#rateHz = block.rate_hz;
      this.#blocks = [];
      this.#columns = null;
    }
    this.#blocks.push(block);
    while (this.#blocks[0].at < block.at - LONGEST_S) this.#blocks.shift();
    if (!this.#columns) {
      this.#begin();
      return;
    }
    this.#addColumns(block);
  }

  /** @param {LiveBlock} block */
  #addColumns(block) {
    this.#newestAt = block.at + block.count / block.rate_hz;
    const first = this.#columns.add(block);
    this.#paint(Math.max(first, this.#columns.newest - this.#columns.count + 1));
  }

  #begin() {
    const { width, height } = this.#size;
    const { seconds, window, channel } = this.#look;
    this.#columns = new Columns(width, seconds / width, window, this.#rateHz, channel);
    this.#pixels.width = width;
    this.#pixels.height = height;
    this.#mapRows();
    for (const block of this.#blocks) this.#addColumns(block);
  }

  #mapRows() {
    const { height } = this.#size;
    const band = this.#band;
    const scales = makeScales({ ...band, t0: 0, t1: 1 }, 1, height, this.#look.scale);
    const perHz = (this.#columns.bins - 1) / (this.#rateHz / 2);
    this.#bins = Uint16Array.from({ length: height }, (_, y) =>
      Math.min(this.#columns.bins - 1, Math.max(0, Math.round(scales.f(y + 0.5) * perHz))),
    );
    const { floorDb, ceilingDb, colorMap } = this.#look;
    const levels = { floor_db: floorDb, ceiling_db: ceilingDb, grey_floor_db: floorDb, grey_ceiling_db: ceilingDb };
    this.#table = lookupTable(
      /** @type {any} */ ({ colorMap, brightness: 0, contrast: 1 }),
      /** @type {any} */ (levels),
    );
  }

  #paintAll() {
    if (!this.#columns) return;
    this.#mapRows();
    this.#paint(Math.max(0, this.#columns.newest - this.#columns.count + 1));
  }

  /** Colour the columns from one on. @param {number} first */
  #paint(first) {
    const { levels, count, newest } = this.#columns;
    const { height } = this.#pixels;
    const { floorDb, ceilingDb } = this.#look;
    const factor = 255 / Math.max(1, ceilingDb - floorDb);
    const context = this.#pixels.getContext("2d");
    const image = new ImageData(1, height);
    const colors = new Uint32Array(image.data.buffer);
    for (let number = first; number <= newest; number += 1) {
      const column = levels[number % count];
      for (let y = 0; y < height; y += 1) {
        const grey = (column[this.#bins[y]] - floorDb) * factor;
        colors[y] = this.#table[grey < 0 ? 0 : grey > 255 ? 255 : grey | 0];
      }
      context.putImageData(image, number % count, 0);
    }
  }

  /** Draw a frame. @param {number} passedS since the one before */
  draw(passedS) {
    const context = this.canvas.getContext("2d");
    const style = getComputedStyle(this.canvas);
    const { left, width, height, ratio } = this.#size;
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.fillStyle = "#000";
    context.fillRect(left, 0, width, height);
    if (!this.#columns || this.#columns.newest < 0) return;
    const wanted = this.#newestAt - BEHIND_S;
    const ahead = wanted - (this.shownAt + passedS);
    this.shownAt = Math.abs(ahead) > JUMP_S ? wanted : this.shownAt + passedS + ahead * 0.05;
    const { columnS, count, newest } = this.#columns;
    const edge = this.shownAt / columnS; // the number of the column at the right edge, with a fraction
    const oldest = Math.max(newest - count + 1, Math.ceil(edge) - count);
    const split = (newest + 1) % count; // the ring's seam: the oldest column is there
    context.save();
    context.beginPath();
    context.rect(left, 0, width, height);
    context.clip();
    const atX = (/** @type {number} */ number) => left + width - (edge - number);
    const start = newest - count + 1;
    if (oldest <= newest) {
      const second = count - split;
      if (second > 0) context.drawImage(this.#pixels, split, 0, second, height, atX(start), 0, second, height);
      if (split > 0) context.drawImage(this.#pixels, 0, 0, split, height, atX(start + second), 0, split, height);
    }
    this.#drawFindings(context, (at) => atX(at / columnS), style);
    context.restore();
    this.#drawAxes(context, (at) => atX(at / columnS), style, { left, width, height, ratio });
  }

  /** @param {CanvasRenderingContext2D} context @param {(at: number) => number} x @param {CSSStyleDeclaration} style */
  #drawFindings(context, x, style) {
    const { height, ratio } = this.#size;
    const scales = makeScales({ ...this.#band, t0: 0, t1: 1 }, 1, height, this.#look.scale);
    context.font = `${12 * ratio}px ${style.fontFamily}`;
    context.textAlign = "left";
    context.textBaseline = "top";
    /** @type {LiveFinding[]} */
    const held = [];
    if (this.held) {
      held.push({ ...this.held, id: "held", ended_at: this.shownAt, score: null, low_hz: null, high_hz: null });
    }
    for (const each of [...this.findings, ...held]) {
      const [x0, x1] = [x(each.started_at), x(each.ended_at)];
      const y0 = each.high_hz === null ? 2 * ratio : Math.max(2 * ratio, scales.y(each.high_hz));
      const y1 = each.low_hz === null ? height - 2 * ratio : Math.min(height - 2 * ratio, scales.y(each.low_hz));
      const isMark = each.score === null;
      context.strokeStyle = isMark ? "#00d084" : "#ffffff";
      context.lineWidth = 2 * ratio;
      context.setLineDash(isMark ? [] : [6 * ratio, 3 * ratio]);
      context.strokeRect(x0, y0, Math.max(2, x1 - x0), y1 - y0);
      const text = isMark ? each.label : `${each.label} ${each.score.toFixed(2)}`;
      const at = isMark ? y0 + 20 * ratio : y0 + 4 * ratio;
      context.fillStyle = "#000b";
      context.fillRect(x0 + 3 * ratio, at - 2 * ratio, context.measureText(text).width + 6 * ratio, 16 * ratio);
      context.fillStyle = isMark ? "#00d084" : "#ffffff";
      context.fillText(text, x0 + 6 * ratio, at);
    }
    context.setLineDash([]);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {(at: number) => number} x
   * @param {CSSStyleDeclaration} style
   * @param {{ left: number, width: number, height: number, ratio: number }} size
   */
  #drawAxes(context, x, style, { left, width, height, ratio }) {
    context.fillStyle = style.color;
    context.font = `${12 * ratio}px ${style.fontFamily}`;
    const band = this.#band;
    const scales = makeScales({ ...band, t0: 0, t1: 1 }, 1, height, this.#look.scale);
    context.textAlign = "right";
    context.textBaseline = "middle";
    const { vals, text } = bandTicks(band, this.#look.scale);
    vals.forEach((hertz, index) => {
      const y = Math.min(Math.max(scales.y(hertz), 7 * ratio), height - 7 * ratio);
      context.fillText(text[index], left - 8 * ratio, y);
      context.fillRect(left - 4 * ratio, scales.y(hertz), 4 * ratio, ratio);
    });
    context.save();
    context.translate(10 * ratio, height / 2);
    context.rotate(-Math.PI / 2);
    context.textAlign = "center";
    context.fillText(bandTitle(band, this.#look.scale), 0, 0);
    context.restore();
    context.textAlign = "center";
    context.textBaseline = "top";
    const seconds = this.#look.seconds;
    const step = evenTicks(0, seconds, Math.max(2, width / ratio / 110))[1] ?? seconds;
    const whole = Math.max(1, Math.round(step));
    for (let at = Math.floor(this.shownAt / whole) * whole; at > this.shownAt - seconds; at -= whole) {
      const place = x(at);
      if (place < left + 30 * ratio || place > left + width - 30 * ratio) continue;
      context.fillRect(place, height, ratio, 4 * ratio);
      context.fillText(new Date(at * 1000).toISOString().slice(11, 19), place, height + 6 * ratio);
    }
    context.textAlign = "right";
    context.fillText("UTC", left - 8 * ratio, height + 6 * ratio);
  }
}
