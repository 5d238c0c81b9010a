// A list of any length of which only what is in sight is in the page.

import { el } from "./dom.js";

const SPARE_ROWS = 2; // above and below

export class VirtualList {
  #count = 0;
  /** @type {{ render(index: number): HTMLElement; layout(width: number): { columns: number; height: number } }} */ #host;
  /** @type {Map<number, HTMLElement>} */ #tiles = new Map(); // index -> node
  #sheet = el("div", { class: "sheet" });
  #layout = { columns: 1, height: 40 };
  element = el("div", { class: "virtual", tabindex: "-1" }, this.#sheet);

  /**
   * `host` is {render(index): node, layout(width): {columns, height}}.
   * @param {{ render(index: number): HTMLElement; layout(width: number): { columns: number; height: number } }} host
   */
  constructor(host) {
    this.#host = host;
    this.element.addEventListener("scroll", () => this.#draw(), { passive: true });
    new ResizeObserver(() => this.#draw()).observe(this.element);
  }

  /**
   * Show a list of `count` entries from its start, all drawn anew.
   * @param {number} count
   */
  show(count) {
    this.#count = count;
    this.element.scrollTop = 0;
    this.redraw();
  }

  /**
   * The list became longer: what is in sight stays.
   * @param {number} count
   */
  grow(count) {
    this.#count = count;
    this.#draw();
  }

  get columns() {
    return this.#layout.columns;
  }

  /**
   * Bring an entry into sight, if it is not.
   * @param {number} index
   */
  reveal(index) {
    const { columns, height } = this.#layout;
    const top = Math.floor(index / columns) * height;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + height > scrollTop + clientHeight) this.element.scrollTop = top + height - clientHeight;
    this.#draw();
  }

  /** Draw what is in sight anew. */
  redraw() {
    this.#tiles.clear();
    this.#sheet.replaceChildren();
    this.#draw();
  }

  #draw() {
    const { clientWidth: width, clientHeight: tall, scrollTop } = this.element;
    if (!width) return;
    const layout = this.#host.layout(width);
    if (layout.columns !== this.#layout.columns || layout.height !== this.#layout.height) {
      this.#tiles.clear();
      this.#sheet.replaceChildren();
    }
    this.#layout = layout;
    const { columns, height } = layout;
    this.#sheet.style.height = `${Math.ceil(this.#count / columns) * height}px`;
    const first = Math.max(Math.floor(scrollTop / height) - SPARE_ROWS, 0) * columns;
    const last = Math.min((Math.ceil((scrollTop + tall) / height) + SPARE_ROWS) * columns, this.#count);
    for (const [index, node] of this.#tiles) {
      if (index >= first && index < last) continue;
      node.remove();
      this.#tiles.delete(index);
    }
    for (let index = first; index < last; index += 1) if (!this.#tiles.has(index)) this.#add(index);
  }

  /** @param {number} index */
  #add(index) {
    const { columns, height } = this.#layout;
    const node = this.#host.render(index);
    const [row, column] = [Math.floor(index / columns), index % columns];
    Object.assign(node.style, {
      top: `${row * height}px`,
      height: `${height}px`,
      left: `${(100 * column) / columns}%`,
      width: `${100 / columns}%`,
    });
    this.#tiles.set(index, node);
    this.#sheet.append(node);
  }
}
