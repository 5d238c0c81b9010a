// Is somebody here? Claims are renewed, and time is counted, only while someone works.

const IDLE_MS = 5 * 60 * 1000;
const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "input"];

export class Presence {
  #last = Date.now();
  #away = false;
  /** @type {() => void} */ ontouch;
  /** @type {() => void} */ onreturn;
  /** @type {() => void} */ onhide;

  /**
   * `ontouch()` hears every sign of life, `onreturn()` the first one after a while, `onhide()` that the tab is hidden.
   * @param {{ ontouch(): void; onreturn(): void; onhide(): void; signal: AbortSignal }} options
   */
  constructor({ ontouch, onreturn, onhide, signal }) {
    this.ontouch = ontouch;
    this.onreturn = onreturn;
    this.onhide = onhide;
    const options = { signal, capture: true, passive: true };
    for (const type of SIGNS) document.addEventListener(type, () => this.touch(), options);
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#hide() : this.touch()), options);
  }

  /** Did somebody do or hear something within the last minutes, in a tab that can be seen? */
  get here() {
    return !document.hidden && Date.now() - this.#last < IDLE_MS;
  }

  /** A sign of life; the sound that plays is one too. */
  touch() {
    if (document.hidden) return;
    const back = this.#away || !this.here;
    this.#away = false;
    this.#last = Date.now();
    this.ontouch();
    if (back) this.onreturn();
  }

  #hide() {
    this.#away = true;
    this.onhide();
  }
}
