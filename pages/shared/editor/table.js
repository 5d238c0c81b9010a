// The table of boxes: exact numbers, in step with the picture.

import { colorOf } from "./boxes.js";
import { el } from "./dom.js";
import { boxProblem, formatNumber } from "./scales.js";
import { inTimeOrder, originOf } from "./store.js";

const ORIGINS = { model_accepted: "model", model_edited: "edited", new: "new" };

// name of the column: [field of a box, its size in the box's unit, decimals shown, what it is]
const NUMBERS = [
  ["start_s", 1, 4, "Start (s)"],
  ["end_s", 1, 4, "End (s)"],
  ["low_hz", 1000, 4, "Low (kHz)"],
  ["high_hz", 1000, 4, "High (kHz)"],
];

export class Table {
  #rows = new Map(); // box id -> {row, inputs, label, score}
  #body;

  /** `host` offers dispatch(action), limits(), say(text). */
  constructor(container, host) {
    this.host = host;
    this.#body = el("tbody");
    const heads = ["Label", ...NUMBERS.map(([, , , title]) => title), "Score", "From", ""];
    container.append(
      el("table", {}, el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))), this.#body),
    );
  }

  draw({ boxes, selection, view, editable }) {
    const ordered = inTimeOrder(boxes);
    for (const id of [...this.#rows.keys()]) {
      if (boxes.some((box) => box.id === id)) continue;
      this.#rows.get(id).row.remove();
      this.#rows.delete(id);
    }
    ordered.forEach((box, index) => {
      const parts = this.#row(box.id);
      if (this.#body.children[index] !== parts.row) this.#body.insertBefore(parts.row, this.#body.children[index] ?? null);
      this.#fill(parts, box, index, view, editable);
      parts.row.classList.toggle("selected", selection.includes(box.id));
    });
  }

  #row(id) {
    let parts = this.#rows.get(id);
    if (parts) return parts;
    const inputs = NUMBERS.map(([field, unit]) =>
      el("input", {
        type: "number", step: "any", min: 0, inputmode: "decimal",
        onchange: (event) => this.#change(id, field, event.target, unit),
      }),
    );
    const label = el("select", { onchange: (event) => this.host.dispatch({ type: "change", id, patch: { label: event.target.value } }) });
    const remove = el("button", { class: "small", onclick: () => this.host.dispatch({ type: "remove", id }) }, "Delete");
    const [score, origin] = [el("td"), el("td")];
    const row = el("tr", {}, el("td", {}, label), ...inputs.map((input) => el("td", {}, input)), score, origin, el("td", {}, remove));
    const select = () => this.host.dispatch({ type: "select", id });
    row.addEventListener("focusin", select);
    row.addEventListener("click", select);
    row.addEventListener("keydown", (event) => event.key === "Enter" && event.target.blur());
    parts = { row, inputs, label, remove, score, origin };
    this.#rows.set(id, parts);
    return parts;
  }

  #fill({ row, inputs, label, remove, score, origin }, box, index, view, editable) {
    const active = row.getRootNode().activeElement;
    inputs.forEach((input, column) => {
      const [field, unit, digits, title] = NUMBERS[column];
      input.setAttribute("aria-label", `Box ${index + 1}: ${title}`);
      input.disabled = !editable;
      const text = box[field] === null ? "" : formatNumber(box[field] / unit, digits);
      if (input !== active && input.value !== text) input.value = text;
    });
    const names = [...new Set([...view.labels.map((item) => item.name), box.label])];
    if (label.children.length !== names.length) label.replaceChildren(...names.map((name) => el("option", {}, name)));
    label.value = box.label;
    label.disabled = !editable;
    label.setAttribute("aria-label", `Box ${index + 1}: label`);
    remove.disabled = !editable;
    remove.setAttribute("aria-label", `Delete box ${index + 1}`);
    row.style.setProperty("--color", colorOf(box.label, view));
    score.textContent = box.score === null ? "" : box.score.toFixed(2);
    origin.textContent = ORIGINS[originOf(box, view)];
  }

  // A number is taken over exactly as it was typed; two empty frequencies make a time-only box.
  #change(id, field, input, unit) {
    const box = this.host.box(id);
    const value = input.value === "" ? null : Number(input.value) * unit;
    const limits = this.host.limits();
    const patch = { [field]: value };
    if (field.endsWith("_hz") && value === null) Object.assign(patch, { low_hz: null, high_hz: null });
    else if (field.endsWith("_hz") && box.low_hz === null) {
      Object.assign(patch, { low_hz: limits.f0, high_hz: limits.f1, [field]: value });
    }
    const problem = boxProblem({ ...box, ...patch }, limits);
    if (problem) this.host.say(problem);
    else this.host.dispatch({ type: "change", id, patch });
    const kept = this.host.box(id)[field];
    input.value = kept === null ? "" : formatNumber(kept / unit, 4);
  }
}
