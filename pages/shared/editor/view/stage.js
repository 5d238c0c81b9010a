// What is painted: picture, Plotly's axes, playhead, and the scales that all of them share.

import { makeScales } from "../../web/axes.js";
import { bandOf, isSharp, partFor } from "../../web/display_settings.js";
import { el, svg } from "../../web/dom.js";
import { Picture } from "../../web/picture.js";
import { STRAIGHT } from "../../web/time_axis.js";
import { PlotAxes } from "./plot_axes.js";
import { Sharpener } from "./sharpener.js";
import { VisiblePart } from "./visible_part.js";

/** @import { DecodedPicture, DisplaySettings, Figure, PicturePart, SessionPicture, SessionView, StagePlace, TimeAxis } from "../../web/types.js" */

const MIN_PART_PX = 16; // the narrowest picture that is made

export class Stage extends VisiblePart {
  canvas = el("canvas", { class: "picture", "aria-hidden": "true" });
  overlay = svg("svg", { class: "overlay", role: "group", "aria-label": "Boxes" });
  cuts = svg("svg", { class: "cuts", "aria-hidden": "true" });
  playhead = el("div", { class: "playhead", hidden: true });
  #picture = new Picture(this.canvas);
  /** @type {SessionPicture | null} */ #source = null;
  /** @type {Figure | null} */ #figure = null;
  /** @type {PlotAxes} */ #axes;
  /** @type {ResizeObserver} */ #observer;
  /** @type {number[] | null} */ #size = null; // of the host, as it was told last: asking would lay out the page
  #sharpener = new Sharpener();
  /** @type {HTMLElement} */ host;
  /** @type {() => void} */ onlayout;
  /** @type {(part: PicturePart, signal: AbortSignal) => Promise<DecodedPicture>} */ fetchPart;

  /**
   * `host` is the element to fill; `onlayout()` is called whenever the scales have changed;
   * `fetchPart(part, signal)` gets a decoded picture of a part of the session on the stage.
   * @param {HTMLElement} host
   * @param {string} plotlyUrl
   * @param {{ onlayout(): void; fetchPart(part: PicturePart, signal: AbortSignal): Promise<DecodedPicture> }} options
   */
  constructor(host, plotlyUrl, { onlayout, fetchPart }) {
    super();
    this.host = host;
    this.onlayout = onlayout;
    this.fetchPart = fetchPart;
    this.#axes = new PlotAxes(plotlyUrl);
    host.append(this.canvas, this.#axes.element, this.cuts, this.overlay, this.playhead);
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

  /**
   * Show a session as `look` says on a time axis; `picture` may be null. Resolves when axes and picture are drawn.
   * @param {SessionView} view
   * @param {SessionPicture | null} picture
   * @param {DisplaySettings} look
   * @param {TimeAxis} [time]
   */
  async show(view, picture, look, time = STRAIGHT) {
    this.limits = { t0: 0, t1: view.duration_s, f0: 0, f1: view.recording.sample_rate_hz / 2 };
    this.#figure = /** @type {Figure} */ (view.figure);
    this.time = time;
    this.#use(picture, look);
    this.view = this.home;
    await this.#axes.ready;
    await this.draw();
  }

  /**
   * Show another picture of the same session: other settings. The time on screen stays.
   * @param {SessionPicture | null} picture
   * @param {DisplaySettings} look
   */
  replace(picture, look) {
    const before = this.home;
    this.#use(picture, look);
    const { f0, f1 } = this.home;
    if (before.f0 !== f0 || before.f1 !== f1) this.view = { ...this.view, f0, f1 };
    this.draw();
  }

  /** @param {SessionPicture | null} picture @param {DisplaySettings} look */
  #use(picture, look) {
    const { scale, low_hz: f0, high_hz: f1 } = picture?.info ?? {};
    this.scale = scale ?? look.scale;
    const [bottom, top] = picture ? [f0, f1] : bandOf(look, this.limits.f1);
    this.home = { ...this.limits, f0: bottom, f1: top };
    this.#source = picture;
    this.#picture.set(picture, look);
  }

  /**
   * Show time straight, or folded. When that changes everything is on screen.
   * @param {TimeAxis} time
   */
  fold(time) {
    if (time.key === this.time.key) return;
    if (time.isFolded !== this.time.isFolded) this.view = this.home;
    this.time = time;
    this.draw();
  }

  /**
   * Colour the picture anew.
   * @param {DisplaySettings} look
   */
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

  /**
   * The level (dB) at a place of the picture, or null.
   * @param {Pick<StagePlace, "t" | "f">} stagePlace
   */
  levelAt({ t, f }) {
    return this.#picture.levelAt(t, f);
  }

  /**
   * Lay everything out for the present size and view.
   * @override
   */
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
    const drawn = this.#axes.draw(this.#figure, this, clientWidth, clientHeight);
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

  // Once the view rests, pictures of just what is on screen are fetched.
  #sharpenSoon() {
    const source = this.#source;
    const { width, height } = this.canvas;
    const key = JSON.stringify([source?.url, this.view, width, height, this.time.key]);
    this.#sharpener.want(key, source !== null && !this.#isSharp, {
      parts: () => this.#blurred.map(({ view, width: wide }) => partFor(view, this.limits, wide, height)),
      fetch: this.fetchPart,
      show: (picture, together) => {
        if (source !== this.#source) return false;
        this.#picture.add(picture, together);
        this.draw();
        return true;
      },
    });
  }

  /**
   * Put the playhead at a time.
   * @param {number} seconds
   */
  mark(seconds) {
    const x = this.scales.x(seconds);
    this.playhead.hidden = x < -1 || x > this.scales.width + 1;
    this.playhead.style.transform = `translateX(${x}px)`;
  }

  /**
   * The place {x, y, t, f} of a pointer event, also outside the plot.
   * @param {MouseEvent} event
   */
  locate(event) {
    const area = this.overlay.getBoundingClientRect();
    const [x, y] = [event.clientX - area.left, event.clientY - area.top];
    return { x, y, t: this.scales.t(x), f: this.scales.f(y) };
  }

  destroy() {
    this.#observer.disconnect();
    this.drawNoMore();
    this.#sharpener.stop();
    this.#axes.destroy();
  }
}
