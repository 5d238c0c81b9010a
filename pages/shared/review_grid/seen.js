// Which boxes somebody has seen in this browser, by answer: kept so that an audit can go on another day.

/** @import { GridBox } from "../web/types.js" */

const MOST = 20_000; // answers
const LATER_MS = 800;

export class Seen {
  /** @type {Map<string, Set<number>>} */ #answers = new Map();
  #key = "";
  #timer = 0;

  /** @param {string} roundId */
  constructor(roundId) {
    this.#key = `podcast-seen-boxes/${roundId}`;
    try {
      /** @type {[string, number[]][]} */
      const kept = JSON.parse(localStorage.getItem(this.#key) ?? "[]");
      this.#answers = new Map(kept.map(([id, numbers]) => [id, new Set(numbers)]));
    } catch {
      // nothing is kept, or not by us: nothing was seen
    }
  }

  /** @param {GridBox} box */
  has(box) {
    return this.#answers.get(box.submission_id)?.has(box.number) ?? false;
  }

  /** @param {GridBox} box */
  countOf(box) {
    return this.#answers.get(box.submission_id)?.size ?? 0;
  }

  /**
   * Says whether it is new.
   * @param {GridBox} box
   */
  add(box) {
    if (this.has(box)) return false;
    const numbers = this.#answers.get(box.submission_id) ?? new Set();
    this.#answers.delete(box.submission_id); // the newest last
    this.#answers.set(box.submission_id, numbers.add(box.number));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.keep(), LATER_MS);
    return true;
  }

  keep() {
    clearTimeout(this.#timer);
    const newest = [...this.#answers].slice(-MOST).map(([id, numbers]) => [id, [...numbers]]);
    try {
      localStorage.setItem(this.#key, JSON.stringify(newest));
    } catch {
      // no room, or not allowed: it is known as long as the page is open
    }
  }
}
