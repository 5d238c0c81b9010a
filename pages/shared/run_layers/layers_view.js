// What several model runs found in one session, over its spectrogram: a colour, a lane and a threshold for each.

import { evenTicks, makeScales, panRange, zoomRange } from "../web/axes.js";
import { settingsOf } from "../web/display_settings.js";
import { el, svg } from "../web/dom.js";
import { Http, resolveUrl, toQuery } from "../web/http.js";
import { clamp, formatDuration } from "../web/numbers.js";
import { Picture, readPicture } from "../web/picture.js";

/** @import { LayersData, Range, RunLayer, Scales, SessionView } from "../web/types.js" */

const MARGIN = { left: 52, right: 10, bottom: 40, gap: 6 };
const LANE = 12; // pixels of a layer's lane above the picture
const NARROW = 7; // pixels
const DASHES = ["5 3", "2 2", "9 3", "9 3 2 3", "12 6"]; // of models
const MIN_S = 0.02; // on screen at once

/**
 * The calls of a layer that are on: [start, end, low, high, label, score].
 * @param {RunLayer} layer
 */
export const shownBoxes = (layer) => (layer.hidden ? [] : layer.boxes.filter((box) => box[5] >= layer.threshold));

export class LayersView {
  /** @type {HTMLElement} */ #root;
  /** @type {RunLayer[]} */ #layers = [];
  /** @type {SessionView | null} */ #session = null;
  /** @type {Picture} */ #picture;
  /** @type {Range} */ #span = [0, 1];
  #frame = 0;
  #later = 0;
  /** @type {number | null} */ #until = null;
  /** @type {ResizeObserver} */ #resize;
  #abort = new AbortController();
  #http = new Http(this.#abort.signal);
  /** @type {HTMLElement} */ legend;
  /** @type {HTMLCanvasElement} */ canvas;
  /** @type {SVGElement} */ svg;
  /** @type {HTMLElement} */ plot;
  /** @type {HTMLAudioElement} */ audio;
  /** @type {HTMLElement} */ told;
  /** @type {string} */ place;
  /** @type {SVGElement} */ head;
  /** @type {boolean} */ moved;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    this.#resize = new ResizeObserver(() => this.#draw());
    this.#build();
  }

  destroy() {
    this.#abort.abort();
    this.#resize.disconnect();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#later);
    this.audio.pause();
  }

  #build() {
    this.legend = el("ul");
    this.canvas = el("canvas");
    this.svg = svg("svg", { role: "img", "aria-label": "Calls in each layer" });
    const label = "Spectrogram with the calls of each layer. Plus and minus zoom, arrows move.";
    this.plot = el("div", { class: "plot", tabindex: 0, role: "group", "aria-label": label }, this.canvas, this.svg);
    this.audio = el("audio", { controls: true, preload: "none" });
    /** @param {string} text @param {string} title @param {() => void} onclick */
    const button = (text, title, onclick) =>
      el("button", { type: "button", title, "aria-label": title, onclick }, text);
    const controls = el(
      "div",
      { class: "controls" },
      this.audio,
      button("+", "Zoom in", () => this.#zoom(0.5)),
      button("−", "Zoom out", () => this.#zoom(2)),
      button("Whole", "Show the whole session", () => this.#show([0, this.#session?.duration_s ?? 1])),
    );
    this.told = el("p", { class: "told", "aria-live": "polite" });
    this.#root.replaceChildren(this.legend, this.plot, controls, this.told);
    this.#picture = new Picture(this.canvas);
    this.#resize.observe(this.plot);
    this.audio.addEventListener("play", () => this.#follow());
    this.plot.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.plot.addEventListener("keydown", (event) => this.#key(event));
    this.plot.addEventListener("pointerdown", (event) => this.#drag(event));
    this.plot.addEventListener("dblclick", () => this.#show([0, this.#session?.duration_s ?? 1]));
  }

  /**
   * Show what Python sent: the session, and the layers with their thresholds at first.
   * @param {LayersData} layersData
   */
  async update({ round_id: roundId, session_id: sessionId, layers }) {
    const known = new Map(this.#layers.map((layer) => [layer.id, layer]));
    this.#layers = layers.map((layer) => {
      const before = known.get(layer.id);
      const kept = before && before.first === layer.threshold;
      return {
        ...layer,
        first: layer.threshold,
        threshold: kept ? before.threshold : layer.threshold,
        hidden: before?.hidden ?? false,
      };
    });
    this.#list();
    const place = `api/v1/rounds/${encodeURIComponent(roundId)}/sessions/${encodeURIComponent(sessionId)}`;
    if (this.place === place) return this.#draw();
    this.place = place;
    this.#root.dataset.state = "loading";
    try {
      await this.#load(place);
      this.#root.dataset.state = "ready";
    } catch (error) {
      this.told.textContent = `The picture cannot be shown: ${error.message}`;
      this.#root.dataset.state = "failed";
    }
    return this.#draw();
  }

  /** @param {string} place */
  async #load(place) {
    const session = await (await this.#http.fetch(resolveUrl(place))).json();
    if (session.problem) throw new Error(session.problem);
    const picture = await readPicture(await this.#http.fetch(resolveUrl(session.picture.url)));
    if (place !== this.place) return; // another session was chosen meanwhile
    this.#session = session;
    this.#span = [0, session.duration_s];
    this.audio.src = resolveUrl(session.audio.url);
    this.told.textContent = "Click a call to hear it. Ctrl and the wheel zoom, dragging pans.";
    this.#picture.set(picture, settingsOf(session.display, {}));
  }

  /** The legend: what each layer is, whether it is shown, and from which score on. */
  #list() {
    this.legend.replaceChildren(
      ...this.#layers.map((layer) => {
        const count = el("span", { class: "count" });
        const tell = () => {
          const shown = layer.boxes.filter((box) => box[5] >= layer.threshold).length;
          count.textContent =
            layer.floor === null
              ? `${layer.boxes.length}`
              : `from ${layer.threshold.toFixed(2)}: ${shown} of ${layer.boxes.length}`;
        };
        const on = el("input", { type: "checkbox", checked: !layer.hidden });
        on.onchange = () => {
          layer.hidden = !on.checked;
          this.#draw();
        };
        const swatch = el("span", { class: "swatch", style: `background: ${layer.color}` });
        const row = el("li", {}, el("label", { class: "name", title: layer.name }, on, swatch, layer.name));
        if (layer.floor !== null) {
          const title = `Threshold of ${layer.name}`;
          const range = el("input", {
            type: "range",
            min: layer.floor,
            max: 1,
            step: 0.01,
            value: layer.threshold,
            "aria-label": title,
          });
          range.oninput = () => {
            layer.threshold = Number(range.value);
            tell();
            this.#draw();
          };
          row.append(range);
        }
        row.append(count);
        tell();
        return row;
      }),
    );
  }

  get #area() {
    const top = this.#layers.length * (LANE + 3) + MARGIN.gap;
    const { clientWidth, clientHeight } = this.plot;
    return {
      left: MARGIN.left,
      top,
      width: Math.max(clientWidth - MARGIN.left - MARGIN.right, 1),
      height: Math.max(clientHeight - top - MARGIN.bottom, 1),
    };
  }

  get #scales() {
    const { width, height } = this.#area;
    const { low_hz: f0, high_hz: f1, scale } = this.#picture.info;
    return makeScales({ t0: this.#span[0], t1: this.#span[1], f0, f1 }, width, height, scale);
  }

  #draw() {
    const { left, top, width, height } = this.#area;
    Object.assign(this.canvas.style, {
      left: `${left}px`,
      top: `${top}px`,
      width: `${width}px`,
      height: `${height}px`,
    });
    this.svg.replaceChildren();
    if (!this.#session) return;
    const [t0, t1] = this.#span;
    const { low_hz: f0, high_hz: f1 } = this.#picture.info;
    this.#picture.draw({ t0, t1, f0, f1 }, width, height, [{ t0, t1, x: 0, width }]);
    const scales = this.#scales;
    this.#drawAxes(scales);
    this.#layers.forEach((layer, index) => this.#drawLayer(layer, index, scales));
    this.head = svg("line", { class: "head", y1: 0, y2: top + height });
    this.svg.append(this.head);
    this.#moveHead();
  }

  /** @param {Scales} scales */
  #drawAxes(scales) {
    const { left, top, width, height } = this.#area;
    const { low_hz: f0, high_hz: f1 } = this.#picture.info;
    for (const tick of evenTicks(f0, f1, height / 55)) {
      const y = top + scales.y(tick);
      this.svg.append(svg("line", { class: "tick", x1: left - 4, x2: left, y1: y, y2: y }));
      this.svg.append(svg("text", { x: left - 7, y: y + 4, "text-anchor": "end" }, `${tick / 1000}`));
    }
    for (const tick of evenTicks(this.#span[0], this.#span[1], width / 90)) {
      const x = left + scales.x(tick);
      this.svg.append(svg("line", { class: "tick", x1: x, x2: x, y1: top + height, y2: top + height + 4 }));
      this.svg.append(svg("text", { x, y: top + height + 17, "text-anchor": "middle" }, `${tick}`));
    }
    const [across, middle] = [left + width / 2, top + height / 2];
    const upwards = { x: 12, y: middle, "text-anchor": "middle", transform: `rotate(-90 12 ${middle})` };
    this.svg.append(
      svg("text", { x: across, y: top + height + 34, "text-anchor": "middle" }, "Time in session (s)"),
      svg("text", upwards, "Frequency (kHz)"),
    );
  }

  /** @param {RunLayer} layer @param {number} index @param {Scales} scales */
  #drawLayer(layer, index, scales) {
    const { left, top, width, height } = this.#area;
    const y = index * (LANE + 3);
    this.svg.append(svg("rect", { class: "groove", x: left, y, width, height: LANE, rx: 2 }));
    for (const box of shownBoxes(layer)) {
      const [start, end, low, high, label, score] = box;
      if (end < this.#span[0] || start > this.#span[1]) continue;
      const [x0, x1] = [start, end].map((t) => clamp(scales.x(t), 0, width));
      const place = { x: left + x0, width: Math.max(x1 - x0, 1) };
      const [y0, y1] = low === null ? [0, height] : [high, low].map((f) => clamp(scales.y(f), 0, height));
      const told = `${label}, score ${score.toFixed(2)}, ${start.toFixed(3)} to ${end.toFixed(3)} s (${formatDuration(end - start)}): ${layer.name}`;
      const area = { ...place, y: top + y0, height: Math.max(y1 - y0, 2) };
      const dashes = layer.floor === null ? "none" : DASHES[index % DASHES.length]; // people's boxes are solid
      const edged = x1 - x0 >= NARROW; // edges side by side would hide what is below
      if (edged) this.svg.append(svg("rect", { class: "shade", ...area, "stroke-dasharray": dashes }));
      const parts = [
        svg("rect", {
          class: "lane",
          ...place,
          y,
          height: LANE,
          rx: 1,
          fill: layer.color,
          "fill-opacity": 0.35 + 0.65 * score,
        }),
        svg("rect", {
          class: "box",
          ...area,
          fill: layer.color,
          stroke: edged ? layer.color : "none",
          "stroke-dasharray": dashes,
        }),
      ];
      for (const part of parts) {
        part.append(svg("title", {}, told));
        part.addEventListener("pointerup", () => this.moved || this.#play(start, end, told));
        this.svg.append(part);
      }
    }
  }

  /** @param {number} start @param {number} end @param {string} told */
  #play(start, end, told) {
    this.told.textContent = told;
    this.audio.currentTime = start;
    this.#until = end + 0.05;
    this.audio.play().catch((error) => {
      this.told.textContent = `Cannot be played: ${error.message}`;
    });
  }

  #follow() {
    cancelAnimationFrame(this.#frame);
    const step = () => {
      if (this.#until !== null && this.audio.currentTime >= this.#until) {
        this.#until = null;
        this.audio.pause();
      }
      this.#moveHead();
      if (!this.audio.paused) this.#frame = requestAnimationFrame(step);
    };
    step();
  }

  #moveHead() {
    if (!this.head || !this.#session) return;
    const at = this.audio.currentTime;
    const x = this.#area.left + this.#scales.x(at);
    const seen = at > 0 && at >= this.#span[0] && at <= this.#span[1];
    this.head.toggleAttribute("hidden", !seen);
    this.head.setAttribute("visibility", seen ? "visible" : "hidden");
    for (const name of ["x1", "x2"]) this.head.setAttribute(name, String(x));
  }

  /** @param {Range} span */
  #show(span) {
    this.#span = span;
    this.#draw();
    clearTimeout(this.#later);
    this.#later = setTimeout(() => this.#sharpen(), 250);
  }

  /** @param {number} factor @param {number} [centre] */
  #zoom(factor, centre = (this.#span[0] + this.#span[1]) / 2) {
    if (this.#session) this.#show(zoomRange(this.#span, [0, this.#session.duration_s], centre, factor, MIN_S));
  }

  /** @param {number} seconds */
  #move(seconds) {
    if (this.#session) this.#show(panRange(this.#span, [0, this.#session.duration_s], seconds));
  }

  /** Fetch a sharper picture of what is on screen. */
  async #sharpen() {
    const [start, end] = this.#span;
    if (!this.#session || end - start > 0.7 * this.#session.duration_s) return;
    const { base_url: base, version } = this.#session.picture;
    const width = clamp(Math.round(this.#area.width), 64, 2048);
    const query = toQuery({ start_s: start, end_s: end, width, height: 400, v: version });
    const place = this.place;
    const part = await this.#http
      .fetch(resolveUrl(`${base}/picture.jpg?${query}`))
      .then(readPicture, () => /** @type {any} */ (null)); // the coarse one stays
    if (part && place === this.place) {
      this.#picture.add(part);
      this.#draw();
    }
  }

  /** @param {MouseEvent} event */
  #timeAt(event) {
    return this.#scales.t(event.clientX - this.plot.getBoundingClientRect().left - this.#area.left);
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    if (!event.ctrlKey || !this.#session) return; // the page scrolls
    event.preventDefault();
    this.#zoom(event.deltaY < 0 ? 0.8 : 1.25, this.#timeAt(event));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const length = this.#span[1] - this.#span[0];
    /** @type {Record<string, () => void>} */
    const acts = {
      "+": () => this.#zoom(0.5),
      "-": () => this.#zoom(2),
      ArrowLeft: () => this.#move(-length / 4),
      ArrowRight: () => this.#move(length / 4),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  }

  /**
   * A drag moves the time; one that does not move is a click.
   * @param {PointerEvent} down
   */
  #drag(down) {
    if (!this.#session || down.button) return;
    const from = this.#span;
    const perPixel = (from[1] - from[0]) / this.#area.width;
    this.moved = false;
    /** @param {PointerEvent} event */
    const move = (event) => {
      const pixels = event.clientX - down.clientX;
      this.moved ||= Math.abs(pixels) > 4;
      if (this.moved) this.#show(panRange(from, [0, this.#session.duration_s], -pixels * perPixel));
    };
    const stop = () => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", stop);
      window.removeEventListener("pointercancel", stop);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", stop);
    window.addEventListener("pointercancel", stop);
  }
}
