// The level of each channel, and whether it was too loud: peak and root mean square of the last tenth of a second.

import { el } from "../web/dom.js";

/** @import { LiveBlock } from "../web/types.js" */

const LOWEST_DB = -72;
const FULL = 32767;
const HOLD_S = 1.5;

/** @param {number} value 0 to 1 */
const toDb = (value) => Math.max(LOWEST_DB, 20 * Math.log10(value + 1e-9));
/** @param {number} db */
const toShare = (db) => `${Math.max(0, Math.min(100, ((db - LOWEST_DB) / -LOWEST_DB) * 100))}%`;

export class Meter {
  element = el("div", { class: "meter", role: "group", "aria-label": "Level" });
  /** @type {{ bar: HTMLElement, hold: HTMLElement, text: HTMLElement, peak: number, at: number }[]} */ #rows = [];
  #clip = el(
    "button",
    {
      class: "clip",
      type: "button",
      disabled: true,
      title: "Lights up when a sample has full scale; click to put it out",
    },
    "Clip",
  );
  clipCount = 0;

  constructor() {
    this.#clip.onclick = () => this.#light(false);
  }

  /** @param {LiveBlock} block */
  add(block) {
    if (!block.count) return;
    if (this.#rows.length !== block.channels) this.#build(block.channels);
    for (let channel = 0; channel < block.channels; channel += 1) this.#measure(block, channel);
  }

  /** @param {number} channels */
  #build(channels) {
    this.#rows = Array.from({ length: channels }, () => ({
      bar: el("i", { class: "bar" }),
      hold: el("i", { class: "hold" }),
      text: el("span", { class: "db" }),
      peak: LOWEST_DB,
      at: 0,
    }));
    this.element.replaceChildren(
      ...this.#rows.map(({ bar, hold, text }, index) =>
        el(
          "div",
          { class: "channel" },
          channels > 1 ? `Channel ${index + 1}` : "Level",
          el("span", { class: "track" }, bar, hold),
          text,
        ),
      ),
      this.#clip,
    );
  }

  /** @param {LiveBlock} block @param {number} channel */
  #measure({ samples, channels, count, at }, channel) {
    let peak = 0,
      sum = 0,
      full = 0;
    for (let n = channel; n < count * channels; n += channels) {
      const value = Math.abs(samples[n]);
      if (value > peak) peak = value;
      if (value >= FULL) full += 1;
      sum += value * value;
    }
    const row = this.#rows[channel];
    const peakDb = toDb(peak / 32768);
    if (peakDb >= row.peak || at - row.at > HOLD_S) [row.peak, row.at] = [peakDb, at];
    row.bar.style.width = toShare(toDb(Math.sqrt(sum / count) / 32768));
    row.hold.style.left = toShare(row.peak);
    row.text.textContent = `${row.peak <= LOWEST_DB ? "−∞" : row.peak.toFixed(1).replace("-", "−")} dBFS`;
    if (full) {
      this.clipCount += full;
      this.#light(true);
    }
  }

  /** A lamp that is out has nothing to be clicked. @param {boolean} on */
  #light(on) {
    this.#clip.disabled = !on;
    this.#clip.classList.toggle("on", on);
  }
}
