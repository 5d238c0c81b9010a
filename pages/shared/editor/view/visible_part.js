// Which part of a session is on screen: zooming, panning, going along with the sound.

import { makeScales, panRange, unwarp, warp, zoomRange } from "../../web/axes.js";
import { STRAIGHT } from "../../web/time_axis.js";

/** @import { Band, Part, Range, ScaleName, Span, Times } from "../../web/types.js" */

const MIN_S = 0.01; // the deepest zoom
const MIN_BAND = 1 / 200; // of the whole axis

export class VisiblePart {
  limits = { t0: 0, t1: 60, f0: 0, f1: 24000 }; // what exists
  home = this.limits; // what is shown at first: all of the time, and the band that the settings choose
  view = this.limits; // what is on screen
  /** @type {ScaleName} */ scale = "linear";
  time = STRAIGHT; // or folded: only stretches with sound are shown
  scales = makeScales(this.view, 1, 1);
  #frame = 0;

  /** Seconds of sound on screen. */
  get spanS() {
    const [from, to] = this.#times(this.view);
    return to - from;
  }

  /**
   * Folded times of a view.
   * @param {Times} times
   */
  #times({ t0, t1 }) {
    return [this.time.fold(t0), this.time.fold(t1)];
  }

  get zoomed() {
    const { view, home } = this;
    return view.t0 > home.t0 || view.t1 < home.t1 || view.f0 > home.f0 || view.f1 < home.f1;
  }

  /** @param {number} factor @param {number} [centre] */
  zoomTime(factor, centre = (this.view.t0 + this.view.t1) / 2) {
    this.#setTimes(zoomRange(this.#times(this.view), this.#times(this.limits), this.time.fold(centre), factor, MIN_S));
  }

  /** @param {number} factor @param {number} [centre] */
  zoomBand(factor, centre = unwarp(this.scale, (this.#band[0] + this.#band[1]) / 2)) {
    const all = this.#onAxis(this.home);
    this.#setBand(zoomRange(this.#band, all, warp(this.scale, centre), factor, (all[1] - all[0]) * MIN_BAND));
  }

  /**
   * Go on in time by `dt` seconds of what is shown, and up by a share of the band on screen.
   * @param {number} dt
   * @param {number} [up]
   */
  pan(dt, up = 0) {
    this.panTo(this.view, dt, up);
  }

  /**
   * Show `view` (an earlier one) shifted by pixels, as if it were held by the pointer.
   * @param {Part} view
   * @param {number} dx
   * @param {number} dy
   */
  panFrom(view, dx, dy) {
    this.panTo(view, -dx * this.scales.secondsPerPixel, dy / this.scales.height);
  }

  /** @param {Part} view @param {number} dt @param {number} up */
  panTo(view, dt, up) {
    this.view = { ...view, ...this.#unfold(panRange(this.#times(view), this.#times(this.limits), dt)) };
    const [low, high] = this.#band;
    this.#setBand(panRange([low, high], this.#onAxis(this.home), up * (high - low)));
  }

  /**
   * Show this time, as far as it is there, and the band that is on screen.
   * @param {number} from
   * @param {number} to
   */
  showTimes(from, to) {
    const [start, end] = this.#times({ t0: from, t1: to });
    const all = this.#times(this.limits);
    const span = Math.min(Math.max(end - start, MIN_S), all[1] - all[0]);
    this.#setTimes(panRange([start, start + span], all, 0));
  }

  /**
   * Fill the screen with a span of time and, unless it is null, of frequency, with some room around.
   * @param {Span} span
   */
  zoomTo({ start_s: start, end_s: end, low_hz: low, high_hz: high }) {
    const roomS = Math.max((end - start) * 0.5, MIN_S / 2);
    const [t0, t1] = [Math.max(start - roomS, this.limits.t0), Math.min(end + roomS, this.limits.t1)];
    const { f0, f1 } = this.home;
    this.view = { ...this.view, t0, t1, f0, f1 };
    if (low === null) return this.drawSoon();
    const [bottom, top] = [low, high].map((f) => warp(this.scale, f));
    const [from, to] = this.#onAxis(this.home);
    const span = Math.min(Math.max(2.4 * (top - bottom), (to - from) / 8), to - from);
    this.#setBand(panRange([(bottom + top - span) / 2, (bottom + top + span) / 2], [from, to], 0));
  }

  /** @param {Band} band */
  #onAxis({ f0, f1 }) {
    return [warp(this.scale, f0), warp(this.scale, f1)];
  }

  get #band() {
    return this.#onAxis(this.view);
  }

  // At the edges of the band its exact numbers are kept: back at home is home.
  /** @param {Range} pair */
  #setBand([low, high]) {
    const [from, to] = this.#onAxis(this.home);
    const near = (to - from) * 1e-9;
    const f0 = low <= from + near ? this.home.f0 : unwarp(this.scale, low);
    const f1 = high >= to - near ? this.home.f1 : unwarp(this.scale, high);
    this.#set("f", [f0, f1]);
  }

  /**
   * Show a part of the session: what `view` was before.
   * @param {Part} view
   */
  lookAt(view) {
    this.view = view;
    this.draw();
  }

  /**
   * Bring a time span on screen, keeping the zoom.
   * @param {number} start
   * @param {number} [end]
   */
  reveal(start, end = start) {
    const { t0, t1 } = this.view;
    if (start >= t0 && end <= t1) return;
    /** @param {number} a @param {number} b */
    const middle = (a, b) => (this.time.fold(a) + this.time.fold(b)) / 2;
    this.pan(middle(start, end) - middle(t0, t1));
  }

  /**
   * Keep a playhead that goes on in sight: a new page begins where it left the old one.
   * @param {number} seconds
   */
  follow(seconds) {
    const { t0, t1 } = this.view;
    if (seconds <= t1 && seconds >= t0) return;
    this.pan(this.time.fold(seconds) - this.time.fold(t0) - 0.05 * this.spanS);
  }

  reset() {
    this.view = this.home;
    this.drawSoon();
  }

  // At the ends the exact numbers of the session are kept: everything is everything, also when its ends are cut off.
  /** @param {Range} pair */
  #unfold([low, high]) {
    const { time, limits } = this;
    if (!time.isFolded) return { t0: low, t1: high };
    const [from, to] = this.#times(limits);
    const near = 1e-9 * (to - from);
    return {
      t0: low <= from + near ? limits.t0 : time.unfold(low),
      t1: high >= to - near ? limits.t1 : time.unfold(high),
    };
  }

  /** @param {Range} range */
  #setTimes(range) {
    const { t0, t1 } = this.#unfold(range);
    this.#set("t", [t0, t1]);
  }

  /** @param {"t" | "f"} axis @param {Range} pair */
  #set(axis, [low, high]) {
    this.view = { ...this.view, [`${axis}0`]: low, [`${axis}1`]: high };
    this.drawSoon();
  }

  drawSoon() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.draw());
  }

  drawNoMore() {
    cancelAnimationFrame(this.#frame);
  }

  /**
   * Lay everything out: whoever shows the part does it.
   * @returns {unknown}
   */
  draw() {
    return null;
  }
}
