// Playing one session. Everything outside counts in seconds of the session, whatever the rendition and its speed;
// everything is timed by the clock of the <audio> element. (Measured in Chromium: what is heard and `currentTime`
// differ by 3 ms at normal and 10 ms at double speed, so nothing has to be interpolated.)

/** @import { PlayerHost, SoundPlan } from "../../web/types.js" */

const KEEP = 4; // renditions that are prepared: of the session on screen and of those that come next
const LATE_S = 0.004; // a timer may be this early
const MIN_SKIP_S = 0.06; // of playing: to go somewhere else takes as long
const EXPLAIN_MS = 10_000;

/**
 * Make a sound of a fetched file; resolves when it can be played at once.
 * @param {Blob} blob
 */
export function loadSound(blob) {
  return new Promise((resolve, reject) => {
    const sound = new Audio();
    const fail = () => reject(new Error("The browser cannot play this sound."));
    sound.addEventListener("canplay", () => resolve(sound), { once: true });
    sound.addEventListener("error", fail, { once: true });
    sound.preload = "auto";
    sound.src = URL.createObjectURL(blob);
  });
}

/**
 * Free the memory of a sound.
 * @param {HTMLAudioElement} sound
 */
export function dropSound(sound) {
  URL.revokeObjectURL(sound.src);
  sound.removeAttribute("src");
  sound.load();
}

/** @type {SoundPlan} */
const AS_RECORDED = { url: null, expansion: 1, rate: 1, preservesPitch: false };

export class Player {
  /** @type {HTMLAudioElement | null} */ #base = null; // the session as it was recorded
  /** @type {HTMLAudioElement | null} */ #sound = null; // what is played: that, or a rendition
  /** @type {SoundPlan} */ #plan = AS_RECORDED; // of what is played
  /** @type {Map<string, HTMLAudioElement>} */ #renditions = new Map(); // url -> <audio>, used last at the end
  /** @type {Set<string | null>} */ #refused = new Set(); // URLs that gave no sound
  /** @type {AbortController | null} */ #listening = null; // ends the listening to the present sound
  #volume = 1;
  #loop = false;
  #frame = 0;
  #timer = 0;
  /** @type {{ start: number; end: number } | null} */ #until = null; // {start, end} while a selection is played
  /** @type {PlayerHost} */ #host;

  /**
   * `host` is {changed, say, resolve, nextCut}: `changed()` is called on every frame while playing and on every change
   * of state, `say(text)` explains what cannot be played, `resolve(path)` makes a whole URL, `nextCut(time, end)` is
   * the stretch {start, end} that is not shown there or next, and so not played, or null.
   * @param {PlayerHost} host
   */
  constructor(host) {
    this.#host = host;
  }

  get time() {
    return this.#toSession(this.#sound?.currentTime ?? 0);
  }
  get playing() {
    return this.#sound !== null && !this.#sound.paused && !this.#sound.ended;
  }
  get duration() {
    return this.#base?.duration ?? 0;
  }
  get speed() {
    return this.#plan.expansion * this.#plan.rate;
  }
  get volume() {
    return this.#volume;
  }
  get loop() {
    return this.#loop;
  }

