// What is painted: picture, Plotly's axes, playhead, and the scales that all of them share.

import { bandOf, isSharp, partFor } from "./display.js";
import { el, svg } from "./dom.js";
import { Picture } from "./picture.js";
import { bandTicks, bandTitle, makeScales, panRange, unwarp, warp, zoomRange } from "./scales.js";

const LEAST_S = 0.01; // the deepest zoom
const LEAST_BAND = 1 / 200; // of the whole axis
const SHARPEN_MS = 180; // of rest, before a sharper picture is asked for

let plotly = null;

function loadPlotly(url) {
  plotly ??= import(url).then(() => globalThis.Plotly);
  return plotly;
}

/** Values in the units of an axis whose whole range stands for [min, max]. */
function onAxis(axis, [min, max], values) {
  const [from, to] = axis.range;
  return values.map((value) => from + ((value - min) / (max - min)) * (to - from));
}

export class Stage {
  canvas = el("canvas", { class: "picture", "aria-hidden": "true" });
  axes = el("div", { class: "axes", "aria-hidden": "true" });
  overlay = svg("svg", { class: "overlay", role: "group", "aria-label": "Boxes" });
  playhead = el("div", { class: "playhead", hidden: true });
  limits = { t0: 0, t1: 60, f0: 0, f1: 24000 }; // what exists
  home = this.limits; // what is shown at first: all of the time, and the band that the settings choose
  view = this.limits; // what is on screen
  scale = "linear";
  scales = makeScales(this.view, 1, 1);
  #picture = new Picture(this.canvas);
  #source = null;
  #figure = null;
  #drawnAxes = null;
  #frame = 0;
  #observer;
  #size = null; // of the host, as it was told last: asking would lay out the page
  #sharpen = { key: "", timer: 0, abort: null };

