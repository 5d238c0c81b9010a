// Playing short parts of sessions, one at a time.

import { toQuery } from "./http.js";

export class Clips {
  #sound = new Audio();
  #frame = 0;
  /** @type {{ id: string; start_s: number; speed: number } | null} */ #playing = null; // {id, start_s, speed}
  /** @type {(path: string) => string} */ resolve;
  /** @type {(id: string, seconds: number | null) => void} */ moved;

  /**
   * `resolve(path)` makes a whole URL; `moved(id, seconds | null)` hears where in the session it is, null: it ended.
   * @param {(path: string) => string} resolve
   * @param {(id: string, seconds: number | null) => void} moved
   */
  constructor(resolve, moved) {
    this.resolve = resolve;
    this.moved = moved;
    this.#sound.addEventListener("ended", () => this.stop());
  }

  /**
   * Play [start, end) seconds of a session; says in words what kept it from playing, or null.
   * @param {string} id
   * @param {string} path
   * @param {{ start: number; end: number; speed: number; volume: number }} options
   */
  async play(id, path, { start, end, speed, volume }) {
    this.stop();
    const clip = { id, start_s: start, speed };
    this.#playing = clip;
    const query = toQuery({ start_s: start.toFixed(4), end_s: end.toFixed(4), ...(speed === 1 ? {} : { speed }) });
    this.#sound.src = this.resolve(`${path}?${query}`);
    this.#sound.volume = volume;
    try {
      await this.#sound.play();
    } catch (error) {
      if (this.#playing !== clip || error.name === "AbortError") return null; // another one was played meanwhile
      this.stop();
      return error.name === "NotAllowedError"
        ? "The browser plays no sound until you click or press a key."
        : "This clip cannot be played.";
    }
    this.#follow();
    return null;
  }

  stop() {
    cancelAnimationFrame(this.#frame);
    this.#sound.pause();
    if (this.#playing) this.moved(this.#playing.id, null);
    this.#playing = null;
  }

  #follow = () => {
    if (!this.#playing || this.#sound.paused) return;
    this.moved(this.#playing.id, this.#playing.start_s + this.#sound.currentTime * this.#playing.speed);
    this.#frame = requestAnimationFrame(this.#follow);
  };
}
