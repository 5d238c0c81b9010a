// What is painted: picture, Plotly's axes, playhead, and the scales that all of them share.

import { bandTicks, bandTitle, makeScales, panRange, unwarp, warp, zoomRange } from "../../web/axes.js";
import { bandOf, isSharp, partFor } from "../../web/display_settings.js";
import { el, svg } from "../../web/dom.js";
import { Picture } from "../../web/picture.js";
import { STRAIGHT, timeAxis } from "../../web/time_axis.js";

const MIN_S = 0.01; // the deepest zoom
const MIN_BAND = 1 / 200; // of the whole axis
const MIN_PART_PX = 16; // the narrowest picture that is made
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
  cuts = svg("svg", { class: "cuts", "aria-hidden": "true" });
  playhead = el("div", { class: "playhead", hidden: true });
  limits = { t0: 0, t1: 60, f0: 0, f1: 24000 }; // what exists
  home = this.limits; // what is shown at first: all of the time, and the band that the settings choose
  view = this.limits; // what is on screen
  scale = "linear";
  time = STRAIGHT; // or folded: only stretches with sound are shown
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
    host.append(this.canvas, this.axes, this.cuts, this.overlay, this.playhead);
    this.#observer = new ResizeObserver(
      ([
        {
          contentRect: { width, height },
        },
      ]) => {
        this.#size = [Math.floor(width), Math.floor(height)];
        this.draw();
      },
    );
    this.#observer.observe(host);
  }

  /** Show a session as `look` says on a time axis; `picture` may be null. Resolves when axes and picture are drawn. */
  async show(view, picture, look, time = STRAIGHT) {
    this.limits = { t0: 0, t1: view.duration_s, f0: 0, f1: view.recording.sample_rate_hz / 2 };
    this.#figure = view.figure;
    this.time = time;
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

  /** Show time straight, or folded. When that changes everything is on screen. */
  fold(time) {
    if (time.key === this.time.key) return;
    if (time.isFolded !== this.time.isFolded) this.view = this.home;
    this.time = time;
    this.draw();
  }

  /** Seconds of sound on screen. */
  get spanS() {
    const [from, to] = this.#times(this.view);
    return to - from;
  }

  /** Folded times of a view. */
  #times({ t0, t1 }) {
    return [this.time.fold(t0), this.time.fold(t1)];
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
    this.#setTimes(zoomRange(this.#times(this.view), this.#times(this.limits), this.time.fold(centre), factor, MIN_S));
  }

  zoomBand(factor, centre = unwarp(this.scale, (this.#band[0] + this.#band[1]) / 2)) {
    const all = this.#onAxis(this.home);
    this.#setBand(zoomRange(this.#band, all, warp(this.scale, centre), factor, (all[1] - all[0]) * MIN_BAND));
  }

  /** Go on in time by `dt` seconds of what is shown, and up by a share of the band on screen. */
  pan(dt, up = 0) {
    this.panTo(this.view, dt, up);
  }

  /** Show `view` (an earlier one) shifted by pixels, as if it were held by the pointer. */
  panFrom(view, dx, dy) {
    this.panTo(view, -dx * this.scales.secondsPerPixel, dy / this.scales.height);
  }

  panTo(view, dt, up) {
    this.view = { ...view, ...this.#unfold(panRange(this.#times(view), this.#times(this.limits), dt)) };
    const [low, high] = this.#band;
    this.#setBand(panRange([low, high], this.#onAxis(this.home), up * (high - low)));
  }

  /** Show this time, as far as it is there, and the band that is on screen. */
  showTimes(from, to) {
    const [start, end] = this.#times({ t0: from, t1: to });
    const all = this.#times(this.limits);
    const span = Math.min(Math.max(end - start, MIN_S), all[1] - all[0]);
    this.#setTimes(panRange([start, start + span], all, 0));
  }

  /** Fill the screen with a span of time and, unless it is null, of frequency, with some room around. */
  zoomTo({ start_s: start, end_s: end, low_hz: low, high_hz: high }) {
    const roomS = Math.max((end - start) * 0.5, MIN_S / 2);
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
    const middle = (a, b) => (this.time.fold(a) + this.time.fold(b)) / 2;
    this.pan(middle(start, end) - middle(t0, t1));
  }

  /** Keep a playhead that goes on in sight: a new page begins where it left the old one. */
  follow(seconds) {
    const { t0, t1 } = this.view;
    if (seconds <= t1 && seconds >= t0) return;
    this.pan(this.time.fold(seconds) - this.time.fold(t0) - 0.05 * this.spanS);
  }

  reset() {
    this.view = this.home;
    this.#drawSoon();
  }

  // At the ends the exact numbers of the session are kept: everything is everything, also when its ends are cut off.
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

  #setTimes(range) {
    const { t0, t1 } = this.#unfold(range);
    this.#set("t", [t0, t1]);
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
    for (const part of [this.canvas, this.cuts, this.overlay]) {
      Object.assign(part.style, { left: `${l}px`, top: `${t}px`, width: `${width}px`, height: `${height}px` });
    }
    Object.assign(this.playhead.style, { left: `${l}px`, top: `${t}px`, height: `${height}px` });
    this.scales = makeScales(this.view, width, height, this.scale, this.time);
    this.#picture.draw(this.view, width, height, this.#pieces);
    this.#drawCuts();
    Object.assign(this.canvas.dataset, {
      ...this.view,
      scale: this.scale,
      sharp: this.#isSharp,
      folded: this.time.isFolded,
    });
    this.#sharpenSoon();
    const drawn = this.#drawAxes(clientWidth, clientHeight);
    this.onlayout();
    return drawn;
  }

  /** The stretches on screen, with their places in CSS pixels. */
  get #pieces() {
    return this.time.pieces(this.view).map((piece) => {
      const x = this.scales.x(piece.t0);
      return { ...piece, x, width: (piece.t1 - piece.t0) / this.scales.secondsPerPixel };
    });
  }

  get #isSharp() {
    if (!this.time.isFolded && !this.zoomed) return true;
    return this.#blurred.length === 0;
  }

  /** The views of the stretches that have no sharp picture yet, with their width in pixels of the screen. */
  get #blurred() {
    const ratio = this.canvas.width / this.scales.width;
    return this.#pieces
      .map(({ t0, t1, width }) => ({ view: { ...this.view, t0, t1 }, width: Math.round(width * ratio) }))
      .filter(
        ({ view, width }) =>
          (width >= MIN_PART_PX || !this.time.isFolded) && !this.#picture.some((info) => isSharp(info, view, width)),
      );
  }

  #drawCuts() {
    const { scales } = this;
    const places = this.time.cuts().map((at) => (at - this.time.fold(this.view.t0)) / scales.secondsPerPixel);
    const seen = places.filter((x) => x > 0 && x < scales.width);
    this.cuts.replaceChildren(...seen.map((x) => svg("line", { x1: x, x2: x, y1: 0, y2: scales.height })));
  }

  // Once the view rests, a picture of just this part is fetched; a request for an older view is given up.
  #sharpenSoon() {
    const sharpen = this.#sharpen;
    const { width, height } = this.canvas;
    const key = JSON.stringify([this.#source?.url, this.view, width, height, this.time.key]);
    if (key === sharpen.key) return;
    sharpen.key = key;
    clearTimeout(sharpen.timer);
    sharpen.abort?.abort();
    if (!this.#source || this.#isSharp) return;
    sharpen.timer = setTimeout(() => this.#fetchSharp(this.#blurred, height), SHARPEN_MS);
  }

  async #fetchSharp(blurred, height) {
    const source = this.#source;
    const abort = new AbortController();
    this.#sharpen.abort = abort;
    try {
      for (const { view, width } of blurred) {
        const picture = await this.fetchPart(partFor(view, this.limits, width, height), abort.signal);
        if (abort.signal.aborted || source !== this.#source) return;
        this.#picture.add(picture, blurred.length);
        this.draw();
      }
    } catch {
      if (!abort.signal.aborted) this.#sharpen.key = ""; // the stretched picture stays; the next movement asks again
    }
  }

  #drawAxes(width, height) {
    if (!this.Plotly) return null;
    const { data, layout } = this.#figure;
    const key = JSON.stringify([layout, this.view, this.scale, width, height, this.time.key]);
    if (key === this.#drawnAxes) return null;
    this.#drawnAxes = key;
    const { limits, view, scale } = this;
    const onX = (values) => onAxis(layout.xaxis, [limits.t0, limits.t1], values);
    const ticks = bandTicks(view, scale);
    const xaxis = timeAxis(layout.xaxis, this.time, view, onX, 1 / this.scales.secondsPerPixel);
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
      { ...layout, width, height, autosize: false, xaxis, yaxis },
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
