// What stands around the thumbnails: how they are shown, what is done to them, how far the audit is. Builds it once.

import { el } from "../web/dom.js";
import { BANDS_KHZ, ORDERS, SPANS_S } from "./layout.js";

/** @import { GridLabel } from "../web/types.js" */

const KEPT = "podcast-review-grid"; // in localStorage: how somebody wants to see them
const PLAIN = { order: "queue", span: "", band: "", size: "middle", hover: true };

export class Controls {
  /** @type {typeof PLAIN} */ now = { ...PLAIN };
  order = this.#select("Order", "order", Object.entries(ORDERS));
  span = this.#select("Seconds that each shows", "span", [
    ["", "Automatic time"],
    ...SPANS_S.map((seconds) => /** @type {[string, string]} */ ([String(seconds), `${seconds} s`])),
  ]);
  band = this.#select("Frequencies that each shows", "band", [
    ["", "Automatic band"],
    ["all", "All frequencies"],
    ...BANDS_KHZ.map(([low, high]) => /** @type {[string, string]} */ ([`${low}-${high}`, `${low}–${high} kHz`])),
  ]);
  size = this.#select("Size", "size", [
    ["small", "Small"],
    ["middle", "Medium"],
    ["large", "Large"],
  ]);
  hover = el("input", { type: "checkbox" });
  seen = el("output", { class: "count" });
  bar = el("progress", { max: 1, value: 0, "aria-label": "Share of the boxes that you have seen" });
  scale = el("span", { class: "dim scale" });
  selected = el("span", { class: "chosen" });
  labels = el("span", { class: "labels", role: "group", "aria-label": "Give the selected boxes a label" });
  remove = this.#button("Remove", "Delete");
  accept = this.#button("Accept answers seen…", "");
  undo = this.#button("Undo", "Ctrl+Z");
  open = this.#button("Open session", "Shift+Enter");
  acts = el("div", { class: "acts" }, this.selected, this.labels, this.remove, this.open, this.accept, this.undo);
  notice = el("p", { class: "notice", role: "status" });
  confirm = el("div", { class: "confirm", role: "group", "aria-label": "Confirm", hidden: true });
  frame = el("div", { class: "lasso", hidden: true });
  /** @type {() => void} */ changed = () => {};

  constructor() {
    try {
      Object.assign(this.now, JSON.parse(localStorage.getItem(KEPT) ?? "{}"));
    } catch {
      // as they are at first
    }
    for (const name of /** @type {const} */ (["order", "span", "band", "size"])) {
      this[name].value = this.now[name];
      if (this[name].selectedIndex < 0) this[name].value = this.now[name] = PLAIN[name];
    }
    this.hover.checked = this.now.hover;
    this.hover.addEventListener("change", () => this.#keep({ hover: this.hover.checked }));
    this.undo.disabled = true;
  }

  get head() {
    return el(
      "div",
      { class: "bar" },
      ...[this.order, this.span, this.band, this.size],
      el("label", { class: "check" }, this.hover, "Play on hover"),
      this.scale,
      el("span", { class: "audit" }, this.bar, this.seen),
    );
  }

  /** @param {string} order */
  setOrder(order) {
    this.order.value = order;
    this.now.order = order;
  }

  /**
   * Offer labels; `give` hears which one is wanted.
   * @param {GridLabel[]} labels
   * @param {(label: string) => void} give
   */
  offer(labels, give) {
    this.labels.replaceChildren(
      ...labels.map(({ name, color, hotkey }) =>
        el(
          "button",
          { type: "button", class: "give", style: `--color: ${color}`, onclick: () => give(name) },
          name,
          hotkey ? el("kbd", {}, hotkey) : null,
        ),
      ),
    );
  }

  /**
   * Say something, with what can be done about it.
   * @param {string} text
   * @param {{ label: string; run(): unknown } | null} [action]
   */
  say(text, action = null) {
    const button = action && el("button", { type: "button", class: "small", onclick: action.run }, action.label);
    this.notice.replaceChildren(text, ...(button ? [button] : []));
  }

  /** @param {number} seen @param {number} total */
  tell(seen, total) {
    this.seen.textContent = `${seen.toLocaleString("en")} of ${total.toLocaleString("en")} seen`;
    Object.assign(this.bar, { max: Math.max(total, 1), value: seen });
  }

  /**
   * @param {string} title
   * @param {"order" | "span" | "band" | "size"} name
   * @param {[string, string][]} options
   */
  #select(title, name, options) {
    return el(
      "select",
      { "aria-label": title, title, onchange: (event) => this.#keep({ [name]: event.target.value }) },
      ...options.map(([value, text]) => el("option", { value }, text)),
    );
  }

  /** @param {string} text @param {string} key */
  #button(text, key) {
    return el("button", { type: "button" }, text, key ? el("kbd", {}, key) : null);
  }

  /** @param {Partial<typeof PLAIN>} change */
  #keep(change) {
    Object.assign(this.now, change);
    try {
      localStorage.setItem(KEPT, JSON.stringify(this.now));
    } catch {
      // it stays as long as the page is open
    }
    this.changed();
  }
}
