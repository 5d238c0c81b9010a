// Grid verify: a page of thumbnails of one label across sessions. Click or lasso the wrong ones, confirm the rest.

import { chordOf } from "../../web/chords.js";
import { el, uuid } from "../../web/dom.js";
import { Clips } from "../sound/clip_player.js";
import {
  commonBand,
  commonSpan,
  countMarks,
  lassoed,
  neighbour,
  ORDERS,
  partOf,
  SIZES,
  speedOf,
  summariseMarks,
  toggled,
} from "./grid_layout.js";
import { Thumbnail } from "./thumbnail.js";
import { clipOf } from "./verify_order.js";

const AT_ONCE = 4; // pictures that are fetched at the same time
const HOVER_MS = 150;
const DRAG_PX = 6;

const select = (name, options) => {
  const node = el("select", { "aria-label": name });
  node.append(...options.map(([value, text]) => el("option", { value }, text)));
  return node;
};

export class Grid {
  active = false;
  #items = [];
  #thumbnails = new Map(); // id -> Thumbnail
  #marks = new Map(); // id -> "no" | "unsure"; all others are right
  #counts = {};
  #offset = 0;
  #focus = 0;
  #turn = 0; // every loading of a page; what an older one brings is dropped
  #undo = null; // what was confirmed last: {items, all}
  #touched = new Set(); // sessions whose answer changed
  #hover = 0;
  #parts = {};

