// The map on screen: points, the shape that is being drawn, what the pointer is on; mouse, pen and fingers.

import { el, svg } from "../../web/dom.js";
import { Camera } from "./camera.js";
import { nearestPoint, neighbourTowards, pointsWhere, polygonTest, project } from "./point_geometry.js";
import { PointRenderer, STATE } from "./point_renderer.js";

const FRAME_MS = 12; // as long one picture may take while the map moves, or one bit of it once it stands still
const MIN_POINTS = 10_000; // points that are drawn while it moves, however slow the machine is
const SETTLED_MS = 160;
const REACH_PX = 14; // from a point to the pointer
const CLICK_PX = 4;
const STEP_PX = 3; // of a lasso
const MAX_RATIO = 2;

const TOWARDS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The diameter of points: many are small. */
const usualSize = (count) => Math.min(Math.max(12 - 1.8 * Math.log10(Math.max(count, 1)), 1.6), 9);

export class ScatterMap {
  camera = new Camera();
  tool = "lasso"; // lasso, polygon, box or move
  sizeFactor = 1;
  #host;
  #renderer;
  #canvas = el("canvas", { "aria-hidden": "true" });
  #shape = svg("path", { class: "shape" });
  #halo = svg("circle", { class: "halo", r: 9, visibility: "hidden" });
  #states = new Uint8Array(0);
  #screen = null; // places of all points in CSS pixels, while the view stands still
  #places = new Float32Array(0);
  #frame = 0;
  #drawing = null; // of the picture that is being drawn bit by bit
  #sample = 100_000; // as many points this machine can draw in one frame: the rest comes once the map stands still
  #moved = 0; // when the view moved last
  #settling = 0;
  #current = -1;
  #corners = []; // of the shape that is being drawn
  #pointers = new Map(); // fingers and mouse that are down: id -> [x, y]
  #drag = null; // {kind, from, mode}

  /**
   * `host` is {choose(numbers, {mode, how}), hover(number, x, y), leave(), look(): {paper, ring, faint}, moved()}.
   */
  constructor(host, signal) {
    this.#host = host;
    this.#renderer = new PointRenderer(this.#canvas);
    this.element = el(
      "div",
      {
        class: "map",
        tabindex: "0",
        role: "application",
        "data-tool": this.tool,
        "aria-label": "Map of all clips. Arrows go to the nearest neighbours, Space plays, Enter selects.",
      },
      this.#canvas,
      svg("svg", { class: "shapes", "aria-hidden": "true" }, this.#shape, this.#halo),
    );
    this.#listen(signal);
    new ResizeObserver(() => this.#resize()).observe(this.element);
  }

  // What is shown ---------------------------------------------------------------------------------------

  /** @param {Float32Array} places x, y and z of each point, from -1 to 1 */
  setPlaces(places, isSolid) {
    this.#places = places;
    this.#renderer.setPlaces(places);
    if (this.#states.length * 3 !== places.length) this.setStates(new Uint8Array(places.length / 3).fill(STATE.plain));
    if (this.camera.isSolid !== isSolid) {
      this.camera.isSolid = isSolid;
      this.camera.reset();
    }
    this.draw();
  }

  setColors(colors) {
    this.#renderer.setColors(colors);
    this.draw();
  }

  setStates(states) {
    this.#states = states;
    this.#renderer.setStates(states);
    this.draw();
  }

  /** Can a point be hovered and selected? */
  isShown = (number) => this.#states[number] !== STATE.hidden && this.#states[number] !== undefined;

  useTool(tool) {
    this.tool = tool;
    this.element.dataset.tool = tool;
    this.#setShape([]);
  }

  fit() {
    this.camera.reset();
    this.#viewMoved();
  }

  zoom(factor) {
    this.camera.magnify(factor);
    this.#viewMoved();
  }

  draw() {
    this.#screen = null;
    this.#drawing = null; // what it shows is not true any more
    this.#nextFrame();
  }

  #nextFrame() {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.#drawing) this.#drawOn();
      else this.#drawNow();
    });
  }

