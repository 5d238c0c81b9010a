// Editing boxes by keys and buttons: what each action does to the boxes of the session on screen.

import { uuid } from "../../web/dom.js";
import { clamp, countOf } from "../../web/numbers.js";
import { moveBoxes, resizeBox } from "../model/box_geometry.js";
import { byScore, inTimeOrder, isUnjudged, selectionOf } from "../model/boxes_state.js";
import { copied, copy, itemsOf, placeItems } from "../model/clipboard.js";

/** @import { Box, BoxPatch, Place, Scales, SessionView, Span } from "../../web/types.js" */
/** @import { Workflow } from "./workflow.js" */
/** @import { Stage } from "../view/stage.js" */
/** @import { Player } from "../sound/player.js" */

const COARSE = 10; // pixels that Ctrl makes of one

/**
 * The middle half of what is on screen: where a new box without a model of its own begins.
 * @param {Pick<Scales, "f" | "height">} scales
 */
function middleBand({ f, height }) {
  return { low_hz: f(0.75 * height), high_hz: f(0.25 * height) };
}

/** @param {Box[]} boxes */
const idsOf = (boxes) => boxes.map(({ id }) => id);

export class Editing {
  /** @type {string | null} */ label = null; // of new boxes
  continuous = false; // every drag draws, also on a box
  /** @type {{ length: number; low_hz: number | null; high_hz: number | null } | null} */ #last = null; // {length, low_hz, high_hz} of the last new box
  /** @type {Workflow} */ workflow;
  /** @type {Stage} */ stage;
  /** @type {Player} */ player;

  /** @param {Workflow} workflow @param {Stage} stage @param {Player} player */
  constructor(workflow, stage, player) {
    this.workflow = workflow;
    this.stage = stage;
    this.player = player;
  }

  /** The primary selected box, or null. */
  get selected() {
    const { work } = this.workflow;
    return work?.state.boxes.find((box) => box.id === work.state.selected) ?? null;
  }

  /** All selected boxes, in the order of time. */
  get selection() {
    return this.workflow.work ? selectionOf(this.workflow.work.state) : [];
  }