  set volume(value) {
    this.#volume = value;
    if (this.#sound) this.#sound.volume = value;
  }

  set loop(value) {
    this.#loop = value;
    this.#aim();
  }

  /** @param {number} seconds */
  #toSession(seconds) {
    return seconds * this.#plan.expansion;
  }
  /** @param {number} seconds */
  #toSound(seconds) {
    return seconds / this.#plan.expansion;
  }

  // What is played ------------------------------------------------------------------------------------

  /**
   * Take a loaded sound (or none), at its beginning, instead of the present one.
   * @param {HTMLAudioElement | null} sound
   * @param {SoundPlan} [plan]
   */
  use(sound, plan = AS_RECORDED) {
    this.#sound?.pause();
    this.#until = null;
    this.#base = sound;
    this.#refused.clear();
    this.#adopt(plan, 0);
  }

  /** Stop, and free everything. */
  close() {
    this.use(null);
    for (const sound of this.#renditions.values()) dropSound(sound);
    this.#renditions.clear();
  }

  /**
   * Go on at the same place, in another way.
   * @param {SoundPlan} wanted
   */
  change(wanted) {
    const before = this.#plan;
    const plan = this.#refused.has(wanted.url) ? AS_RECORDED : wanted;
    if (
      !this.#base ||
      /** @type {(keyof SoundPlan)[]} */ (Object.keys(plan)).every((name) => plan[name] === before[name])
    )
      return;
    if (plan.url === before.url) {
      this.#plan = plan;
      this.#apply();
      return;
    }
    const { time, playing } = this;
    this.#sound.pause();
    this.#adopt(plan, time);
    if (playing) this.#start();
  }

  /**
   * Get a rendition ready for later.
   * @param {SoundPlan} soundPlan
   */
  prepare({ url }) {
    if (url !== null && !this.#refused.has(url)) this.#rendition(url);
  }

  /** @param {string} url */
  #rendition(url) {
    const sound = this.#renditions.get(url) ?? new Audio();
    this.#renditions.delete(url);
    this.#renditions.set(url, sound);
    if (!sound.src) {
      sound.preload = "metadata"; // the rest when it is played: a waiting sound must not hold a connection
      sound.src = this.#host.resolve(url);
    }
    for (const [old, unused] of this.#renditions) {
      if (this.#renditions.size <= KEEP) break;
      if (unused === this.#sound || unused === sound) continue;
      this.#renditions.delete(old);
      dropSound(unused);
    }
    return sound;
  }

  /** @param {SoundPlan} plan @param {number} time */
  #adopt(plan, time) {
    this.#listening?.abort();
    this.#listening = new AbortController();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    const sound = this.#base && (plan.url === null ? this.#base : this.#rendition(plan.url));
    this.#sound = sound;
    this.#plan = plan;
    if (!sound) return;
    const { signal } = this.#listening;
    const start = this.#toSound(time);
    if (sound.currentTime !== start) sound.currentTime = start;
    for (const type of ["play", "playing", "pause", "ended", "seeked"])
      sound.addEventListener(type, this.#tick, { signal });
    if (plan.url !== null) sound.addEventListener("error", () => this.#fallBack(plan.url), { signal });
    this.#apply();
    if (sound.error) this.#fallBack(plan.url);
  }

  #apply() {
    const sound = this.#sound;
    sound.volume = this.#volume;
    sound.preservesPitch = this.#plan.preservesPitch;
    if (sound.playbackRate !== this.#plan.rate) sound.playbackRate = this.#plan.rate;
    this.#aim();
  }

  // The server says why in its answer, which an <audio> element does not pass on.
  /** @param {string | null} url */
  async #fallBack(url) {
    if (this.#refused.has(url)) return;
    this.#refused.add(url);
    this.#renditions.delete(url);
    this.change(AS_RECORDED);
    const signal = AbortSignal.timeout(EXPLAIN_MS);
    const answer = await fetch(this.#host.resolve(url), { headers: { range: "bytes=0-0" }, signal }).catch(
      () => /** @type {any} */ (null),
    );
    const reason = answer ? (await answer.json().catch(() => ({}))).detail : "The server cannot be reached.";
    this.#host.say(`This sound cannot be played, so it plays as recorded. ${reason ?? ""}`.trim());
  }

  // Transport -----------------------------------------------------------------------------------------

  toggle() {
    this.#until = null;
    if (this.playing) this.#sound.pause();
    else this.#start();
  }

  /**
   * Play from start to end (seconds), again and again while `loop` is on.
   * @param {number} start
   * @param {number} end
   */
  playRange(start, end) {
    if (!this.#sound) return;
    this.#until = { start, end };
    this.#sound.currentTime = this.#toSound(start);
    this.#start();
  }

  /** @param {number} seconds */
  seek(seconds) {
    if (!this.#sound) return;
    this.#until = null;
    this.#sound.currentTime = this.#toSound(Math.min(Math.max(seconds, 0), this.duration));
    this.#aim();
    this.#host.changed();
  }

  #start() {
    this.#aim();
    this.#sound?.play().catch((error) => {
      if (error.name === "NotAllowedError")
        this.#host.say("The browser lets a page make sound only after a click or a key on it. Play again.");
      this.#host.changed();
    });
  }

  #tick = () => {
    cancelAnimationFrame(this.#frame);
    if (this.playing) this.#skip(this.time);
    if (this.#until && (this.time >= this.#until.end - LATE_S || this.#sound.ended)) this.#finish(this.#until);
    if (this.playing) this.#frame = requestAnimationFrame(this.#tick);
    this.#aim();
    this.#host.changed();
  };

  /**
   * Go on behind what is not shown.
   * @param {number} time
   */
  #skip(time) {
    const { duration } = this;
    const cut = this.#host.nextCut(time, duration);
    if (!cut || time < cut.start - LATE_S || (cut.end - time) / this.speed < MIN_SKIP_S) return;
    const end = Math.min(this.#until?.end ?? duration, duration);
    if (cut.end < end) this.#sound.currentTime = this.#toSound(cut.end);
    else if (this.#until) this.#sound.currentTime = this.#toSound(end);
    else if (this.#loop) this.#sound.currentTime = 0;
    else {
      this.#sound.pause();
      this.#sound.currentTime = this.#toSound(duration);
    }
  }

  /** Be there when the selection ends, or what is shown: frames are drawn every 16 ms, and not at all in a tab in the background. */
  #aim() {
    clearTimeout(this.#timer);
    if (!this.#sound) return;
    this.#sound.loop = this.#loop && !this.#until; // the browser begins again without a gap
    if (!this.playing) return;
    const { time } = this;
    const cut = this.#host.nextCut(time, this.duration);
    const next = Math.min(this.#until?.end ?? Infinity, cut ? (time < cut.start ? cut.start : cut.end) : Infinity);
    if (next === Infinity) return;
    const left = (next - time) / this.speed;
    this.#timer = setTimeout(this.#tick, Math.max(left * 1000, 0));
  }

  /** @param {{ start: number; end: number }} options */
  #finish({ start, end }) {
    if (this.#loop) {
      this.#sound.currentTime = this.#toSound(start);
      this.#start(); // the selection may end where the sound ends
      return;
    }
    this.#sound.pause();
    this.#until = null;
    this.#sound.currentTime = this.#toSound(Math.min(end, this.duration));
  }
}
