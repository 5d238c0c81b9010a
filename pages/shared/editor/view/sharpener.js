// Fetches sharper pictures of what is on screen, once that rests; a request for an older view is given up.

/** @import { DecodedPicture, PicturePart } from "../../web/types.js" */

const REST_MS = 180; // before a sharper picture is asked for

/**
 * @typedef {object} SharpenHost
 * @property {() => PicturePart[]} parts to fetch, as they are then
 * @property {(part: PicturePart, signal: AbortSignal) => Promise<DecodedPicture>} fetch
 * @property {(picture: DecodedPicture, together: number) => boolean} show says whether it is still wanted
 */

export class Sharpener {
  #key = "";
  #timer = 0;
  /** @type {AbortController | null} */ #abort = null;

  /**
   * Another view is on screen, if its `key` is another one.
   * @param {string} key
   * @param {boolean} isBlurred
   * @param {SharpenHost} host
   */
  want(key, isBlurred, host) {
    if (key === this.#key) return;
    this.stop();
    this.#key = key;
    if (isBlurred) this.#timer = setTimeout(() => this.#fetch(host), REST_MS);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#abort?.abort();
  }

  /** @param {SharpenHost} host */
  async #fetch(host) {
    const abort = new AbortController();
    this.#abort = abort;
    const parts = host.parts();
    try {
      for (const part of parts) {
        const picture = await host.fetch(part, abort.signal);
        if (abort.signal.aborted || !host.show(picture, parts.length)) return;
      }
    } catch {
      if (!abort.signal.aborted) this.#key = ""; // the stretched picture stays; the next movement asks again
    }
  }
}
