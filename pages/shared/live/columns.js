// The spectra of the last seconds: one column for each pixel of time, in a ring. Pure.

import { Fourier } from "./fourier.js";

/** @import { LiveBlock } from "../web/types.js" */

const NOTHING_DB = -200; // where there is no sound

export class Columns {
  /** @type {Fourier} */ #fourier;
  /** @type {Float32Array} */ #rest = new Float32Array(0); // samples that the next column needs
  #restAt = 0; // when the first of them was taken

  /**
   * @param {number} count how many columns are kept
   * @param {number} columnS how long one is
   * @param {number} windowSize samples
   * @param {number} rateHz
   * @param {number} channel
   */
  constructor(count, columnS, windowSize, rateHz, channel) {
    this.#fourier = new Fourier(windowSize);
    this.count = count;
    this.columnS = columnS;
    this.rateHz = rateHz;
    this.channel = channel;
    this.bins = this.#fourier.bins;
    this.levels = Array.from({ length: count }, () => new Float32Array(this.bins).fill(NOTHING_DB));
    this.newest = -1; // the number of the newest column that is complete; column n begins at n * columnS since 1970
  }

  /**
   * Add sound; gives the number of the first column that is new.
   * @param {LiveBlock} block
   */
  add(block) {
    const channel = Math.min(this.channel, block.channels - 1);
    const isNext = Math.abs(block.at - (this.#restAt + this.#rest.length / this.rateHz)) < 0.5 / this.rateHz + 1e-4;
    const before = isNext ? this.#rest : new Float32Array(0);
    if (!isNext) this.#restAt = block.at;
    const samples = new Float32Array(before.length + block.count);
    samples.set(before);
    for (let n = 0; n < block.count; n += 1)
      samples[before.length + n] = block.samples[n * block.channels + channel] / 32768;
    const first = this.newest + 1;
    const used = this.#compute(samples, isNext);
    this.#rest = samples.slice(used);
    this.#restAt += used / this.rateHz;
    return first;
  }

  /**
   * Compute the columns that lie wholly in some samples; says how many are not needed any more.
   * @param {Float32Array} samples
   * @param {boolean} isNext they go on where those before have ended
   */
  #compute(samples, isNext) {
    const { size } = this.#fourier;
    const perColumn = this.columnS * this.rateHz;
    const begins = Math.ceil(this.#restAt / this.columnS);
    let number = isNext ? this.newest + 1 : Math.max(this.newest + 1, begins);
    if (this.newest >= 0) this.#clear(this.newest + 1, Math.min(number, this.newest + 1 + this.count));
    for (;;) {
      const from = Math.max(0, Math.round((number * this.columnS - this.#restAt) * this.rateHz));
      const last = from + Math.max(perColumn, size);
      if (last > samples.length) return Math.min(from, samples.length);
      const levels = this.levels[number % this.count].fill(NOTHING_DB);
      const hops = Math.max(1, Math.round(perColumn / (size / 2)));
      for (let hop = 0; hop < hops; hop += 1) {
        const at = Math.min(from + Math.round((hop * perColumn) / hops), samples.length - size);
        this.#fourier.addLevels(samples, Math.max(0, at), levels);
      }
      this.newest = number;
      number += 1;
    }
  }

  /** Forget columns of a time without sound. @param {number} first @param {number} end */
  #clear(first, end) {
    for (let number = first; number < end; number += 1) this.levels[number % this.count].fill(NOTHING_DB);
  }
}
