// How much work a session was: seconds in which somebody really worked on it, and changes made. Pure; times in seconds.

/** @import { Action, BoxesState } from "../../web/types.js" */

const RECENT_S = 30; // after the last sign of life somebody is taken to be looking and listening

/** Counts the seconds within half a minute after a sign of life, while the tab is visible. */
export class Activity {
  /** @type {number} */ #seconds;
  /** @type {number | null} */ #counted = null; // up to when it is counted; null while nobody is there
  #until = 0;

  /** `seconds` were counted before, by an earlier load of the page. */
  constructor(seconds = 0) {
    this.#seconds = seconds;
  }

  /**
   * A key, a movement of the pointer, a sound that plays.
   * @param {number} now
   */
  touch(now) {
    this.#count(now);
    this.#counted = now;
    this.#until = now + RECENT_S;
  }

  /**
   * Nobody can see it: the tab is hidden, or another session is on screen.
   * @param {number} now
   */
  pause(now) {
    this.#count(now);
    this.#counted = null;
  }

  /** Seconds up to the last call. */
  get counted() {
    return this.#seconds;
  }

  /** @param {number} now */
  #count(now) {
    if (this.#counted === null) return;
    const end = Math.min(now, this.#until);
    if (end > this.#counted) this.#seconds += end - this.#counted;
    this.#counted = Math.max(end, this.#counted);
  }
}

/**
 * Is this a change of its own? A key held down is one, selecting is none.
 * @param {Action} action
 * @param {BoxesState} before
 * @param {BoxesState} after
 */
export function isChange(action, before, after) {
  if (after.boxes === before.boxes) return false;
  return !action.tag || action.tag !== before.tag;
}
