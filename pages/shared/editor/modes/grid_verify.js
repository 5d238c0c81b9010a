// Grid verify: a page of thumbnails of one label across sessions. Click or lasso the wrong ones, confirm the rest.

import { chordOf } from "../../web/chords.js";
import { activeAround, el, uuid } from "../../web/dom.js";
import { Clips } from "../../web/clip_player.js";
import {
  commonBand,
  commonSpan,
  countMarks,
  lassoed,
  neighbour,
  partOf,
  speedOf,
  summariseMarks,
  toggled,
} from "./grid_layout.js";
import { buildGrid } from "./grid_parts.js";
import { isTouched, Lasso } from "../../web/lasso.js";
import { fetchPictures, Thumbnail } from "./thumbnail.js";
import { clipOf } from "./verify_order.js";

/** @import { Candidate, GridHost, Mark, MarkPair, Parts, Rectangle, SentVerdicts, VerdictsAnswer, VerdictsBody } from "../../web/types.js" */

const HOVER_MS = 150;

export class Grid {
  active = false;
  /** @type {Candidate[]} */ #items = [];
  /** @type {Map<string, Thumbnail>} */ #thumbnails = new Map(); // id -> Thumbnail
  /** @type {Map<string, Mark>} */ #marks = new Map(); // id -> "no" | "unsure"; all others are right
  /** @type {Record<string, number>} */ #counts = {};
  #offset = 0;
  #focus = 0;
  #turn = 0; // every loading of a page; what an older one brings is dropped
  /** @type {{ items: VerdictsBody["items"]; marks: MarkPair[] } | null} */ #undo = null; // what was confirmed last: {items, all}
  /** @type {Set<string>} */ #touched = new Set(); // sessions whose answer changed
  #hover = 0;
  /** @type {Parts} */ #parts;
  /** @type {GridHost} */ host;
  /** @type {Clips} */ clips;
  /** @type {HTMLElement} */ view;

