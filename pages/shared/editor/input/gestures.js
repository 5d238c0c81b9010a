// What the pointer does on the plot: draw, select, move, resize, seek, zoom, pan, pinch.

import { boxesAt, boxesIn, lengthen, moveBoxes, resizeBox, spanBox } from "../model/box_geometry.js";

/** @import { Editor } from "../editor.js" */
/** @import { Box, Drag, GestureHost, StagePlace } from "../../web/types.js" */
/** @import { Stage } from "../view/stage.js" */

const SLOP_PX = 4; // shorter movements are clicks
const SLACK_PX = 2; // how near to a thin box counts as on it
const WHEEL_STEP = 1.0015;

/**
 * What gestures need of the editor, some of which comes after them.
 * @type {(editor: Editor) => GestureHost}
 */
export const gestureHost = (editor) => ({
  boxes: () => editor.workflow?.boxes ?? [],
  selected: () => editor.workflow.work?.state.selected ?? null,
  selection: () => editor.workflow.work?.state.selection ?? [],
  editable: () => editor.workflow.canEdit && !editor.verify?.active,
  continuous: () => editor.editing.continuous,
  leastS: () => editor.workflow.view.display?.min_box_s ?? 0,
  select: (ids) => editor.workflow.dispatch({ type: "select", ids }),
  toggle: (id) => editor.workflow.dispatch({ type: "toggle", id }),
  seek: (t) => editor.player.seek(t),
  play: (box) => editor.player.playRange(box.start_s, box.end_s),
  takeKeyboard: () => editor.keyboard.take(),
  hover: (place) => editor.panel.drawCursor(place, editor.stage),
  live: (shape) => editor.showLive(shape),
  commit: ({ drawn, changed }) => {
    if (drawn) editor.editing.add(drawn);
    else
      editor.workflow.dispatch({
        type: "changeEach",
        patches: Object.fromEntries(changed.map((box) => [box.id, box])),
      });
  },
});

/**
 * Listen on the stage's overlay. `host` offers: boxes(), selected() (the primary id), selection() (ids), editable(),
 * continuous() (does every drag draw?), leastS() (of a new box), select(ids), toggle(id), seek(t), play(box),
 * hover(place | null), takeKeyboard(), and live(shape | null) while something is dragged, then commit(shape).
 * A shape is {drawn: span} for a new box, {changed: boxes}, or {frame: {start_s, ...}} that selects what it touches.
 */
export class Gestures {
  /** @type {Map<number, PointerEvent>} */ #pointers = new Map();
  /** @type {Drag | null} */ #drag = null;
  /** @type {Stage} */ stage;
  /** @type {GestureHost} */ host;

