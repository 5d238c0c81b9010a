// The boxes of a queue's answers as thumbnails: seen, heard, selected, relabelled, removed, and their answers accepted.

import { Clips } from "../web/clip_player.js";
import { el, find } from "../web/dom.js";
import { resolveUrl } from "../web/http.js";
import { isTouched, Lasso } from "../web/lasso.js";
import { loadStyles } from "../web/stylesheets.js";
import { VirtualList } from "../web/virtual_list.js";
import { Acts } from "./acts.js";
import { Controls } from "./controls.js";
import { Keys } from "./keys.js";
import { chooseBand, chooseSpan, heardOf, placeOf, SIZES } from "./layout.js";
import { Pictures } from "./pictures.js";
import { Requests } from "./requests.js";
import { Seen } from "./seen.js";
import { Tile } from "./tile.js";

/** @import { Component, GridBox, GridData } from "../web/types.js" */

const PART = 240; // boxes in one request
const MOST = 1000; // as many as the server gives
const HOVER_MS = 150;
const CAPTION_PX = 44; // below a picture
const GAP_PX = 8;
const ULTRASOUND_HZ = 96_000; // faster recorders are bought for ultrasound, which is heard ten times slower

export class BoxGrid {
  /** @type {GridBox[]} */ boxes = [];
  /** @type {Set<GridBox>} */ selected = new Set();
  controls = new Controls();
  /** @type {Requests} */ requests;
  /** @type {Seen} */ seen;
  /** @type {GridData} */ data;
  total = 0;
  focus = 0;
  anchor = 0;
  #next = "";
  #turn = 0;
  #isLoading = false;
  #hover = 0;
  #end = new AbortController();
  /** @type {Component<GridData>} */ #component;
  /** @type {HTMLElement} */ #root;
  /** @type {Map<number, Tile>} */ #tiles = new Map();
  /** @type {Pictures} */ #pictures;
  /** @type {VirtualList} */ #list;
  /** @type {Clips} */ #clips;
  /** @type {IntersectionObserver} */ #watch;
  /** @type {Acts} */ #acts;

