// The sessions this tab holds, with their pictures and sounds fetched ahead.

import { discardPicture } from "../../web/picture.js";
import { dropSound, loadSound } from "../sound/player.js";

/** @import { Pictures } from "./pictures.js" */
/** @import { Assets, Claimed, Held, SessionView, Who } from "../../web/types.js" */
/** @import { Api } from "./api.js" */

const HOLD = 4; // the session on screen and the next three
const MAX_CLAIMED = 10; // that the server gives at a time
const RENEW_MS = 4 * 60 * 1000;
const MIN_RENEW_MS = 1_000;

export class Queue {
  /** @type {string | null} */ current = null; // id of the session on screen
  choice = () => ({}); // order and filters, as a claim names them
  /** @type {Pictures | null} */ pictures = null; // fetches pictures, see pictures.js
  /** @type {number | null} */ matching = null; // how many open sessions the last claim found for them
  /** @type {Map<string, Held>} */ #entries = new Map(); // session id -> {view, assets: Promise<{picture, sound}> | null}
  /** @type {string[]} */ #upcoming = []; // ids held for later, in order
  #asked = 0; // number of the last claim
  #heard = 0; // number of the last claim that was answered
  /** @type {Map<string, number>} */ #answered = new Map(); // id -> number of the last claim that may not know yet that it has an answer
  #timer = 0;
  #ends = Infinity; // when the first claim of this tab ends, by the clock of this machine
  #resting = false; // nobody is here: the claims run out
  isHere = () => true;
  onlapsed = () => {};
  /** @type {((view: SessionView) => void) | null} */ onfetch = null; // something else is got ready, too
  /** @type {Api} */ api;
  /** @type {() => Who} */ describe;
  /** @type {((answer: Claimed) => void) | undefined} */ onrenewed;

  /**
   * `describe()` gives {holder, annotator} for claims; `onrenewed(answer)` hears every renewal.
   * @param {Api} api
   * @param {() => Who} describe
   * @param {(answer: Claimed) => void} [onrenewed]
   */
  constructor(api, describe, onrenewed) {
    this.api = api;
    this.describe = describe;
    this.onrenewed = onrenewed;
  }

