// Editing boxes by keys and buttons: what each action does to the boxes of the session on screen.

import { uuid } from "./dom.js";
import { clamp, moveBox, resizeBox } from "./scales.js";
import { inTimeOrder } from "./store.js";

const COARSE = 10; // pixels that Ctrl makes of one

/** The middle half of what is on screen: where a new box without a model of its own begins. */
function middleBand({ f0, f1 }) {
  const quarter = (f1 - f0) / 4;
  return { low_hz: f0 + quarter, high_hz: f1 - quarter };
}

export class Editing {
  label = null; // of new boxes
  #last = null; // {length, low_hz, high_hz} of the last new box

  constructor(workflow, stage, player) {
    Object.assign(this, { workflow, stage, player });
  }

  get selected() {
    const { work } = this.workflow;
    return work?.state.boxes.find((box) => box.id === work.state.selected) ?? null;
  }

  /** A whole new box from its times and band. */
  complete(span) {
    return { ...span, id: uuid(), label: this.label, score: null, prediction_id: null, origin: "new" };
  }

  add(span) {
    this.#last = { length: span.end_s - span.start_s, low_hz: span.low_hz, high_hz: span.high_hz };
    this.workflow.dispatch({ type: "add", box: this.complete(span) });
  }

  change(box, patch, tag = null) {
    this.workflow.dispatch({ type: "change", id: box.id, patch, tag });
  }

  select(id) {
    this.workflow.dispatch({ type: "select", id });
  }

  /** Use a label for new boxes, and for the selected one. */
  setLabel(name) {
    if (!this.workflow.canEdit) return false;
    this.label = name;
    if (this.selected) this.change(this.selected, { label: name });
    this.workflow.changed();
    return true;
  }

  /** Keep the chosen label where the round of `view` has it. */
  adoptLabels({ labels }) {
    if (!labels.some(({ name }) => name === this.label)) this.label = labels[0].name;
  }

  /** A new box at the playhead, as long and as high as the last new one. */
  addAtPlayhead() {
    if (!this.workflow.canEdit) return false;
    const { limits, view } = this.stage;
    const { length, low_hz, high_hz } = this.#last ?? { length: (view.t1 - view.t0) / 20, ...middleBand(view) };
    const span = Math.min(length, limits.t1);
    const start = clamp(this.player.time, 0, limits.t1 - span);
    const fits = high_hz === null || (high_hz <= limits.f1 && low_hz >= limits.f0);
    this.add({ start_s: start, end_s: start + span, ...(fits ? { low_hz, high_hz } : middleBand(view)) });
    return true;
  }

  toggleBand() {
    const box = this.selected;
    if (!box || !this.workflow.canEdit) return false;
    this.change(box, box.low_hz === null ? middleBand(this.stage.view) : { low_hz: null, high_hz: null });
    return true;
  }

  /** Remove the selected box and select its neighbour, so that one can go on. */
  remove() {
    const box = this.selected;
    if (!box || !this.workflow.canEdit) return false;
    const ordered = inTimeOrder(this.workflow.boxes);
    const at = ordered.indexOf(box);
    this.workflow.dispatch({ type: "remove", id: box.id });
    this.select((ordered[at + 1] ?? ordered[at - 1])?.id ?? null);
    return true;
  }

  clear() {
    const count = this.workflow.boxes.length;
    this.workflow.dispatch({ type: "clear" });
    this.workflow.say(`${count === 1 ? "1 box" : `${count} boxes`} cleared.`, { label: "Undo", action: "undo" });
  }

  /** Select the next (1) or previous (-1) box in time. */
  step(direction) {
    const ordered = inTimeOrder(this.workflow.boxes);
    if (!ordered.length) return;
    const at = ordered.indexOf(this.selected);
    const first = direction > 0 ? 0 : ordered.length - 1;
    const box = ordered[at < 0 ? first : (at + direction + ordered.length) % ordered.length];
    this.select(box.id);
    this.stage.reveal(box.start_s, box.end_s);
  }

  /** An arrow key: moves the selected box by a pixel, or one of its edges; without one it seeks. */
  arrow(event) {
    const right = { ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0;
    const up = { ArrowDown: -1, ArrowUp: 1 }[event.key] ?? 0;
    const box = this.selected;
    if (box && this.workflow.canEdit) this.#nudge(box, right, up, event);
    else if (!right || event.altKey) return false;
    else this.#seek(right, event);
    return true;
  }

  #seek(direction, { ctrlKey, metaKey, shiftKey }) {
    const { t0, t1 } = this.stage.view;
    const factor = ctrlKey || metaKey ? 5 : shiftKey ? 0.1 : 1;
    this.player.seek(this.player.time + (direction * factor * (t1 - t0)) / 60);
  }

  #nudge(box, right, up, { key, ctrlKey, metaKey, shiftKey, altKey }) {
    const { scales, limits } = this.stage;
    const least = { s: scales.secondsPerPixel, hz: scales.hertzPerPixel };
    const pixels = ctrlKey || metaKey ? COARSE : 1;
    const [dt, df] = [right * least.s * pixels, up * least.hz * pixels];
    const tag = `${key} ${shiftKey} ${altKey} ${box.id}`; // a key held down is one step of the history
    if (!shiftKey && !altKey) {
      this.change(box, moveBox(box, dt, df, limits), tag);
      return;
    }
    const edge = right ? (shiftKey ? "e" : "w") : shiftKey ? "n" : "s";
    const t = (edge === "w" ? box.start_s : box.end_s) + dt;
    const f = (edge === "s" ? box.low_hz : box.high_hz) + df;
    this.change(box, resizeBox(box, edge, t, f, limits, least), tag);
  }
}
