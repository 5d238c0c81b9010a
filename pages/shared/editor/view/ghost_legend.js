// What the dotted boxes are: a model's predictions beside the answer, each in the colour of its label.

import { el } from "../../web/dom.js";
import { colorOf } from "../model/labels.js";

/** @import { Prediction, SessionView } from "../../web/types.js" */

export class GhostLegend {
  element = el("ul", { class: "ghost-legend", "aria-label": "The model’s predictions", hidden: true });
  #key = "";

  /** @param {Prediction[]} ghosts @param {SessionView} view */
  draw(ghosts, view) {
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const { label } of ghosts) counts.set(label, (counts.get(label) ?? 0) + 1);
    const rows = [...counts].map(([label, count]) => [label, colorOf(label, view), String(count)]);
    const key = JSON.stringify(rows);
    if (key === this.#key) return;
    this.#key = key;
    this.element.hidden = !rows.length;
    this.element.replaceChildren(
      el("li", {}, "Dotted: the model’s predictions"),
      ...rows.map(([label, color, count]) =>
        el("li", { style: `--color: ${color}` }, el("i"), label, el("b", {}, count)),
      ),
    );
  }
}
