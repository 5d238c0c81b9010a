// How the picture looks: joins this person's settings, the menu, the strips and what is fetched for them.

import { Folding, STRAIGHT, uniteSpans } from "../../web/time_axis.js";
import { Pictures } from "../network/pictures.js";
import { Strips } from "./overview.js";
import { LookMenu } from "./picture_menu.js";

/** @import { DisplaySettings, LookHost, Parts, Range, SessionPicture, SessionView } from "../../web/types.js" */
/** @import { Api } from "../network/api.js" */

const ROOM_S = 0.01; // around a box

export class Look {
  /** @type {LookHost} */ #host;
  /** @type {LookMenu} */ #menu;
  /** @type {Strips} */ #strips;
  #busy = false; // asks for the stretches with sound
  /** @type {Pictures} */ pictures;

  /**
   * `host` offers stage, view() of the session on the stage (null while there is none), boxes(), say(text) and
   * refresh(): the pictures that were fetched ahead are to be fetched again.
   * @param {Api} api
   * @param {string} roundId
   * @param {Parts} refs
   * @param {LookHost} host
   * @param {AbortSignal} signal
   */
  constructor(api, roundId, refs, host, signal) {
    this.#host = host;
    this.pictures = new Pictures(api, roundId, host.stage.canvas);
    this.#menu = new LookMenu(refs.pictureMenu, {
      settings: () => this.settings,
      info: () => host.stage.info,
      view: () => host.view(),
      say: (text) => host.say(text),
      recolour: (changes) => this.#recolour(changes),
      refetch: (changes) => this.#refetch(changes),
      retime: (time) => this.#retime(time),
      reset: () => this.#reset(),
    });
    const fetchPeaks = (/** @type {any} */ part, /** @type {any} */ abort) =>
      this.pictures.peaks(host.view(), part, abort);
    this.#strips = new Strips(refs.strips, host.stage, fetchPeaks, signal);
  }

  get settings() {
    return this.pictures.settings(this.#host.view());
  }

  /** The stage has another size or view. */
  layout() {
    this.#strips.draw();
    const { time } = this.#host.stage;
    if (!this.#busy && time.isFolded && this.#host.boxes().some((box) => time.hides(box))) this.#fold(); // pasted, for example
  }

  /**
   * A session has come on the stage with a picture that may have been fetched before the settings changed.
   * @param {SessionView} view
   * @param {SessionPicture | null} picture
   */
  shown(view, picture) {
    this.#menu.draw();
    if (picture && !this.pictures.isCurrent(picture, view)) this.#fetchAgain();
    this.#fold();
  }

  /** Show all of the time, or only where something sounds. */
  toggleFolding() {
    this.#retime(this.settings.time === "sound" ? "all" : "sound");
  }

  /** @param {"all" | "sound"} time */
  #retime(time) {
    this.pictures.change({ time });
    this.#menu.draw();
    return this.#fold();
  }

  /**
   * The time axis of a session that is about to be shown; when that cannot be found out, `shown` says why.
   * @param {SessionView} session
   */
  async timeOf(session) {
    if (this.pictures.settings(session).time !== "sound" || !session.picture) return STRAIGHT;
    const found = await this.pictures.segments(session).catch(() => /** @type {any} */ (null));
    return found ? this.#foldAround(session, found) : STRAIGHT;
  }

  // What has a box is shown as well: no box is out of reach.
  /** @param {SessionView} session @param {Range[]} found */
  #foldAround(session, found) {
    const marked = [...this.#host.boxes(), ...session.predictions];
    const boxed = marked.map(({ start_s: start, end_s: end }) => [start - ROOM_S, end + ROOM_S]);
    const spans = uniteSpans([...found, ...boxed], session.duration_s);
    return spans.length ? new Folding(spans) : STRAIGHT;
  }

  async #fold() {
    const { stage, view, say } = this.#host;
    const session = view();
    if (this.settings.time !== "sound" || !session?.picture) return stage.fold(STRAIGHT);
    this.#busy = true;
    try {
      const found = await this.pictures.segments(session);
      if (view() !== session || this.settings.time !== "sound") return;
      const time = this.#foldAround(session, found);
      if (!time.isFolded) say("Nothing stands out from the background: the whole session is shown.");
      stage.fold(time);
    } catch (error) {
      if (error.name !== "AbortError") say(`The parts with sound cannot be found: ${error.message}`);
    } finally {
      this.#busy = false;
    }
  }

  /** @param {Partial<DisplaySettings>} changes */
  #recolour(changes) {
    this.pictures.change(changes);
    this.#host.stage.colour(this.settings);
    this.#menu.draw();
  }

  /** @param {Partial<DisplaySettings>} changes */
  #refetch(changes) {
    this.pictures.change(changes);
    this.#menu.draw();
    return this.#fetchAgain();
  }

  #reset() {
    this.pictures.reset();
    this.#menu.draw();
    this.#host.stage.colour(this.settings);
    this.#fold();
    return this.#fetchAgain();
  }

  // The old picture stays until the new one is there.
  async #fetchAgain() {
    const { stage, view, say, refresh } = this.#host;
    const session = view();
    if (!session?.picture || (stage.url && stage.url === this.pictures.url(session))) return;
    try {
      const picture = await this.pictures.whole(session);
      if (view() !== session || !this.pictures.isCurrent(picture, session)) return; // something newer is wanted
      stage.replace(picture, this.settings);
      this.#menu.draw();
    } catch (error) {
      if (error.name !== "AbortError") say(`This picture cannot be shown: ${error.message}`);
      return;
    }
    refresh();
  }
}
