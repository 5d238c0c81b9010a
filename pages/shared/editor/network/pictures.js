// Fetches pictures and waveforms as this person wants to see them, and remembers what that is for each round.

import { peaksUrl, pictureUrl, segmentsUrl, settingsOf } from "../../web/display_settings.js";
import { whenIdle } from "../../web/dom.js";
import { drawAhead, readPicture } from "../../web/picture.js";
import { readLook, saveLook } from "./browser_storage.js";

/** @import { Api } from "./api.js" */
/** @import { Area, DisplaySettings, PicturePart, Range, SessionPicture, SessionView, Times } from "../../web/types.js" */

export class Pictures {
  /** @type {Api} */ #api;
  /** @type {string} */ #roundId;
  /** @type {HTMLCanvasElement} */ #canvas;
  /** @type {Partial<DisplaySettings>} */ #personal;
  /** @type {WeakMap<SessionView, Promise<Range[]>>} */ #segments = new WeakMap(); // view of a session -> its stretches with sound, or the promise of them

  /** @param {Api} api @param {string} roundId @param {HTMLCanvasElement} canvas where pictures will be shown */
  constructor(api, roundId, canvas) {
    this.#api = api;
    this.#roundId = roundId;
    this.#canvas = canvas;
    this.#personal = readLook(roundId);
  }

  /**
   * How the sessions of this round are shown now.
   * @param {SessionView | null | undefined} view
   */
  settings(view) {
    return settingsOf(view?.display, this.#personal);
  }

  /** @param {Partial<DisplaySettings>} changes */
  change(changes) {
    this.#personal = { ...this.#personal, ...changes };
    saveLook(this.#roundId, this.#personal);
  }

  /** Forget this person's changes. */
  reset() {
    this.#personal = {};
    saveLook(this.#roundId, {});
  }

  /**
   * The address of the picture of a whole session as it should look now.
   * @param {SessionView} view
   */
  url(view) {
    return pictureUrl(view, this.settings(view));
  }

  /** @param {SessionPicture} picture @param {SessionView} view */
  isCurrent(picture, view) {
    return picture.url === this.url(view);
  }

  /**
   * The picture of a whole session with the outline of its waveform.
   * @param {SessionView} view
   */
  async whole(view) {
    const isFolded = this.settings(view).time === "sound"; // if that fails, whoever shows it says so
    const wanted = [
      this.#fetch(this.url(view)),
      this.peaks(view),
      isFolded && this.segments(view).catch(() => /** @type {any} */ (null)),
    ];
    const [picture, peaks] = await Promise.all(wanted);
    const whole = { ...picture, peaks };
    whenIdle(() => drawAhead(whole, this.settings(view), this.#canvas));
    return whole;
  }

  /**
   * The picture of a part of it.
   * @param {SessionView} view
   * @param {PicturePart} part
   * @param {AbortSignal} signal
   */
  part(view, part, signal) {
    return this.#fetch(pictureUrl(view, this.settings(view), part), signal);
  }

  /**
   * Lowest and highest sample per column, in turn: Int16Array; of the whole session, or of {t0, t1, width}.
   * @param {SessionView} view
   * @param {(Times & { width: number }) | null} [part]
   * @param {AbortSignal | null} [signal]
   */
  async peaks(view, part = null, signal = null) {
    const response = await this.#api.get(peaksUrl(view, part), signal);
    return new Int16Array(await response.arrayBuffer());
  }

  /**
   * The stretches of a session with sound: [[start, end]] in seconds.
   * @param {SessionView} view
   */
  segments(view) {
    if (!this.#segments.has(view)) {
      const asked = this.#fetchSegments(view);
      this.#segments.set(view, asked);
      asked.catch(() => this.#segments.delete(view)); // the next one asks again
    }
    return this.#segments.get(view);
  }

  /** @param {SessionView} view */
  async #fetchSegments(view) {
    const { segments } = await (await this.#api.get(segmentsUrl(view))).json();
    return segments.map((/** @type {Area} */ { start_s: start, end_s: end }) => [start, end]);
  }

  /** @param {string} url @param {AbortSignal | null} [signal] */
  async #fetch(url, signal = null) {
    return { ...(await readPicture(await this.#api.get(url, signal))), url };
  }
}
