// The menu "Order & filter": which sessions come next. Remembered for each round in this browser.

import { activeAround, el, find } from "../../web/dom.js";
import { countOf } from "../../web/numbers.js";
import {
  EVERYTHING,
  FIELDS,
  isFiltered,
  ORDERS,
  sameChoice,
  summariseChoice,
  tidy,
  toRequest,
  withoutFilters,
} from "../model/queue_choice.js";
import { readQueueChoice, saveQueueChoice } from "../network/browser_storage.js";
import { makeMenu } from "./menu.js";

/** @import { Child, QueueChoice, QueueOptions } from "../../web/types.js" */

/** @param {number} count */
const sessions = (count) => countOf(count, "session");

export class QueueMenu {
  /** @type {QueueChoice} */ #choice;
  /** @type {Record<string, any>} */ #fields;
  #state = el("span", { class: "choice" });
  #about = el("p", { class: "hint" });
  #matching = el("span", { class: "matching", role: "status" });
  #clear = el("button", { class: "small", onclick: () => this.clear() }, "Clear the filters");
  #filled = false;
  /** @type {string} */ roundId;
  /** @type {() => Promise<QueueOptions>} */ load;
  /** @type {() => void} */ changed;
  /** @type {HTMLDetailsElement} */ menu;

  /**
   * `load()` gives the round's options; `changed()` hears of every other choice.
   * @param {HTMLElement} slot
   * @param {string} roundId
   * @param {{ load(): Promise<QueueOptions>; changed(): void }} options
   */
  constructor(slot, roundId, { load, changed }) {
    this.roundId = roundId;
    this.load = load;
    this.changed = changed;
    this.#choice = tidy(readQueueChoice(roundId));
    /** @param {string} name @param {string} label */
    const select = (name, label) => el("select", { "aria-label": label, "data-queue": name });
    /** @param {string} name @param {string} label */
    const day = (name, label) => el("input", { type: "date", "aria-label": label, "data-queue": name });
    this.#fields = {
      order: select("order", "Order of the sessions"),
      label: select("label", "Label of a prediction"),
      site: select("site", "Site"),
      date_from: day("date_from", "First day (UTC)"),
      date_to: day("date_to", "Last day (UTC)"),
    };
    /** @param {string} text @param {...Child} fields */
    const row = (text, ...fields) => el("label", {}, text, ...fields);
    this.#fields.order.append(...ORDERS.map(({ order, name }) => el("option", { value: order }, name)));
    this.menu = makeMenu(
      { name: "Order and filter of the sessions", picture: "queue" },
      row("Order", this.#fields.order),
      this.#about,
      row("Label", this.#fields.label),
      row("Site", this.#fields.site),
      row("From", this.#fields.date_from),
      row("To", this.#fields.date_to),
      el("div", { class: "foot" }, this.#matching, this.#clear),
    );
    this.menu.classList.add("queue");
    find(this.menu, "summary").append(this.#state);
    this.menu.addEventListener("toggle", () => this.menu.open && this.#fill());
    this.menu.addEventListener("change", (/** @type {any} */ event) => this.#read(event.target.dataset.queue));
    slot.prepend(this.menu);
    this.#offer({ sites: [], labels: [], first_day: null, last_day: null });
    this.draw(null);
  }

  /** The label of predictions that is filtered for, or "". */
  get label() {
    return this.#choice.label;
  }

  /** What a claim asks for. */
  get request() {
    return toRequest(this.#choice);
  }

  clear() {
    this.#choose(withoutFilters(this.#choice));
  }

  /**
   * `matching`: how many open sessions the last claim counted, or null.
   * @param {number | null} matching
   */
  draw(matching) {
    const choice = this.#choice;
    const text = summariseChoice(choice);
    this.#state.textContent = text;
    find(this.menu, "summary").title = `Order and filter of the sessions${text ? `: ${text}` : ""}`;
    this.menu.classList.toggle("active", text !== "");
    this.#about.textContent = ORDERS.find(({ order }) => order === choice.order).text;
    this.#matching.textContent = matching === null ? "" : `${sessions(matching)} to do`;
    this.#clear.disabled = !isFiltered(choice);
    this.#fields.label.disabled = choice.order === "no_predictions";
    for (const name of FIELDS) {
      const field = this.#fields[name];
      if (field.value !== choice[name] && activeAround(field) !== field) field.value = choice[name];
    }
  }

  async #fill() {
    if (this.#filled) return;
    const options = await this.load().catch(() => /** @type {any} */ (null)); // the choice works without the list, and it is asked for again
    if (!options) return;
    this.#filled = true;
    this.#offer(options);
    for (const name of /** @type {const} */ (["label", "site"])) this.#fields[name].value = this.#choice[name];
  }

  // What was chosen stays in the list, even if the round has it no more.
  /** @param {QueueOptions} queueOptions */
  #offer({ sites, labels, first_day: first, last_day: last }) {
    /**
     * @param {"label" | "site"} name
     * @param {string} everything
     * @param {{ name: string; sessions?: number }[]} items
     */
    const list = (name, everything, items) => {
      const chosen = this.#choice[name];
      /** @type {{ name: string, sessions?: number }[]} */
      const missing = chosen && !items.some((item) => item.name === chosen) ? [{ name: chosen }] : [];
      const options = [...items.filter((item) => item.name), ...missing];
      this.#fields[name].replaceChildren(
        el("option", { value: "" }, everything),
        ...options.map((item) =>
          el(
            "option",
            { value: item.name },
            item.sessions === undefined ? item.name : `${item.name} (${item.sessions})`,
          ),
        ),
      );
    };
    list("label", "Any", labels);
    list("site", "All", sites);
    this.#fields.site.parentElement.hidden = sites.length < 2 && !this.#choice.site;
    for (const name of /** @type {const} */ (["date_from", "date_to"])) {
      const field = this.#fields[name];
      if (first) Object.assign(field, { min: first, max: last });
      field.parentElement.hidden = !first && !this.#choice[name];
    }
  }

  /** @param {string} changed */
  #read(changed) {
    const raw = Object.fromEntries(FIELDS.map((name) => [name, this.#fields[name].value]));
    this.#choose(tidy(raw, changed));
  }

  /** @param {QueueChoice} choice */
  #choose(choice) {
    if (sameChoice(choice, this.#choice)) return;
    this.#choice = choice;
    saveQueueChoice(this.roundId, sameChoice(choice, EVERYTHING) ? null : choice);
    for (const name of FIELDS) this.#fields[name].value = choice[name];
    this.draw(null);
    this.changed();
  }
}