  /**
   * `host` is the element to fill; `onlayout()` is called whenever the scales have changed;
   * `fetchPart(part, signal)` gets a decoded picture of a part of the session on the stage.
   */
  constructor(host, plotlyUrl, { onlayout, fetchPart }) {
    Object.assign(this, { host, onlayout, fetchPart });
    this.plotly = loadPlotly(plotlyUrl);
    host.append(this.canvas, this.axes, this.overlay, this.playhead);
    this.#observer = new ResizeObserver(([{ contentRect: { width, height } }]) => {
      this.#size = [Math.floor(width), Math.floor(height)];
      this.draw();
    });
    this.#observer.observe(host);
  }

  /** Show a session as `look` says; `picture` may be null. Resolves when axes and picture are drawn. */
  async show(view, picture, look) {
    this.limits = { t0: 0, t1: view.duration_s, f0: 0, f1: view.recording.sample_rate_hz / 2 };
    this.#figure = view.figure;
    this.#use(picture, look);
    this.view = this.home;
    this.Plotly = await this.plotly;
    await this.draw();
  }

  /** Show another picture of the same session: other settings. The time on screen stays. */
  replace(picture, look) {
    const before = this.home;
    this.#use(picture, look);
    const { f0, f1 } = this.home;
    if (before.f0 !== f0 || before.f1 !== f1) this.view = { ...this.view, f0, f1 };
    this.draw();
  }

  #use(picture, look) {
    const { scale, low_hz: f0, high_hz: f1 } = picture?.info ?? {};
    this.scale = scale ?? look.scale;
    const [bottom, top] = picture ? [f0, f1] : bandOf(look, this.limits.f1);
    this.home = { ...this.limits, f0: bottom, f1: top };
    this.#source = picture;
    this.#picture.set(picture, look);
  }

  /** Take the picture away, keep the axes. */
  clear() {
    this.#source = null;
    this.#picture.set(null, null);
    this.draw();
  }

  /** Colour the picture anew. */
  colour(look) {
    this.#picture.set(this.#source, look);
    this.draw();
  }

  /** What the picture on the stage shows, or null. */
  get info() {
    return this.#source?.info ?? null;
  }

  get url() {
    return this.#source?.url ?? null;
  }

  get peaks() {
    return this.#source?.peaks ?? null;
  }

  /** The level (dB) at a place of the picture, or null. */
  levelAt({ t, f }) {
    return this.#picture.levelAt(t, f);
  }

  get zoomed() {
    const { view, home } = this;
    return view.t0 > home.t0 || view.t1 < home.t1 || view.f0 > home.f0 || view.f1 < home.f1;
  }

  zoomTime(factor, centre = (this.view.t0 + this.view.t1) / 2) {
    this.#set("t", zoomRange([this.view.t0, this.view.t1], [this.limits.t0, this.limits.t1], centre, factor, LEAST_S));
  }

  zoomBand(factor, centre = unwarp(this.scale, (this.#band[0] + this.#band[1]) / 2)) {
    const all = this.#onAxis(this.home);
    this.#setBand(zoomRange(this.#band, all, warp(this.scale, centre), factor, (all[1] - all[0]) * LEAST_BAND));
  }

  /** Go on in time by `dt` seconds, and up by a share of the band on screen. */
  pan(dt, up = 0) {
    this.panTo(this.view, dt, up);
  }

  /** Show `view` (an earlier one) shifted by pixels, as if it were held by the pointer. */
  panFrom(view, dx, dy) {
    this.panTo(view, -dx * this.scales.secondsPerPixel, dy / this.scales.height);
  }

  panTo(view, dt, up) {
    const [t0, t1] = panRange([view.t0, view.t1], [this.limits.t0, this.limits.t1], dt);
    this.view = { ...view, t0, t1 };
    const [low, high] = this.#band;
    this.#setBand(panRange([low, high], this.#onAxis(this.home), up * (high - low)));
  }

  /** Show this time, as far as it is there, and the band that is on screen. */
  showTimes(from, to) {
    const span = Math.min(Math.max(to - from, LEAST_S), this.limits.t1 - this.limits.t0);
    this.#set("t", panRange([from, from + span], [this.limits.t0, this.limits.t1], 0));
  }

  /** Fill the screen with a span of time and, unless it is null, of frequency, with some room around. */
  zoomTo({ start_s: start, end_s: end, low_hz: low, high_hz: high }) {
    const roomS = Math.max((end - start) * 0.5, LEAST_S / 2);
    const [t0, t1] = [Math.max(start - roomS, this.limits.t0), Math.min(end + roomS, this.limits.t1)];
    const { f0, f1 } = this.home;
    this.view = { ...this.view, t0, t1, f0, f1 };
    if (low === null) return this.#drawSoon();
    const [bottom, top] = [low, high].map((f) => warp(this.scale, f));
    const [from, to] = this.#onAxis(this.home);
    const span = Math.min(Math.max(2.4 * (top - bottom), (to - from) / 8), to - from);
    this.#setBand(panRange([(bottom + top - span) / 2, (bottom + top + span) / 2], [from, to], 0));
  }

  #onAxis({ f0, f1 }) {
    return [warp(this.scale, f0), warp(this.scale, f1)];
  }

  get #band() {
    return this.#onAxis(this.view);
  }

  // At the edges of the band its exact numbers are kept: back at home is home.
  #setBand([low, high]) {
    const [from, to] = this.#onAxis(this.home);
    const near = (to - from) * 1e-9;
    const f0 = low <= from + near ? this.home.f0 : unwarp(this.scale, low);
    const f1 = high >= to - near ? this.home.f1 : unwarp(this.scale, high);
    this.#set("f", [f0, f1]);
  }

  /** Show a part of the session: what `view` was before. */
  lookAt(view) {
    this.view = view;
    this.draw();
  }

  /** Bring a time span on screen, keeping the zoom. */
  reveal(start, end = start) {
    const { t0, t1 } = this.view;
    if (start >= t0 && end <= t1) return;
    this.pan((start + end) / 2 - (t0 + t1) / 2);
  }

  reset() {
    this.view = this.home;
    this.#drawSoon();
  }

  #set(axis, [low, high]) {
    this.view = { ...this.view, [`${axis}0`]: low, [`${axis}1`]: high };
    this.#drawSoon();
  }

  #drawSoon() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.draw());
  }

  /** Lay everything out for the present size and view. */
  draw() {
    const [clientWidth, clientHeight] = this.#size ?? [this.host.clientWidth, this.host.clientHeight];
    if (!this.#figure || !clientWidth || !clientHeight) return null;
    const { l, r, t, b } = this.#figure.layout.margin;
    const [width, height] = [Math.max(clientWidth - l - r, 1), Math.max(clientHeight - t - b, 1)];
    for (const part of [this.canvas, this.overlay]) {
      Object.assign(part.style, { left: `${l}px`, top: `${t}px`, width: `${width}px`, height: `${height}px` });
    }
    Object.assign(this.playhead.style, { left: `${l}px`, top: `${t}px`, height: `${height}px` });
    this.scales = makeScales(this.view, width, height, this.scale);
    this.#picture.draw(this.view, width, height);
    Object.assign(this.canvas.dataset, { ...this.view, scale: this.scale, sharp: this.#isSharp });
    this.#sharpenSoon();
    const drawn = this.#drawAxes(clientWidth, clientHeight);
    this.onlayout();
    return drawn;
  }

  get #isSharp() {
    return !this.zoomed || this.#picture.some((info) => isSharp(info, this.view, this.canvas.width));
  }

  // Once the view rests, a picture of just this part is fetched; a request for an older view is given up.
  #sharpenSoon() {
    const sharpen = this.#sharpen;
    const { width, height } = this.canvas;
    const key = JSON.stringify([this.#source?.url, this.view, width, height]);
    if (key === sharpen.key) return;
    sharpen.key = key;
    clearTimeout(sharpen.timer);
    sharpen.abort?.abort();
    if (!this.#source || this.#isSharp) return;
    sharpen.timer = setTimeout(() => this.#fetchSharp(partFor(this.view, this.limits, width, height)), SHARPEN_MS);
  }

  async #fetchSharp(part) {
    const source = this.#source;
    const abort = new AbortController();
    this.#sharpen.abort = abort;
    try {
      const picture = await this.fetchPart(part, abort.signal);
      if (abort.signal.aborted || source !== this.#source) return;
      this.#picture.add(picture);
      this.draw();
    } catch {
      if (!abort.signal.aborted) this.#sharpen.key = ""; // the stretched picture stays; the next movement asks again
    }
  }

  #drawAxes(width, height) {
    if (!this.Plotly) return null;
    const { data, layout } = this.#figure;
    const key = JSON.stringify([layout, this.view, this.scale, width, height]);
    if (key === this.#drawnAxes) return null;
    this.#drawnAxes = key;
    const { limits, view, scale } = this;
    const onX = (values) => onAxis(layout.xaxis, [limits.t0, limits.t1], values);
    const ticks = bandTicks(view, scale);
    const yaxis = {
      ...layout.yaxis,
      range: this.#onAxis(view),
      tickvals: ticks.vals.map((f) => warp(scale, f)),
      ticktext: ticks.text,
      title: { ...layout.yaxis.title, text: bandTitle(this.home, scale) },
    };
    return this.Plotly.react(
      this.axes,
      data,
      { ...layout, width, height, autosize: false, xaxis: { ...layout.xaxis, range: onX([view.t0, view.t1]) }, yaxis },
      { staticPlot: true, displayModeBar: false, responsive: false },
    );
  }

  /** Put the playhead at a time. */
  mark(seconds) {
    const x = this.scales.x(seconds);
    this.playhead.hidden = x < -1 || x > this.scales.width + 1;
    this.playhead.style.transform = `translateX(${x}px)`;
  }

  /** The place {x, y, t, f} of a pointer event, also outside the plot. */
  locate(event) {
    const area = this.overlay.getBoundingClientRect();
    const [x, y] = [event.clientX - area.left, event.clientY - area.top];
    return { x, y, t: this.scales.t(x), f: this.scales.f(y) };
  }

  destroy() {
    this.#observer.disconnect();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#sharpen.timer);
    this.#sharpen.abort?.abort();
    this.Plotly?.purge(this.axes);
  }
}
