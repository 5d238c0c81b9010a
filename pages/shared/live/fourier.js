// The power spectrum of a stretch of sound: a fast Fourier transform of radix 2 with a Hann window. Pure.

export class Fourier {
  /** @type {Float32Array} */ #window;
  /** @type {Float32Array} */ #cos;
  /** @type {Float32Array} */ #sin;
  /** @type {Uint32Array} */ #order;
  /** @type {Float32Array} */ #real;
  /** @type {Float32Array} */ #imaginary;
  /** @type {number} */ #scale;

  /** @param {number} size a power of two */
  constructor(size) {
    this.size = size;
    this.bins = size / 2 + 1;
    this.#window = Float32Array.from({ length: size }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / size));
    this.#cos = Float32Array.from({ length: size / 2 }, (_, n) => Math.cos((2 * Math.PI * n) / size));
    this.#sin = Float32Array.from({ length: size / 2 }, (_, n) => -Math.sin((2 * Math.PI * n) / size));
    const bits = Math.log2(size);
    this.#order = Uint32Array.from({ length: size }, (_, n) => {
      let turned = 0;
      for (let bit = 0; bit < bits; bit += 1) turned |= ((n >> bit) & 1) << (bits - 1 - bit);
      return turned;
    });
    this.#real = new Float32Array(size);
    this.#imaginary = new Float32Array(size);
    this.#scale = 4 / this.#window.reduce((sum, each) => sum + each, 0) ** 2; // a sine of full scale has 0 dB
  }

  /**
   * Levels (dB of a sine of full scale) of `size` samples from `first` on; each bin keeps the greater of this and what
   * `levels` has.
   * @param {Float32Array} samples
   * @param {number} first
   * @param {Float32Array} levels
   */
  addLevels(samples, first, levels) {
    const [re, im, size] = [this.#real, this.#imaginary, this.size];
    for (let n = 0; n < size; n += 1) {
      const from = this.#order[n];
      re[n] = samples[first + from] * this.#window[from];
      im[n] = 0;
    }
    for (let half = 1; half < size; half *= 2) {
      const step = size / (2 * half);
      for (let start = 0; start < size; start += 2 * half) {
        for (let k = 0; k < half; k += 1) {
          const [a, b, c, s] = [start + k, start + k + half, this.#cos[k * step], this.#sin[k * step]];
          const x = re[b] * c - im[b] * s;
          const y = re[b] * s + im[b] * c;
          re[b] = re[a] - x;
          im[b] = im[a] - y;
          re[a] += x;
          im[a] += y;
        }
      }
    }
    for (let bin = 0; bin < this.bins; bin += 1) {
      const level = 10 * Math.log10((re[bin] ** 2 + im[bin] ** 2) * this.#scale + 1e-15);
      if (level > levels[bin]) levels[bin] = level;
    }
  }
}
