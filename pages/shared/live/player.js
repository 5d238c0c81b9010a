// Plays live sound as it comes, a little later, so that it has no holes.

/** @import { LiveBlock } from "../web/types.js" */

const AHEAD_S = 0.25;
const LATE_S = 1; // what is further behind is left out

export class Player {
  /** @type {AudioContext | null} */ #context = null;
  #until = 0;

  get isOn() {
    return this.#context !== null;
  }

  start() {
    this.#context = new AudioContext();
    this.#until = 0;
    this.#context.resume();
  }

  stop() {
    this.#context?.close().catch(() => {});
    this.#context = null;
  }

  /** @param {LiveBlock} block */
  add({ samples, count, channels, rate_hz: rateHz }) {
    const context = this.#context;
    if (!context || !count) return;
    const buffer = context.createBuffer(channels, count, rateHz);
    for (let channel = 0; channel < channels; channel += 1) {
      const data = buffer.getChannelData(channel);
      for (let n = 0; n < count; n += 1) data[n] = samples[n * channels + channel] / 32768;
    }
    const now = context.currentTime;
    if (this.#until < now || this.#until > now + LATE_S) this.#until = now + AHEAD_S;
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(context.destination);
    source.start(this.#until);
    this.#until += buffer.duration;
  }
}
