// The button that records a snippet to search by, and what is seen while it does.

import { el } from "../../web/dom.js";
import { clamp } from "../../web/numbers.js";
import { cutLoudest, makeWav, Microphone } from "../sound/microphone.js";

/** @import { Explorer } from "../explorer.js" */

const [MIN_S, MAX_S] = [3, 60]; // of what may be recorded
const LENGTHS = 4; // of a usual clip
const FALL = 0.85; // of the level, from moment to moment

export class Recorder {
  /** @type {Explorer} */ #explorer;
  /** @type {(file: File, title: string) => unknown} */ #done;
  #microphone = new Microphone();
  #longest = MIN_S;
  #usual = 1; // seconds of a clip
  #level = 0;
  #bar = el("span", {});
  #meter = el(
    "span",
    {
      class: "meter",
      role: "meter",
      "aria-label": "Level of the microphone",
      "aria-valuemin": "0",
      "aria-valuemax": "100",
    },
    this.#bar,
  );
  #time = el("span", { class: "figures" });
  button = el("button", { class: "record", title: "Search with the microphone", onclick: () => this.#toggle() });
  line = el("div", { class: "line recording", hidden: true }, this.#meter, this.#time);

  /**
   * `done(file, title)` is called with what was recorded.
   * @param {Explorer} explorer
   * @param {(file: File, title: string) => unknown} done
   */
  constructor(explorer, done) {
    this.#explorer = explorer;
    this.#done = done;
    explorer.signal.addEventListener("abort", () => this.#microphone.cancel());
    this.#draw();
  }

  async #toggle() {
    if (this.#microphone.isOn) return this.#finish();
    this.#level = 0;
    try {
      const started = this.#microphone.start((level) => this.#hear(level));
      this.#draw();
      this.#usual = await this.#findUsual();
      this.#longest = clamp(LENGTHS * this.#usual, MIN_S, MAX_S);
      await started;
    } catch (error) {
      this.#microphone.cancel();
      if (error.name !== "AbortError") this.#explorer.say(error.message, { isBad: true });
    }
    return this.#draw();
  }

  // Of half the clips, at most.
  async #findUsual() {
    const { values } = await this.#explorer.columns.get("duration");
    const known = values.filter((value) => value > 0).sort();
    return known.length ? known[known.length >> 1] : 1;
  }

  /** @param {number} level */
  #hear(level) {
    this.#level = Math.max(level, this.#level * FALL);
    const share = Math.round(100 * clamp(1 + Math.log10(Math.max(this.#level, 1e-3)) / 3, 0, 1)); // of 60 dB
    this.#bar.style.width = `${share}%`;
    this.#meter.setAttribute("aria-valuenow", String(share));
    this.#time.textContent = `${this.#microphone.seconds.toFixed(1)} s of at most ${this.#longest.toFixed(0)} s`;
    if (this.#microphone.seconds >= this.#longest) this.#finish();
  }

  #finish() {
    const heard = this.#microphone.stop();
    this.#draw();
    if (!heard) return this.#explorer.say("Nothing recorded yet.", { isBad: true });
    const samples = cutLoudest(heard.samples, Math.max(1, Math.round(this.#usual * heard.rate)));
    if (!samples.some(Boolean))
      return this.#explorer.say("The microphone is silent: check that it is on and not muted.", { isBad: true });
    return this.#done(
      makeWav(samples, heard.rate, "recording.wav"),
      `recording of ${(samples.length / heard.rate).toFixed(2)} s`,
    );
  }

  #draw() {
    const { isOn } = this.#microphone;
    this.button.textContent = isOn ? "■ Stop" : "● Record";
    this.button.setAttribute("aria-pressed", String(isOn));
    this.line.hidden = !isOn;
    this.#time.textContent = isOn ? "Waiting for the microphone …" : "";
  }
}
