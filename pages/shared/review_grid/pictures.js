// The pictures of tiles, fetched by the dozen, those in sight first; what was fetched is kept for a while.

import { placeOf } from "./layout.js";

/** @import { DecodedPicture, GridBox } from "../web/types.js" */

const AT_ONCE = 20; // pictures in one request
const REQUESTS = 2;
const KEPT = 1500;
const GATHER_MS = 20;

export class Pictures {
  /** @type {Map<string, DecodedPicture>} */ #kept = new Map();
  /** @type {Map<string, { box: GridBox; done: (found: { picture?: DecodedPicture; problem?: string }) => void }>} */
  #wanted = new Map();
  #running = 0;
  #timer = 0;
  #turn = 0;
  /** @type {import("./requests.js").Requests} */ #requests;
  look = { span: 1, band: /** @type {[number, number]} */ ([0, 1000]), size: [200, 104] };

  /** @param {import("./requests.js").Requests} requests */
  constructor(requests) {
    this.#requests = requests;
  }

  /**
   * All pictures look otherwise from now on.
   * @param {{ span: number; band: [number, number]; size: number[] }} look
   */
  change(look) {
    if (JSON.stringify(look) === JSON.stringify(this.look)) return;
    this.look = look;
    this.#kept.clear();
    this.#wanted.clear();
    this.#turn += 1;
  }

  /** @param {GridBox} box */
  #keyOf(box) {
    return JSON.stringify(placeOf(box, this.look.span));
  }

  /**
   * Ask for the picture of a box; `done` hears of it, at once where it is here already.
   * @param {GridBox} box
   * @param {(found: { picture?: DecodedPicture; problem?: string }) => void} done
   */
  want(box, done) {
    const key = this.#keyOf(box);
    const picture = this.#kept.get(key);
    if (picture) {
      done({ picture });
      return;
    }
    this.#wanted.set(key, { box, done });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#work(), GATHER_MS);
  }

  /**
   * It is out of sight.
   * @param {GridBox} box
   */
  drop(box) {
    this.#wanted.delete(this.#keyOf(box));
  }

  #work() {
    while (this.#running < REQUESTS && this.#wanted.size) {
      const some = [...this.#wanted].slice(0, AT_ONCE);
      for (const [key] of some) this.#wanted.delete(key);
      this.#running += 1;
      this.#fetch(some).finally(() => {
        this.#running -= 1;
        this.#work();
      });
    }
  }

  /** @param {[string, { box: GridBox; done: (found: { picture?: DecodedPicture; problem?: string }) => void }][]} some */
  async #fetch(some) {
    const turn = this.#turn;
    const { span, band, size } = this.look;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const [width, height] = size.map((pixels) => Math.round(pixels * ratio));
    const look = { width, height, low_hz: band[0], high_hz: band[1] };
    try {
      const places = some.map(([, { box }]) => placeOf(box, span));
      const found = await this.#requests.thumbnails(places, look);
      if (turn !== this.#turn) return;
      some.forEach(([key, { done }], at) => {
        const each = found[at];
        if ("picture" in each) this.#keep(key, each.picture);
        done(each);
      });
    } catch (error) {
      if (error.name === "AbortError" || turn !== this.#turn) return;
      for (const [, { done }] of some) done({ problem: error.message });
    }
  }

  /** @param {string} key @param {DecodedPicture} picture */
  #keep(key, picture) {
    this.#kept.set(key, picture);
    if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value);
  }
}
