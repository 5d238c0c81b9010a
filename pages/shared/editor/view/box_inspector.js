// What is known about the selected box beyond its edges: note, doubt, animal, kind of call. For several boxes at once
// too: a field shows what they have in common, and what is typed there holds for all of them.

import { activeAround, el, findAll } from "../../web/dom.js";
import { resolveUrl, toQuery } from "../../web/http.js";
import { formatDuration, formatNumber } from "../../web/numbers.js";
import { colorOf, listLabels, MORE } from "../model/labels.js";
import { BoxMeasurements } from "./box_measurements.js";

/** @import { Box, BoxHost, BoxPatch, DrawnBoxes, Parts, SessionView } from "../../web/types.js" */

/** @type {("comment" | "individual" | "call_type")[]} */
const TEXTS = ["comment", "individual", "call_type"];
const MIXED = "various";
const AROUND_S = 0.5; // of sound around a box in its figure

/** @param {Box} box */
function aboutBox(box) {
  const digits = box.end_s - box.start_s < 0.01 ? 5 : 3;
  const times = `${formatNumber(box.start_s, digits)}–${formatNumber(box.end_s, digits)} s`;
  const band =
    box.low_hz === null
      ? "all frequencies"
      : `${formatNumber(box.low_hz / 1000)}–${formatNumber(box.high_hz / 1000)} kHz`;
  return `${times} (${formatDuration(box.end_s - box.start_s)}) · ${band}`;
}

/** @param {Box[]} boxes @param {keyof Box} field @param {unknown} nothing */
function common(boxes, field, nothing) {
  const values = new Set(boxes.map((box) => box[field] ?? nothing));
  return values.size === 1 ? [...values][0] : null;
}

export class Inspector {
  /** @type {string[]} */ #ids = [];
  /** @type {Record<string, Set<string>>} */ #seen = { individual: new Set(), call_type: new Set() }; // offered again
  /** @type {Parts} */ #parts = {};
  #label = ""; // that the selected boxes have in common
  /** @type {BoxMeasurements} */ #measurements;
  /** @type {BoxHost} */ host;

