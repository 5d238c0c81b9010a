// The searchable list of all labels: type any part of a name, arrows and Enter. Shows the best hundred of thousands.

import { el } from "../../web/dom.js";
import { lookOf, searchLabels } from "../model/labels.js";

/** @import { Label, Parts, SessionView } from "../../web/types.js" */

const SHOWN = 100;
const PAGE = 8;
const MARGIN_PX = 8;

export class Picker {
  /** @type {Label[]} */ #found = []; // labels that are shown
  #at = 0; // index of the one that Enter chooses
  /** @type {SessionView | null} */ #view = null;
  /** @type {string[]} */ #recent = [];
  /** @type {HTMLElement | null} */ #anchor = null;
  /** @type {Parts} */ #parts = {};
  /** @type {{ choose(name: string): void; closed(): void }} */ host;
  /** @type {HTMLElement} */ card;

  /**
   * `host` is {choose(name), closed()}: `choose` hears the label, `closed` that the keyboard is free again.
   * @param {HTMLElement} root
   * @param {{ choose(name: string): void; closed(): void }} host
   * @param {AbortSignal} signal
   */
  constructor(root, host, signal) {
    this.host = host;
    /** @type {<Made extends HTMLElement>(name: string, node: Made) => Made} */
    const part = (name, node) => (this.#parts[name] = node);
    part(
      "input",
      el("input", {
        type: "text",
        role: "combobox",
        "aria-label": "Search the labels",
        "aria-expanded": "true",
        "aria-controls": "label-list",
        "aria-autocomplete": "list",
        autocomplete: "off",
        spellcheck: "false",
        placeholder: "Type a part of the name",
        enterkeyhint: "done",
        oninput: () => this.#search(),
        onkeydown: (event) => this.#key(event),
      }),
    );
    part("list", el("ul", { id: "label-list", role: "listbox", "aria-label": "Labels" }));
    part("hint", el("p", { class: "hint", "aria-live": "polite" }));
    this.card = el(
      "div",
      { class: "picker", popover: "manual", role: "group", "aria-label": "Choose a label" },
      ...Object.values(this.#parts),
    );
    root.append(this.card);
    this.card.addEventListener("mousedown", (event) => event.target !== this.#parts.input && event.preventDefault()); // typing goes on
    this.#parts.list.addEventListener("click", (/** @type {any} */ event) =>
      this.#choose(this.#found[event.target.closest("li")?.dataset.index]),
    );
    /** @param {Event} event */
    const away = (event) =>
      this.isOpen && !event.composedPath().some((node) => node === this.card || node === this.#anchor) && this.close();
    document.addEventListener("pointerdown", away, { signal, capture: true });
    this.card.addEventListener(
      "focusout",
      ({ relatedTarget }) =>
        relatedTarget && !this.card.contains(/** @type {Node} */ (relatedTarget)) && this.close(false),
    );
    window.addEventListener("resize", () => this.isOpen && this.#place(), { signal });
  }

  get isOpen() {
    return this.card.matches(":popover-open");
  }

  /**
   * Open it at an element for a session `view`; `current` is the label that is used now, `recent` are names.
   * @param {HTMLElement} anchor
   * @param {SessionView} view
   * @param {string} current
   * @param {string[]} recent
   */
  open(anchor, view, current, recent) {
    Object.assign(this.#parts.input, { value: "" });
    this.#view = view;
    this.#recent = recent;
    this.#anchor = anchor;
    anchor.setAttribute("aria-expanded", "true");
    this.card.showPopover();
    this.#search(current);
    this.#place();
    this.#parts.input.focus({ preventScroll: true });
  }

  /** `back`: the keyboard goes back to where it belongs. */
  close(back = true) {
    if (!this.isOpen) return false;
    this.card.hidePopover();
    this.#anchor.setAttribute("aria-expanded", "false");
    if (back) this.host.closed();
    return true;
  }

  // Below its button where there is room, else above; inside the window.
  #place() {
    const { card } = this;
    const button = this.#anchor.getBoundingClientRect();
    const { innerWidth: width, innerHeight: height } = window;
    const below = height - button.bottom - 2 * MARGIN_PX;
    const isBelow = below >= Math.min(320, button.top);
    const room = isBelow ? below : button.top - 2 * MARGIN_PX;
    const left = Math.max(MARGIN_PX, Math.min(button.left, width - card.offsetWidth - MARGIN_PX));
    Object.assign(card.style, {
      left: `${left}px`,
      maxHeight: `${Math.min(room, 460)}px`,
      top: isBelow ? `${button.bottom + 4}px` : "auto",
      bottom: isBelow ? "auto" : `${height - button.top + 4}px`,
    });
  }

  /** @param {string | null} [current] */
  #search(current = null) {
    const { input, list, hint } = this.#parts;
    const { labels } = this.#view;
    const all = searchLabels(labels, input.value, this.#recent);
    this.#found = all.slice(0, SHOWN);
    list.replaceChildren(...this.#found.map((label, index) => this.#option(label, index)));
    const more = all.length - this.#found.length;
    hint.textContent = !all.length
      ? `No label has “${input.value.trim()}” in its name or description.`
      : more
        ? `${all.length} of ${labels.length} labels, the first ${SHOWN} are shown: type on.`
        : `${all.length} of ${labels.length} labels`;
    this.#move(
      Math.max(
        this.#found.findIndex(({ name }) => name === current),
        0,
      ),
    );
  }

  /** @param {Label} label @param {number} index */
  #option({ name, hotkey, description }, index) {
    const { color, pattern } = lookOf(name, this.#view);
    return el(
      "li",
      { role: "option", id: `label-option-${index}`, "data-index": index, "data-name": name, title: description },
      el("span", { class: "swatch", "data-pattern": pattern, style: `--color: ${color}` }),
      el("span", { class: "name" }, name),
      hotkey ? el("kbd", {}, hotkey) : null,
    );
  }

  /** @param {number} index */
  #move(index) {
    const { input, list } = this.#parts;
    list.children[this.#at]?.setAttribute("aria-selected", "false");
    this.#at = Math.min(Math.max(index, 0), this.#found.length - 1);
    const option = list.children[this.#at];
    input.setAttribute("aria-activedescendant", option?.id ?? "");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing) return;
    /** @type {Record<string, number>} */
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE };
    const { key } = event;
    if (key in steps) this.#move(this.#at + steps[key]);
    else if (key === "Enter") this.#choose(this.#found[this.#at]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {Label | undefined} label */
  #choose(label) {
    if (!label) return;
    this.close();
    this.host.choose(label.name);
  }
}