  /** @param {Component<GridData>} component */
  constructor(component) {
    const { parentElement, data } = component;
    this.#component = component;
    this.#root = find(parentElement, ".review-grid");
    this.requests = new Requests(this.#end.signal, data.round_id);
    this.seen = new Seen(data.round_id);
    this.#pictures = new Pictures(this.requests);
    this.#clips = new Clips(resolveUrl, (index, seconds) => this.#tiles.get(Number(index))?.follow(seconds));
    this.#list = new VirtualList({ render: (index) => this.#render(index), layout: (width) => this.#layout(width) });
    this.#watch = new IntersectionObserver((entries) => this.#look(entries), {
      root: this.#list.element,
      threshold: 0.5,
    });
    this.#acts = new Acts(this);
    this.#build(parentElement);
    this.update(component);
  }

  destroy() {
    this.#end.abort();
    this.#watch.disconnect();
    this.#clips.stop();
    clearTimeout(this.#hover);
    this.seen.keep();
  }

  /** @param {HTMLElement} place */
  #build(place) {
    const { controls } = this;
    const { element } = this.#list;
    const about = "Boxes. Arrow keys move, Space selects, Enter plays, Shift and Enter open the session.";
    const named = { role: "listbox", "aria-multiselectable": "true", "aria-label": about };
    for (const [name, value] of Object.entries(named)) element.setAttribute(name, value);
    const field = el("div", { class: "field" }, element, controls.frame);
    this.#root.replaceChildren(controls.head, controls.acts, controls.notice, controls.confirm, field);
    loadStyles(place, this.#root, [new URL("review_grid.css", import.meta.url).href]);
    controls.changed = () => this.#restyle();
    element.addEventListener("scroll", () => this.#more(), { passive: true });
    element.addEventListener("pointerover", (event) => this.#hoverOver(event));
    element.addEventListener("pointerleave", () => clearTimeout(this.#hover));
    element.addEventListener("dblclick", () => this.open());
    new Keys(this, this.#root, this.#acts);
    new Lasso(field, controls.frame, {
      moved: (area) => {
        for (const { node } of this.#shown()) node.classList.toggle("touched", Boolean(area) && isTouched(node, area));
      },
      drawn: (area) => {
        const touched = this.#shown().filter(({ node }) => isTouched(node, area));
        this.select(touched.map(({ box }) => box));
      },
      clicked: (target, event) => this.#click(/** @type {HTMLElement} */ (target), event),
    });
  }

  /** What is in the page now. */
  #shown() {
    return [...this.#tiles.values()].filter(({ node }) => node.isConnected);
  }

  /**
   * The page asks for other answers, or hides whose they are.
   * @param {Component<GridData>} component
   */
  update(component) {
    const before = this.data;
    this.#component = component;
    this.data = component.data;
    const { query, blind, labels, can_review: canReview } = this.data;
    this.controls.acts.hidden = !canReview;
    this.controls.offer(labels, (label) => this.#acts.give(label));
    if (before && before.query === query && before.blind === blind) return;
    const place = before ? null : this.#readPlace();
    if (place) this.controls.setOrder(place.order);
    this.load(place?.count ?? PART, place);
  }

  // The list ------------------------------------------------------------------------------------------

  /**
   * Load the first boxes anew, at least so many.
   * @param {number} [count]
   * @param {{ top: number; focus: number } | null} [place]
   */
  async load(count = this.boxes.length, place = { top: this.#list.element.scrollTop, focus: this.focus }) {
    this.#turn += 1;
    const turn = this.#turn;
    this.#root.dataset.state = "loading";
    this.#isLoading = true;
    try {
      let part = await this.requests.boxes(
        this.data.query,
        this.controls.now.order,
        Math.min(Math.max(count, PART), MOST),
      );
      const boxes = part.items;
      while (boxes.length < count && part.next && turn === this.#turn) {
        part = await this.requests.following(part.next);
        boxes.push(...part.items);
      }
      if (turn !== this.#turn) return;
      this.boxes = boxes;
      this.total = part.total;
      this.#next = part.next ?? "";
      this.selected.clear();
      this.anchor = this.focus = Math.min(place?.focus ?? 0, Math.max(boxes.length - 1, 0));
      this.#root.dataset.state = "ready";
      this.#style();
      this.#list.show(boxes.length);
      if (place) this.#list.element.scrollTop = place.top;
      if (!boxes.length) this.controls.say("No box matches. Choose another verdict above, or clear a filter.");
      this.draw();
    } catch (error) {
      if (turn !== this.#turn || error.name === "AbortError") return;
      this.#root.dataset.state = "error";
      this.controls.say(error.message, { label: "Try again", run: () => this.load(count, place) });
    } finally {
      if (turn === this.#turn) this.#isLoading = false;
    }
  }

  /** Load what follows, where its end comes near. */
  async #more() {
    const { scrollTop, clientHeight, scrollHeight } = this.#list.element;
    if (!this.#next || this.#isLoading || scrollTop + 3 * clientHeight < scrollHeight) return;
    const turn = this.#turn;
    this.#isLoading = true;
    try {
      const part = await this.requests.following(this.#next);
      if (turn !== this.#turn) return;
      this.boxes.push(...part.items);
      this.#next = part.next ?? "";
      this.#list.grow(this.boxes.length);
      this.draw();
    } catch (error) {
      if (error.name !== "AbortError")
        this.controls.say(error.message, { label: "Try again", run: () => this.#more() });
    } finally {
      if (turn === this.#turn) this.#isLoading = false;
    }
  }

  #style() {
    const { span, band, size } = this.controls.now;
    const highest = Math.max(...this.boxes.map((box) => box.sample_rate_hz / 2), 1000);
    const chosen = band.split("-").map((khz) => Number(khz) * 1000);
    /** @type {[number, number]} */
    const wanted = !band ? chooseBand(this.boxes) : band === "all" ? [0, highest] : [chosen[0], chosen[1]];
    const seconds = span ? Number(span) : chooseSpan(this.boxes);
    this.#pictures.change({ span: seconds, band: wanted, size: SIZES[/** @type {keyof typeof SIZES} */ (size)] });
    const [low, high] = wanted.map((hertz) => (hertz / 1000).toFixed(1));
    this.controls.scale.textContent = `each ${seconds} s, ${low}–${high} kHz`;
  }

  #order = this.controls.now.order;

  #restyle() {
    if (this.#order !== this.controls.now.order) {
      this.#order = this.controls.now.order;
      this.load(PART, null);
      return;
    }
    this.#style();
    this.#list.redraw();
    this.draw();
  }

  /** @param {number} width */
  #layout(width) {
    const [wide, high] = this.#pictures.look.size;
    return { columns: Math.max(1, Math.round(width / (wide + GAP_PX))), height: high + CAPTION_PX + GAP_PX };
  }

  /** @param {number} index */
  #render(index) {
    const box = this.boxes[index];
    const tile = new Tile(box, index, this.data.blind);
    tile.node.setAttribute("aria-setsize", String(this.total));
    tile.node.setAttribute("aria-posinset", String(index + 1));
    for (const [at, old] of this.#tiles) {
      if (old.node.isConnected) continue;
      this.#pictures.drop(old.box);
      this.#watch.unobserve(old.node);
      this.#tiles.delete(at);
    }
    this.#tiles.set(index, tile);
    this.#mark(tile);
    tile.node.tabIndex = index === this.focus ? 0 : -1;
    const { span, band } = this.#pictures.look;
    this.#pictures.want(box, ({ picture, problem }) => {
      if (picture) tile.paint(picture, placeOf(box, span), band, this.#colorOf(box.label));
      else tile.fail(problem);
      this.#notice(tile);
    });
    this.#watch.observe(tile.node);
    return el("div", { class: "cell", role: "presentation" }, tile.node);
  }

  // What is seen ---------------------------------------------------------------------------------------

  /** @param {IntersectionObserverEntry[]} entries */
  #look(entries) {
    for (const { target, isIntersecting } of entries) {
      const tile = this.#tiles.get(Number(/** @type {HTMLElement} */ (target).dataset.index));
      if (tile?.node !== target) continue;
      tile.isInSight = isIntersecting;
      this.#notice(tile);
    }
  }

  /** @param {Tile} tile */
  #notice(tile) {
    if (!tile.isPainted || !tile.isInSight || tile.box.fate === "removed") return;
    if (this.seen.add(tile.box)) this.#mark(tile);
    this.#tellSeen();
  }

  #tellSeen() {
    const count = this.boxes.filter((box) => this.seen.has(box)).length;
    this.controls.tell(count, this.total);
  }

  /** Draw again how everything stands. */
  draw() {
    for (const tile of this.#tiles.values()) this.#mark(tile);
    const { size } = this.selected;
    const { controls } = this;
    controls.selected.textContent = size ? `${size.toLocaleString("en")} selected` : "Nothing selected";
    controls.remove.disabled = controls.open.disabled = !this.boxes.length;
    this.#tellSeen();
  }

  /** @param {Tile} tile */
  #mark(tile) {
    const { box } = tile;
    tile.mark({ selected: this.selected.has(box), seen: this.seen.has(box), color: this.#colorOf(box.label) });
  }

  /** @param {string} label */
  #colorOf(label) {
    return this.data.labels.find(({ name }) => name === label)?.color ?? "#9a9a9a";
  }

  // Selecting, hearing, opening ----------------------------------------------------------------------------

  /** The boxes that something is done to: those that are selected, or the one with the focus. */
  get meant() {
    const chosen = this.boxes.filter((box) => this.selected.has(box));
    const focused = this.boxes[this.focus];
    return (chosen.length || !focused ? chosen : [focused]).filter((box) => box.fate !== "removed");
  }

  /**
   * Add boxes to what is selected; where all of them are, take them out.
   * @param {GridBox[]} boxes
   */
  select(boxes) {
    const all = boxes.every((box) => this.selected.has(box));
    for (const box of boxes) {
      if (all) this.selected.delete(box);
      else this.selected.add(box);
    }
    this.draw();
  }

  /** @param {number} to */
  selectTo(to) {
    const [from, end] = [Math.min(this.anchor, to), Math.max(this.anchor, to)];
    for (const box of this.boxes.slice(from, end + 1)) this.selected.add(box);
    this.draw();
  }

  /** @param {HTMLElement} target @param {PointerEvent} event */
  #click(target, event) {
    const node = /** @type {HTMLElement} */ (target.closest?.(".tile"));
    if (!node) return;
    const index = Number(node.dataset.index);
    if (event.shiftKey) this.selectTo(index);
    else {
      this.anchor = index;
      this.select([this.boxes[index]]);
    }
    this.focusOn(index);
    if (event.pointerType === "touch") this.play(index);
  }

  /** @param {number} [index] */
  focusOn(index = this.focus) {
    this.focus = index;
    this.#list.reveal(index);
    for (const [at, { node }] of this.#tiles) node.tabIndex = at === index ? 0 : -1;
    this.#tiles.get(index)?.node.focus({ preventScroll: true });
  }

  /** @param {PointerEvent} event */
  #hoverOver(event) {
    clearTimeout(this.#hover);
    const node = /** @type {HTMLElement} */ (/** @type {Element} */ (event.target).closest?.(".tile"));
    if (!node || event.pointerType === "touch" || !this.controls.now.hover) return;
    this.#hover = setTimeout(() => this.play(Number(node.dataset.index)), HOVER_MS);
  }

  /** @param {number} index */
  async play(index) {
    const box = this.boxes[index];
    if (!box) return;
    const path = `api/v1/rounds/${encodeURIComponent(this.data.round_id)}/sessions/${encodeURIComponent(box.session_id)}/audio.wav`;
    const speed = box.sample_rate_hz > ULTRASOUND_HZ ? 0.1 : 1;
    const problem = await this.#clips.play(String(index), path, { ...heardOf(box), speed, volume: 1 });
    if (problem) this.controls.say(problem);
  }

  /** Open the session of the box with the focus; whoever comes back finds the grid as it was. */
  open() {
    const box = this.boxes[this.focus];
    if (!box) return;
    const { query } = this.data;
    const place = { query, order: this.controls.now.order, count: this.boxes.length, focus: this.focus };
    const kept = JSON.stringify({ ...place, top: this.#list.element.scrollTop });
    try {
      sessionStorage.setItem(this.#placeKey, kept);
    } catch {
      // then it begins at the top again
    }
    this.#component.setTriggerValue("opened", box.session_id);
  }

  get columns() {
    return this.#list.columns;
  }

  get #placeKey() {
    return `podcast-review-grid/${this.data.round_id}`;
  }

  #readPlace() {
    try {
      const place = JSON.parse(sessionStorage.getItem(this.#placeKey) ?? "null");
      sessionStorage.removeItem(this.#placeKey);
      return place?.query === this.data.query ? place : null;
    } catch {
      return null;
    }
  }
}