  /**
   * `host` is {workflow, player, api, roundId, who(), look(), resolve(path), label(), read(), remember(changes),
   * open(sessionId), tell(event, value)}: `look()` says how pictures are shown, `label()` what is filtered for.
   */
  constructor(desk, host) {
    this.host = host;
    this.clips = new Clips(host.resolve, (id, seconds) => this.#thumbnails.get(id)?.follow(seconds));
    const part = (name, node) => (this.#parts[name] = node);
    const { gridOrder = "lowest", gridSize = 24, gridHover = true } = host.read();
    const hover = el("input", {
      type: "checkbox",
      onchange: () => host.remember({ gridHover: this.#parts.hover.checked }),
    });
    const button = (action, text, kind = "") => part(action, el("button", { class: kind, "data-do": action }, text));
    part("label", select("Label", []));
    part(
      "order",
      select(
        "Order of the thumbnails",
        ORDERS.map(({ order, name }) => [order, name]),
      ),
    ).value = gridOrder;
    part(
      "size",
      select(
        "Thumbnails on a page",
        SIZES.map((size) => [size, `${size} on a page`]),
      ),
    ).value = String(gridSize);
    part("hover", hover).checked = gridHover;
    part(
      "list",
      el("div", {
        class: "thumbs",
        role: "listbox",
        "aria-multiselectable": "true",
        "aria-label": "Predictions; selected ones are wrong",
      }),
    );
    part("frame", el("div", { class: "lasso", hidden: true }));
    part("field", el("div", { class: "field" }, this.#parts.list, this.#parts.frame));
    this.view = el(
      "section",
      { class: "grid", "aria-label": "Grid verify", hidden: true },
      el(
        "div",
        { class: "bar" },
        this.#parts.label,
        this.#parts.order,
        this.#parts.size,
        el("label", { class: "check" }, hover, "Play on hover"),
        el(
          "span",
          { class: "pages" },
          button("gridPrevious", "Back"),
          part("range", el("span", { class: "range" })),
          button("gridNext", "Skip page"),
        ),
      ),
      part("notice", el("p", { class: "notice", role: "status" })),
      this.#parts.field,
      el(
        "div",
        { class: "confirm" },
        el(
          "span",
          { class: "dim" },
          "Click wrong ones, or drag across them · U: unsure · Space: play · O: open the session",
        ),
        button("gridUndo", "Undo", "second"),
        button("gridConfirm", "Confirm", "first"),
      ),
    );
    desk.append(this.view);
    for (const name of ["label", "order", "size"]) this.#parts[name].addEventListener("change", () => this.#choose());
    this.#listen();
  }

  // The mode ------------------------------------------------------------------------------------------

  enter() {
    this.active = true;
    this.view.hidden = false;
    if (this.host.player.playing) this.host.player.toggle();
    this.#touched.clear();
    this.#setUndo(null);
    this.#offset = 0;
    this.#wanted = this.host.label();
    this.#load();
  }

  /** Sessions that were judged here look different in the editor now. */
  leave() {
    this.active = false;
    this.view.hidden = true;
    this.clips.stop();
    this.#turn += 1;
    const { workflow } = this.host;
    const current = workflow.view?.session_id ?? null;
    if (!current || this.#touched.has(current)) workflow.open(current, "replace");
    else if (this.#touched.size) workflow.queue.reorder();
  }

  run(action, event) {
    const again = event.type === "click" && event.detail > 1; // the second click of a double click
    if (again && action === "gridConfirm") return true;
    this[action]();
    return true;
  }

  // A page --------------------------------------------------------------------------------------------

  #wanted = null; // label: null until the counts are known

  #choose() {
    const { label, order, size } = this.#parts;
    this.host.remember({ gridOrder: order.value, gridSize: Number(size.value) });
    this.#wanted = label.value;
    this.#offset = 0;
    this.#load();
  }

  get #size() {
    return Number(this.#parts.size.value);
  }

  gridNext() {
    this.#turnTo(this.#offset + this.#size);
  }
  gridPrevious() {
    this.#turnTo(this.#offset - this.#size);
  }

  #turnTo(offset) {
    if (offset < 0 || offset >= this.#total) return;
    this.#offset = offset;
    this.#load();
  }

  get #total() {
    return this.#counts[this.#wanted] ?? 0;
  }

  async #load() {
    this.#turn += 1;
    const turn = this.#turn;
    this.clips.stop();
    this.view.dataset.state = "loading";
    this.#drawBar();
    try {
      const page = await this.#fetchPage();
      if (turn !== this.#turn) return;
      this.view.dataset.state = "ready";
      this.#show(page.items);
      await this.#fetchPictures(turn);
    } catch (error) {
      if (turn !== this.#turn || error.name === "AbortError") return;
      this.view.dataset.state = "error";
      this.#say(error.message, { label: "Try again", run: () => this.#load() });
    }
  }

  async #fetchPage() {
    const ask = (label, offset, limit) =>
      this.host.api.candidates({
        holder: this.host.who().holder,
        label,
        order: this.#parts.order.value,
        offset,
        limit,
      });
    if (!this.#wanted) {
      // begin with the label that has most to judge
      const { counts } = await ask("", 0, 1);
      this.#wanted = Object.keys(counts).sort((a, b) => counts[b] - counts[a])[0] ?? "";
    }
    const page = await ask(this.#wanted, this.#offset, this.#size);
    this.#counts = page.counts;
    if (page.items.length || !this.#offset) return page;
    this.#offset = Math.max(0, Math.floor((this.#total - 1) / this.#size) * this.#size); // there is no such page any more
    return ask(this.#wanted, this.#offset, this.#size);
  }

  #show(items) {
    this.#items = items;
    this.#focus = 0;
    const [span, band] = [commonSpan(items), commonBand(items)];
    this.#thumbnails = new Map(items.map((item) => [item.id, new Thumbnail(item, partOf(item, span), band)]));
    this.#parts.list.replaceChildren(...[...this.#thumbnails.values()].map(({ node }) => node));
    this.#draw();
    const held = this.view.getRootNode().activeElement;
    if (this.active && items.length && !held?.matches("select, input")) this.#focusOn(0);
  }

  async #fetchPictures(turn) {
    const waiting = [...this.#thumbnails.values()];
    const look = this.host.look();
    const shown = { scale: look.scale, denoise: look.denoise };
    const work = async () => {
      while (waiting.length && turn === this.#turn) {
        const thumbnail = waiting.shift();
        await this.host.api.thumbnail(thumbnail.item.session_id, { ...thumbnail.query, ...shown }).then(
          (picture) => thumbnail.paint(picture, look),
          (error) => thumbnail.fail(error.message),
        );
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  // Marks ---------------------------------------------------------------------------------------------

  #mark(pairs) {
    for (const [id, mark] of pairs) {
      if (mark === "yes") this.#marks.delete(id);
      else this.#marks.set(id, mark);
    }
    this.#draw();
  }

  #toggle(id, mark) {
    this.#mark([[id, toggled(this.#marks.get(id) ?? "yes", mark)]]);
  }

  #listen() {
    const { list, field } = this.#parts;
    const thumbOf = (event) => event.target.closest?.(".thumb");
    list.addEventListener("pointerover", (event) => {
      clearTimeout(this.#hover);
      const id = event.pointerType !== "touch" && thumbOf(event)?.dataset.id;
      if (id && this.#parts.hover.checked) this.#hover = setTimeout(() => this.#play(id), HOVER_MS);
    });
    list.addEventListener("pointerleave", () => {
      clearTimeout(this.#hover);
      this.clips.stop();
    });
    list.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || !this.key(event)) return; // taken already, wherever the focus was
      event.preventDefault();
      event.stopPropagation();
    });
    list.addEventListener("focusin", (event) => {
      const at = this.#items.findIndex(({ id }) => id === thumbOf(event)?.dataset.id);
      if (at >= 0) this.#focus = at;
    });
    field.addEventListener("pointerdown", (event) => event.button === 0 && this.#press(event));
  }

  // A click toggles one; a drag (not with a finger, which scrolls) marks all that its rectangle touches.
  #press(down) {
    const { field, frame } = this.#parts;
    const done = new AbortController();
    const [x0, y0] = [down.clientX, down.clientY];
    const id = down.target.closest(".thumb")?.dataset.id;
    let area = null;
    field.addEventListener(
      "pointermove",
      (event) => {
        const far = Math.hypot(event.clientX - x0, event.clientY - y0) > DRAG_PX;
        if (down.pointerType === "touch" || (!area && !far)) return;
        if (!area) field.setPointerCapture(down.pointerId);
        area = {
          left: Math.min(x0, event.clientX),
          top: Math.min(y0, event.clientY),
          right: Math.max(x0, event.clientX),
          bottom: Math.max(y0, event.clientY),
        };
        const origin = field.getBoundingClientRect();
        frame.hidden = false;
        Object.assign(frame.style, {
          left: `${area.left - origin.left}px`,
          top: `${area.top - origin.top}px`,
          width: `${area.right - area.left}px`,
          height: `${area.bottom - area.top}px`,
        });
        const touched = new Set(this.#touchedBy(area));
        for (const [each, thumbnail] of this.#thumbnails) thumbnail.node.classList.toggle("touched", touched.has(each));
      },
      { signal: done.signal },
    );
    const end = (event) => {
      done.abort();
      frame.hidden = true;
      for (const { node } of this.#thumbnails.values()) node.classList.remove("touched");
      if (event.type === "pointercancel") return;
      if (area) this.#mark(lassoed(this.#touchedBy(area), this.#marks));
      else if (id) this.#toggle(id, event.shiftKey ? "unsure" : "no");
    };
    field.addEventListener("pointerup", end, { signal: done.signal });
    field.addEventListener("pointercancel", end, { signal: done.signal });
  }

  #touchedBy({ left, top, right, bottom }) {
    const inside = ({ node }) => {
      const place = node.getBoundingClientRect();
      return place.left < right && place.right > left && place.top < bottom && place.bottom > top;
    };
    return [...this.#thumbnails.values()].filter(inside).map(({ item }) => item.id);
  }

  /** A key, wherever the focus is; says whether it was taken. */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const item = this.#items[this.#focus];
    const chord = chordOf(event);
    if (chord === "Enter") this.gridConfirm();
    else if (chord === "PageDown") this.gridNext();
    else if (chord === "PageUp") this.gridPrevious();
    else if (!item) return false;
    else if (chord === "Arrow") this.#focusOn(neighbour(this.#focus, event.key, this.#columns, this.#items.length));
    else if (chord === "Space") this.#play(item.id);
    else if (chord === "x") this.#toggle(item.id, "no");
    else if (chord === "u") this.#toggle(item.id, "unsure");
    else if (chord === "o") this.host.open(item.session_id);
    else return false;
    return true;
  }

  get #columns() {
    return getComputedStyle(this.#parts.list).gridTemplateColumns.split(" ").length;
  }

  #focusOn(index) {
    this.#focus = index;
    const nodes = [...this.#thumbnails.values()].map(({ node }) => node);
    nodes.forEach((node, at) => (node.tabIndex = at === index ? 0 : -1));
    nodes[index]?.focus({ preventScroll: false });
  }

  async #play(id) {
    const thumbnail = this.#thumbnails.get(id);
    if (!thumbnail || !this.active) return;
    const { item, part } = thumbnail;
    const clip = clipOf(item, { t0: 0, t1: item.duration_s });
    const path = `api/v1/rounds/${encodeURIComponent(this.host.roundId)}/sessions/${encodeURIComponent(item.session_id)}/audio.wav`;
    const span = { start: Math.max(clip.start, part.start_s), end: Math.min(clip.end, part.end_s) };
    const problem = await this.clips.play(id, path, { ...span, speed: speedOf(item), volume: this.host.read().volume });
    if (problem) this.#say(problem);
  }

  // Confirming ----------------------------------------------------------------------------------------

  gridConfirm() {
    if (!this.#items.length || this.view.dataset.state !== "ready") return;
    const items = this.#items.map(({ id, session_id }) => ({
      session_id,
      prediction_id: id,
      verdict: this.#marks.get(id) ?? "yes",
    }));
    this.#send({ id: uuid(), items, done: summariseMarks(countMarks(this.#items, this.#marks)), undo: this.#items });
  }

  gridUndo() {
    if (!this.#undo) return;
    const items = this.#undo.items.map((item) => ({ ...item, verdict: "none" }));
    this.#send({ id: uuid(), items, done: "", undo: null, marks: this.#undo.marks });
  }

  // The id stays the same until it is acknowledged: sending it again is harmless.
  async #send(sent) {
    const { tell, who, api } = this.host;
    this.view.dataset.state = "saving";
    this.#drawBar();
    let answer;
    try {
      answer = await api.verdicts({ verdict_id: sent.id, annotator: who().annotator, items: sent.items });
    } catch (error) {
      if (error.name === "AbortError") return;
      this.view.dataset.state = "ready";
      this.#drawBar();
      this.#say(`Not saved: ${error.message} Your marks are kept here.`, {
        label: "Try again",
        run: () => this.#send(sent),
      });
      return;
    }
    this.#keep(sent, answer);
    for (const id of answer.session_ids) this.#touched.add(id);
    if (answer.session_ids.length) tell("saved", { session_id: answer.session_ids[0], outcome: "verified" });
    await this.#load();
  }

  #keep({ items, done, undo, marks }, { kept, skipped }) {
    const left = new Set(skipped.map((item) => item.prediction_id));
    const reasons = [...new Set(skipped.map((item) => item.reason))].join(" ");
    const late = left.size ? ` ${left.size} not saved: ${reasons}` : "";
    if (!undo) {
      // taken back: as it was before it was confirmed
      for (const [id, mark] of marks) this.#marks.set(id, mark);
      this.#offset = 0;
      this.#setUndo(null);
      this.#say(`Undone: ${kept} wait for a verdict again.${late}`);
      return;
    }
    const given = items.filter((item) => !left.has(item.prediction_id));
    this.#setUndo({
      items: given,
      marks: given.map(({ prediction_id: id }) => [id, this.#marks.get(id)]).filter(([, mark]) => mark),
    });
    for (const { prediction_id: id } of items) this.#marks.delete(id);
    this.#say(left.size ? `${kept} of ${items.length} kept.${late}` : `Kept: ${done}.`, {
      label: "Undo",
      run: () => this.gridUndo(),
    });
  }

  #setUndo(undo) {
    this.#undo = undo;
    this.#parts.gridUndo.disabled = !undo;
  }

  // Drawing -------------------------------------------------------------------------------------------

  #say(text, action = null) {
    const button = action && el("button", { class: "small", onclick: action.run }, action.label);
    this.#parts.notice.replaceChildren(text, ...(button ? [button] : []));
  }