  #drawNow() {
    if (!this.#canvas.width || !this.#renderer.isReady) return;
    const isMoving = performance.now() - this.#moved < SETTLED_MS;
    const count = isMoving ? Math.min(Math.round(this.#sample), this.#renderer.count) : this.#renderer.count;
    this.#drawing = this.#renderer.drawing(this.#viewOf(count));
    if (isMoving) {
      this.#drawMoving(count);
      clearTimeout(this.#settling);
      this.#settling = setTimeout(() => this.draw(), SETTLED_MS + 10);
    } else this.#drawOn();
    this.#placeHalo();
  }

  #viewOf(count) {
    const ratio = this.#canvas.width / this.camera.width;
    const size = usualSize(this.#renderer.count) * this.sizeFactor * Math.min(this.camera.zoom, 64) ** 0.25 * ratio;
    return {
      affine: this.camera.affine(ratio),
      sizes: [0, size, size, size * 1.15],
      alphas: [0, 0.35, this.#host.hasSelection() ? 0.4 : 0.85, 1],
      ringPx: 1.5 * ratio,
      count,
      ...this.#host.look(),
    };
  }

  // As much as can be drawn in one frame; how much that is, this machine teaches.
  #drawMoving(count) {
    const start = performance.now();
    while (!this.#drawing.next().done); // to its end
    this.#drawing = null;
    const ideal = (count * FRAME_MS) / Math.max(performance.now() - start, 0.1);
    this.#sample = Math.max(Math.sqrt(count * ideal), MIN_POINTS);
  }

  // All of it, in bits that leave room for the pointer; another picture may take its place meanwhile.
  #drawOn() {
    const end = performance.now() + FRAME_MS;
    while (performance.now() < end) {
      if (this.#drawing.next().done) {
        this.#drawing = null;
        this.element.dataset.drawn = String(this.#renderer.count);
        return;
      }
    }
    this.#nextFrame();
  }

  #resize() {
    const { width, height } = this.#canvas.getBoundingClientRect(); // whole pixels would move points by a part of one
    const ratio = Math.min(window.devicePixelRatio || 1, MAX_RATIO);
    this.camera.resize(width, height);
    Object.assign(this.#canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
    this.#screen = null;
    this.#moved = performance.now();
    this.#drawNow(); // at once: a canvas that was resized is empty
  }

  #viewMoved() {
    this.#moved = performance.now();
    this.#host.moved();
    this.draw();
  }

  get #onScreen() {
    this.#screen ??= project(this.#places, this.camera.affine());
    return this.#screen;
  }

  /** Where a point is, in CSS pixels of the map. */
  placeOf(number) {
    return [this.#onScreen[2 * number], this.#onScreen[2 * number + 1]];
  }

  // The current point -----------------------------------------------------------------------------------

  get current() {
    return this.#current;
  }

  /** Put the mark on a point, -1 takes it away; `reveal` moves the map when the point is out of sight. */
  setCurrent(number, { reveal = false } = {}) {
    this.#current = number;
    if (number >= 0 && reveal) {
      const before = [this.camera.x, this.camera.y].join();
      this.camera.reveal(...this.placeOf(number));
      if ([this.camera.x, this.camera.y].join() !== before) this.#viewMoved();
    }
    this.#placeHalo();
  }

  #placeHalo() {
    this.#halo.setAttribute("visibility", this.#current < 0 ? "hidden" : "visible");
    if (this.#current < 0) return;
    const [x, y] = this.placeOf(this.#current);
    this.#halo.setAttribute("cx", x);
    this.#halo.setAttribute("cy", y);
  }

  /** The nearest neighbour of the current point in the direction of an arrow key; -1 if there is none. */
  neighbour(key) {
    if (this.#current < 0)
      return nearestPoint(this.#onScreen, this.isShown, this.camera.width / 2, this.camera.height / 2, Infinity);
    return neighbourTowards(this.#onScreen, this.isShown, this.#current, TOWARDS[key]);
  }

  /** Numbers of the shown points inside a polygon of the screen. */
  inside(polygon) {
    return pointsWhere(this.#onScreen, this.isShown, polygonTest(polygon));
  }

  // Pointer ---------------------------------------------------------------------------------------------

  #listen(signal) {
    const on = (type, handler, options = {}) => this.element.addEventListener(type, handler, { signal, ...options });
    on("pointerdown", (event) => this.#down(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#up(event));
    on("pointercancel", (event) => this.#cancel(event));
    on("pointerleave", () => this.#drag ?? this.#host.leave());
    on("dblclick", () => this.tool === "polygon" && this.closePolygon());
    on("contextmenu", (event) => event.preventDefault());
    on("wheel", (event) => this.#wheel(event), { passive: false });
  }

  #at(event) {
    const { left, top } = this.#canvas.getBoundingClientRect(); // without the border
    return [event.clientX - left, event.clientY - top];
  }

  #wheel(event) {
    event.preventDefault();
    const [x, y] = this.#at(event);
    this.camera.magnify(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), x, y);
    this.#viewMoved();
  }

  #down(event) {
    this.element.focus({ preventScroll: true });
    this.element.setPointerCapture(event.pointerId);
    const from = this.#at(event);
    this.#pointers.set(event.pointerId, from);
    this.#host.leave();
    if (this.#pointers.size === 2) {
      // two fingers move and magnify, whatever the tool
      this.#drag = { kind: "pinch", from };
      this.#setShape([]);
      return;
    }
    const isMove = this.tool === "move" || event.button !== 0 || event.ctrlKey || event.metaKey;
    const kind = !isMove ? this.tool : this.camera.isSolid && !event.shiftKey && event.button === 0 ? "turn" : "move";
    const mode = event.shiftKey ? "union" : event.altKey ? "difference" : undefined;
    this.#drag = { kind, from, mode, isClick: event.button === 0 };
    if (kind === "lasso" || kind === "box") this.#corners = [from];
  }

  #move(event) {
    const to = this.#at(event);
    const before = this.#pointers.get(event.pointerId);
    if (!before || !this.#drag) {
      if (event.pointerType !== "touch") this.#hover(to);
      return;
    }
    if (this.#drag.kind === "pinch") this.#pinch(event.pointerId, to);
    this.#pointers.set(event.pointerId, to);
    const { kind, from } = this.#drag;
    if (Math.hypot(to[0] - from[0], to[1] - from[1]) > CLICK_PX) this.#drag.isClick = false;
    if (kind === "move" || kind === "turn") {
      if (kind === "move") this.camera.pan(to[0] - before[0], to[1] - before[1]);
      else this.camera.turn(to[0] - before[0], to[1] - before[1]);
      this.#viewMoved();
    } else if (kind === "lasso") {
      const [x, y] = this.#corners.at(-1);
      if (Math.hypot(to[0] - x, to[1] - y) >= STEP_PX) this.#setShape([...this.#corners, to]);
    } else if (kind === "box") this.#setShape([from, [to[0], from[1]], to, [from[0], to[1]]]);
  }

  #pinch(id, to) {
    const other = [...this.#pointers].find(([each]) => each !== id)?.[1];
    const before = this.#pointers.get(id);
    if (!other) return;
    const apart = (a) => Math.max(Math.hypot(a[0] - other[0], a[1] - other[1]), 1);
    this.camera.pan((to[0] - before[0]) / 2, (to[1] - before[1]) / 2);
    this.camera.magnify(apart(to) / apart(before), (to[0] + other[0]) / 2, (to[1] + other[1]) / 2);
    this.#viewMoved();
  }

  #up(event) {
    const drag = this.#drag;
    this.#pointers.delete(event.pointerId);
    if (this.#pointers.size || !drag) return;
    this.#drag = null;
    const at = this.#at(event);
    if (drag.kind === "polygon" && drag.isClick) return this.#addCorner(at, event);
    if (drag.isClick && drag.kind !== "pinch") {
      this.#setShape([]);
      return this.#click(at, drag.mode);
    }
    if (drag.kind === "lasso" || drag.kind === "box") this.#finish(drag.kind, drag.mode);
  }

  #cancel(event) {
    this.#pointers.delete(event.pointerId);
    this.#drag = null;
    this.#setShape([]);
  }

  #click(at, mode) {
    const number = nearestPoint(this.#onScreen, this.isShown, ...at, REACH_PX);
    if (number < 0) return;
    this.#host.choose([number], { mode, how: "click" });
    this.#hover(at);
  }

  // A click on the first corner closes the polygon, like a double click, or Enter.
  #addCorner(at, event) {
    const [first] = this.#corners;
    if (first && this.#corners.length > 2 && Math.hypot(at[0] - first[0], at[1] - first[1]) < 10)
      return this.closePolygon(event);
    this.#setShape([...this.#corners, at]);
  }

  /** Close the polygon that is being drawn; says whether there was one. */
  closePolygon(event = {}) {
    if (this.tool !== "polygon" || this.#corners.length < 3) return false;
    this.#finish("lasso", event.shiftKey ? "union" : event.altKey ? "difference" : undefined);
    return true;
  }

  /** Forget the shape that is being drawn; says whether there was one. */
  dropShape() {
    const had = this.#corners.length > 0;
    this.#setShape([]);
    return had;
  }

  #finish(how, mode) {
    const polygon = this.#corners;
    this.#setShape([]);
    if (polygon.length > 2) this.#host.choose(this.inside(polygon), { mode, how });
  }

  #setShape(corners) {
    this.#corners = corners;
    const open = this.tool === "polygon" ? "" : "Z";
    this.#shape.setAttribute(
      "d",
      corners.length > 1
        ? `M${corners.map((each) => each.map((value) => value.toFixed(1)).join(" ")).join("L")}${open}`
        : corners.length
          ? `M${corners[0].join(" ")}h.1`
          : "",
    );
  }

  #hover(at) {
    const number = nearestPoint(this.#onScreen, this.isShown, ...at, REACH_PX);
    if (number < 0) this.#host.leave();
    else this.#host.hover(number);
  }
}
