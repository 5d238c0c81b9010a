// What is painted: picture, Plotly's axes, playhead, and the scales that all of them share.

import { el, svg } from "./dom.js";
import { Picture } from "./picture.js";
import { bandTicks, makeScales, panRange, zoomRange } from "./scales.js";

const LEAST_S = 0.01; // the deepest zoom
const LEAST_HZ = 200;

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
  limits = { t0: 0, t1: 60, f0: 0, f1: 24000 };
  view = this.limits;
  scales = makeScales(this.view, 1, 1);
  #picture = new Picture(this.canvas);
  #source = null;
  #figure = null;
  #drawnAxes = null;
  #frame = 0;
  #observer;

  /** `host` is the element to fill; `onlayout()` is called whenever the scales have changed. */
  constructor(host, plotlyUrl, onlayout) {
    this.host = host;
    this.onlayout = onlayout;
    this.plotly = loadPlotly(plotlyUrl);
    host.append(this.canvas, this.axes, this.overlay, this.playhead);
    this.#observer = new ResizeObserver(() => this.draw());
    this.#observer.observe(host);
  }

  /** Show a session; `picture` may be null. Resolves when axes and picture are drawn. */
  async show(view, picture, look) {
    const bandHz = view.picture ?? { low_hz: 0, high_hz: view.recording.sample_rate_hz / 2 };
    this.limits = { t0: 0, t1: view.duration_s, f0: bandHz.low_hz, f1: bandHz.high_hz };
    this.view = this.limits;
    this.#source = picture;
    this.#figure = view.figure;
    this.#picture.set(picture, look);
    this.Plotly = await this.plotly;
    await this.draw();
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

  get zoomed() {
    return this.view.t1 - this.view.t0 < this.limits.t1 - this.limits.t0 || this.view.f1 - this.view.f0 < this.limits.f1 - this.limits.f0;
  }

  zoomTime(factor, centre = (this.view.t0 + this.view.t1) / 2) {
    this.#look("t", zoomRange([this.view.t0, this.view.t1], [this.limits.t0, this.limits.t1], centre, factor, LEAST_S));
  }

  zoomBand(factor, centre = (this.view.f0 + this.view.f1) / 2) {
    this.#look("f", zoomRange([this.view.f0, this.view.f1], [this.limits.f0, this.limits.f1], centre, factor, LEAST_HZ));
  }

  pan(dt, df = 0) {
    this.#look("t", panRange([this.view.t0, this.view.t1], [this.limits.t0, this.limits.t1], dt));
    this.#look("f", panRange([this.view.f0, this.view.f1], [this.limits.f0, this.limits.f1], df));
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
    this.view = this.limits;
    this.#drawSoon();
  }

  #look(axis, [low, high]) {
    this.view = { ...this.view, [`${axis}0`]: low, [`${axis}1`]: high };
    this.#drawSoon();
  }

  #drawSoon() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.draw());
  }

  /** Lay everything out for the present size and view. */
  draw() {
    const { clientWidth, clientHeight } = this.host;
    if (!this.#figure || !clientWidth || !clientHeight) return null;
    const { l, r, t, b } = this.#figure.layout.margin;
    const [width, height] = [Math.max(clientWidth - l - r, 1), Math.max(clientHeight - t - b, 1)];
    for (const part of [this.canvas, this.overlay]) {
      Object.assign(part.style, { left: `${l}px`, top: `${t}px`, width: `${width}px`, height: `${height}px` });
    }
    Object.assign(this.playhead.style, { left: `${l}px`, top: `${t}px`, height: `${height}px` });
    this.scales = makeScales(this.view, width, height);
    this.#picture.draw(this.view, this.limits, width, height);
    const drawn = this.#drawAxes(clientWidth, clientHeight);
    this.onlayout();
    return drawn;
  }

  #drawAxes(width, height) {
    if (!this.Plotly) return null;
    const { data, layout } = this.#figure;
    const key = JSON.stringify([layout, this.view, width, height]);
    if (key === this.#drawnAxes) return null;
    this.#drawnAxes = key;
    const { limits, view } = this;
    const onX = (values) => onAxis(layout.xaxis, [limits.t0, limits.t1], values);
    const onY = (values) => onAxis(layout.yaxis, [limits.f0, limits.f1], values);
    const yaxis = { ...layout.yaxis, range: onY([view.f0, view.f1]) };
    if (view.f0 !== limits.f0 || view.f1 !== limits.f1) {
      const ticks = bandTicks(view); // those of the figure are made for the whole band
      Object.assign(yaxis, { tickvals: onY(ticks.vals), ticktext: ticks.text });
    }
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
    this.Plotly?.purge(this.axes);
  }
}
