// Above the spectrogram: the whole session as a narrow strip in which the part on screen is marked, and the
// waveform of that part, in step with the picture.

import { partFor } from "../../web/display_settings.js";
import { el } from "../../web/dom.js";
import { clamp } from "../../web/numbers.js";

/** @import { FetchPeaks, OverviewDrag, Part, PeaksPart } from "../../web/types.js" */
/** @import { Stage } from "./stage.js" */

const GRIP_PX = 8; // how near to an edge of the window a drag moves the edge
const MIN_DRAG_PX = 5;
const REST_MS = 180;
const FULL_SCALE = 32767;

/**
 * Draw lowest and highest samples as a filled outline; `share` maps a time's share of the canvas to a column.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 * @param {ArrayLike<number>} peaks
 * @param {number} from
 * @param {number} to
 * @param {{ strength: number; color: string }} options
 */
function drawOutline(canvas, width, height, peaks, from, to, { strength, color }) {
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.max(Math.round(width * ratio), 1), Math.max(Math.round(height * ratio), 1)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, w, h);
  const columns = peaks.length / 2;
  const outline = [];
  let loudest = 1;
  for (let x = 0; x < w; x += 1) {
    const first = Math.floor(from + ((to - from) * x) / w);
    const last = Math.max(Math.ceil(from + ((to - from) * (x + 1)) / w), first + 1);
    if (first < 0 || last > columns) {
      outline.push(null);
      continue;
    }
    let [low, high] = [peaks[2 * first], peaks[2 * first + 1]];
    for (let column = first + 1; column < last; column += 1) {
      if (peaks[2 * column] < low) low = peaks[2 * column];
      if (peaks[2 * column + 1] > high) high = peaks[2 * column + 1];
    }
    outline.push([low, high]);
    loudest = Math.max(loudest, Math.abs(low), Math.abs(high));
  }
  context.fillStyle = color;
  /** @param {number} sample */
  const toY = (sample) => (h / 2) * (1 - Math.sign(sample) * (Math.abs(sample) / loudest) ** strength);
  outline.forEach((pair, x) => {
    if (!pair) return;
    const [top, bottom] = [toY(pair[1]), toY(pair[0])];
    context.fillRect(x, top, 1, Math.max(bottom - top, ratio));
  });
  return loudest / FULL_SCALE;
}