  get #editable() {
    return this.workflow.canEdit ? this.selection : [];
  }

  /**
   * A whole new box from its times and band.
   * @param {Span} span
   * @returns {Box}
   */
  complete(span) {
    return { label: this.label, ...span, id: uuid(), score: null, prediction_id: null, origin: "new" };
  }

  /** @param {Span} span */
  add(span) {
    this.#last = { length: span.end_s - span.start_s, low_hz: span.low_hz, high_hz: span.high_hz };
    this.workflow.dispatch({ type: "add", box: this.complete(span) });
  }

  /** @param {string | null} id */
  select(id) {
    this.workflow.dispatch({ type: "select", id });
  }

  /**
   * Change all selected boxes in the same way; false when there is none.
   * @param {BoxPatch} patch
   */
  patch(patch) {
    const ids = idsOf(this.#editable);
    if (ids.length) this.workflow.dispatch({ type: "change", ids, patch });
    return ids.length > 0;
  }

  /**
   * Use a label for new boxes, and for the selected ones; what those were called before, or null when nothing can be edited.
   * @param {string} name
   */
  setLabel(name) {
    if (!this.workflow.canEdit) return null;
    const before = this.#editable.map(({ label }) => label);
    this.label = name;
    this.patch({ label: name });
    this.workflow.changed();
    return before;
  }

  /**
   * Keep the chosen label where the round of `view` has it.
   * @param {SessionView} sessionView
   */
  adoptLabels({ labels }) {
    if (!labels.some(({ name }) => name === this.label)) this.label = labels[0].name;
  }

  /** A new box at the playhead, as long and as high as the last new one. */
  addAtPlayhead() {
    if (!this.workflow.canEdit) return false;
    const { limits, view, scales } = this.stage;
    const { length, low_hz, high_hz } = this.#last ?? { length: (view.t1 - view.t0) / 20, ...middleBand(scales) };
    const span = Math.min(length, limits.t1);
    const start = clamp(this.player.time, 0, limits.t1 - span);
    const fits = high_hz === null || (high_hz <= limits.f1 && low_hz >= limits.f0);
    this.add({ start_s: start, end_s: start + span, ...(fits ? { low_hz, high_hz } : middleBand(scales)) });
    return true;
  }

  toggleContinuous() {
    if (!this.workflow.canEdit) return false;
    this.continuous = !this.continuous;
    this.workflow.changed();
    return true;
  }

  toggleBand() {
    return this.patch(this.selected?.low_hz === null ? middleBand(this.stage.scales) : { low_hz: null, high_hz: null });
  }

  /** Flag the selected boxes as unsure; take the flag away when all have it. */
  toggleUnsure() {
    return this.patch({ unsure: !this.selection.every((box) => box.unsure) });
  }

  // Copies --------------------------------------------------------------------------------------------

  copy() {
    const boxes = this.selection;
    if (!boxes.length) return false;
    copy(boxes);
    const it =
      boxes.length === 1 ? "1 box is copied. Ctrl+V puts it" : `${boxes.length} boxes are copied. Ctrl+V puts them`;
    this.workflow.say(`${it} at the playhead, in other sessions too.`);
    return true;
  }

  paste() {
    if (!this.workflow.canEdit) return false;
    const items = copied();
    if (items.length) this.#addCopies(placeItems(items, this.player.time, this.stage.limits));
    else this.workflow.say("Nothing is copied yet: select a box and press Ctrl+C.");
    return true;
  }

  /** Copies of the selected boxes right behind them, before them, or where there is no room in their place. */
  duplicate() {
    const boxes = this.#editable;
    if (!boxes.length) return false;
    const { limits } = this.stage;
    const start = boxes[0].start_s;
    const end = Math.max(...boxes.map((box) => box.end_s));
    const shift = 2 * end - start <= limits.t1 ? end - start : 2 * start - end >= limits.t0 ? start - end : 0;
    this.#addCopies(placeItems(itemsOf(boxes), start + shift, limits));
    return true;
  }

  /** @param {Place[]} spans */
  #addCopies(spans) {
    const known = new Set(this.workflow.view.labels.map(({ name }) => name));
    const boxes = spans.map((span) => ({
      ...this.complete(span),
      label: known.has(span.label) ? span.label : this.label,
    }));
    this.workflow.dispatch({ type: "add", boxes });
    if (boxes.length) this.stage.reveal(boxes[0].start_s, boxes[0].end_s);
  }

  // Deleting ------------------------------------------------------------------------------------------

  /** Remove the selected boxes and select their neighbour, so that one can go on. */
  remove() {
    const gone = this.#editable;
    if (!gone.length) return false;
    const [before, after] = this.#around(gone);
    this.workflow.dispatch({ type: "remove", ids: idsOf(gone) });
    this.select((after[0] ?? before.at(-1))?.id ?? null);
    return true;
  }

  /**
   * What lies before and after the last of `boxes` in time, without them.
   * @param {Box[]} boxes
   */
  #around(boxes) {
    const ordered = inTimeOrder(this.workflow.boxes);
    const at = ordered.indexOf(boxes.at(-1));
    /** @param {Box[]} part */
    const others = (part) => part.filter((box) => !boxes.includes(box));
    return [others(ordered.slice(0, at)), others(ordered.slice(at + 1))];
  }

  /** Remove every box on screen; how many. */
  removeAll() {
    const ids = idsOf(this.workflow.boxes);
    this.workflow.dispatch({ type: "remove", ids });
    return ids.length;
  }

  clear() {
    const count = this.removeAll();
    this.workflow.say(`${countOf(count, "box", "boxes")} cleared.`, { label: "Undo", action: "undo" });
  }

  // Going through the boxes ---------------------------------------------------------------------------

  /**
   * Select the next (1) or previous (-1) box in time.
   * @param {number} direction
   */
  step(direction) {
    this.#go(inTimeOrder(this.workflow.boxes), direction);
  }

  /**
   * Select the box with the next lower (1) or higher (-1) score.
   * @param {number} direction
   */
  stepByScore(direction) {
    this.#go(byScore(this.workflow.boxes), direction);
  }

  /** @param {Box[]} ordered @param {number} direction */
  #go(ordered, direction) {
    if (!ordered.length) return;
    const at = ordered.indexOf(this.selected);
    const first = direction > 0 ? 0 : ordered.length - 1;
    this.#show(ordered[at < 0 ? first : (at + direction + ordered.length) % ordered.length]);
  }

  /** @param {Box} box */
  #show(box) {
    this.select(box.id);
    this.stage.reveal(box.start_s, box.end_s);
  }

  /**
   * Take the next or previous box in time into the selection; going back takes the last one out again.
   * @param {number} direction
   */
  extend(direction) {
    const ordered = inTimeOrder(this.workflow.boxes);
    const from = this.selected;
    const box = from ? ordered[ordered.indexOf(from) + direction] : ordered.at(direction > 0 ? 0 : -1);
    if (!box) return;
    const ids = this.workflow.work.state.selection;
    const others = ids.filter((id) => id !== box.id && !(ids.includes(box.id) && id === from?.id));
    this.workflow.dispatch({ type: "select", ids: [...others, box.id] });
    this.stage.reveal(box.start_s, box.end_s);
  }

  selectAll() {
    this.workflow.dispatch({ type: "select", ids: idsOf(inTimeOrder(this.workflow.boxes)) });
  }

  // Judging predictions -------------------------------------------------------------------------------

  /** Predictions on screen that wait for a tick, in the order of time. */
  get unjudged() {
    const { boxes, view } = this.workflow;
    return inTimeOrder(boxes.filter((box) => isUnjudged(box, view)));
  }

  /** Tick the selected predictions and go to the next one that waits; without a selection, begin with the first. */
  accept() {
    if (!this.workflow.canEdit) return false;
    const last = this.#editable.at(-1);
    if (!last) return this.#begin();
    this.patch({ checked: true });
    this.#goOn(last.start_s);
    return true;
  }

  acceptAll() {
    if (!this.workflow.canEdit) return false;
    this.workflow.dispatch({ type: "change", ids: idsOf(this.unjudged), patch: { checked: true } });
    this.select(null);
    return true;
  }

  /** Delete the selected boxes and go to the next prediction that waits; without a selection, begin with the first. */
  reject() {
    const gone = this.#editable;
    if (!gone.length) return this.#begin();
    this.workflow.dispatch({ type: "remove", ids: idsOf(gone) });
    this.#goOn(gone.at(-1).start_s);
    return true;
  }

  // Nothing is judged that nobody has looked at: the first key shows what the next one is about.
  #begin() {
    if (!this.workflow.canEdit || !this.unjudged.length) return false;
    this.#goOn(0);
    this.workflow.say("The first prediction is selected: the same key again judges it.");
    return true;
  }

  /** @param {number} from_s */
  #goOn(from_s) {
    const waiting = this.unjudged;
    const box = waiting.find((each) => each.start_s >= from_s) ?? waiting[0];
    if (box) this.#show(box);
    else this.select(null);
  }

  // Moving --------------------------------------------------------------------------------------------

  /**
   * An arrow key: moves the selected boxes by a pixel, or one of their edges; without one it seeks.
   * @param {KeyboardEvent} event
   */
  arrow(event) {
    const right = { ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0;
    const up = { ArrowDown: -1, ArrowUp: 1 }[event.key] ?? 0;
    const boxes = this.#editable;
    if (boxes.length) this.#nudge(boxes, right, up, event);
    else if (!right || event.altKey) return false;
    else this.#seek(right, event);
    return true;
  }

  /** @param {number} direction @param {KeyboardEvent} keyboardEvent */
  #seek(direction, { ctrlKey, metaKey, shiftKey }) {
    const factor = ctrlKey || metaKey ? 5 : shiftKey ? 0.1 : 1;
    const { time, limits, spanS } = this.stage; // what is folded away is stepped over
    const at = time.fold(this.player.time) + (direction * factor * spanS) / 60;
    this.player.seek(time.unfold(clamp(at, time.fold(limits.t0), time.fold(limits.t1))));
  }

  /** @param {Box[]} boxes @param {number} right @param {number} up @param {KeyboardEvent} keyboardEvent */
  #nudge(boxes, right, up, { key, ctrlKey, metaKey, shiftKey, altKey }) {
    const { scales, limits } = this.stage;
    const least = { s: scales.secondsPerPixel, hz: scales.hertzPerPixel };
    const pixels = ctrlKey || metaKey ? COARSE : 1;
    const [dt, df] = [right * least.s * pixels, up * least.hz * pixels];
    const edge = right ? (shiftKey ? "e" : "w") : shiftKey ? "n" : "s";
    /** @param {Box} box */
    const stretch = (box) => {
      const t = (edge === "w" ? box.start_s : box.end_s) + dt;
      const f = (edge === "s" ? box.low_hz : box.high_hz) + df;
      return resizeBox(box, edge, t, f, limits, least);
    };
    const moved = shiftKey || altKey ? boxes.map(stretch) : moveBoxes(boxes, dt, df, limits);
    const tag = `${key} ${shiftKey} ${altKey} ${idsOf(boxes)}`; // a key held down is one step of the history
    this.workflow.dispatch({ type: "changeEach", patches: Object.fromEntries(moved.map((box) => [box.id, box])), tag });
  }
}
