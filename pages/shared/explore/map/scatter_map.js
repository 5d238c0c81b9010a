// The map on screen: points, the shape that is being drawn, what the pointer is on; mouse, pen and fingers.

import { el, svg } from "../../web/dom.js";
import { Camera } from "./camera.js";
import { MapPainter } from "./map_painter.js";
import { nearestPoint, neighbourTowards, pathOf, pointsWhere, polygonTest, project } from "./point_geometry.js";
import { STATE } from "./point_renderer.js";

/** @import { How, MapDrag, MapHost, Point, SelectionMode } from "../../web/types.js" */

const REACH_PX = 14; // from a point to the pointer
const CLICK_PX = 4;
const STEP_PX = 3; // of a lasso

/** @type {Record<string, Point>} */
const TOWARDS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class ScatterMap {
  camera = new Camera();
  tool = "lasso"; // lasso, polygon, box or move
  sizeFactor = 1;
  /** @type {MapHost} */ #host;
  /** @type {MapPainter} */ #painter;
  #canvas = el("canvas", { "aria-hidden": "true" });
  #shape = svg("path", { class: "shape" });
  #halo = svg("circle", { class: "halo", r: 9, visibility: "hidden" });
  #states = new Uint8Array(0);
  /** @type {Float32Array | null} */ #screen = null; // places of all points in CSS pixels, while the view stands still
  #places = new Float32Array(0);
  #current = -1;
  /** @type {Point[]} */ #corners = []; // of the shape that is being drawn
  /** @type {Map<number, Point>} */ #pointers = new Map(); // fingers and mouse that are down: id -> [x, y]
  /** @type {MapDrag | null} */ #drag = null; // {kind, from, mode}
  /** @type {HTMLElement} */ element;

  /** @param {MapHost} host @param {AbortSignal} signal */
  constructor(host, signal) {
    this.#host = host;
    this.#painter = new MapPainter(this.#canvas, this.camera, {
      sizeFactor: () => this.sizeFactor,
      hasSelection: () => host.hasSelection(),
      look: () => host.look(),
      painted: () => this.#placeHalo(),
      finished: (count) => (this.element.dataset.drawn = String(count)),
    });
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

  /**
   * @param {Float32Array<any>} places x, y and z of each point, from -1 to 1
   * @param {boolean} isSolid
   */
  setPlaces(places, isSolid) {
    this.#places = places;
    this.#painter.renderer.setPlaces(places);
    if (this.#states.length * 3 !== places.length) this.setStates(new Uint8Array(places.length / 3).fill(STATE.plain));
    if (this.camera.isSolid !== isSolid) {
      this.camera.isSolid = isSolid;
      this.camera.reset();
    }
    this.draw();
  }

  /** @param {Uint32Array} colors */
  setColors(colors) {
    this.#painter.renderer.setColors(colors);
    this.draw();
  }

  /** @param {Uint8Array<any>} states */
  setStates(states) {
    this.#states = states;
    this.#painter.renderer.setStates(states);
    this.draw();
  }

  /**
   * Can a point be hovered and selected?
   * @param {number} number
   */
  isShown = (number) => this.#states[number] !== STATE.hidden && this.#states[number] !== undefined;

  /** @param {string} tool */
  useTool(tool) {
    this.tool = tool;
    this.element.dataset.tool = tool;
    this.#setShape([]);
  }

  fit() {
    this.camera.reset();
    this.#viewMoved();
  }

  /** @param {number} factor */
  zoom(factor) {
    this.camera.magnify(factor);
    this.#viewMoved();
  }

  draw() {
    this.#screen = null;
    this.#painter.draw();
  }

  #resize() {
    const { width, height } = this.#canvas.getBoundingClientRect(); // whole pixels would move points by a part of one
    this.camera.resize(width, height);
    this.#screen = null;
    this.#painter.resize(width, height);
  }

  #viewMoved() {
    this.#painter.moved();
    this.#host.moved();
    this.draw();
  }

  get #onScreen() {
    this.#screen ??= project(this.#places, this.camera.affine());
    return this.#screen;
  }

  /**
   * Where a point is, in CSS pixels of the map.
   * @param {number} number
   */
  placeOf(number) {
    return [this.#onScreen[2 * number], this.#onScreen[2 * number + 1]];
  }

  // The current point -----------------------------------------------------------------------------------

  get current() {
    return this.#current;
  }

  /**
   * Put the mark on a point, -1 takes it away; `reveal` moves the map when the point is out of sight.
   * @param {number} number
   * @param {{ reveal?: boolean }} [options]
   */
  setCurrent(number, { reveal = false } = {}) {
    this.#current = number;
    if (number >= 0 && reveal) {
      const before = [this.camera.x, this.camera.y].join();
      const [x, y] = this.placeOf(number);
      this.camera.reveal(x, y);
      if ([this.camera.x, this.camera.y].join() !== before) this.#viewMoved();
    }
    this.#placeHalo();
  }

  #placeHalo() {
    this.#halo.setAttribute("visibility", this.#current < 0 ? "hidden" : "visible");
    if (this.#current < 0) return;
    const [x, y] = this.placeOf(this.#current);
    this.#halo.setAttribute("cx", String(x));
    this.#halo.setAttribute("cy", String(y));
  }

  /**
   * The nearest neighbour of the current point in the direction of an arrow key; -1 if there is none.
   * @param {string} key
   */
  neighbour(key) {
    if (this.#current < 0)
      return nearestPoint(this.#onScreen, this.isShown, this.camera.width / 2, this.camera.height / 2, Infinity);
    return neighbourTowards(this.#onScreen, this.isShown, this.#current, TOWARDS[key]);
  }

  /**
   * Numbers of the shown points inside a polygon of the screen.
   * @param {Point[]} polygon
   */
  inside(polygon) {
    return pointsWhere(this.#onScreen, this.isShown, polygonTest(polygon));
  }

  // Pointer ---------------------------------------------------------------------------------------------

  /** @param {AbortSignal} signal */
  #listen(signal) {
    /** @param {string} type @param {(event: any) => unknown} handler @param {AddEventListenerOptions} [options] */
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

  /** @param {MouseEvent} event */
  #at(event) {
    const { left, top } = this.#canvas.getBoundingClientRect(); // without the border
    return [event.clientX - left, event.clientY - top];
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    event.preventDefault();
    const [x, y] = this.#at(event);
    this.camera.magnify(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), x, y);
    this.#viewMoved();
  }

  /** @param {PointerEvent} event */
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

  /** @param {PointerEvent} event */
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

  /** @param {number} id @param {Point} to */
  #pinch(id, to) {
    const other = [...this.#pointers].find(([each]) => each !== id)?.[1];
    const before = this.#pointers.get(id);
    if (!other) return;
    /** @param {Point} a */
    const apart = (a) => Math.max(Math.hypot(a[0] - other[0], a[1] - other[1]), 1);
    this.camera.pan((to[0] - before[0]) / 2, (to[1] - before[1]) / 2);
    this.camera.magnify(apart(to) / apart(before), (to[0] + other[0]) / 2, (to[1] + other[1]) / 2);
    this.#viewMoved();
  }

  /** @param {PointerEvent} event */
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

  /** @param {PointerEvent} event */
  #cancel(event) {
    this.#pointers.delete(event.pointerId);
    this.#drag = null;
    this.#setShape([]);
  }

  /** @param {Point} at @param {SelectionMode | undefined} mode */
  #click(at, mode) {
    const number = nearestPoint(this.#onScreen, this.isShown, at[0], at[1], REACH_PX);
    if (number < 0) return;
    this.#host.choose([number], { mode, how: "click" });
    this.#hover(at);
  }

  // A click on the first corner closes the polygon, like a double click, or Enter.
  /** @param {Point} at @param {PointerEvent} event */
  #addCorner(at, event) {
    const [first] = this.#corners;
    if (first && this.#corners.length > 2 && Math.hypot(at[0] - first[0], at[1] - first[1]) < 10)
      return this.closePolygon(event);
    this.#setShape([...this.#corners, at]);
  }

  /**
   * Close the polygon that is being drawn; says whether there was one.
   * @param {{ shiftKey?: boolean; altKey?: boolean }} [event]
   */
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

  /** @param {How} how @param {SelectionMode | undefined} mode */
  #finish(how, mode) {
    const polygon = this.#corners;
    this.#setShape([]);
    if (polygon.length > 2) this.#host.choose(this.inside(polygon), { mode, how });
  }

  /** @param {Point[]} corners */
  #setShape(corners) {
    this.#corners = corners;
    this.#shape.setAttribute("d", pathOf(corners, this.tool !== "polygon"));
  }

  /** @param {Point} at */
  #hover(at) {
    const number = nearestPoint(this.#onScreen, this.isShown, at[0], at[1], REACH_PX);
    if (number < 0) this.#host.leave();
    else this.#host.hover(number);
  }
}