export class Strips {
  #overview = el("canvas", { "aria-hidden": "true" });
  #window = el("div", {
    class: "window",
    role: "slider",
    tabindex: 0,
    "aria-label": "Part of the session on screen",
    "aria-valuemin": 0,
  });
  #navigator = el("div", { class: "navigator" }, this.#overview, this.#window);
  #wave = el("canvas", { class: "wave", "aria-hidden": "true" });
  /** @type {PeaksPart | null} */ #part = null; // {peaks, t0, t1}: a closer look at the waveform
  /** @type {OverviewDrag | null} */ #drag = null;
  #frame = 0;
  #drawn = ""; // for which place on screen
  /** @type {Int16Array | null} */ #drawnOf = null; // of which session's outline
  #overviewKey = "";
  /** @type {{ timer: number; abort: AbortController | null; key: string }} */ #asked = {
    timer: 0,
    abort: null,
    key: "",
  };
  /** @type {HTMLElement} */ host;
  /** @type {Stage} */ stage;
  /** @type {FetchPeaks} */ fetchPeaks;

  /**
   * `fetchPeaks({t0, t1, width}, signal)` gets the outline of a part of the session on `stage`.
   * @param {HTMLElement} host
   * @param {Stage} stage
   * @param {FetchPeaks} fetchPeaks
   * @param {AbortSignal} signal
   */
  constructor(host, stage, fetchPeaks, signal) {
    this.host = host;
    this.stage = stage;
    this.fetchPeaks = fetchPeaks;
    host.append(this.#navigator, this.#wave);
    this.#navigator.title = "The whole session: drag to move or to zoom";
    /** @param {string} type @param {(event: any) => unknown} handler */
    const on = (type, handler) => this.#navigator.addEventListener(type, handler, { signal });
    on("pointerdown", (event) => this.#down(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", () => {
      this.#drag = null;
    });
    on("pointercancel", () => {
      this.#drag = null;
    });
    on("dblclick", () => this.stage.reset());
    on("keydown", (event) => this.#key(event));
    signal.addEventListener("abort", () => {
      clearTimeout(this.#asked.timer);
      cancelAnimationFrame(this.#frame);
    });
  }

  /** Draw for the present size and view of the stage, once in the next frame. */
  draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    const { stage, host } = this;
    const { width } = stage.scales;
    const { peaks, view, limits } = stage;
    const left = stage.canvas.style.left;
    for (const part of [this.#navigator, this.#wave])
      Object.assign(part.style, { marginLeft: left, width: `${width}px` });
    this.#drawWindow(view, limits, width);
    const color = getComputedStyle(host).color;
    if (this.#part && this.#part.whole !== peaks) this.#part = null;
    const key = [
      view.t0,
      view.t1,
      stage.time.key,
      width,
      color,
      this.#part?.t0,
      this.#part?.t1,
      window.devicePixelRatio,
    ].join();
    if (!peaks) return this.#clear();
    if (key === this.#drawn && this.#drawnOf === peaks) return;
    this.#drawn = key;
    if (this.#drawnOf !== peaks || this.#overviewKey !== `${width},${color}`) {
      this.#overviewKey = `${width},${color}`;
      drawOutline(this.#overview, width, this.#navigator.clientHeight, peaks, 0, peaks.length / 2, {
        strength: 0.5,
        color,
      });
    }
    this.#drawnOf = peaks;
    this.#drawWave(view, limits, width, color);
    this.#fetchSoon(view, limits);
  }

  #clear() {
    this.#drawnOf = null;
    this.#overviewKey = "";
    for (const canvas of [this.#overview, this.#wave])
      canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  }

  /** @param {Part} view @param {Part} limits @param {number} width @param {string} color */
  #drawWave(view, limits, width, color) {
    if (this.stage.time.isFolded) return this.#drawFoldedWave(limits, width, color);
    const part = this.#part;
    const covers = part && part.t0 <= view.t0 + 1e-9 && part.t1 >= view.t1 - 1e-9;
    const { peaks, t0, t1 } = covers ? part : { peaks: this.stage.peaks, ...limits };
    const perS = peaks.length / 2 / (t1 - t0);
    drawOutline(
      this.#wave,
      width,
      this.#wave.clientHeight,
      peaks,
      (view.t0 - t0) * perS,
      Math.min((view.t1 - t0) * perS, peaks.length / 2),
      { strength: 1, color },
    );
  }

  // As many columns as there are pixels, each from the time that is shown there.
  /** @param {Part} limits @param {number} width @param {string} color */
  #drawFoldedWave(limits, width, color) {
    const { peaks, scales } = this.stage;
    const perS = peaks.length / 2 / (limits.t1 - limits.t0);
    const columns = Array.from({ length: Math.floor(width) }, (_, x) =>
      Math.min(Math.floor(scales.t(x + 0.5) * perS), peaks.length / 2 - 1),
    );
    const shown = columns.flatMap((column) => [peaks[2 * column], peaks[2 * column + 1]]);
    drawOutline(this.#wave, width, this.#wave.clientHeight, shown, 0, columns.length, { strength: 1, color });
  }

  /** @param {Part} part @param {Part} limits @param {number} width */
  #drawWindow({ t0, t1 }, limits, width) {
    const length = limits.t1 - limits.t0;
    const [from, to] = [t0, t1].map((t) => ((t - limits.t0) / length) * width);
    const node = this.#window;
    Object.assign(node.style, { left: `${from}px`, width: `${Math.max(to - from, 3)}px` });
    this.#navigator.classList.toggle("zoomed", this.#isZoomed);
    node.setAttribute("aria-valuemax", limits.t1.toFixed(2));
    node.setAttribute("aria-valuenow", ((t0 + t1) / 2).toFixed(3));
    const digits = t1 - t0 < 1 ? 3 : 1;
    node.setAttribute(
      "aria-valuetext",
      `${t0.toFixed(digits)} to ${t1.toFixed(digits)} of ${limits.t1.toFixed(1)} seconds`,
    );
  }

  // Closer than the outline of the whole session: its columns would be seen.
  /** @param {Part} view @param {Part} limits */
  #fetchSoon(view, limits) {
    const asked = this.#asked;
    clearTimeout(asked.timer);
    asked.abort?.abort();
    const whole = this.stage.peaks;
    const pixels = this.stage.canvas.width;
    const held = this.#part;
    const sharp =
      held &&
      held.t0 <= view.t0 + 1e-9 &&
      held.t1 >= view.t1 - 1e-9 &&
      (held.t1 - held.t0) / held.peaks.length < (1.2 * (view.t1 - view.t0)) / (2 * pixels);
    if (sharp || (whole.length / 2) * ((view.t1 - view.t0) / (limits.t1 - limits.t0)) >= pixels) return;
    if (!this.#isZoomed || this.stage.time.isFolded) return;
    asked.timer = setTimeout(async () => {
      asked.abort = new AbortController();
      const { t0, t1, width } = partFor(view, limits, pixels, 16);
      const peaks = await this.fetchPeaks({ t0, t1, width }, asked.abort.signal).catch(() => /** @type {any} */ (null));
      if (!peaks || whole !== this.stage.peaks) return;
      this.#part = { peaks, t0, t1, whole };
      this.draw();
    }, REST_MS);
  }

  get #isZoomed() {
    const { view, limits } = this.stage;
    return view.t1 - view.t0 < limits.t1 - limits.t0 - 1e-9;
  }

  // The pointer on the navigator -----------------------------------------------------------------------

  /** @param {PointerEvent} event */
  #timeAt(event) {
    const area = this.#navigator.getBoundingClientRect();
    const { t0, t1 } = this.stage.limits;
    return t0 + clamp((event.clientX - area.left) / area.width, 0, 1) * (t1 - t0);
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.button || !this.stage.peaks) return;
    event.preventDefault(); // the keys stay with the spectrogram
    this.#navigator.setPointerCapture(event.pointerId);
    const { view, limits, scales } = this.stage;
    const grip = (GRIP_PX * (limits.t1 - limits.t0)) / scales.width;
    const t = this.#timeAt(event);
    const common = { from: t, view, x: event.clientX };
    if (!this.#isZoomed) this.#drag = { ...common, kind: "span" };
    else if (Math.abs(t - view.t0) <= grip && t <= (view.t0 + view.t1) / 2) this.#drag = { ...common, kind: "start" };
    else if (Math.abs(t - view.t1) <= grip) this.#drag = { ...common, kind: "end" };
    else {
      const inside = t > view.t0 && t < view.t1;
      if (!inside) this.#show(t - (view.t1 - view.t0) / 2, t + (view.t1 - view.t0) / 2);
      this.#drag = { ...common, kind: "pan", view: this.stage.view };
    }
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const drag = this.#drag;
    if (!drag) return;
    const t = this.#timeAt(event);
    const { view, from, kind } = drag;
    if (kind === "pan") this.#show(view.t0 + t - from, view.t1 + t - from);
    else if (kind === "start") this.#show(Math.min(t, view.t1), view.t1);
    else if (kind === "end") this.#show(view.t0, Math.max(t, view.t0));
    else if (Math.abs(event.clientX - drag.x) >= MIN_DRAG_PX) this.#show(Math.min(from, t), Math.max(from, t));
  }

  /** @param {number} t0 @param {number} t1 */
  #show(t0, t1) {
    this.stage.showTimes(t0, t1);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { view } = this.stage;
    const span = view.t1 - view.t0;
    /** @type {Record<string, number>} */
    const moves = { ArrowLeft: -0.1, ArrowRight: 0.1, PageUp: -0.8, PageDown: 0.8 };
    if (event.key in moves) this.stage.pan(moves[event.key] * span);
    else if (event.key === "ArrowUp") this.stage.zoomTime(0.7);
    else if (event.key === "ArrowDown") this.stage.zoomTime(1 / 0.7);
    else return;
    event.preventDefault();
  }
}