  /** @param {Stage} stage @param {GestureHost} host @param {AbortSignal} signal */
  constructor(stage, host, signal) {
    this.stage = stage;
    this.host = host;
    /** @param {string} type @param {(event: any) => unknown} handler @param {AddEventListenerOptions} [options] */
    const on = (type, handler, options) => stage.overlay.addEventListener(type, handler, { signal, ...options });
    on("pointerdown", (event) => this.#down(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#up(event));
    on("pointercancel", (event) => this.#cancel(event));
    on("pointerleave", () => host.hover(null));
    on("contextmenu", (event) => host.editable() && event.preventDefault()); // a right drag selects
    on("dblclick", (event) => this.#doubleClick(event));
    on("wheel", (event) => this.#wheel(event), { passive: false });
  }

  /** End what is being dragged without a trace; says whether there was something. */
  abandon() {
    const dragging = this.#drag !== null;
    this.#drag = null;
    this.host.live(null);
    return dragging;
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.button > 2) return;
    this.#pointers.set(event.pointerId, event);
    this.stage.overlay.setPointerCapture(event.pointerId);
    if (this.#pointers.size > 1) {
      this.abandon();
      return;
    }
    event.preventDefault(); // no text selection, no autoscroll
    this.host.takeKeyboard(); // whoever draws does not type any more
    this.#drag = this.#begin(event, this.stage.locate(event));
  }

  /** @param {PointerEvent} event @param {StagePlace} from */
  #begin(event, from) {
    const { host, stage } = this;
    const boxes = host.boxes();
    const hits = this.#hits(boxes, from);
    const many = event.shiftKey || event.ctrlKey || event.metaKey; // a click adds to the selection
    const common = { from, hits, many, moved: false };
    if (event.button === 1) return { ...common, kind: "pan", view: stage.view };
    if (!host.editable()) return { ...common, kind: hits.length ? "look" : "pan", view: stage.view };
    if (event.button === 2) return { ...common, kind: "frame" };
    const selected = boxes.find((box) => box.id === host.selected());
    const { handle } = /** @type {SVGElement} */ (event.target).dataset;
    if (handle && selected) return { ...common, kind: "resize", handle, box: selected };
    const over = event.ctrlKey || event.metaKey || event.altKey || host.continuous(); // draws over a box instead of moving it
    if (!hits.length || over) return { ...common, kind: "draw" };
    const held = host.selection();
    const box = hits.find(({ id }) => id === host.selected()) ?? hits.find(({ id }) => held.includes(id)) ?? hits[0];
    return {
      ...common,
      kind: "move",
      box,
      group: held.includes(box.id) ? boxes.filter(({ id }) => held.includes(id)) : [box],
    };
  }

  /** @param {Box[]} boxes @param {Pick<StagePlace, "t" | "f">} stagePlace */
  #hits(boxes, { t, f }) {
    const { secondsPerPixel, hertzAt } = this.stage.scales;
    return boxesAt(boxes, t, f, this.stage.limits, { s: SLACK_PX * secondsPerPixel, hz: SLACK_PX * hertzAt(f) });
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const place = this.stage.locate(event);
    this.host.hover(place);
    if (this.#pointers.size > 1) return this.#pinch(event);
    const drag = this.#drag;
    if (!drag) return;
    drag.moved ||= Math.hypot(place.x - drag.from.x, place.y - drag.from.y) >= SLOP_PX;
    if (!drag.moved) return;
    if (drag.kind === "pan") return this.#pan(drag, place);
    if (drag.kind === "look") return;
    if (drag.group?.length === 1 && this.host.selected() !== drag.box.id) this.host.select([drag.box.id]);
    drag.shape = this.#shape(drag, place, event.shiftKey);
    this.host.live(drag.shape);
  }

  /** @param {Drag} drag @param {StagePlace} place @param {boolean} shift */
  #shape(drag, place, shift) {
    const { stage } = this;
    const { from, box } = drag;
    if (drag.kind === "frame") return { frame: spanBox(from, place, false, stage.limits) };
    if (drag.kind === "draw") {
      // only boxes that are newly drawn have a least size; others keep their exact times
      const flat = Math.abs(place.y - from.y) < SLOP_PX;
      const drawn = spanBox(from, place, shift || flat, stage.limits);
      drag.thin = (drawn.end_s - drawn.start_s) / stage.scales.secondsPerPixel < SLOP_PX;
      return { drawn: drag.thin ? drawn : lengthen(drawn, this.host.leastS(), stage.limits) };
    }
    const [dt, df] = [place.t - from.t, place.f - from.f];
    if (drag.kind === "move") return { changed: moveBoxes(drag.group, dt, df, stage.limits) };
    const { scales } = stage;
    const side = drag.handle.includes("w") ? box.start_s : box.end_s;
    const t = stage.time.isFolded ? scales.t(scales.x(side) + place.x - from.x) : side + dt;
    const edge = drag.handle.includes("s") ? box.low_hz : box.high_hz;
    const f = edge === null ? null : scales.f(scales.y(edge) + place.y - from.y);
    const least = { s: scales.secondsPerPixel, hz: edge === null ? 0 : scales.hertzAt(edge) };
    return { changed: [resizeBox(box, drag.handle, t, f, stage.limits, least)] };
  }

  /** @param {PointerEvent} event */
  #up(event) {
    this.#pointers.delete(event.pointerId);
    const drag = this.#drag;
    if (!drag || this.#pointers.size) return;
    this.#drag = null;
    this.host.live(null);
    if (!drag.moved) this.#click(drag);
    else if (drag.kind === "frame") this.host.select(boxesIn(this.host.boxes(), drag.shape.frame).map(({ id }) => id));
    else if (drag.shape && !drag.thin) this.host.commit(drag.shape);
  }

  /** @param {PointerEvent} event */
  #cancel(event) {
    this.#pointers.delete(event.pointerId);
    this.abandon();
  }

  // A click on the selected box goes on to the next one under it; a click beside all boxes seeks.
  /** @param {Drag} drag */
  #click({ kind, hits, many, from }) {
    if (kind === "resize" || kind === "frame") return;
    if (hits.length && many) return this.host.toggle(hits[0].id);
    if (!hits.length || (kind === "draw" && !this.host.continuous())) {
      this.host.select([]);
      this.host.seek(from.t);
      return;
    }
    const at = hits.findIndex((box) => box.id === this.host.selected());
    this.host.select([hits[(at + 1) % hits.length].id]);
  }

  /** @param {MouseEvent} event */
  #doubleClick(event) {
    const { t, f } = this.stage.locate(event);
    const [box] = this.#hits(this.host.boxes(), { t, f });
    if (box) this.host.play(box);
    else this.stage.reset();
  }

  /** @param {Drag} drag @param {StagePlace} place */
  #pan({ from, view }, place) {
    this.stage.panFrom(view, place.x - from.x, place.y - from.y);
  }

  /** @param {PointerEvent} event */
  #pinch(event) {
    const before = [...this.#pointers.values()].map((pointer) => this.stage.locate(pointer).x);
    this.#pointers.set(event.pointerId, event);
    const after = [...this.#pointers.values()].map((pointer) => this.stage.locate(pointer).x);
    /** @param {number[]} pair */
    const spread = ([a, b]) => Math.max(Math.abs(a - b), 20);
    /** @param {number[]} pair */
    const middle = ([a, b]) => (a + b) / 2;
    this.stage.pan((middle(before) - middle(after)) * this.stage.scales.secondsPerPixel);
    this.stage.zoomTime(spread(before) / spread(after), this.stage.scales.t(middle(after)));
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    event.preventDefault();
    const { stage } = this;
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    const { t, f } = stage.locate(event);
    if (event.shiftKey || Math.abs(dx) > Math.abs(dy)) stage.pan((dx || dy) * stage.scales.secondsPerPixel);
    else if (event.altKey) stage.zoomBand(WHEEL_STEP ** dy, f);
    else stage.zoomTime(WHEEL_STEP ** (event.ctrlKey ? dy * 5 : dy), t);
  }
}