  /** @param {HTMLElement} desk @param {GridHost} host */
  constructor(desk, host) {
    this.host = host;
    this.clips = new Clips(host.resolve, (id, seconds) => this.#thumbnails.get(id)?.follow(seconds));
    this.#parts = buildGrid(host.preferences);
    this.view = this.#parts.view;
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

  /** @param {string} action @param {MouseEvent} event */
  run(action, event) {
    const again = event.type === "click" && event.detail > 1; // the second click of a double click
    if (again && action === "gridConfirm") return true;
    /** @type {Record<string, () => void>} */ (/** @type {unknown} */ (this))[action]();
    return true;
  }

  // A page --------------------------------------------------------------------------------------------

  /** @type {string | null} */ #wanted = null; // label: null until the counts are known

  #choose() {
    const { label, order, size } = this.#parts;
    this.host.preferences.remember({ gridOrder: order.value, gridSize: Number(size.value) });
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

  /** @param {number} offset */
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
      await fetchPictures([...this.#thumbnails.values()], this.host, () => turn === this.#turn);
    } catch (error) {
      if (turn !== this.#turn || error.name === "AbortError") return;
      this.view.dataset.state = "error";
      this.#say(error.message, { label: "Try again", run: () => this.#load() });
    }
  }

  async #fetchPage() {
    const order = { holder: this.host.who().holder, order: this.#parts.order.value };
    /** @param {string} label @param {number} offset @param {number} limit */
    const ask = (label, offset, limit) =>
      this.host.api.candidates({ ...order, label, offset: String(offset), limit: String(limit) });
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

  /** @param {Candidate[]} items */
  #show(items) {
    this.#items = items;
    this.#focus = 0;
    const [span, band] = [commonSpan(items), commonBand(items)];
    this.#thumbnails = new Map(items.map((item) => [item.id, new Thumbnail(item, partOf(item, span), band)]));
    this.#parts.list.replaceChildren(...[...this.#thumbnails.values()].map(({ node }) => node));
    this.#draw();
    const held = activeAround(this.view);
    if (this.active && items.length && !held?.matches("select, input")) this.#focusOn(0);
  }

  // Marks ---------------------------------------------------------------------------------------------

  /** @param {MarkPair[]} pairs */
  #mark(pairs) {
    for (const [id, mark] of pairs) {
      if (mark === "yes") this.#marks.delete(id);
      else this.#marks.set(id, mark);
    }
    this.#draw();
  }

  /** @param {string} id @param {Mark} mark */
  #toggle(id, mark) {
    this.#mark([[id, toggled(this.#marks.get(id) ?? "yes", mark)]]);
  }

  #listen() {
    const { list, field, frame } = this.#parts;
    /** @param {any} event */
    const thumbOf = (event) => event.target.closest?.(".thumb");
    list.addEventListener("pointerover", (/** @type {any} */ event) => {
      clearTimeout(this.#hover);
      const id = event.pointerType !== "touch" && thumbOf(event)?.dataset.id;
      if (id && this.#parts.hover.checked) this.#hover = setTimeout(() => this.#play(id), HOVER_MS);
    });
    list.addEventListener("pointerleave", () => {
      clearTimeout(this.#hover);
      this.clips.stop();
    });
    list.addEventListener("keydown", (/** @type {any} */ event) => {
      if (event.defaultPrevented || !this.key(event)) return; // taken already, wherever the focus was
      event.preventDefault();
      event.stopPropagation();
    });
    list.addEventListener("focusin", (/** @type {any} */ event) => {
      const at = this.#items.findIndex(({ id }) => id === thumbOf(event)?.dataset.id);
      if (at >= 0) this.#focus = at;
    });
    new Lasso(field, frame, {
      moved: (area) => {
        const touched = new Set(area ? this.#touchedBy(area) : []);
        for (const [id, { node }] of this.#thumbnails) node.classList.toggle("touched", touched.has(id));
      },
      drawn: (area) => this.#mark(lassoed(this.#touchedBy(area), this.#marks)),
      clicked: (target, event) => {
        const { id } = target.closest(".thumb")?.dataset ?? {};
        if (id) this.#toggle(id, event.shiftKey ? "unsure" : "no");
      },
    });
  }

  /** @param {Rectangle} area */
  #touchedBy(area) {
    return [...this.#thumbnails.values()].filter(({ node }) => isTouched(node, area)).map(({ item }) => item.id);
  }

  /**
   * A key, wherever the focus is; says whether it was taken.
   * @param {KeyboardEvent} event
   */
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

  /** @param {number} index */
  #focusOn(index) {
    this.#focus = index;
    const nodes = [...this.#thumbnails.values()].map(({ node }) => node);
    nodes.forEach((node, at) => (node.tabIndex = at === index ? 0 : -1));
    nodes[index]?.focus({ preventScroll: false });
  }

  /** @param {string} id */
  async #play(id) {
    const thumbnail = this.#thumbnails.get(id);
    if (!thumbnail || !this.active) return;
    const { item, part } = thumbnail;
    const clip = clipOf(item, { t0: 0, t1: item.duration_s });
    const path = `api/v1/rounds/${encodeURIComponent(this.host.roundId)}/sessions/${encodeURIComponent(item.session_id)}/audio.wav`;
    const span = { start: Math.max(clip.start, part.start_s), end: Math.min(clip.end, part.end_s) };
    const problem = await this.clips.play(id, path, {
      ...span,
      speed: speedOf(item),
      volume: this.host.preferences.now.volume,
    });
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
    /** @type {VerdictsBody["items"]} */
    const items = this.#undo.items.map((item) => ({ ...item, verdict: "none" }));
    this.#send({ id: uuid(), items, done: "", undo: null, marks: this.#undo.marks });
  }

  // The id stays the same until it is acknowledged: sending it again is harmless.
  /** @param {SentVerdicts} sent */
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

  /** @param {SentVerdicts} sentVerdicts @param {VerdictsAnswer} verdictsAnswer */
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
      marks: given.flatMap(({ prediction_id: id }) => (this.#marks.has(id) ? [[id, this.#marks.get(id)]] : [])),
    });
    for (const { prediction_id: id } of items) this.#marks.delete(id);
    this.#say(left.size ? `${kept} of ${items.length} kept.${late}` : `Kept: ${done}.`, {
      label: "Undo",
      run: () => this.gridUndo(),
    });
  }

  /** @param {{ items: VerdictsBody["items"]; marks: MarkPair[] } | null} undo */
  #setUndo(undo) {
    this.#undo = undo;
    this.#parts.gridUndo.disabled = !undo;
  }

  // Drawing -------------------------------------------------------------------------------------------

  /** @param {string} text @param {{ label: string; run(): unknown } | null} [action] */
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
