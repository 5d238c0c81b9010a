// What grid verify is built of.

import { el } from "../../web/dom.js";
import { ORDERS, SIZES } from "./grid_layout.js";

/** @import { Preferences } from "../network/browser_storage.js" */
/** @import { Parts } from "../../web/types.js" */

/** @param {string} name @param {[value: string | number, text: string][]} options */
const select = (name, options) => {
  const node = el("select", { "aria-label": name });
  node.append(...options.map(([value, text]) => el("option", { value }, text)));
  return node;
};

/**
 * The elements of the grid by name; the whole of it is `view`.
 * @param {Preferences} preferences
 */
export function buildGrid(preferences) {
  /** @type {Parts} */
  const parts = {};
  /** @type {<Made extends HTMLElement>(name: string, node: Made) => Made} */
  const part = (name, node) => (parts[name] = node);
  const { gridOrder = "lowest", gridSize = 24, gridHover = true } = preferences.now;
  const hover = el("input", {
    type: "checkbox",
    onchange: ({ target }) => preferences.remember({ gridHover: target.checked }),
  });
  /** @param {string} action @param {string} text @param {string} [kind] */
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
  part("field", el("div", { class: "field" }, parts.list, parts.frame));
  part(
    "view",
    el(
      "section",
      { class: "grid", "aria-label": "Grid verify", hidden: true },
      el(
        "div",
        { class: "bar" },
        parts.label,
        parts.order,
        parts.size,
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
      parts.field,
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
    ),
  );
  return parts;
}