  /**
   * Claim what should be on screen (`wanted`, else the next one) and what follows; returns the server's answer.
   * @param {string | null} wanted
   * @param {boolean} [includeSkipped]
   */
  async claim(wanted, includeSkipped = false) {
    this.#asked += 1;
    const [asked, before] = [this.#asked, this.current];
    const unsent = [...this.#answered.values()].filter((last) => last === Infinity).length;
    const answer = await this.api.claim({
      ...this.describe(),
      ...this.choice(),
      count: Math.min(HOLD + unsent, MAX_CLAIMED),
      session_id: wanted,
      include_skipped: includeSkipped,
    });
    answer.sessions = this.#withoutAnswered(answer.sessions, wanted, asked);
    if (asked < this.#heard) return answer; // a later one says more
    this.#heard = asked;
    this.matching = answer.matching;
    const [first, ...others] = answer.sessions;
    const onScreen = this.current === before ? null : this.current; // one has gone on meanwhile
    const held = others
      .filter((/** @type {SessionView} */ view) => view.claim.mine && view.session_id !== onScreen)
      .slice(0, HOLD - 1);
    for (const view of first ? [first, ...held] : []) this.#keep(view);
    this.#upcoming = held.map((/** @type {SessionView} */ view) => view.session_id);
    this.#forgetExcept([first?.session_id, this.current, ...this.#upcoming, ...this.#answered.keys()]);
    this.#renewLater(answer, includeSkipped);
    return answer;
  }

  // What was answered here and is still being sent is free or mine for the server.
  /** @param {SessionView[]} views @param {string | null} wanted @param {number} asked */
  #withoutAnswered(views, wanted, asked) {
    const rest = views.filter(({ session_id: id }) => id === wanted || !(asked <= this.#answered.get(id)));
    for (const [id, last] of this.#answered) if (last < asked) this.#answered.delete(id);
    return rest.length ? rest : views;
  }

  /**
   * A session was answered here; the server learns of it soon.
   * @param {string} id
   */
  leaveOut(id) {
    this.#answered.set(id, Infinity);
    this.pull(id);
  }

  /**
   * The server knows that a session was answered.
   * @param {string} id
   */
  settle(id) {
    if (this.#answered.has(id)) this.#answered.set(id, this.#asked);
  }

  /**
   * The answer was not kept: the session is on screen again, and the one that was there comes next.
   * @param {string} id
   */
  callBack(id) {
    const next =
      this.current !== id && !this.#answered.has(this.current) && this.#entries.has(this.current) ? [this.current] : [];
    this.#answered.delete(id);
    this.pull(id);
    this.#upcoming = [...next, ...this.#upcoming];
  }

  /**
   * It does not come later any more.
   * @param {string} id
   */
  pull(id) {
    this.#upcoming = this.#upcoming.filter((other) => other !== id);
  }

  /** Have the claims run out? */
  get lapsed() {
    return Date.now() >= this.#ends;
  }

  /** Take the next held session out of the queue; null when none is held (any more). */
  takeNext() {
    if (this.lapsed) return null;
    const id = this.#upcoming.shift();
    return id === undefined ? null : this.#entries.get(id).view;
  }

  /**
   * Ask again for what follows the session on screen, and fetch it; quietly, since nobody waits for it.
   * @param {boolean} [includeSkipped]
   */
  async refill(includeSkipped = false) {
    this.prefetch();
    const answer = await this.claim(this.current, includeSkipped).catch(() => /** @type {any} */ (null));
    if (!answer) return this.#renewIn(RENEW_MS, includeSkipped);
    this.prefetch();
    this.onrenewed(answer);
  }

  /**
   * Another choice holds: what was held for later by the old one is forgotten, and what comes is claimed anew.
   * @param {boolean} [includeSkipped]
   */
  reorder(includeSkipped = false) {
    this.#heard = this.#asked + 1; // what was asked before is about the old choice
    this.#upcoming = [];
    this.matching = null;
    return this.refill(includeSkipped);
  }

  /** Fetch the pictures and sounds of what comes next; a failure shows when the session is opened. */
  prefetch() {
    for (const id of this.#upcoming) this.assets(this.#entries.get(id).view).catch(() => {});
  }

  /** The sessions that are held for later, in order. */
  get upcoming() {
    return this.#upcoming.map((id) => this.#entries.get(id).view);
  }

  /** Pictures should look different: fetch those of what comes next again. */
  redraw() {
    for (const id of this.#upcoming) {
      const entry = this.#entries.get(id);
      const now = entry.assets;
      if (!now) continue;
      this.#await(
        entry,
        now.then(async (assets) => ({
          ...assets,
          picture: entry.view.picture && (await this.pictures.whole(entry.view)),
        })),
      );
    }
  }

  /**
   * The picture and the sound of a session: {picture | null, sound | null}; fetched once.
   * @param {SessionView} view
   */
  assets(view) {
    const entry = this.#keep(view);
    return entry.assets ?? this.#await(entry, this.#fetch(view));
  }

  /** @param {Held} entry @param {Promise<Assets>} assets */
  #await(entry, assets) {
    Object.assign(entry, { assets, loaded: null });
    /** @param {Assets | null} found */
    const ended = (found) =>
      entry.assets === assets && Object.assign(entry, { loaded: found, assets: found && assets });
    assets.then(ended, () => ended(null)); // after a failure the next attempt fetches again
    return assets;
  }

  /**
   * The same, if it is there already; null where one has to wait.
   * @param {SessionView} view
   */
  loaded(view) {
    return this.#keep(view).loaded;
  }

  /** @param {SessionView} view */
  #keep(view) {
    const entry = this.#entries.get(view.session_id) ?? { assets: null, loaded: null, view };
    const [old, now] = [entry.view, view].map(({ picture, audio }) => `${picture?.url} ${audio?.url}`);
    if (old !== now) entry.assets = entry.loaded = null; // there is another picture or sound now, or one at last
    entry.view = view;
    this.#entries.set(view.session_id, entry);
    return entry;
  }

  /**
   * Forget the pictures and sounds of all other sessions.
   * @param {string[]} ids
   */
  keepOnly(ids) {
    this.#forgetExcept([this.current, ...ids]);
  }

  /** @param {SessionView} view */
  async #fetch(view) {
    this.onfetch?.(view); // others have something to get ready, too
    const [picture, sound] = await Promise.all([
      view.picture && this.pictures.whole(view),
      view.audio && this.api.blob(view.audio.url).then(loadSound),
    ]);
    return { picture, sound };
  }

  /** @param {(string | null | undefined)[]} ids */
  #forgetExcept(ids) {
    for (const [id, entry] of this.#entries) {
      if (ids.includes(id)) continue;
      this.#entries.delete(id);
      entry.assets?.then(
        ({ sound, picture }) => {
          if (sound) dropSound(sound);
          if (picture) discardPicture(picture);
        },
        () => {},
      );
    }
  }

  // Claims are renewed well before they end, also when the lease is short.
  /** @param {Claimed} answer @param {boolean} includeSkipped */
  #renewLater(answer, includeSkipped) {
    const mine = answer.sessions.filter((view) => view.claim.mine);
    this.#ends = Math.min(...mine.map((view) => Date.parse(view.claim.expires_at) - this.api.clockAheadMs)); // none: Infinity
    this.#renewIn(Math.min(RENEW_MS, (this.#ends - Date.now()) / 2), includeSkipped);
  }

  /** @param {number} delay @param {boolean} includeSkipped */
  #renewIn(delay, includeSkipped) {
    clearTimeout(this.#timer);
    this.#resting = false;
    this.#timer = setTimeout(() => this.#renew(includeSkipped), Math.max(delay, MIN_RENEW_MS));
  }

  /** @param {boolean} includeSkipped */
  #renew(includeSkipped) {
    if (this.isHere()) return this.refill(includeSkipped);
    this.#resting = true;
    if (this.#ends < Infinity) this.#timer = setTimeout(() => this.onlapsed(), Math.max(this.#ends - Date.now(), 0));
  }

  /**
   * Somebody is here again.
   * @param {boolean} includeSkipped
   */
  wake(includeSkipped) {
    if (this.#resting) this.#renewIn(0, includeSkipped);
  }

  /** Give everything back; what was fetched stays until `close`. */
  release() {
    this.api.release(this.describe().holder);
  }

  /** Give everything back and forget it. */
  close() {
    clearTimeout(this.#timer);
    this.#heard = Infinity;
    this.release();
    this.#upcoming = [];
    this.#forgetExcept([]);
  }
}