  #draw() {
    for (const [id, thumbnail] of this.#thumbnails) thumbnail.mark(this.#marks.get(id) ?? "yes");
    this.#drawBar();
  }

  #drawBar() {
    const { label, range, gridNext, gridPrevious, gridConfirm, list } = this.#parts;
    const names = Object.keys(this.#counts);
    const options = [...new Set([...names, ...(this.#wanted ? [this.#wanted] : [])])];
    const key = JSON.stringify(this.#counts) + this.#wanted;
    if (label.dataset.key !== key) {
      label.dataset.key = key;
      label.replaceChildren(
        ...options.map((name) => el("option", { value: name }, `${name} (${this.#counts[name] ?? 0})`)),
      );
      label.value = this.#wanted ?? "";
    }
    const ready = this.view.dataset.state === "ready";
    const last = Math.min(this.#offset + this.#items.length, this.#total);
    range.textContent = this.#total ? `${this.#offset + 1}–${last} of ${this.#total}` : "";
    gridNext.disabled = !ready || this.#offset + this.#size >= this.#total;
    gridPrevious.disabled = !ready || this.#offset === 0;
    gridConfirm.disabled = !ready || !this.#items.length;
    gridConfirm.textContent = this.#items.length
      ? `Confirm: ${summariseMarks(countMarks(this.#items, this.#marks))}`
      : "Confirm";
    const nothing = ready && !this.#items.length;
    list.classList.toggle("nothing", nothing);
    if (nothing)
      list.replaceChildren(
        el(
          "p",
          {},
          names.length
            ? "No more predictions with this label to judge: choose another."
            : "There are no more predictions to judge in this round.",
        ),
      );
  }
}
