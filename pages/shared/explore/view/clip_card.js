// The card of the clip that the pointer or the keyboard is on: spectrogram, label, score and place, and its sound.

import { paint } from "../../web/clip_picture.js";
import { el } from "../../web/dom.js";

/** @import { Clip, ClipCardHost } from "../../web/types.js" */
/** @import { CollectionApi } from "../network/api.js" */

const REST_MS = 70; // as long the pointer stays on a point before it sounds
const KEPT = 1000; // clips whose rows and pictures are kept
const TOGETHER = 200; // rows in one request

class Kept {
  /** @type {Map<unknown, Promise<any>>} */ #held = new Map(); // key -> promise

  /** @param {unknown} key @param {() => Promise<any>} fetch */
  get(key, fetch) {
    const known = this.#held.get(key) ?? fetch();
    this.#held.delete(key);
    this.#held.set(key, known);
    known.catch(() => this.#held.delete(key));
    if (this.#held.size > KEPT) this.#held.delete(this.#held.keys().next().value);
    return known;
  }

  /** @param {unknown} key */
  drop(key) {
    this.#held.delete(key);
  }
  clear() {
    this.#held.clear();
  }
}

/** Rows of clips; those that are asked for at the same moment come in one request. */
class Rows {
  /** @type {CollectionApi} */ #api;
  #kept = new Kept();
  /** @type {Map<number, { resolve(row: Clip): void; reject(error: Error): void }>} */ #waiting = new Map(); // number -> {resolve, reject}

  /** @param {CollectionApi} api */
  constructor(api) {
    this.#api = api;
  }

  /** @param {number} number */
  get(number) {
    return this.#kept.get(
      number,
      () =>
        new Promise((resolve, reject) => {
          if (!this.#waiting.size) setTimeout(() => this.#fetch());
          this.#waiting.set(number, { resolve, reject });
        }),
    );
  }

  forget() {
    this.#kept.clear();
  }

  #fetch() {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (let at = 0; at < waiting.length; at += TOGETHER) this.#fetchSome(waiting.slice(at, at + TOGETHER));
  }

  /** @param {[number, { resolve(row: Clip): void; reject(error: Error): void }][]} some */
  async #fetchSome(some) {
    try {
      const found = new Map(
        (await this.#api.clips(some.map(([number]) => number))).map((/** @type {Clip} */ row) => [row.number, row]),
      );
      for (const [number, { resolve, reject }] of some) {
        if (found.has(number)) resolve(found.get(number));
        else reject(new Error(`There is no clip ${number}.`));
      }
    } catch (error) {
      for (const [, { reject }] of some) reject(error);
    }
  }
}

export class Hearing {
  /** @type {CollectionApi} */ #api;
  /** @type {ClipCardHost} */ #host;
  /** @type {Rows} */ #rows;
  #pictures = new Kept();
  #rest = 0;
  #turn = 0;
  #number = -1; // of the clip on the card
  #canvas = el("canvas", { "aria-hidden": "true" });
  #text = el("div", { class: "about" });
  #note = el("p", { class: "hint", hidden: true });
  sound = new Audio();
  isOn = true;
  isBlocked = false; // browsers play no sound before the first click or key
  /** @type {HTMLElement} */ card;

  /** @param {CollectionApi} api @param {ClipCardHost} host */
  constructor(api, host) {
    this.#api = api;
    this.#host = host;
    this.#rows = new Rows(api);
    this.sound.preload = "auto";
    this.card = el(
      "div",
      { class: "hover-card", role: "status", hidden: true },
      this.#canvas,
      this.#text,
      this.#note,
      this.sound,
    );
    for (const type of ["playing", "pause", "ended"])
      this.sound.addEventListener(type, () => (this.card.dataset.sound = type));
  }

  get number() {
    return this.#number;
  }

  /**
   * The row of a clip, from the server or from before.
   * @param {number} number
   */
  row(number) {
    return this.#rows.get(number);
  }

  /**
   * The decoded spectrogram of a clip.
   * @param {number} number
   */
  picture(number) {
    return this.#pictures.get(number, () => this.#api.picture(number));
  }

  /** Rows have changed on the server. */
  forget() {
    this.#rows.forget();
  }

  /**
   * Show a clip and, after a moment, let it sound; another one is silent from now on.
   * @param {number} number
   * @param {{ atOnce?: boolean }} [options]
   */
  show(number, { atOnce = false } = {}) {
    if (number === this.#number && !atOnce) return;
    this.hide();
    this.#number = number;
    const turn = (this.#turn += 1);
    this.#rest = setTimeout(() => this.#reveal(number, turn), atOnce ? 0 : REST_MS);
  }

  hide() {
    clearTimeout(this.#rest);
    this.#turn += 1;
    this.#number = -1;
    this.stop();
    this.card.hidden = true;
  }

  stop() {
    this.sound.pause();
  }

  /** @param {number} number @param {number} turn */
  #reveal(number, turn) {
    if (this.isOn) this.play(number);
    this.#canvas.classList.add("waiting");
    this.#text.replaceChildren();
    this.card.dataset.number = String(number);
    this.card.hidden = false;
    this.#place(number);
    /** @param {(value: any) => void} show */
    const unlessOver = (show) => (/** @type {any} */ value) =>
      turn === this.#turn && (show(value), this.#place(number));
    this.row(number).then(
      unlessOver((row) => this.#text.replaceChildren(...this.#host.describe(row))),
      unlessOver((error) => this.#text.replaceChildren(error.message)),
    );
    this.picture(number).then(
      unlessOver((picture) => (paint(this.#canvas, picture), this.#canvas.classList.remove("waiting"))),
      () => {},
    );
  }

  /** @param {number} number */
  #place(number) {
    const [x, y] = this.#host.place(number);
    const [width, height] = this.#host.size();
    const { offsetWidth: own, offsetHeight: tall } = this.card;
    const left = x + 18 + own > width ? x - 18 - own : x + 18;
    this.card.style.left = `${Math.min(Math.max(left, 6), Math.max(width - own - 6, 6))}px`;
    this.card.style.top = `${Math.min(Math.max(y - tall / 2, 6), Math.max(height - tall - 6, 6))}px`;
  }

  /**
   * Play a clip from its start; says whether it sounds. What sounded before is silent.
   * @param {number} number
   */
  async play(number) {
    this.sound.pause();
    this.sound.src = this.#api.soundUrl(number);
    this.sound.dataset.number = String(number);
    try {
      await this.sound.play();
      this.#setBlocked(false);
      this.#tell("");
      return true;
    } catch (error) {
      if (error.name === "NotAllowedError") this.#setBlocked(true);
      else if (error.name !== "AbortError") this.#tell("This clip cannot be played.");
      return false;
    }
  }

  /** Hear the clip on the card again. */
  replay() {
    if (this.#number >= 0) this.play(this.#number);
  }

  /** @param {boolean} isBlocked */
  #setBlocked(isBlocked) {
    if (isBlocked) this.#tell("Click anywhere once: browsers play no sound until then.");
    if (isBlocked === this.isBlocked) return;
    this.isBlocked = isBlocked;
    this.#host.changed();
  }

  /** @param {string} text */
  #tell(text) {
    this.#note.textContent = text;
    this.#note.hidden = !text;
  }
}