  /**
   * `host` offers dispatch(action), api(), recent() (names of labels) and pick(field): the list of all labels, for the selected boxes.
   * @param {HTMLElement} container
   * @param {BoxHost} host
   */
  constructor(container, host) {
    this.host = host;
    this.#measurements = new BoxMeasurements(() => host.api());
    /** @type {<Made extends HTMLElement>(name: string, node: Made) => Made} */
    const part = (name, node) => (this.#parts[name] = node);
    /** @param {string} field */
    const text = (field) => ({
      oninput: (/** @type {any} */ event) => this.#patch({ [field]: event.target.value }, `${field} ${this.#ids}`),
      onblur: () => host.dispatch({ type: "settle" }),
      autocomplete: "off",
    });
    const lists = ["individual", "call_type"].map((field) =>
      part(`${field}_list`, el("datalist", { id: `${field}-list` })),
    );
    /** @param {string} name @param {string} title */
    const field = (name, title) =>
      el(
        "label",
        {},
        el("span", {}, title),
        part(name, el("input", { maxlength: 80, list: `${name}-list`, ...text(name) })),
      );
    const label = el("select", {
      "aria-label": "Label of the selected boxes",
      onchange: ({ target }) => this.#relabel(target),
    });
    const unsure = el("input", {
      type: "checkbox",
      onchange: (event) => this.#patch({ unsure: event.target.checked }),
    });
    /** @param {string} name @param {string} title @param {Record<string, unknown>} [props] */
    const action = (name, title, props = {}) =>
      el("button", { class: "small", "data-do": name, "data-edits": true, ...props }, title);
    container.append(
      part("hint", el("p", { class: "hint" }, "Select a box to note something about it. Shift+click selects several.")),
      part(
        "form",
        el(
          "div",
          { class: "form" },
          el(
            "div",
            { class: "line" },
            part("label", label),
            part("about", el("span", { class: "about" })),
            part(
              "similar",
              el(
                "a",
                { class: "similar", target: "_blank", title: "Explore: sounds similar to this box" },
                "Find similar",
              ),
            ),
            part(
              "figure",
              el("a", { class: "similar", target: "_blank", title: "A figure of this box, for a paper" }, "Figure"),
            ),
          ),
          part(
            "comment",
            el("textarea", {
              rows: 2,
              maxlength: 1000,
              "aria-label": "Note on the selected boxes",
              ...text("comment"),
            }),
          ),
          el("div", { class: "line fields" }, field("individual", "Individual"), field("call_type", "Call type")),
          el(
            "div",
            { class: "line" },
            el("label", { class: "check" }, part("unsure", unsure), "Unsure"),
            el(
              "span",
              { class: "actions" },
              part(
                "example",
                el(
                  "button",
                  { class: "small", "data-do": "example", title: "Show it to everybody who labels" },
                  "Example",
                ),
              ),
              action("duplicate", "Duplicate"),
              action("copy", "Copy"),
              action("removeBox", "Delete", { "data-deletes": "" }),
            ),
          ),
          this.#measurements.node,
          ...lists,
        ),
      ),
    );
  }

  focusNote() {
    this.#parts.comment.focus();
  }

  /** @param {BoxPatch} patch @param {string | null} [tag] */
  #patch(patch, tag = null) {
    this.host.dispatch({ type: "change", ids: this.#ids, patch, tag });
  }

  /** @param {DrawnBoxes} drawnBoxes */
  draw({ boxes, selection, view, editable }) {
    const chosen = boxes.filter(({ id }) => selection.includes(id));
    const parts = this.#parts;
    parts.hint.hidden = chosen.length > 0 || !editable;
    parts.form.hidden = chosen.length === 0;
    if (!chosen.length) return;
    const same = String(this.#ids) === String(selection);
    this.#ids = [...selection];
    parts.about.textContent = chosen.length === 1 ? aboutBox(chosen[0]) : `${chosen.length} boxes`;
    this.#drawLink(chosen, view);
    for (const node of findAll(parts.form, "input, textarea, select, [data-edits]")) node.disabled = !editable;
    this.#measurements.draw(chosen.length === 1 ? chosen[0] : null, view);
    this.#drawLabel(chosen, view);
    this.#drawTexts(chosen, same);
    const unsure = common(chosen, "unsure", false);
    parts.unsure.checked = Boolean(unsure);
    parts.unsure.indeterminate = unsure === null;
  }

  // To the map of the round, which finds what sounds like the box; in a tab of its own, nothing is left behind here.
  /** @param {Box[]} pair @param {SessionView} view */
  #drawLink([box, ...others], view) {
    const { similar, example, figure } = this.#parts;
    example.hidden = others.length > 0 || !this.host.canReview();
    similar.hidden = figure.hidden = others.length > 0;
    const query = toQuery({ round: view.round_id, session: view.session_id, from: box.start_s, to: box.end_s });
    similar.href = resolveUrl(`explore?${query}`);
    const around = Math.max(AROUND_S, (box.end_s - box.start_s) / 2);
    const [from, to] = [Math.max(0, box.start_s - around), Math.min(view.duration_s, box.end_s + around)];
    figure.href = resolveUrl(`figures?${toQuery({ round: view.round_id, session: view.session_id, from, to })}`);
  }

  /** @param {HTMLSelectElement} field */
  #relabel(field) {
    const { value } = field;
    if (value !== MORE) return this.#patch({ label: value });
    field.value = this.#label;
    this.host.pick(field);
  }

  /** @param {Box[]} chosen @param {SessionView} view */
  #drawLabel(chosen, view) {
    const { label, form } = this.#parts;
    const value = common(chosen, "label", null);
    const entries = [...(value === null ? [["", "Relabel…"]] : []), ...listLabels(view, chosen, this.host.recent())];
    const key = JSON.stringify(entries);
    if (label.dataset.key !== key)
      label.replaceChildren(
        ...entries.map(([name, text]) => el("option", { value: name, disabled: name === "" }, text)),
      );
    label.dataset.key = key;
    label.value = this.#label = String(value ?? "");
    form.style.setProperty("--color", value === null ? "transparent" : colorOf(String(value), view));
  }

  /** @param {Box[]} chosen @param {boolean} same */
  #drawTexts(chosen, same) {
    const active = activeAround(this.#parts.form);
    for (const field of TEXTS) {
      const [input, value] = [this.#parts[field], common(chosen, field, "")];
      if (!(same && input === active) && input.value !== (value ?? "")) input.value = value ?? "";
      input.placeholder = value === null ? MIXED : field === "comment" ? "Note on this sound" : "";
      const seen = this.#seen[field];
      if (!seen || input === active) continue;
      for (const box of chosen) if (box[field]) seen.add(box[field]);
      const list = this.#parts[`${field}_list`];
      if (list.children.length !== seen.size)
        list.replaceChildren(...[...seen].map((text) => el("option", { value: text })));
    }
  }
}
